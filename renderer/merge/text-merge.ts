/**
 * diff3 with n sides: every sibling's hunks against the base are laid on the base's lines; hunks
 * that touch make one region; a region changed by one sibling (or alike by several) is taken, any
 * other is a clash that keeps every variant.
 *
 *   base  │ a │ b │ c │ d │        S1 changes b, S2 changes d  → two taken regions
 *   S1    │   │▓▓▓│   │   │        S1 and S2 both change b     → one clash
 *   S2    │   │   │   │▓▓▓│
 *
 * Grouping by base position is the fold over siblings without its dependence on their order.
 * Without a base the first sibling lends its lines for alignment and nothing is taken.
 *
 * Source: Khanna, Kunal, Pierce, "A Formal Investigation of Diff3", 2007.
 */
import { cellOf, decide, DELETED, type Cell, type Decision } from './decision.ts';
import type { MergeInput } from './siblings.ts';
import { hunks, linesOf, type Hunk } from './text-diff.ts';

export type Passage =
  | { readonly is: 'settled'; readonly text: string }
  | { readonly is: 'decision'; readonly decision: Decision };

interface Side {
  readonly lines: readonly string[];
  readonly hunks: readonly Hunk[];
}

interface Region {
  readonly start: number;
  readonly end: number;
}

export function mergeText(input: MergeInput): Passage[] {
  const known = input.base !== undefined;
  const pivot = input.base ?? input.columns.find((column) => !column.deleted);
  const lines = linesOf(pivot?.value ?? '');
  const sides = input.columns.map((column) => (column.deleted ? undefined : sideOf(lines, column.value)));
  const passages: Passage[] = [];
  let done = 0;
  for (const region of regionsOf(sides.flatMap((side) => side?.hunks ?? []))) {
    settle(passages, lines.slice(done, region.start));
    done = region.end;
    const cells = sides.map((side) => (side === undefined ? DELETED : cellOf(sliceOf(side, region))));
    const before = cellOf(lines.slice(region.start, region.end).join(''));
    const decision = decisionAt(region, lines, cells, known ? before : undefined);
    if (decision === undefined) settle(passages, lines.slice(region.start, region.end));
    else passages.push({ is: 'decision', decision });
  }
  settle(passages, lines.slice(done));
  return passages;
}

export function buildText(passages: readonly Passage[], cellFor: (decision: Decision) => Cell): string {
  return passages.map((passage) => (passage.is === 'settled' ? passage.text : textIn(cellFor(passage.decision)))).join('');
}

export function textIn(cell: Cell): string {
  return cell.is === 'value' && typeof cell.value === 'string' ? cell.value : '';
}

function sideOf(base: readonly string[], text: string): Side {
  const lines = linesOf(text);
  return { lines, hunks: hunks(base, lines) };
}

/** Hunks that overlap or touch, joined: two insertions at one place clash. */
function regionsOf(all: readonly Hunk[]): Region[] {
  const sorted = [...all].sort((a, b) => a.at - b.at);
  const regions: Region[] = [];
  for (const { at, removed } of sorted) {
    const last = regions.at(-1);
    if (last === undefined || at > last.end) regions.push({ start: at, end: at + removed });
    else regions[regions.length - 1] = { start: last.start, end: Math.max(last.end, at + removed) };
  }
  return regions;
}

/** What a side holds where the base holds `region`. */
function sliceOf({ lines, hunks: own }: Side, { start, end }: Region): string {
  return lines.slice(shifted(own, start, false), shifted(own, end, true)).join('');
}

/** A base position on a side: every hunk before it shifts it by what it added and removed. */
function shifted(own: readonly Hunk[], position: number, inclusive: boolean): number {
  const before = own.filter(({ at, removed }) =>
    inclusive ? at + removed <= position : at < position && at + removed <= position,
  );
  return before.reduce((sum, { added, removed }) => sum + added - removed, position);
}

function decisionAt(region: Region, lines: readonly string[], cells: Cell[], base: Cell | undefined): Decision | undefined {
  const verdict = decide(base, cells);
  if (verdict === 'same') return undefined;
  const id = `text[${region.start},${region.end}]`;
  const label = placeOf(region, lines);
  return { id, kind: 'text', label, cells, verdict, ...(base === undefined ? {} : { base }) };
}

function placeOf({ start, end }: Region, lines: readonly string[]): string {
  if (start === end) return start === 0 ? 'at the start' : start >= lines.length ? 'at the end' : `after line ${start}`;
  return end - start === 1 ? `line ${end}` : `lines ${start + 1} to ${end}`;
}

function settle(passages: Passage[], lines: readonly string[]): void {
  const last = passages.at(-1);
  const text = lines.join('');
  if (text === '') return;
  if (last?.is === 'settled') passages[passages.length - 1] = { is: 'settled', text: last.text + text };
  else passages.push({ is: 'settled', text });
}
