/** I1: every acknowledged write is visible, or was replaced by a write that had seen it. */
import type { History } from '../history.ts';
import { demand } from '../violation.ts';

export function checkAcknowledged(history: History, shown: ReadonlyMap<string, ReadonlySet<string>>): void {
  const replaced = new Set([...history.writes.values()].filter(({ isEffective }) => isEffective).flatMap(({ seen }) => [...seen]));
  for (const { id, keyId, isAcknowledged } of history.writes.values()) {
    if (!isAcknowledged || !shown.has(keyId)) continue;
    demand(shown.get(keyId)?.has(id) === true || replaced.has(id), 'I1', () => `${id} was acknowledged and is gone`);
  }
}
