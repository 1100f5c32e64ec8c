/**
 * The version that concurrent siblings have in common: what a three-way merge starts from. Each
 * sibling carries what its writer had seen, so an ancestor is known even where the versions
 * between were never kept. Of several the causally latest counts, whatever clocks say; only among
 * concurrent ones the later time decides.
 *
 *     v1 ── v2 ──┬── s1 (seen v1, v2)              both have seen v1 and v2;
 *                └── v3 ── s2 (seen v1, v2, v3)    the newest of them is the base: v2
 */
import type { CausalContext } from './causal-context.ts';
import { covers } from './causal-context.ts';
import type { StoredSibling } from './key-object.ts';

/** @param versions Retained earlier versions. `undefined` when none is an ancestor of all. */
export function commonBase(
  siblings: readonly StoredSibling[],
  versions: readonly StoredSibling[],
): StoredSibling | undefined {
  return latestCommon(siblings.map(({ seen }) => seen), versions);
}

/** The same for siblings of which only what they had seen is known. */
export function latestCommon(
  contexts: readonly CausalContext[],
  versions: readonly StoredSibling[],
): StoredSibling | undefined {
  const common = versions.filter(({ dot }) => contexts.every((seen) => covers(seen, dot)));
  const latest = common.filter(({ dot }) => !common.some((other) => covers(other.seen, dot)));
  return latest.reduce<StoredSibling | undefined>(
    (best, next) => (best === undefined || next.writtenAt > best.writtenAt ? next : best),
    undefined,
  );
}
