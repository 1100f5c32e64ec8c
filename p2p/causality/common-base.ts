/**
 * The version that concurrent siblings have in common: what a three-way merge starts from. Each
 * sibling carries what its writer had seen, so an ancestor is known even where the versions
 * between were never kept.
 *
 *     v1 ── v2 ──┬── s1 (seen v1, v2)              both have seen v1 and v2;
 *                └── v3 ── s2 (seen v1, v2, v3)    the newest of them is the base: v2
 */
import { covers } from './causal-context.ts';
import type { StoredSibling } from './key-object.ts';

/** @param versions Retained earlier versions. `undefined` when none is an ancestor of all. */
export function commonBase(
  siblings: readonly StoredSibling[],
  versions: readonly StoredSibling[],
): StoredSibling | undefined {
  return versions
    .filter(({ dot }) => siblings.every(({ seen }) => covers(seen, dot)))
    .reduce<StoredSibling | undefined>(
      (best, next) => (best === undefined || next.writtenAt > best.writtenAt ? next : best),
      undefined,
    );
}
