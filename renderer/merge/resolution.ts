/**
 * A person's answers: a pure reducer over immutable states, with undo.
 */
import * as v from 'valibot';
import { ABSENT, bothOf, cellKey, cellOf, type Cell, type Decision } from './decision.ts';
import { fingerprint } from './fingerprint.ts';
import { parseLossless } from './json-value.ts';
import type { MergeModel } from './merge-model.ts';
import { columnByDot } from './siblings.ts';

export const choiceSchema = v.variant('take', [
  v.strictObject({ take: v.picklist(['base', 'sum', 'both', 'absent', 'all']) }),
  v.strictObject({ take: v.literal('sibling'), dot: v.string() }),
  v.strictObject({ take: v.literal('edit'), text: v.string() }),
]);

/** `all`: keep every variant under a key of its own (binary). */
export type Choice = v.InferOutput<typeof choiceSchema>;
export type Choices = Readonly<Record<string, Choice>>;

export interface Resolution {
  readonly choices: Choices;
  /** Oldest first. */
  readonly past: readonly Choices[];
  /** The decision being typed in: its keystrokes are one step. */
  readonly typing: string | null;
}

export type Action =
  | { readonly type: 'choose'; readonly id: string; readonly choice: Choice }
  /** Back to the rule, or to undecided. */
  | { readonly type: 'clear'; readonly id: string }
  | { readonly type: 'clear-all'; readonly ids: readonly string[] }
  | { readonly type: 'undo' };

const UNDO_MAX = 100;

export const UNTOUCHED: Resolution = { choices: {}, past: [], typing: null };

export function reduce(state: Resolution, action: Action): Resolution {
  switch (action.type) {
    case 'choose': {
      const typing = action.choice.take === 'edit' ? action.id : null;
      const past = typing !== null && typing === state.typing ? state.past : remember(state);
      return { choices: { ...state.choices, [action.id]: action.choice }, past, typing };
    }
    case 'clear':
      return without(state, [action.id]);
    case 'clear-all':
      return without(state, action.ids);
    case 'undo': {
      const last = state.past.at(-1);
      return last === undefined ? state : { choices: last, past: state.past.slice(0, -1), typing: null };
    }
  }
}

/** What stands in the result for a decision; `undefined`: still open, or not a valid edit. */
export function chosenCell(model: MergeModel, decision: Decision, choices: Choices): Cell | undefined {
  const choice = choices[decision.id];
  if (choice === undefined) return decision.verdict.state === 'auto' ? decision.verdict.take : undefined;
  switch (choice.take) {
    case 'base':
      return decision.base;
    case 'sibling':
      return fromSibling(decision, decision.cells[columnByDot(model.columns, choice.dot)]);
    case 'sum':
      return decision.sum === undefined ? undefined : cellOf(decision.sum);
    case 'both':
      return bothOf(decision);
    case 'absent':
      return decision.kind === 'field' ? ABSENT : undefined;
    case 'edit':
      return parseEdit(decision, choice.text);
    case 'all':
      return undefined;
  }
}

/** How a cell is typed: strings as they are where every variant is one, else JSON. */
export function editText(decision: Decision, cell: Cell | undefined): string {
  if (cell?.is !== 'value') return '';
  return isPlain(decision) && typeof cell.value === 'string' ? cell.value : JSON.stringify(cell.value, null, 2);
}

/** `undefined`: not JSON where JSON is needed, or nothing that can be typed. */
export function parseEdit(decision: Decision, text: string): Cell | undefined {
  if (decision.kind === 'existence' || decision.kind === 'whole') return undefined;
  if (isPlain(decision)) return cellOf(text);
  const value = parseLossless(text);
  return value === undefined ? undefined : cellOf(value);
}

/** True where text is typed as text, without quotes. */
export function isPlain(decision: Decision): boolean {
  if (decision.kind === 'text' || decision.kind === 'type') return true;
  const values = [decision.base, ...decision.cells].flatMap((cell) => (cell?.is === 'value' ? [cell.value] : []));
  return values.every((value) => typeof value === 'string');
}

/** Answers that still hold for a newer reading: same place, same variants to choose from. */
export function carryOver(before: MergeModel, after: MergeModel, state: Resolution): Resolution {
  const old = new Map(before.decisions.map((decision) => [decision.id, questionOf(decision)]));
  const same = after.decisions.filter((decision) => old.get(decision.id) === questionOf(decision));
  const kept = same.flatMap(({ id }) => {
    const choice = state.choices[id];
    return choice === undefined ? [] : [[id, choice] as const];
  });
  return { choices: Object.fromEntries(kept), past: [], typing: null };
}

/** Tells whether a question is still the same: the base, what was made of it, and the sum offered. */
export function questionOf({ base, cells, sum }: Decision): string {
  const before = base === undefined ? null : cellKey(base);
  const changes = new Set(cells.map(cellKey).filter((key) => key !== before));
  return fingerprint(JSON.stringify([before, [...changes].sort(), sum ?? null]));
}

function fromSibling(decision: Decision, cell: Cell | undefined): Cell | undefined {
  return cell?.is === 'deleted' && decision.kind !== 'existence' ? undefined : cell;
}

function without(state: Resolution, ids: readonly string[]): Resolution {
  const gone = new Set(ids);
  const kept = Object.entries(state.choices).filter(([id]) => !gone.has(id));
  if (kept.length === Object.keys(state.choices).length) return state;
  return { choices: Object.fromEntries(kept), past: remember(state), typing: null };
}

function remember({ past, choices }: Resolution): readonly Choices[] {
  return [...past, choices].slice(-UNDO_MAX);
}
