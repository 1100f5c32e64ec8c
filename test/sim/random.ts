/**
 * The simulator's only source of chance: sfc32 (Chris Doty-Humphrey, PractRand), period about
 * 2^127 at random seeds. Each subsystem forks its own, so that a new draw in one leaves the others
 * as they were.
 */
import type { Random } from '../../p2p/ports.ts';

const WARM_UP = 12;

export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  constructor(seed: number, name: string) {
    this.#a = seed >>> 0;
    this.#b = hashText(name);
    this.#c = hashText(`${name}/${seed}`);
    for (let turn = 0; turn < WARM_UP; turn += 1) this.uint32();
  }

  uint32(): number {
    const sum = (this.#a + this.#b + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  fork(name: string): SeededRandom {
    return new SeededRandom(this.uint32(), name);
  }

  /** 0 ≤ x < 1. */
  unit(): number {
    return this.uint32() / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** An integer from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.unit() * (to - from + 1));
  }

  /** A waiting time with this mean, at most ten times it. */
  exponential(mean: number): number {
    return Math.min(mean * 10, -Math.log(1 - this.unit()) * mean);
  }

  pick<T>(values: readonly T[]): T {
    const value = values[Math.floor(this.unit() * values.length)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  }
}

/** FNV-1a, 32 bits. */
export function hashText(text: string, from = 0x811c9dc5): number {
  let hash = from;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}
