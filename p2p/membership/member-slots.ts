/**
 * A small number for each member that was ever named here, so that what is counted of every member
 * stands in flat columns: at 10,000 members a column of numbers takes 80 KB, a map of objects 1 MB.
 * Numbers are given in order of first use, kept for ever, and mean nothing outside this process.
 */
import type { MemberId } from '../types.ts';

export class MemberSlots {
  readonly #slots = new Map<MemberId, number>();
  readonly #members: MemberId[] = [];

  get size(): number {
    return this.#members.length;
  }

  /** Gives a number to a member that has none. */
  of(member: MemberId): number {
    const known = this.#slots.get(member);
    if (known !== undefined) return known;
    this.#slots.set(member, this.#members.length);
    return this.#members.push(member) - 1;
  }

  find(member: MemberId): number | undefined {
    return this.#slots.get(member);
  }

  member(slot: number): MemberId | undefined {
    return this.#members[slot];
  }
}

/** A number for each slot, `empty` until it is set. */
export class Column {
  readonly #empty: number;
  readonly #make: (length: number) => Float64Array | Uint8Array;
  #values: Float64Array | Uint8Array;

  /** @param kind `byte`: whole numbers up to 255, in an eighth of the memory. */
  constructor(empty: number, kind: 'number' | 'byte' = 'number') {
    this.#empty = empty;
    this.#make = (length) => (kind === 'byte' ? new Uint8Array(length) : new Float64Array(length));
    this.#values = this.#make(0);
  }

  get(slot: number | undefined): number {
    return slot === undefined ? this.#empty : (this.#values[slot] ?? this.#empty);
  }

  set(slot: number, value: number): void {
    if (slot >= this.#values.length) this.#grow(slot + 1);
    this.#values[slot] = value;
  }

  /** Replaces each value that was set. */
  update(change: (value: number) => number): void {
    for (const [slot, value] of this.#values.entries()) {
      if (!Object.is(value, this.#empty)) this.#values[slot] = change(value);
    }
  }

  #grow(length: number): void {
    const grown = this.#make(Math.max(length, Math.ceil(this.#values.length * 1.25), 16)).fill(this.#empty);
    grown.set(this.#values);
    this.#values = grown;
  }
}
