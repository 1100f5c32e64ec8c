/**
 * The version that concurrent siblings have in common: what a three-way merge starts from.
 *
 *     v1 ── v2 ──┬── s1        each version names its parents, so v2 is an ancestor of both;
 *                └── v3 ── s2  v3 is not, v1 is older: the base is v2
 */
import type { Dot } from '../types.ts';
import { dotName } from './dot.ts';
import type { StoredSibling } from './key-object.ts';

/** @param versions Retained earlier versions. `undefined` when none is an ancestor of all. */
export function commonBase(
  siblings: readonly StoredSibling[],
  versions: readonly StoredSibling[],
): StoredSibling | undefined {
  const known = new Map(versions.map((version) => [dotName(version.dot), version]));
  const histories = siblings.map((sibling) => ancestors(sibling, known));
  return versions
    .filter(({ dot }) => histories.every((history) => history.has(dotName(dot))))
    .reduce<StoredSibling | undefined>(
      (best, next) => (best === undefined || next.writtenAt > best.writtenAt ? next : best),
      undefined,
    );
}

function ancestors(sibling: StoredSibling, known: ReadonlyMap<string, StoredSibling>): ReadonlySet<string> {
  const found = new Set<string>();
  const pending: Dot[] = [...sibling.parents];
  for (let dot = pending.pop(); dot !== undefined; dot = pending.pop()) {
    const name = dotName(dot);
    if (found.has(name)) continue;
    found.add(name);
    pending.push(...(known.get(name)?.parents ?? []));
  }
  return found;
}
