/**
 * Questions to the whole team: listing a bucket, conflicts, buckets. Every member that seems alive
 * is asked for its page; rows of one key are joined, and where replicas differ the key itself is
 * read, so the answer is what a read would say. Cost is bounded by the page.
 *
 * A page ends at the horizon: the least last key of those members that had more to give, because
 * beyond it one of them may hold a key that was not sent.
 */
import { toHex } from '../bytes/bytes.ts';
import { compareText } from '../bytes/text-order.ts';
import { clockHash } from '../causality/object-codec.ts';
import type { ConflictsQuery, IndexEntry } from '../ports.ts';
import type { BucketName, MemberId, PartitionId } from '../types.ts';
import type { BucketsOutcome, ConflictsOutcome, ListOutcome } from './commands.ts';
import type { Core, ReplyMessage, RequestBody } from './core.ts';
import type { StoreAnswer, StoreQuery } from './events.ts';
import type { GetCoordinator } from './get-coordinator.ts';
import { summarize } from './replica.ts';

type Question = Extract<RequestBody, { readonly kind: 'list' | 'buckets' | 'conflicts' }>;
type Answers = ReadonlyMap<MemberId, ReplyMessage | StoreAnswer>;

export interface ListRequest {
  readonly bucket: BucketName;
  readonly prefix: string;
  readonly after: string | undefined;
  readonly limit: number;
  /** Keys of which only deletions are left, too. */
  readonly withDeleted: boolean;
}

interface Row {
  readonly bucket: BucketName;
  readonly entry: IndexEntry;
}

/** Keys read one by one because replicas differ, at most, in one answer. */
const READS_MAX = 1_000;

export class Coverage {
  readonly #core: Core;
  readonly #gets: GetCoordinator;

  constructor(core: Core, gets: GetCoordinator) {
    this.#core = core;
    this.#gets = gets;
  }

  list(
    { withDeleted, ...query }: ListRequest,
    respond: (outcome: ListOutcome) => void,
  ): void {
    const question = { ...query, conflictsOnly: false };
    this.#ask({ kind: 'list', ...question }, { kind: 'list', ...question }, (answers) => {
      const pages = [...answers.values()].map((answer) => ('entries' in answer ? (answer.entries as readonly IndexEntry[]) : []));
      const horizon = horizonOf(pages, query.limit);
      const rows = pages.flat().filter(({ key }) => horizon === undefined || compareText(key, horizon) <= 0);
      this.#settleRows(rows.map((entry) => ({ bucket: query.bucket, entry })), (settled) => {
        const wanted = settled.map(({ entry }) => entry).filter((entry) => withDeleted || entry.live > 0);
        const entries = wanted.slice(0, query.limit);
        const next = wanted.length > query.limit ? entries.at(-1)?.key : horizon;
        respond({ kind: 'listed', entries, next, partial: this.#unasked(answers, query.bucket) });
      });
    });
  }

  conflicts(query: ConflictsQuery, respond: (outcome: ConflictsOutcome) => void): void {
    this.#ask({ kind: 'conflicts', ...query }, { kind: 'conflicts', ...query }, (answers) => {
      const pages = [...answers.values()].map((answer) => ('entries' in answer ? (answer.entries as readonly Row[]) : []));
      const ends = pages.flatMap((page) => (page.length >= query.limit ? page.slice(-1) : []));
      const [horizon] = ends.sort(compareRows);
      const rows = pages.flat().filter((row) => horizon === undefined || compareRows(row, horizon) <= 0);
      this.#settleRows(
        rows,
        (settled) => {
          const wanted = settled.filter(({ entry }) => entry.siblings > 1);
          const entries = wanted.slice(0, query.limit);
          const last = wanted.length > query.limit ? entries.at(-1) : horizon;
          const next = last && { bucket: last.bucket, key: last.entry.key };
          respond({ kind: 'conflicts', entries, next, partial: this.#unasked(answers, query.bucket) });
        },
        true,
      );
    });
  }

  buckets(respond: (outcome: BucketsOutcome) => void): void {
    this.#ask({ kind: 'buckets' }, { kind: 'buckets' }, (answers) => {
      const names = [...answers.values()].flatMap((answer) => ('buckets' in answer ? answer.buckets : []));
      const configured = this.#core.buckets.all().map(({ bucket, settings }) => ({ bucket, settings }));
      configured.sort((a, b) => compareText(a.bucket, b.bucket));
      const buckets = [...new Set(names)].sort(compareText);
      respond({ kind: 'buckets', buckets, configured, partial: this.#unasked(answers, undefined) });
    });
  }

  #ask(query: StoreQuery, question: Question, done: (answers: Answers) => void): void {
    const answers = new Map<MemberId, ReplyMessage | StoreAnswer>();
    const waiting = new Set<MemberId>([this.#core.self, ...this.#core.alivePeers()]);
    const requestIds: number[] = [];
    const finish = (): void => {
      this.#core.timers.cancel(timer);
      for (const id of requestIds) this.#core.forget(id);
      done(answers);
    };
    const settle = (member: MemberId, answer: ReplyMessage | StoreAnswer | undefined): void => {
      if (!waiting.delete(member)) return;
      if (answer !== undefined) answers.set(member, answer);
      if (waiting.size === 0) finish();
    };
    const timer = this.#core.after(this.#core.config.requestTimeoutMs / 2, () => {
      waiting.clear();
      finish();
    });
    for (const member of this.#core.alivePeers()) {
      requestIds.push(this.#core.request(member, 'quorum', question, (reply) => settle(member, reply)));
    }
    this.#core.query(query, (answer) => settle(this.#core.self, answer));
  }

  /** One row a key, in order; read afresh where replicas differ, or always when `verify`. */
  #settleRows(rows: readonly Row[], done: (rows: readonly Row[]) => void, verify = false): void {
    const byKey = new Map<string, Row[]>();
    for (const row of rows) {
      const id = `${row.bucket}\0${row.entry.key}`;
      const known = byKey.get(id);
      if (known === undefined) byKey.set(id, [row]);
      else known.push(row);
    }
    const settled: Row[] = [];
    const doubtful: Row[] = [];
    for (const group of byKey.values()) {
      const newest = group.reduce((best, row) => (row.entry.writtenAt > best.entry.writtenAt ? row : best));
      const differs = new Set(group.map(({ entry }) => toHex(entry.hash))).size > 1;
      (differs || verify ? doubtful : settled).push(newest);
    }
    settled.push(...doubtful.slice(READS_MAX));
    this.#readAll(doubtful.slice(0, READS_MAX), (read) => {
      done([...settled, ...read].sort(compareRows));
    });
  }

  #readAll(rows: readonly Row[], done: (rows: readonly Row[]) => void): void {
    const read: Row[] = [];
    let left = rows.length;
    if (left === 0) done(read);
    for (const row of rows) {
      const ref = this.#core.keyRef(row.bucket, row.entry.key);
      const { n } = this.#core.buckets.settings(row.bucket);
      this.#gets.coordinate({
        ref,
        r: this.#reachableCopies(ref.partition, n),
        sloppy: true,
        timeoutMs: this.#core.config.requestTimeoutMs / 2,
        respond: (reading) => {
          read.push(
            reading.kind === 'reading'
              ? { bucket: row.bucket, entry: { key: ref.key, ...summarize(reading.object, clockHash(ref, reading.object)) } }
              : row,
          );
          left -= 1;
          if (left === 0) done(read);
        },
      });
    }
  }

  #reachableCopies(partition: PartitionId, n: number | 'all'): number {
    const { primaries } = this.#core.placement.preferenceList(partition, n);
    return Math.max(1, primaries.filter((member) => this.#core.liveness(member) === 'alive').length);
  }

  /** Partitions of the bucket, or of any bucket, none of whose primaries answered. */
  #unasked(answers: Answers, bucket: BucketName | undefined): readonly PartitionId[] {
    const everybody = [this.#core.self, ...this.#core.peers()].every((member) => answers.has(member));
    if (everybody) return [];
    const n = bucket === undefined ? this.#core.narrowestN() : this.#core.buckets.settings(bucket).n;
    const partial: PartitionId[] = [];
    for (let partition = 0; partition < this.#core.team.partitions; partition += 1) {
      const { primaries } = this.#core.placement.preferenceList(partition, n);
      if (!primaries.some((member) => answers.has(member))) partial.push(partition);
    }
    return partial;
  }
}

function compareRows(a: Row, b: Row): number {
  return compareText(a.bucket, b.bucket) || compareText(a.entry.key, b.entry.key);
}

function horizonOf(pages: readonly (readonly IndexEntry[])[], limit: number): string | undefined {
  const ends = pages.filter((page) => page.length >= limit).map((page) => page.at(-1)?.key ?? '');
  return ends.sort(compareText)[0];
}
