/**
 * The omniscient record: every write that was attempted, what its client had seen, and where it
 * became durable. What was seen is followed from what clients were shown, not from contexts, so it
 * does not rest on the code under test.
 */
import type { CausalContext } from '../../p2p/causality/causal-context.ts';
import { covers, EMPTY_CONTEXT, union } from '../../p2p/causality/causal-context.ts';
import { compareDots, dotName } from '../../p2p/causality/dot.ts';
import type { KeyObject } from '../../p2p/causality/key-object.ts';
import { NO_RETRY } from '../../p2p/causality/replaced-writes.ts';
import { stampOf } from '../../p2p/causality/stamp.ts';
import type { BucketSettings, Dot, KeyRef } from '../../p2p/types.ts';
import { identityOf } from './network.ts';
import { demand } from './violation.ts';

export interface WriteRecord {
  readonly id: string;
  readonly ref: KeyRef;
  /** `undefined` = a deletion. */
  readonly value: string | undefined;
  /** Ids of all writes that its client had seen, and all that those had seen. */
  readonly seen: ReadonlySet<string>;
  readonly dots: Map<string, WrittenDot>;
  /** And on one that was not to be set aside, for being from before a reaping. */
  isKept: boolean;
  isAcknowledged: boolean;
  attempts: number;
}

/** A write that was tried again elsewhere may have several. */
export interface WrittenDot {
  readonly dot: Dot;
  /** The time that its coordinator gave it. */
  readonly stamp: number;
  /** When it first became durable somewhere. */
  readonly madeMs: number;
  /** It was on the disk of a member, not only of a copied folder that ran beside one; and not there alone when one of the two went away. */
  isWithMember: boolean;
}

/** Is the process's disk from before a reaping? Then it is set aside as soon as the process hears of that. */
export type IsBehind = (process: string) => boolean;

/** Was a deletion that had seen the dot, or was it, forgotten by some disk, by then? */
export type IsForgotten = (keyId: string, dot: Dot, byMs?: number) => boolean;

export class History {
  readonly writes = new Map<string, WriteRecord>();
  /** Keys that were written, by id. */
  readonly keys = new Map<string, KeyRef>();
  /** All settings that a bucket ever had. */
  readonly settings = new Map<string, BucketSettings[]>();
  /** Writes come from clients alone, not from backups as well. */
  knowsAll = true;
  readonly #writeOfDot = new Map<string, string>();
  /** What each disk has seen of each key, by process and key. */
  readonly #seen = new Map<string, CausalContext>();
  readonly #isForgotten: IsForgotten;
  readonly #isBehind: IsBehind;

  readonly #nowMs: () => number;

  constructor(isForgotten: IsForgotten = () => false, isBehind: IsBehind = () => false, nowMs: () => number = () => 0) {
    this.#isForgotten = isForgotten;
    this.#isBehind = isBehind;
    this.#nowMs = nowMs;
  }

  /** A deletion that was reaped: it may be shown by nobody. */
  isReaped({ ref, value, dots }: WriteRecord, byMs?: number): boolean {
    const lasting = lastingDots(dots);
    return value === undefined && lasting.length > 0 && lasting.every(({ dot }) => this.#isForgotten(ref.id, dot, byMs));
  }

  /**
   * Where only the latest is shown: not the other one. What was made after a deletion was forgotten has
   * nothing to be later than: neither that, nor what was forgotten with it.
   */
  wins(a: WriteRecord, b: WriteRecord): boolean {
    const madeMs = Math.min(...[...b.dots.values()].map((dot) => dot.madeMs));
    const isForgotten = lastingDots(a.dots).every(({ dot }) => this.#isForgotten(a.ref.id, dot, madeMs));
    return isLaterDot(byStamp(a).at(-1), byStamp(b).at(-1)) && !isForgotten;
  }

  /** Some dot of it may have replaced some dot of the other one, while only the latest was shown. */
  mayReplace(a: WriteRecord, b: WriteRecord): boolean {
    return a !== b && this.wasLatestOnly(a.ref.bucket) && isLaterDot(byStamp(a).at(-1), byStamp(b).at(0));
  }

  /** A write that a reaped deletion had replaced: it must not come back. */
  isReplacedByReaped(ref: KeyRef, dot: Dot): boolean {
    return this.#isForgotten(ref.id, dot);
  }

  begin(id: string, ref: KeyRef, value: string | undefined, seen: ReadonlySet<string>): WriteRecord {
    const known = this.writes.get(id);
    // A story that puts the same again under the same id tells of a client that tries again.
    if (known?.ref.id === ref.id && known.value === value) return known;
    const write: WriteRecord = { id, ref, value, seen, dots: new Map(), isKept: false, isAcknowledged: false, attempts: 0 };
    this.writes.set(id, write);
    this.keys.set(ref.id, ref);
    return write;
  }

  changeBucket(bucket: string, change: Partial<BucketSettings>): void {
    const all = this.settings.get(bucket) ?? [];
    const known = new Set(all.map((settings) => JSON.stringify(settings)));
    const added = all.map((settings) => ({ ...settings, ...change })).filter((settings) => !known.has(JSON.stringify(settings)));
    all.push(...new Map(added.map((settings) => [JSON.stringify(settings), settings])).values());
  }

  /** Did the bucket ever show the latest write only? Then a write may have replaced one that its writer had not seen. */
  wasLatestOnly(bucket: string): boolean {
    return this.#had(bucket, 'lww');
  }

  /** Did it show all siblings, and then the latest only, or the other way round? */
  hasChanged(bucket: string): boolean {
    return this.#had(bucket, 'lww') && this.#had(bucket, 'siblings');
  }

  /** A disk has made an object durable. */
  durable(process: string, ref: KeyRef, object: KeyObject): void {
    this.#seen.set(`${process} ${ref.id}`, union(this.seenBy(process, ref), object.context));
    for (const sibling of object.siblings) {
      const { dot, writeId, value } = sibling;
      const write = this.writes.get(nameOf(writeId));
      if (write === undefined && !this.knowsAll) continue;
      demand(write !== undefined, 'I6', () => `${process} holds a write that nobody made: ${writeId}`);
      demand(write.ref.id === ref.id, 'I6', () => `${writeId} is under another key`);
      const name = dotName(dot);
      write.isKept ||= identityOf(process) === process && !this.#isBehind(process);
      const isOnce = writeId.startsWith(NO_RETRY);
      demand(!isOnce || write.dots.size === 0 || write.dots.has(name), 'I4', () => `${writeId}, which nobody can retry, was made again as ${name}`);
      const known = write.dots.get(name) ?? this.#learn(write, dot, stampOf(sibling));
      known.isWithMember ||= identityOf(process) === process;
      const text = value === undefined ? undefined : new TextDecoder().decode(value);
      demand(text === write.value, 'I6', () => `${writeId} has the value ${text}`);
    }
  }

  /** With a folder that went away, writes of the key that it had, and those that they had replaced there. */
  takenAway(keyId: string, known: CausalContext, isElsewhere: (dot: Dot) => boolean): void {
    for (const { ref, dots } of this.writes.values()) {
      if (ref.id !== keyId) continue;
      for (const written of dots.values()) if (covers(known, written.dot) && !isElsewhere(written.dot)) written.isWithMember = false;
    }
  }

  /** The disk handed a key over and gave it up: its word on copies of it no longer holds. */
  gaveUp(process: string, keyId: string): void {
    this.#seen.delete(`${process} ${keyId}`);
  }

  /** All that was ever on the process's disk of the key, also when the disk was lost since. */
  seenBy(process: string, ref: KeyRef): CausalContext {
    return this.#seen.get(`${process} ${ref.id}`) ?? EMPTY_CONTEXT;
  }

  writeOf(ref: KeyRef, dot: string): WriteRecord {
    const write = this.writes.get(this.#writeOfDot.get(`${ref.id} ${dot}`) ?? '');
    demand(write !== undefined, 'I6', () => `a read showed ${dot} of ${ref.key}, which no disk ever held`);
    return write;
  }

  /** The writes and all that they had seen. */
  closure(writes: Iterable<WriteRecord>): Set<string> {
    const seen = new Set<string>();
    for (const write of writes) {
      seen.add(write.id);
      for (const other of write.seen) seen.add(other);
    }
    return seen;
  }

  /** Writes of the key that became durable somewhere, and did not go away with a copied folder. */
  effective(ref: KeyRef): readonly WriteRecord[] {
    return [...this.writes.values()].filter((write) => write.ref.id === ref.id && write.dots.size > 0 && !isGone(write));
  }

  #had(bucket: string, wanted: BucketSettings['resolution']): boolean {
    return this.settings.get(bucket)?.some(({ resolution }) => resolution === wanted) === true;
  }

  #learn(write: WriteRecord, dot: Dot, stamp: number): WrittenDot {
    const name = `${write.ref.id} ${dotName(dot)}`;
    const known = this.#writeOfDot.get(name) ?? write.id;
    demand(known === write.id, 'dots', () => `${dotName(dot)} names both ${known} and ${write.id}`);
    this.#writeOfDot.set(name, write.id);
    const written = { dot, stamp, madeMs: this.#nowMs(), isWithMember: false };
    write.dots.set(dotName(dot), written);
    return written;
  }
}

/**
 * No disk but that of a copied folder ever had it, and that one is stopped for good. Whoever stops it
 * can bring its records along as a new member instead; here nobody does. Or it was never acknowledged, and
 * on no disk but one that was from before a reaping, and is set aside.
 */
export function isGone({ dots, isKept, isAcknowledged }: WriteRecord): boolean {
  return dots.size > 0 && (lastingDots(dots).length === 0 || (!isKept && !isAcknowledged));
}

/** Those that did not go away with a copied folder. */
export function lastingDots(dots: WriteRecord['dots']): readonly WrittenDot[] {
  return [...dots.values()].filter(({ isWithMember }) => isWithMember);
}

function isLaterDot(x: WrittenDot | undefined, y: WrittenDot | undefined): boolean {
  return x !== undefined && (y === undefined || compareStamps(x, y) > 0);
}

/** Its dots that lasted, earliest first. */
function byStamp({ dots }: WriteRecord): readonly WrittenDot[] {
  return [...lastingDots(dots)].sort(compareStamps);
}

function compareStamps(x: WrittenDot, y: WrittenDot): number {
  return x.stamp - y.stamp || compareDots(x.dot, y.dot);
}

/** A write that was given no id by its client has one of the engine's, which begins with a mark. */
export function nameOf(writeId: string): string {
  return writeId.startsWith(NO_RETRY) ? writeId.slice(NO_RETRY.length) : writeId;
}

/** A write that may have been made twice: its client tried again, maybe elsewhere, under the same id. */
export function isRepeated({ dots, attempts }: WriteRecord): boolean {
  return dots.size > 1 || attempts > 1;
}
