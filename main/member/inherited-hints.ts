/** Hints of before the start: where else what they hold is, is not known (TS-4). */
import type { MemberId, Store } from '../../p2p/index.ts';
import type { Engine } from './engine.ts';

type Writes = ReturnType<Engine['writes']>;

/** How many of the hints that were here at the start may still be here: each target's count only falls. `undefined` = not known yet. */
export function inheritedHints(store: Pick<Store, 'counts'>): () => number | undefined {
  let left: Map<MemberId, number> | undefined;
  const look = (): number | undefined => {
    const { hints, knowsHints } = store.counts();
    if (!knowsHints) return undefined;
    left ??= new Map(hints);
    for (const [target, count] of left) left.set(target, Math.min(count, hints.get(target) ?? 0));
    return [...left.values()].reduce((sum, count) => sum + count, 0);
  };
  // Before anything is written.
  look();
  return look;
}

export function withInherited(writes: Omit<Writes, 'inherited'>, inherited: number | undefined): Writes {
  return { ...writes, isWhole: writes.isWhole && inherited !== undefined, inherited: inherited ?? 0 };
}
