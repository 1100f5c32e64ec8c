/**
 * What the answers make: a plan to save, or the list of what is still open; and at all times a
 * preview in which open places say so.
 */
import type { Encoding } from '../../main/api/contract.ts';
import { cellOf, type Cell, type Decision } from './decision.ts';
import { buildJson } from './json-merge.ts';
import { canonical, type Json } from './json-value.ts';
import type { MergeModel } from './merge-model.ts';
import { chosenCell, type Choices } from './resolution.ts';
import type { Column } from './siblings.ts';
import { buildText } from './text-merge.ts';

export interface Value {
  readonly value: string;
  readonly encoding: Encoding;
  readonly contentType: string;
}

export type Plan =
  | ({ readonly do: 'put' } & Value)
  | { readonly do: 'delete' }
  /** The first stays under the key, the others get keys of their own. */
  | { readonly do: 'split'; readonly columns: readonly Column[] };

export type Outcome =
  | { readonly ready: true; readonly plan: Plan; readonly preview: string }
  /** `open`: ids of decisions without a (valid) answer, in reading order. */
  | { readonly ready: false; readonly open: readonly string[]; readonly preview: string };

/** Stands in a preview for what nobody has decided yet. */
export const UNDECIDED = '⟨to be chosen⟩';

export function outcomeOf(model: MergeModel, choices: Choices): Outcome {
  const chosen = (decision: Decision): Cell | undefined => chosenCell(model, decision, choices);
  if (model.existence !== undefined && chosen(model.existence)?.is === 'deleted') {
    return { ready: true, plan: { do: 'delete' }, preview: '' };
  }
  const split = splitOf(model, choices);
  if (split !== undefined) return split;
  const open = model.decisions.filter((decision) => chosen(decision) === undefined).map(({ id }) => id);
  const value = valueOf(model, (decision) => chosen(decision) ?? cellOf(markFor(decision)));
  if (open.length > 0) return { ready: false, open, preview: value?.value ?? '' };
  if (value === undefined) return { ready: true, plan: { do: 'delete' }, preview: '' };
  return { ready: true, plan: { do: 'put', ...value }, preview: value.value };
}

function splitOf(model: MergeModel, choices: Choices): Outcome | undefined {
  const { body, existence } = model;
  if (body.kind !== 'binary' || body.decision === undefined) return undefined;
  if (choices[body.decision.id]?.take !== 'all') return undefined;
  const columns = model.columns.filter((column) => !column.deleted);
  const open = existence !== undefined && chosenCell(model, existence, choices) === undefined ? [existence.id] : [];
  if (open.length > 0) return { ready: false, open, preview: '' };
  return { ready: true, plan: { do: 'split', columns }, preview: '' };
}

/** `undefined`: nothing is left of the value. */
function valueOf(model: MergeModel, cellFor: (decision: Decision) => Cell): Value | undefined {
  const living = model.columns.filter((column) => !column.deleted);
  const [first] = living;
  if (first === undefined) return undefined;
  const type = model.contentType === undefined ? undefined : cellFor(model.contentType);
  const contentType = type?.is === 'value' && typeof type.value === 'string' ? type.value : first.contentType;
  switch (model.body.kind) {
    case 'json': {
      const built = buildJson(model.body.tree, cellFor);
      return built.is === 'value' ? { value: write(built.value, living), encoding: 'utf8', contentType } : undefined;
    }
    case 'text':
      return { value: buildText(model.body.passages, cellFor), encoding: 'utf8', contentType };
    case 'binary':
      return { ...bytesOf(model.body.decision, first, cellFor), contentType };
  }
}

/** The bytes of a sibling that already says this, else the first sibling's habit of indenting. */
function write(value: Json, living: readonly Column[]): string {
  const wanted = canonical(value);
  const like = living.find((column) => column.json !== undefined && canonical(column.json) === wanted);
  if (like !== undefined) return like.value;
  const written = living[0]?.value ?? '';
  const indent = /^[{[]\r?\n([ \t]+)/.exec(written)?.[1] ?? '';
  return JSON.stringify(value, null, indent) + (written.endsWith('\n') ? '\n' : '');
}

function bytesOf(decision: Decision | undefined, first: Column, cellFor: (decision: Decision) => Cell): Omit<Value, 'contentType'> {
  const cell = decision === undefined ? undefined : cellFor(decision);
  const tagged = cell?.is === 'value' && typeof cell.value === 'string' ? cell.value : '';
  const at = tagged.indexOf(' ');
  if (at < 0 || tagged === UNDECIDED) return { value: first.value, encoding: first.encoding };
  return { value: tagged.slice(at + 1), encoding: tagged.slice(0, at) === 'base64' ? 'base64' : 'utf8' };
}

function markFor(decision: Decision): Json {
  return decision.kind === 'text' ? `${UNDECIDED}\n` : UNDECIDED;
}

/** The column that a choice takes whole, for a key of 1 to 9. */
export function dotAt(model: MergeModel, column: number): string | undefined {
  return model.columns[column]?.authors[0].dot;
}
