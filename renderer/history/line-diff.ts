/** Pure: two texts as the rows of one column, long runs of equal lines folded. */
import { hunks, linesOf, wordDiff, type Hunk, type Part } from '../merge/text-diff.ts';

export type LineRow =
  /** Line numbers begin at 1, in the text that has the line. */
  | { readonly kind: 'same' | 'removed' | 'added'; readonly line: number; readonly parts: readonly Part[] }
  | { readonly kind: 'fold'; readonly lines: number };

export interface LineDiff {
  readonly rows: readonly LineRow[];
  readonly removed: number;
  readonly added: number;
  /** Rows beyond the bound, not shown. */
  readonly cut: number;
}

/** Equal lines shown around a change. */
const CONTEXT_LINES = 3;
export const ROWS_MAX = 2_000;

export function lineDiff(before: string, after: string): LineDiff {
  const [old, now] = [linesOf(before), linesOf(after)];
  const changes = hunks(old, now);
  const rows: LineRow[] = [];
  let done = 0;
  for (const [index, hunk] of changes.entries()) {
    pushSame(rows, now, { from: done, to: hunk.to, isFirst: index === 0, isLast: false });
    pushChange(rows, old, now, hunk);
    done = hunk.to + hunk.added;
  }
  if (changes.length > 0) pushSame(rows, now, { from: done, to: now.length, isFirst: false, isLast: true });
  const sum = (count: (hunk: Hunk) => number): number => changes.reduce((total, hunk) => total + count(hunk), 0);
  return {
    rows: rows.slice(0, ROWS_MAX),
    removed: sum(({ removed }) => removed),
    added: sum(({ added }) => added),
    cut: Math.max(0, rows.length - ROWS_MAX),
  };
}

interface Run {
  readonly from: number;
  readonly to: number;
  /** Nothing changed before it. */
  readonly isFirst: boolean;
  readonly isLast: boolean;
}

function pushSame(rows: LineRow[], lines: readonly string[], { from, to, isFirst, isLast }: Run): void {
  const head = isFirst ? from : Math.min(to, from + CONTEXT_LINES);
  const tail = isLast ? to : Math.max(head, to - CONTEXT_LINES);
  for (let at = from; at < head; at += 1) rows.push(row('same', at, lines[at]));
  // A fold of one line takes as much room as the line.
  if (tail - head === 1) rows.push(row('same', head, lines[head]));
  else if (tail > head) rows.push({ kind: 'fold', lines: tail - head });
  for (let at = tail; at < to; at += 1) rows.push(row('same', at, lines[at]));
}

/** Lines that were changed one for one have their words compared. */
function pushChange(rows: LineRow[], old: readonly string[], now: readonly string[], { at, removed, to, added }: Hunk): void {
  const isPaired = removed === added;
  for (let index = 0; index < removed; index += 1) {
    const counterpart = isPaired ? now[to + index] : undefined;
    rows.push(row('removed', at + index, old[at + index], counterpart));
  }
  for (let index = 0; index < added; index += 1) {
    const counterpart = isPaired ? old[at + index] : undefined;
    rows.push(row('added', to + index, now[to + index], counterpart));
  }
}

function row(kind: 'same' | 'removed' | 'added', index: number, text = '', counterpart?: string): LineRow {
  const bare = text.replace(/\r?\n$/, '');
  const whole = [{ text: bare, changed: false }];
  if (counterpart === undefined) return { kind, line: index + 1, parts: whole };
  const parts = wordDiff(counterpart.replace(/\r?\n$/, ''), bare);
  // Where next to nothing is left of a line, marks on all its words say nothing.
  const isLike = parts.some((part) => !part.changed && /\S/.test(part.text));
  return { kind, line: index + 1, parts: isLike ? parts : whole };
}
