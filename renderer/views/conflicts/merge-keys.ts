/** The keys of the merge view. Plain keys rest while somebody types; Ctrl+Enter and Esc do not. */
import { bothOf, type Decision } from '../../merge/decision.ts';
import type { MergeModel } from '../../merge/merge-model.ts';
import { dotAt } from '../../merge/outcome.ts';
import type { Choice } from '../../merge/resolution.ts';
import type { Merge } from '../../state/conflicts.svelte.ts';
import { isTyping } from '../../state/shortcuts.ts';

export interface MergeMoves {
  readonly leave: () => void;
  /** To another conflict. */
  readonly next: (step: 1 | -1) => void;
  readonly focus: (id: string) => void;
  readonly beside: (id: string, step: 1 | -1) => boolean;
  readonly edit: (id: string) => boolean;
  /** Something lies over the merge, and has this key. */
  readonly isCovered: (event: KeyboardEvent) => boolean;
}

/** A second digit within this makes a number of two. */
const DIGITS_MS = 900;

export function mergeKeys(merge: Merge, moves: MergeMoves): (event: KeyboardEvent) => void {
  const numbers = new Numbers();
  return (event) => {
    if (event.defaultPrevented || moves.isCovered(event)) return;
    if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') void merge.save();
    else if (event.key === 'Escape') escape(event, moves);
    else if (isTyping(event) || !plainKey(event, merge, moves, numbers)) return;
    event.preventDefault();
  };
}

/** With more than nine versions, `1` then `2` is twelve: the first digit takes one, the second corrects it. */
export class Numbers {
  #before = 0;
  #untilMs = 0;

  read(digit: number, atMs: number, most: number): number {
    const joined = this.#before * 10 + digit;
    const goesOn = this.#before > 0 && atMs < this.#untilMs && joined <= most;
    this.#before = goesOn ? 0 : digit;
    this.#untilMs = atMs + DIGITS_MS;
    return goesOn ? joined : digit;
  }
}

/** Out of a field first, then out of the merge; the draft stays. */
function escape(event: KeyboardEvent, moves: MergeMoves): void {
  if (event.target instanceof HTMLElement && isTyping(event)) event.target.blur();
  else moves.leave();
}

function plainKey(event: KeyboardEvent, merge: Merge, moves: MergeMoves, numbers: Numbers): boolean {
  switch (event.key) {
    case 'j':
    case 'ArrowDown':
      return step(merge, moves, 1);
    case 'k':
    case 'ArrowUp':
      return step(merge, moves, -1);
    case 'n':
      return nextOpen(merge, moves);
    case '[':
      moves.next(-1);
      return true;
    case ']':
      moves.next(1);
      return true;
    case 'v':
      merge.switchLayout();
      return true;
    case 'a':
      merge.applySafe();
      return true;
    case 'u':
      if (merge.phase === 'saved') void merge.undoSave();
      else merge.undoChoice();
      return true;
    default:
      return atDecision(event, merge, moves, numbers);
  }
}

function atDecision(event: KeyboardEvent, merge: Merge, moves: MergeMoves, numbers: Numbers): boolean {
  const { model, focused } = merge;
  const decision = model?.decisions.find(({ id }) => id === focused);
  if (model === null || decision === undefined) return false;
  if (event.key === 'ArrowRight') return moves.beside(decision.id, 1);
  if (event.key === 'ArrowLeft') return moves.beside(decision.id, -1);
  if (event.key === 'e') return moves.edit(decision.id);
  if (event.key === 'Backspace') merge.clear(decision.id);
  else if (!answer(event, merge, { model, decision, numbers })) return false;
  moves.focus(decision.id);
  return true;
}

interface Place {
  readonly model: MergeModel;
  readonly decision: Decision;
  readonly numbers: Numbers;
}

function answer(event: KeyboardEvent, merge: Merge, place: Place): boolean {
  const { decision } = place;
  const isDigit = /^\d$/.test(event.key);
  const choice = isDigit ? numbered(event, place) : lettered(event.key, decision);
  if (choice !== undefined) merge.choose(decision.id, choice);
  return choice !== undefined || isDigit;
}

function numbered(event: KeyboardEvent, { model, decision, numbers }: Place): Choice | undefined {
  const number = numbers.read(Number(event.key), event.timeStamp, model.columns.length);
  if (number === 0) return decision.base === undefined ? undefined : { take: 'base' };
  const dot = dotAt(model, number - 1);
  const barred = decision.cells[number - 1]?.is === 'deleted' && decision.kind !== 'existence';
  return dot === undefined || barred ? undefined : { take: 'sibling', dot };
}

function lettered(key: string, decision: Decision): Choice | undefined {
  switch (key) {
    case 'b':
      if (decision.kind === 'whole') return { take: 'all' };
      return bothOf(decision) === undefined ? undefined : { take: 'both' };
    case '+':
    case 's':
      return decision.sum === undefined ? undefined : { take: 'sum' };
    case 'x':
      return decision.kind === 'field' ? { take: 'absent' } : undefined;
    default:
      return undefined;
  }
}

function step({ model, focused }: Merge, moves: MergeMoves, by: 1 | -1): boolean {
  const ids = model?.decisions.map(({ id }) => id) ?? [];
  const next = ids[Math.max(0, Math.min(ids.length - 1, ids.indexOf(focused ?? '') + by))];
  if (next !== undefined) moves.focus(next);
  return true;
}

/** The next one behind the focus that is still open, from the top again at the end. */
function nextOpen(merge: Merge, moves: MergeMoves): boolean {
  const decisions = merge.model?.decisions ?? [];
  const at = decisions.findIndex(({ id }) => id === merge.focused);
  const around = [...decisions.slice(at + 1), ...decisions.slice(0, at + 1)];
  const next = around.find((decision) => ['open', 'invalid'].includes(merge.markOf(decision)));
  if (next !== undefined) moves.focus(next.id);
  return true;
}
