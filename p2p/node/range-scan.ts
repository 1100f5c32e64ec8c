/**
 * One page of a list over the whole team: a merge of the members' own ordered rows, in windows.
 *
 *     ada    a  c  d  g │ more         each member is asked for about its share of the page
 *     ben    a  b  d │ more
 *     cleo   b  e  h │ no more
 *     frontier       d                 beyond it ben may have what nobody has sent yet
 *     settled  a b c d                 shown; the page is not full, so ben is asked on after d
 *
 * Invariants: nothing beyond the least end of those who have more is shown, so no key is passed
 * over; each key is settled once, from all that was sent of it; whoever answers late or not at all
 * is replaced by another owner of its partitions; rows read and sent follow the limit, and neither
 * rounds nor reads nor time are without bound.
 */
import { classOf } from '../antientropy/scope.ts';
import { bytesEqual } from '../bytes/bytes.ts';
import type { MemberId, PartitionId } from '../types.ts';
import type { RowName } from './commands.ts';
import type { Core } from './core.ts';
import type { BucketClass } from './range-cover.ts';
import { RangeCover } from './range-cover.ts';
import type { RangeDesk, RangePage, RangeQuestion, Row } from './range-desk.ts';
import { compareNames, nameOf, RangeStream } from './range-stream.ts';

export interface ScanRequest {
  readonly classes: readonly BucketClass[];
  readonly question: (after: RowName | undefined, limit: number) => RangeQuestion;
  readonly after: RowName | undefined;
  readonly limit: number;
  /** Is it an answer to the question at all? */
  readonly belongs: (row: Row) => boolean;
  readonly isWanted: (row: Row) => boolean;
  /** Copies that are all the same do not say what the key shows: they are read. */
  readonly isOpen: (row: Row) => boolean;
  /** A row counts only if all owners that answered have it; without, what some lack is only not there yet. */
  readonly mustBeAtAll: boolean;
  readonly respond: (page: ScanPage) => void;
}

export interface ScanPage {
  readonly rows: readonly Row[];
  readonly next: RowName | undefined;
  readonly partial: readonly PartitionId[];
}

export interface ScanParts {
  readonly desk: RangeDesk;
  /** Gives the rows of these keys as the merge of their copies shows them. */
  readonly read: (keys: readonly DoubtfulKey[], timeoutMs: number, done: (rows: readonly Row[]) => void) => void;
}

/** A key whose copies differ. */
export interface DoubtfulKey {
  /** The newest, for when not each kind can be had. */
  readonly row: Row;
  /** Copies of each kind, with all who hold it. */
  readonly kinds: readonly (readonly MemberId[])[];
}

/** All that was sent of one key. */
interface Group {
  readonly name: RowName;
  readonly rows: readonly { readonly member: MemberId; readonly row: Row }[];
}

/** So often members are asked on for one page; after that it is given as short as it is. */
const ROUNDS_MAX = 8;
/** Keys whose copies are fetched because they differ, at most, for one page. */
const READS_MAX = 1_000;
/** The least share of what was looked through that is taken to be wanted of what comes. */
const WANTED_LEAST = 1 / 16;

export class RangeScan {
  readonly #core: Core;
  readonly #request: ScanRequest;
  readonly #parts: ScanParts;
  readonly #streams = new Map<MemberId, RangeStream>();
  readonly #cover: RangeCover;
  readonly #shown: Row[] = [];
  readonly #requestIds = new Set<number>();
  readonly #timers = new Set<ReturnType<Core['after']>>();
  readonly #deadlineMs: number;
  /** All keys up to here are settled. */
  #settled: RowName | undefined;
  #lookedThrough = 0;
  #rounds = 1;
  #reads = 0;
  /** Who is asked has to be looked at again. */
  #isUncovered = true;
  #isReading = false;
  #isOver = false;
  #isDone = false;

  constructor(core: Core, request: ScanRequest, parts: ScanParts) {
    this.#core = core;
    this.#request = request;
    this.#parts = parts;
    this.#cover = new RangeCover(core, request.classes, this.#streams);
    this.#settled = request.after;
    this.#deadlineMs = core.now.nowMs + core.config.requestTimeoutMs;
  }

  start(): void {
    this.#after(this.#core.config.requestTimeoutMs / 2, () => this.#stopWaiting());
    // What this device holds costs no message, and its own writes must be seen.
    this.#begin(this.#core.self, false);
    this.#evaluate();
  }

  #begin(member: MemberId, isDoubted: boolean): void {
    const stream = new RangeStream(member, this.#settled, isDoubted);
    this.#streams.set(member, stream);
    this.#ask(stream, this.#target());
  }

  #ask(stream: RangeStream, target: number): void {
    stream.state = 'asking';
    const question = this.#request.question(stream.end, windowOf(this.#cover.share(stream.member), target));
    const view = this.#core.view();
    const hedge = this.#after(this.#core.config.hedgeAfterMs, () => this.#late(stream));
    const done = (page: RangePage | undefined): void => {
      this.#core.timers.cancel(hedge);
      this.#timers.delete(hedge);
      this.#heard(stream, page);
    };
    if (stream.member === this.#core.self) {
      this.#parts.desk.page(question, view, done);
      return;
    }
    const id = this.#core.request(stream.member, 'quorum', { ...question, view }, (reply) => {
      this.#requestIds.delete(id);
      if (reply?.kind === 'list-reply') done({ ...reply, rows: reply.entries.map((entry) => ({ bucket: question.bucket ?? '', entry })) });
      else if (reply?.kind === 'conflicts-reply') done({ ...reply, rows: reply.entries });
      else done(undefined);
    });
    this.#requestIds.add(id);
  }

  #heard(stream: RangeStream, page: RangePage | undefined): void {
    if (this.#isDone || stream.state !== 'asking') return;
    const wasRestricted = stream.isRestricted;
    const wasLate = stream.isLate;
    if (page === undefined || !page.rows.every((row) => this.#request.belongs(row))) stream.state = 'failed';
    else stream.take(page);
    // Whoever took long may tell of keys that were settled without it.
    if (this.#settled !== undefined) stream.dropThrough(this.#settled);
    if (stream.state === 'failed' || wasLate || stream.isRestricted !== wasRestricted) this.#isUncovered = true;
    this.#evaluate();
  }

  /** Somebody else is asked in its place, and it is asked whether it hears us. */
  #late(stream: RangeStream): void {
    if (this.#isDone || stream.state !== 'asking') return;
    if (stream.member !== this.#core.self) this.#core.prober.probe(stream.member);
    if (stream.isDoubted) stream.state = 'failed';
    else stream.isLate = true;
    this.#isUncovered = true;
    this.#evaluate();
  }

  #stopWaiting(): void {
    this.#isOver = true;
    for (const stream of this.#streams.values()) if (stream.state === 'asking') stream.state = 'failed';
    this.#evaluate();
  }

  #evaluate(): void {
    if (this.#isDone || this.#isReading) return;
    if (this.#isUncovered && !this.#isOver) {
      this.#isUncovered = false;
      for (const member of this.#cover.lacking()) this.#begin(member, false);
      for (const member of this.#cover.doubtful()) this.#begin(member, true);
    }
    const isAwaited = [...this.#streams.values()].some(({ state, isLate }) => state === 'asking' && !isLate) || this.#cover.needsLate();
    if (this.#isOver || !isAwaited) this.#settle();
  }

  /** Takes keys in order, as far as they are certain, until the page is full. */
  #settle(): void {
    const frontier = this.#frontier();
    const groups = this.#groups(frontier);
    const taken: Row[] = [];
    const doubtful: DoubtfulKey[] = [];
    let looked = 0;
    for (const group of groups) {
      if (this.#shown.length + taken.length + doubtful.length >= this.#request.limit || this.#reads + doubtful.length >= READS_MAX) break;
      looked += 1;
      const newest = group.rows.reduce((best, one) => (one.row.entry.writtenAt > best.row.entry.writtenAt ? one : best)).row;
      const kinds = this.#kindsOf(group);
      if (kinds.length > 1 || this.#request.isOpen(newest)) doubtful.push({ row: newest, kinds });
      else if (this.#request.isWanted(newest)) taken.push(newest);
    }
    const isEnd = looked === groups.length && frontier === undefined;
    const through = looked === groups.length ? frontier : groups[looked - 1]?.name;
    this.#lookedThrough += looked;
    this.#reads += doubtful.length;
    this.#isReading = true;
    this.#read(doubtful, (read) => {
      this.#isReading = false;
      const wanted = [...taken, ...read.filter((row) => this.#request.isWanted(row))];
      this.#shown.push(...wanted.sort((a, b) => compareNames(nameOf(a), nameOf(b))));
      this.#advance(through, isEnd);
    });
  }

  #advance(through: RowName | undefined, isEnd: boolean): void {
    if (isEnd) {
      this.#finish(undefined);
      return;
    }
    this.#settled = through ?? this.#settled;
    if (through !== undefined) for (const stream of this.#streams.values()) stream.dropThrough(through);
    if (this.#shown.length >= this.#request.limit || this.#rounds >= ROUNDS_MAX || this.#reads >= READS_MAX || this.#isOver) {
      this.#finish(this.#settled);
      return;
    }
    this.#rounds += 1;
    this.#askOn();
    this.#evaluate();
  }

  /** Only those whose rows are used up, or soon will be. */
  #askOn(): void {
    const target = this.#target();
    for (const stream of this.#streams.values()) {
      if (stream.state !== 'heard' || !stream.isOpen) continue;
      if (stream.rows.length < this.#cover.share(stream.member) * target || stream.rows.length === 0) this.#ask(stream, target);
    }
  }

  /** Keys that it may take to fill the page, going by what was wanted so far. */
  #target(): number {
    const left = this.#request.limit - this.#shown.length;
    if (this.#lookedThrough === 0) return left;
    const wanted = Math.max(this.#shown.length / this.#lookedThrough, WANTED_LEAST);
    return Math.min(this.#request.limit, Math.ceil(left / wanted));
  }

  /** The least end of those who have more; absent when nobody has. */
  #frontier(): RowName | undefined {
    let least: RowName | undefined;
    for (const { state, isOpen, end } of this.#streams.values()) {
      if (state !== 'heard' || !isOpen || end === undefined) continue;
      if (least === undefined || compareNames(end, least) < 0) least = end;
    }
    return least;
  }

  #groups(frontier: RowName | undefined): readonly Group[] {
    const groups = new Map<string, { readonly name: RowName; readonly rows: { readonly member: MemberId; readonly row: Row }[] }>();
    for (const { member, rows } of this.#streams.values()) {
      for (const row of rows) {
        const name = nameOf(row);
        if (frontier !== undefined && compareNames(name, frontier) > 0) break;
        const id = `${name.bucket}\0${name.key}`;
        const known = groups.get(id);
        if (known === undefined) groups.set(id, { name, rows: [{ member, row }] });
        else known.rows.push({ member, row });
      }
    }
    return [...groups.values()].sort((a, b) => compareNames(a.name, b.name));
  }

  /** Who holds which copies of the key, as far as is known: one kind is no doubt. */
  #kindsOf({ name, rows }: Group): readonly (readonly MemberId[])[] {
    const kinds: { readonly hash: Uint8Array; readonly holders: MemberId[] }[] = [];
    for (const { member, row } of rows) {
      const { hash } = row.entry;
      const known = kinds.find((kind) => bytesEqual(kind.hash, hash));
      if (known === undefined) kinds.push({ hash, holders: [member] });
      else known.holders.push(member);
    }
    const lacking = this.#request.mustBeAtAll ? this.#lackingIt(name, rows.map(({ member }) => member)) : [];
    return [...kinds.map(({ holders }) => holders), ...lacking.map((member) => [member])];
  }

  #lackingIt({ bucket, key }: RowName, having: readonly MemberId[]): readonly MemberId[] {
    const { partition } = this.#core.keyRef(bucket, key);
    const n = classOf(this.#core.buckets.settings(bucket).n);
    return this.#cover.answered(n, partition).filter((owner) => !having.includes(owner));
  }

  #read(keys: readonly DoubtfulKey[], done: (rows: readonly Row[]) => void): void {
    if (keys.length === 0) done([]);
    else this.#parts.read(keys, Math.min(this.#core.config.requestTimeoutMs / 2, this.#deadlineMs - this.#core.now.nowMs), done);
  }

  #finish(next: RowName | undefined): void {
    this.#isDone = true;
    for (const timer of this.#timers) this.#core.timers.cancel(timer);
    for (const id of this.#requestIds) this.#core.forget(id);
    this.#request.respond({ rows: this.#shown, next, partial: this.#cover.partial() });
  }

  #after(delayMs: number, run: () => void): ReturnType<Core['after']> {
    const timer = this.#core.after(delayMs, run);
    this.#timers.add(timer);
    return timer;
  }
}

/** Rows to ask a member for so that `target` keys in a row are likely among them; of all keys, exactly those. */
function windowOf(share: number, target: number): number {
  const mean = share * target;
  return Math.min(target, Math.ceil(mean + 2 * Math.sqrt(mean)) + 2);
}
