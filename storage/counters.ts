/** How many keys, conflicts and hints there are, and how large these are: kept in memory, saved with the batch that moves them. */
import type { MemberId } from '../p2p/types.ts';

export interface Counters {
  readonly keys: number;
  readonly conflicts: number;
  readonly hints: ReadonlyMap<MemberId, number>;
  /** Bytes of the objects in them, for the same members. */
  readonly hintBytes: ReadonlyMap<MemberId, number>;
}

export const NO_COUNTERS: Counters = { keys: 0, conflicts: 0, hints: new Map(), hintBytes: new Map() };

/** Counters of a group that is being formed; thrown away when the group fails. */
export class CountersDraft {
  keys: number;
  conflicts: number;
  readonly hints: Map<MemberId, number>;
  readonly hintBytes: Map<MemberId, number>;
  #changed = false;

  constructor(from: Counters) {
    this.keys = from.keys;
    this.conflicts = from.conflicts;
    this.hints = new Map(from.hints);
    this.hintBytes = new Map(from.hintBytes);
  }

  get changed(): boolean {
    return this.#changed;
  }

  add(keys: number, conflicts: number): void {
    if (keys === 0 && conflicts === 0) return;
    this.keys = Math.max(0, this.keys + keys);
    this.conflicts = Math.max(0, this.conflicts + conflicts);
    this.#changed = true;
  }

  /** @param hints -1, 0 (one was replaced) or 1. @param bytes By how much they grew. */
  addHint(target: MemberId, hints: number, bytes: number): void {
    const count = (this.hints.get(target) ?? 0) + hints;
    if (count > 0) {
      this.hints.set(target, count);
      this.hintBytes.set(target, Math.max(0, (this.hintBytes.get(target) ?? 0) + bytes));
    } else {
      this.hints.delete(target);
      this.hintBytes.delete(target);
    }
    this.#changed ||= hints !== 0 || bytes !== 0;
  }
}

export function encodeCounters(counters: Counters): Buffer {
  return Buffer.from(JSON.stringify({ ...counters, hints: [...counters.hints], hintBytes: [...counters.hintBytes] }));
}

/** `undefined`: they are not known. A release before bounded hints saved no bytes. */
export function decodeCounters(payload: Buffer): Counters | undefined {
  const saved = JSON.parse(payload.toString()) as { keys: number; conflicts: number; hints: [string, number][]; hintBytes?: [string, number][] };
  const { keys, conflicts, hintBytes } = saved;
  return hintBytes && { keys, conflicts, hints: new Map(saved.hints), hintBytes: new Map(hintBytes) };
}
