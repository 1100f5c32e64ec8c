/** Where a member's virtual nodes stand: a pure function of its id and of the seed that it chose. */
import type { VirtualNode } from './hash-ring.ts';
import { hashPosition, positionToBigint } from './position.ts';
import type { RingMember } from './ring-member.ts';

/** Virtual nodes of a member of weight 1: evens out the arcs, costs memory and set-up time. */
export const TOKENS_PER_WEIGHT = 32;

export function tokenCount(weight: number): number {
  return Math.max(1, Math.round(weight * TOKENS_PER_WEIGHT));
}

export function virtualNodes({ member, weight, seed = 0 }: RingMember): readonly VirtualNode[] {
  const layout = seed === 0 ? member : `${member}\0${seed}`;
  return Array.from({ length: tokenCount(weight) }, (_, index) => ({
    token: positionToBigint(hashPosition(`${layout}\0${index}`)),
    member,
  }));
}
