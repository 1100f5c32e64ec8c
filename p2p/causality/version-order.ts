/**
 * Versions newest first: a version stands before all that its writer had seen, and concurrent ones
 * stand by time. Times alone would lie: each is of another device's clock (Kahn, "Topological
 * Sorting of Large Networks", 1962, with the latest time taken first).
 */
import { covers } from './causal-context.ts';
import { compareDots } from './dot.ts';
import type { StoredSibling } from './key-object.ts';

interface Open {
  readonly version: StoredSibling;
  /** Versions not placed yet whose writers had seen this one. */
  later: number;
}

export function newestFirst(versions: readonly StoredSibling[]): readonly StoredSibling[] {
  const open: Open[] = versions.map((version) => ({
    version,
    later: versions.filter(({ seen }) => covers(seen, version.dot)).length,
  }));
  const placed: StoredSibling[] = [];
  while (open.length > 0) {
    const next = open.reduce((best, other) => (comesBefore(other, best) ? other : best));
    open.splice(open.indexOf(next), 1);
    for (const other of open) if (covers(next.version.seen, other.version.dot)) other.later -= 1;
    placed.push(next.version);
  }
  return placed;
}

function comesBefore(a: Open, b: Open): boolean {
  if (a.later !== b.later) return a.later < b.later;
  const [at, bt] = [a.version.writtenAt, b.version.writtenAt];
  return at === bt ? compareDots(a.version.dot, b.version.dot) > 0 : at > bt;
}
