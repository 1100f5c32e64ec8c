/** I4: siblings are exactly the concurrent writes. */
import type { History } from '../history.ts';
import { demand } from '../violation.ts';

export function checkSiblings(history: History, shown: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [keyId, siblings] of shown) {
    const ref = history.keys.get(keyId);
    if (ref === undefined) continue;
    const { must, may } = history.expected(ref);
    for (const id of must) demand(siblings.has(id), 'I4', () => `${ref.key} lacks ${id}, which nobody replaced; it shows ${[...siblings].join(' ')}`);
    for (const id of siblings) demand(may.has(id), 'I4', () => `${ref.key} shows ${id}, which was replaced`);
  }
}
