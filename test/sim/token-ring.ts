/** A plain ring of random tokens, light enough for millions of them: what other stores walk. */
import { SeededRandom } from './random.ts';

/** A token and its member in one number: sorting numbers is quick. */
const MEMBERS_MAX = 2 ** 15;
const POSITIONS = 2 ** 38;

export interface Arc {
  /** Of the whole ring. */
  readonly length: number;
  readonly owners: readonly number[];
}

export class TokenRing {
  readonly #tokens: Float64Array;

  constructor(members: readonly number[], tokensPerMember: number) {
    this.#tokens = new Float64Array(members.length * tokensPerMember);
    let at = 0;
    for (const member of members) {
      const random = new SeededRandom(member, 'tokens');
      for (let left = tokensPerMember; left > 0; left -= 1) this.#tokens[at++] = Math.floor(random.unit() * POSITIONS) * MEMBERS_MAX + member;
    }
    this.#tokens.sort();
  }

  /** @param position Of the whole ring. */
  walk(position: number, copies: number): readonly number[] {
    let [low, high] = [0, this.#tokens.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#tokens[middle] ?? 0) < position * POSITIONS * MEMBERS_MAX) low = middle + 1;
      else high = middle;
    }
    return this.#from(low, copies);
  }

  /** The arcs between tokens, each with those who keep it. */
  *arcs(copies: number): IterableIterator<Arc> {
    let previous = (this.#tokens.at(-1) ?? 0) - POSITIONS * MEMBERS_MAX;
    for (const [at, token] of this.#tokens.entries()) {
      yield { length: (token - previous) / (POSITIONS * MEMBERS_MAX), owners: this.#from(at, copies) };
      previous = token;
    }
  }

  /** Share of the ring's copies, in rings, whose owners in the other ring do not keep them here. */
  movedTo(other: TokenRing, copies: number): number {
    const cuts = Float64Array.from([...this.#tokens, ...other.#tokens]).sort();
    let moved = 0;
    let previous = (cuts.at(-1) ?? 0) - POSITIONS * MEMBERS_MAX;
    for (const cut of cuts) {
      const length = (cut - previous) / (POSITIONS * MEMBERS_MAX);
      previous = cut;
      if (length === 0) continue;
      const position = cut / (POSITIONS * MEMBERS_MAX);
      const here = this.walk(position, copies);
      moved += length * other.walk(position, copies).filter((owner) => !here.includes(owner)).length;
    }
    return moved;
  }

  #from(index: number, copies: number): readonly number[] {
    const met: number[] = [];
    for (let step = 0; step < this.#tokens.length && met.length < copies; step += 1) {
      const member = (this.#tokens[(index + step) % this.#tokens.length] ?? 0) % MEMBERS_MAX;
      if (!met.includes(member)) met.push(member);
    }
    return met;
  }
}
