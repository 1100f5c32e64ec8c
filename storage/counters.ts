/** How many keys, conflicts and hints there are: kept in memory, saved with the batch that moves them. */
import type { MemberId } from '../p2p/types.ts';

export interface Counters {
  readonly keys: number;
  readonly conflicts: number;
  readonly hints: ReadonlyMap<MemberId, number>;
}

export const NO_COUNTERS: Counters = { keys: 0, conflicts: 0, hints: new Map() };

/** Counters of a group that is being formed; thrown away when the group fails. */
export class CountersDraft {
  keys: number;
  conflicts: number;
  readonly hints: Map<MemberId, number>;
  #changed = false;

  constructor(from: Counters) {
    this.keys = from.keys;
    this.conflicts = from.conflicts;
    this.hints = new Map(from.hints);
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

  addHint(target: MemberId, delta: number): void {
    const count = (this.hints.get(target) ?? 0) + delta;
    if (count > 0) this.hints.set(target, count);
    else this.hints.delete(target);
    this.#changed = true;
  }
}

export function encodeCounters(counters: Counters): Buffer {
  return Buffer.from(JSON.stringify({ ...counters, hints: [...counters.hints] }));
}

export function decodeCounters(payload: Buffer): Counters {
  const saved = JSON.parse(payload.toString()) as { keys: number; conflicts: number; hints: [string, number][] };
  return { keys: saved.keys, conflicts: saved.conflicts, hints: new Map(saved.hints) };
}
