/**
 * A decision: one place where siblings differ (a field, an order, a passage, a whole value), what
 * each holds there, and whether a rule settles it or a person must.
 *
 *   changed by one only, or alike by several → auto, with the rule shown
 *   changed differently, edited against removed, no base → choose
 *
 * Source: the three-way rule of diff3 (Khanna, Kunal, Pierce 2007), taken to n sides.
 */
import { canonical, isArray, type Json } from './json-value.ts';

export type Cell =
  | { readonly is: 'value'; readonly value: Json }
  /** This version has no such field. */
  | { readonly is: 'absent' }
  /** This version is a deletion of the whole. */
  | { readonly is: 'deleted' };

export type Rule = 'one-changed' | 'changed-alike';
export type Why = 'changed-differently' | 'edited-removed' | 'edited-deleted' | 'no-base';

export type Verdict =
  /** `by`: indices of the columns that changed it. */
  | { readonly state: 'auto'; readonly rule: Rule; readonly by: readonly number[]; readonly take: Cell }
  | { readonly state: 'choose'; readonly why: Why };

export type DecisionKind = 'field' | 'order' | 'existence' | 'text' | 'whole' | 'type';

export interface Decision {
  /** Stable between reads as long as the place is the same. */
  readonly id: string;
  readonly kind: DecisionKind;
  readonly label: string;
  /** Absent when the common version is unknown. */
  readonly base?: Cell;
  /** One a column. */
  readonly cells: readonly Cell[];
  readonly verdict: Verdict;
  /** base + Σ changes: offered, never taken by itself. */
  readonly sum?: number;
}

export const ABSENT: Cell = { is: 'absent' };
export const DELETED: Cell = { is: 'deleted' };

export function cellOf(value: Json | undefined): Cell {
  return value === undefined ? ABSENT : { is: 'value', value };
}

export function sameCell(a: Cell, b: Cell): boolean {
  return cellKey(a) === cellKey(b);
}

export function cellKey(cell: Cell): string {
  return cell.is === 'value' ? `=${canonical(cell.value)}` : cell.is;
}

/** Deleted columns take no part: whether the whole lives is a decision of its own. */
export function decide(base: Cell | undefined, cells: readonly Cell[]): Verdict | 'same' {
  const living = cells.flatMap((cell, index) => (cell.is === 'deleted' ? [] : [{ cell, index, key: cellKey(cell) }]));
  if (base === undefined) {
    return new Set(living.map(({ key }) => key)).size < 2 ? 'same' : { state: 'choose', why: 'no-base' };
  }
  const baseKey = cellKey(base);
  const changed = living.filter(({ key }) => key !== baseKey);
  const [first] = changed;
  if (first === undefined) return 'same';
  if (changed.every(({ key }) => key === first.key)) {
    const rule = changed.length === 1 ? 'one-changed' : 'changed-alike';
    return { state: 'auto', rule, by: changed.map(({ index }) => index), take: first.cell };
  }
  const removed = changed.some(({ cell }) => cell.is === 'absent');
  return { state: 'choose', why: removed ? 'edited-removed' : 'changed-differently' };
}

/** base + Σ (sibling − base), when at least two siblings changed a number. */
export function sumOf(base: Cell | undefined, cells: readonly Cell[]): number | undefined {
  const from = numberIn(base);
  if (from === undefined) return undefined;
  const living = cells.filter((cell) => cell.is !== 'deleted').map(numberIn);
  const values = living.filter((value) => value !== undefined);
  if (values.length !== living.length || values.filter((value) => value !== from).length < 2) return undefined;
  const places = Math.min(12, Math.max(...[from, ...values].map(decimals)));
  const sum = values.reduce((total, value) => total + (value - from), from);
  const rounded = Number(sum.toFixed(places));
  return Number.isFinite(rounded) ? rounded : undefined;
}

/** What "both" means here: passages one after another, arrays united; otherwise not offered. */
export function bothOf(decision: Decision): Cell | undefined {
  if (decision.kind !== 'field' && decision.kind !== 'text') return undefined;
  const baseKey = decision.base === undefined ? undefined : cellKey(decision.base);
  const changed = decision.cells.filter((cell) => cell.is === 'value' && cellKey(cell) !== baseKey);
  const distinct = new Map(changed.flatMap((cell) => (cell.is === 'value' ? [[cellKey(cell), cell.value]] : [])));
  const values = [...distinct.values()];
  if (values.length < 2) return undefined;
  if (values.every((value) => typeof value === 'string')) return cellOf(joined(values, decision.kind));
  if (!values.every(isArray)) return undefined;
  return cellOf([...new Map(values.flat().map((item) => [canonical(item), item])).values()]);
}

function joined(values: readonly string[], kind: DecisionKind): string {
  if (kind === 'field') return values.join(values.some((value) => value.includes('\n')) ? '\n' : ' ');
  return values.reduce((text, next) => (text === '' || text.endsWith('\n') ? text + next : `${text}\n${next}`), '');
}

function numberIn(cell: Cell | undefined): number | undefined {
  return cell?.is === 'value' && typeof cell.value === 'number' ? cell.value : undefined;
}

function decimals(value: number): number {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  return Math.max(0, (mantissa.split('.')[1] ?? '').length - Number(exponent));
}
