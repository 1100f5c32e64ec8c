/** Words for the states of a merge. */
import type { Cell, Decision, Verdict } from '../../merge/decision.ts';
import type { Column } from '../../merge/siblings.ts';
import { namesOf } from '../../merge/siblings.ts';
import type { Choice } from '../../merge/resolution.ts';
import { columnByDot } from '../../merge/siblings.ts';

export function verdictWords(verdict: Verdict, columns: readonly Column[]): string {
  if (verdict.state === 'auto') {
    const authors = verdict.by.flatMap((index) => columns[index]?.authors ?? []);
    return verdict.rule === 'one-changed' ? `only ${namesOf(authors)} changed it` : `${namesOf(authors)} changed it alike`;
  }
  switch (verdict.why) {
    case 'changed-differently':
      return 'changed differently';
    case 'edited-removed':
      return 'edited and removed';
    case 'edited-deleted':
      return 'edited and deleted';
    case 'no-base':
      return 'common version unknown';
  }
}

export function choiceWords(choice: Choice, columns: readonly Column[]): string {
  switch (choice.take) {
    case 'base':
      return 'taken from Base';
    case 'sibling':
      return `taken from ${columns[columnByDot(columns, choice.dot)]?.label ?? 'a sibling'}`;
    case 'sum':
      return 'base plus all changes';
    case 'both':
      return 'both kept';
    case 'absent':
      return 'left out';
    case 'edit':
      return 'edited here';
    case 'all':
      return 'each under its own key';
  }
}

/** `10 + 2 + 5`: the changes as they are added up. */
export function sumWords({ base, cells, sum }: Decision): string {
  const from = base?.is === 'value' && typeof base.value === 'number' ? base.value : 0;
  const changes = cells.flatMap((cell) => (cell.is === 'value' && typeof cell.value === 'number' ? [cell.value - from] : []));
  const terms = changes.filter((change) => change !== 0).map((change) => `${change < 0 ? '−' : '+'} ${round(Math.abs(change))}`);
  const added = terms.length > 3 ? `and ${terms.length} changes` : terms.join(' ');
  return `${from} ${added} = ${sum ?? ''}`;
}

/** A value as people read it: strings bare, the rest as JSON. */
export function showCell(cell: Cell): string {
  if (cell.is !== 'value') return '';
  if (typeof cell.value === 'string') return cell.value;
  const short = JSON.stringify(cell.value);
  return short.length <= 60 ? short : JSON.stringify(cell.value, null, 2);
}

export function bytesWords(base64: string): string {
  const bytes = Math.floor((base64.length * 3) / 4) - (base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0);
  return bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KiB`;
}

function round(value: number): number {
  return Number(value.toPrecision(12));
}
