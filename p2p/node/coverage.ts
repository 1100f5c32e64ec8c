/**
 * Questions to the whole team: listing a bucket, conflicts, buckets. Rows of one key are joined,
 * and where copies differ they are fetched and merged, so the answer is what reads would say.
 */
import { classOf } from '../antientropy/scope.ts';
import { compareText } from '../bytes/text-order.ts';
import { clockHash } from '../causality/object-codec.ts';
import { DEFAULT_SETTINGS } from '../membership/bucket-registry.ts';
import type { ConflictsQuery } from '../ports.ts';
import type { BucketName, MemberId, PartitionId } from '../types.ts';
import type { BucketsOutcome, ConflictsOutcome, ListOutcome } from './commands.ts';
import type { CopiesReader } from './copies-reader.ts';
import type { Core } from './core.ts';
import type { BucketClass } from './range-cover.ts';
import type { RangeDesk, Row } from './range-desk.ts';
import type { DoubtfulKey, ScanRequest } from './range-scan.ts';
import { RangeScan } from './range-scan.ts';
import { resolved } from './resolved.ts';
import { summarize } from './replica.ts';

export interface ListRequest {
  readonly bucket: BucketName;
  readonly prefix: string;
  readonly after: string | undefined;
  readonly limit: number;
  /** Keys of which only deletions are left, too. */
  readonly withDeleted: boolean;
}

export class Coverage {
  readonly #core: Core;
  readonly #copies: CopiesReader;
  readonly #desk: RangeDesk;

  constructor(core: Core, copies: CopiesReader, desk: RangeDesk) {
    this.#core = core;
    this.#copies = copies;
    this.#desk = desk;
  }

  list({ bucket, prefix, after, limit, withDeleted }: ListRequest, respond: (outcome: ListOutcome) => void): void {
    this.#scan({
      classes: [this.#classOf(bucket)],
      question: (name, rows) => ({ kind: 'list', bucket, prefix, after: name?.key, limit: rows }),
      after: after === undefined ? undefined : { bucket, key: after },
      limit,
      belongs: ({ entry }) => entry.key.startsWith(prefix),
      isWanted: ({ entry }) => withDeleted || entry.live > 0,
      isOpen: ({ entry }) => entry.siblings > 1 && this.#core.isLatestOnly(bucket),
      mustBeAtAll: false,
      respond: ({ rows, next, partial }) => respond({ kind: 'listed', entries: rows.map(({ entry }) => entry), next: next?.key, partial }),
    });
  }

  /** A key that is in conflict at one owner may be merged at another: then the key is read. */
  conflicts({ bucket, after, limit }: ConflictsQuery, respond: (outcome: ConflictsOutcome) => void): void {
    this.#scan({
      classes: bucket === undefined ? this.#classes() : [this.#classOf(bucket)],
      question: (name, rows) => ({ kind: 'conflicts', bucket, after: name, limit: rows }),
      after,
      limit,
      belongs: (row) => bucket === undefined || row.bucket === bucket,
      isWanted: ({ bucket: name, entry }) => entry.siblings > 1 && !this.#core.isLatestOnly(name),
      isOpen: () => false,
      mustBeAtAll: true,
      respond: ({ rows, next, partial }) => respond({ kind: 'conflicts', entries: rows, next, partial }),
    });
  }

  /** Everybody is asked: a bucket with few keys may be at few members. */
  buckets(respond: (outcome: BucketsOutcome) => void): void {
    const answers = new Map<MemberId, readonly BucketName[]>();
    const waiting = new Set<MemberId>([this.#core.self, ...this.#core.alivePeers()]);
    const requestIds: number[] = [];
    const finish = (): void => {
      this.#core.timers.cancel(timer);
      for (const id of requestIds) this.#core.forget(id);
      const configured = this.#core.buckets.all().map(({ bucket, settings }) => ({ bucket, settings }));
      configured.sort((a, b) => compareText(a.bucket, b.bucket));
      const buckets = [...new Set([...answers.values()].flat())].sort(compareText);
      respond({ kind: 'buckets', buckets, configured, partial: this.#unasked(answers) });
    };
    const settle = (member: MemberId, names: readonly BucketName[] | undefined): void => {
      if (!waiting.delete(member)) return;
      if (names !== undefined) answers.set(member, names);
      if (waiting.size === 0) finish();
    };
    const timer = this.#core.after(this.#core.config.requestTimeoutMs / 2, () => {
      waiting.clear();
      finish();
    });
    const askOn = (member: MemberId, known: readonly BucketName[]): void => {
      const id = this.#core.request(member, 'quorum', { kind: 'buckets', after: known.at(-1) }, (reply) => {
        if (reply?.kind !== 'buckets-reply') return settle(member, undefined);
        const names = [...known, ...reply.buckets];
        if (reply.isMore && goesOn(known.at(-1), reply.buckets)) askOn(member, names);
        else settle(member, names);
      });
      requestIds.push(id);
    };
    for (const member of this.#core.alivePeers()) askOn(member, []);
    this.#core.query({ kind: 'buckets' }, (answer) => settle(this.#core.self, answer?.kind === 'buckets' ? answer.buckets : undefined));
  }

  #scan(request: ScanRequest): void {
    new RangeScan(this.#core, request, { desk: this.#desk, read: (keys, timeoutMs, done) => this.#readAll(keys, timeoutMs, done) }).start();
  }

  #classOf(bucket: BucketName): BucketClass {
    const { n, r } = this.#core.buckets.settings(bucket);
    return { n: classOf(n), reads: [r] };
  }

  #classes(): readonly BucketClass[] {
    const all = [DEFAULT_SETTINGS, ...this.#core.buckets.all().map(({ settings }) => settings)];
    return this.#core.classes().map(({ n }) => ({ n, reads: all.filter((settings) => classOf(settings.n) === n).map(({ r }) => r) }));
  }

  #readAll(groups: readonly DoubtfulKey[], timeoutMs: number, done: (rows: readonly Row[]) => void): void {
    const read: Row[] = [];
    for (const { row, kinds } of groups) {
      const ref = this.#core.keyRef(row.bucket, row.entry.key);
      this.#copies.read({
        ref, kinds, timeoutMs,
        done: (object) => {
          const isRead = object !== undefined && object.siblings.length > 0;
          read.push(isRead ? { bucket: row.bucket, entry: { key: ref.key, ...summarize(resolved(this.#core, ref, object), clockHash(ref, object)) } } : this.#unread(row));
          if (read.length === groups.length) done(read);
        },
      });
    }
  }

  /** Whoever had it did not answer, or gave it to somebody who had not got it when the rows were asked for. */
  #unread({ bucket, entry }: Row): Row {
    if (!this.#core.isLatestOnly(bucket)) return { bucket, entry };
    return { bucket, entry: { ...entry, live: Math.min(1, entry.live), siblings: Math.min(1, entry.siblings) } };
  }

  /** Partitions none of whose primaries answered. */
  #unasked(answers: ReadonlyMap<MemberId, unknown>): readonly PartitionId[] {
    const everybody = [this.#core.self, ...this.#core.peers()].every((member) => answers.has(member));
    if (everybody) return [];
    const n = this.#core.buckets.narrowestN();
    const partial: PartitionId[] = [];
    for (let partition = 0; partition < this.#core.team.partitions; partition += 1) {
      const { primaries } = this.#core.placement.preferenceList(partition, n);
      if (!primaries.some((member) => answers.has(member))) partial.push(partition);
    }
    return partial;
  }
}

/** A page that says no more than the one before would be asked for again and again. */
function goesOn(after: BucketName | undefined, page: readonly BucketName[]): boolean {
  const last = page.at(-1);
  return last !== undefined && (after === undefined || compareText(last, after) > 0);
}
