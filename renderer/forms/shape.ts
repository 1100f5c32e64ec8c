/** Which form shows a text, and why none does. The shape of the data says it, so that no mark is needed. */
import { readChecklist, type ChecklistItem } from './checklist.ts';
import { parseSource, type SourceFault } from './json-source.ts';
import { readRecord, type RecordField } from './record.ts';

export type Shape =
  | { readonly form: 'checklist'; readonly items: readonly ChecklistItem[]; /** What stands beside the items. */ readonly fields: readonly RecordField[] }
  | { readonly form: 'record'; readonly fields: readonly RecordField[] }
  /** Nothing is written yet. */
  | { readonly form: 'none'; readonly is: 'blank' }
  | { readonly form: 'none'; readonly is: 'fault'; readonly fault: SourceFault }
  | { readonly form: 'none'; readonly is: 'unfit'; readonly why: string };

/** Beyond these a form is slower than its source. */
const ITEMS_MAX = 1_000;
const FIELDS_MAX = 300;
const CHARACTERS_MAX = 500_000;

export function shapeOf(source: string): Shape {
  if (source.trim() === '') return { form: 'none', is: 'blank' };
  if (source.length > CHARACTERS_MAX) return unfit('This is too long for a form.');
  const parsed = parseSource(source);
  if ('fault' in parsed) return { form: 'none', is: 'fault', fault: parsed.fault };
  const { root } = parsed;
  const fields = readRecord(source, root);
  if (fields !== undefined && fields.length > FIELDS_MAX) return unfit(`A form shows up to ${FIELDS_MAX} fields; this has ${fields.length}.`);
  const items = readChecklist(root);
  if (items !== undefined && items.length > ITEMS_MAX) return unfit(`A form shows up to ${ITEMS_MAX} items; this has ${items.length}.`);
  if (items !== undefined) return { form: 'checklist', items, fields: (fields ?? []).filter(({ name }) => name !== 'items') };
  if (fields !== undefined) return { form: 'record', fields };
  return unfit(root.kind === 'object' ? 'A name stands in this twice, so a form cannot say which is meant.' : 'A form shows a checklist or a record; this is another shape.');
}

function unfit(why: string): Shape {
  return { form: 'none', is: 'unfit', why };
}
