/**
 * Which earlier versions of a key a store keeps: at most so many, none that was replaced too long
 * ago, and always the base of a conflict as long as it is open.
 *
 *     replaced   v1 ── v2 ── v3 ── v4        siblings s1, s2, which both have seen v1 and v2
 *                       ▲
 *                       the latest that all siblings come from: kept whatever count and age say
 *
 * Versions stand in the order in which this device saw them replaced. That order agrees with
 * causality, because a version is replaced before its successor is, and it needs nobody's clock.
 */
import type { Dot } from '../types.ts';
import type { CausalContext } from './causal-context.ts';
import { covers } from './causal-context.ts';

/** What a store remembers of an earlier version beside its bytes. */
export interface VersionMark {
  readonly dot: Dot;
  /** Wall ms of this device when the version was replaced here. */
  readonly keptAt: number;
}

export interface Retention {
  /** Newest versions to keep; 0 = none but the base. */
  readonly versions: number;
  /** Wall ms of this device: what was replaced before is dropped. */
  readonly keptSince: number;
  /** What the writers of each sibling had seen; empty when there is no conflict. */
  readonly siblings: readonly CausalContext[];
}

/** @param marks Oldest first. @returns Those that are kept, in the same order. */
export function retained<Mark extends VersionMark>(marks: readonly Mark[], retention: Retention): readonly Mark[] {
  const { versions, keptSince, siblings } = retention;
  const base = siblings.length === 0 ? undefined : marks.findLast(({ dot }) => siblings.every((seen) => covers(seen, dot)));
  const first = Math.max(0, marks.length - versions);
  return marks.filter((mark, index) => mark === base || (index >= first && mark.keptAt >= keptSince));
}
