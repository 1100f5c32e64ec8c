/**
 * What one merge is about: columns, the body of the value, and every decision in reading order.
 * Deleted siblings and content types add decisions of their own, so that neither vanishes.
 */
import { cellOf, decide, DELETED, type Cell, type Decision } from './decision.ts';
import { decisionsIn, mergeJson, type Tree } from './json-merge.ts';
import { mergeInput, type Column, type MergeInput, type MergeKind } from './siblings.ts';
import { mergeText, type Passage } from './text-merge.ts';
import type { ReadResult } from '../../main/api/contract.ts';

export type Body =
  | { readonly kind: 'json'; readonly tree: Tree }
  | { readonly kind: 'text'; readonly passages: readonly Passage[] }
  | { readonly kind: 'binary'; readonly decision?: Decision };

export interface MergeModel {
  readonly kind: MergeKind;
  readonly columns: readonly Column[];
  readonly base?: Column;
  readonly body: Body;
  /** Keep or delete; only when a sibling is a deletion. */
  readonly existence?: Decision;
  /** Only when the content types differ. */
  readonly contentType?: Decision;
  readonly decisions: readonly Decision[];
}

export function mergeModel(read: Pick<ReadResult, 'siblings' | 'base'>): MergeModel {
  const input = mergeInput(read);
  const body = bodyOf(input);
  const existence = existenceOf(input);
  const contentType = contentTypeOf(input);
  const decisions = [existence, contentType, ...inBody(body)].filter((decision) => decision !== undefined);
  return {
    ...input,
    body,
    decisions,
    ...(existence === undefined ? {} : { existence }),
    ...(contentType === undefined ? {} : { contentType }),
  };
}

/** Nothing to ask: one keystroke saves it. */
export function mergesByItself(model: MergeModel): boolean {
  return model.decisions.every(({ verdict }) => verdict.state === 'auto');
}

function bodyOf(input: MergeInput): Body {
  switch (input.kind) {
    case 'json':
      return { kind: 'json', tree: mergeJson(input) };
    case 'text':
      return { kind: 'text', passages: mergeText(input) };
    case 'binary': {
      const decision = wholeOf(input);
      return decision === undefined ? { kind: 'binary' } : { kind: 'binary', decision };
    }
  }
}

function inBody(body: Body): readonly (Decision | undefined)[] {
  if (body.kind === 'json') return decisionsIn(body.tree);
  if (body.kind === 'binary') return [body.decision];
  return body.passages.flatMap((passage) => (passage.is === 'decision' ? [passage.decision] : []));
}

/** A deletion concurrent with any living value is always a person's choice. */
function existenceOf({ columns, base }: MergeInput): Decision | undefined {
  if (!columns.some((column) => column.deleted)) return undefined;
  const cells = columns.map((column) => (column.deleted ? DELETED : cellOf('kept')));
  const verdict: Decision['verdict'] = columns.every((column) => column.deleted)
    ? { state: 'auto', rule: 'changed-alike', by: columns.map((_, index) => index), take: DELETED }
    : { state: 'choose', why: 'edited-deleted' };
  const before = base === undefined ? {} : { base: base.deleted ? DELETED : cellOf('kept') };
  return { id: 'existence', kind: 'existence', label: 'keep or delete', cells, verdict, ...before };
}

function contentTypeOf(input: MergeInput): Decision | undefined {
  return whole(input, 'type', 'content type', (column) => column.contentType);
}

/** Bytes are compared, never shown. */
function wholeOf(input: MergeInput): Decision | undefined {
  return whole(input, 'whole', 'the whole value', (column) => `${column.encoding} ${column.value}`);
}

function whole(
  { columns, base }: MergeInput,
  kind: 'type' | 'whole',
  label: string,
  valueOf: (column: Column) => string,
): Decision | undefined {
  const at = (column: Column): Cell => (column.deleted ? DELETED : cellOf(valueOf(column)));
  const cells = columns.map(at);
  const before = base === undefined || base.deleted ? undefined : at(base);
  const verdict = decide(before, cells);
  if (verdict === 'same') return undefined;
  return { id: kind, kind, label, cells, verdict, ...(before === undefined ? {} : { base: before }) };
}
