/** Pure: choosing among siblings. */
import type { Sibling } from '../../main/api/contract.ts';

/** The last one by its writer's clock; clocks may be off, so this only chooses what to show first. */
export function newest(siblings: readonly Sibling[]): Sibling | null {
  return siblings.reduce<Sibling | null>(
    (best, sibling) => (best === null || sibling.writtenAt > best.writtenAt ? sibling : best),
    null,
  );
}
