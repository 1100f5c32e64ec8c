/** The keys of the merge view. Plain keys rest while somebody types; Ctrl+Enter and Esc do not. */
import { bothOf } from '../../merge/decision.ts';
import { dotAt } from '../../merge/outcome.ts';
import type { Merge } from '../../state/conflicts.svelte.ts';
import { isTyping } from '../../state/shortcuts';

export interface MergeMoves {
  readonly leave: () => void;
  readonly next: (step: 1 | -1) => void;
  readonly focus: (id: string) => void;
}

export function mergeKeys(merge: Merge, moves: MergeMoves): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.defaultPrevented || inDialog(event)) return;
    if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') void merge.save();
    else if (event.key === 'Escape') escape(event, moves);
    else if (isTyping(event) || !plainKey(event.key, merge, moves)) return;
    event.preventDefault();
  };
}

/** Out of a field first, then out of the merge; the draft stays. */
function escape(event: KeyboardEvent, moves: MergeMoves): void {
  if (event.target instanceof HTMLElement && isTyping(event)) event.target.blur();
  else moves.leave();
}

function plainKey(key: string, merge: Merge, moves: MergeMoves): boolean {
  switch (key) {
    case 'j':
    case 'ArrowDown':
      return step(merge, moves, 1);
    case 'k':
    case 'ArrowUp':
      return step(merge, moves, -1);
    case '[':
      moves.next(-1);
      return true;
    case ']':
      moves.next(1);
      return true;
    case 'u':
      if (merge.phase === 'saved') void merge.undoSave();
      else merge.undoChoice();
      return true;
    default:
      return answer(key, merge, moves);
  }
}

function answer(key: string, merge: Merge, moves: MergeMoves): boolean {
  const { model, focused } = merge;
  const decision = model?.decisions.find(({ id }) => id === focused);
  if (model === null || decision === undefined) return false;
  if (key === 'b') {
    if (bothOf(decision) !== undefined) merge.choose(decision.id, { take: 'both' });
  } else if (key === '0') {
    if (decision.base !== undefined) merge.choose(decision.id, { take: 'base' });
  } else if (/^[1-9]$/.test(key)) {
    const dot = dotAt(model, Number(key) - 1);
    const cell = decision.cells[Number(key) - 1];
    const barred = cell?.is === 'deleted' && decision.kind !== 'existence';
    if (dot !== undefined && !barred) merge.choose(decision.id, { take: 'sibling', dot });
  } else return false;
  moves.focus(decision.id);
  return true;
}

function step({ model, focused }: Merge, moves: MergeMoves, by: 1 | -1): boolean {
  const ids = model?.decisions.map(({ id }) => id) ?? [];
  const next = ids[Math.max(0, Math.min(ids.length - 1, ids.indexOf(focused ?? '') + by))];
  if (next !== undefined) moves.focus(next);
  return true;
}

function inDialog(event: KeyboardEvent): boolean {
  return event.target instanceof Element && event.target.closest('[role="dialog"]') !== null;
}
