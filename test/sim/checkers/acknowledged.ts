/**
 * I1: every acknowledged write is visible, or was replaced by a write that had seen it. In a bucket
 * that shows the latest only, or once did, a later one may replace it as well. A deletion may have been reaped.
 */
import type { History } from '../history.ts';
import { isGone } from '../history.ts';
import { demand } from '../violation.ts';
import type { Shown } from './shown.ts';
import { showsWrite } from './shown.ts';

export function checkAcknowledged(history: History, shown: Shown): void {
  for (const ref of history.keys.values()) {
    const effective = history.effective(ref);
    const replaced = new Set(effective.flatMap(({ seen }) => [...seen]));
    for (const write of history.writes.values()) {
      if (!write.isAcknowledged || write.ref.id !== ref.id || isGone(write) || showsWrite(shown, write) || history.isReaped(write)) continue;
      const isReplaced = replaced.has(write.id) || effective.some((other) => history.mayReplace(other, write));
      demand(isReplaced, 'I1', () => `${write.id} of ${ref.key} was acknowledged and is gone`);
    }
  }
}
