/**
 * Line and word differences, bounded: common ends are trimmed first, and a middle too large to
 * compare in time counts as one change (coarser, never wrong).
 *
 * Source: Hunt and McIlroy 1976, as node-diff3 has it.
 */
import { diffIndices } from 'node-diff3';

/** `before[at, at+removed)` became `after[to, to+added)`. */
export interface Hunk {
  readonly at: number;
  readonly removed: number;
  readonly to: number;
  readonly added: number;
}

export interface Part {
  readonly text: string;
  readonly changed: boolean;
}

/** Lines on both sides multiplied: about a tenth of a second. */
const CELLS_MAX = 1_000_000;
const WORDS_CELLS_MAX = 250_000;

export function hunks(before: readonly string[], after: readonly string[], cellsMax = CELLS_MAX): Hunk[] {
  const head = commonHead(before, after);
  const tail = commonTail(before, after, Math.min(before.length, after.length) - head);
  const left = before.slice(head, before.length - tail);
  const right = after.slice(head, after.length - tail);
  if (left.length === 0 && right.length === 0) return [];
  if (left.length * right.length > cellsMax) {
    return [{ at: head, removed: left.length, to: head, added: right.length }];
  }
  return diffIndices(left, right).map(({ buffer1, buffer2 }) => ({
    at: head + buffer1[0],
    removed: buffer1[1],
    to: head + buffer2[0],
    added: buffer2[1],
  }));
}

/** Lines with their ends kept, so that joining them gives the text back. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** `after` in parts, those that `before` does not have marked as changed. */
export function wordDiff(before: string, after: string): Part[] {
  const words = wordsOf(after);
  const parts: Part[] = [];
  let done = 0;
  for (const hunk of hunks(wordsOf(before), words, WORDS_CELLS_MAX)) {
    push(parts, words.slice(done, hunk.to).join(''), false);
    push(parts, words.slice(hunk.to, hunk.to + hunk.added).join(''), true);
    done = hunk.to + hunk.added;
  }
  push(parts, words.slice(done).join(''), false);
  return parts;
}

function push(parts: Part[], text: string, changed: boolean): void {
  if (text !== '') parts.push({ text, changed });
}

function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? [];
}

function commonHead(a: readonly string[], b: readonly string[]): number {
  const most = Math.min(a.length, b.length);
  let same = 0;
  while (same < most && a[same] === b[same]) same += 1;
  return same;
}

function commonTail(a: readonly string[], b: readonly string[], most: number): number {
  let same = 0;
  while (same < most && a[a.length - 1 - same] === b[b.length - 1 - same]) same += 1;
  return same;
}
