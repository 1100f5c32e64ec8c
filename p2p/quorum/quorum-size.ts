/** How many replies a request needs (Dynamo, 2007, section 4.5). */
import type { QuorumSpec, WriteQuorumSpec } from '../types.ts';

/** @param copies min(n, machines). A number above it is all of them: a small team has no more. */
export function quorumSize(spec: QuorumSpec | WriteQuorumSpec, copies: number): number {
  switch (spec) {
    case 'any':
    case 'one':
      return 1;
    case 'quorum':
      return Math.floor(copies / 2) + 1;
    case 'all':
      return Math.max(1, copies);
    default:
      return Math.max(1, Math.min(spec, copies));
  }
}

/** A number of replies that a bucket of `n` copies can never give is a mistake of the caller. */
export function isPossible(spec: QuorumSpec | WriteQuorumSpec, n: number | 'all'): boolean {
  if (typeof spec === 'string') return true;
  return Number.isInteger(spec) && spec >= 1 && (n === 'all' || spec <= n);
}
