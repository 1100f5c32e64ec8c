/**
 * A checklist in JSON: `{"items": [{"id": …, "text": "…", "done": false}]}`, or that array alone.
 *
 * Each item has an id of its own, so two people's edits of different items, and items that both
 * add, merge by themselves (renderer/merge/array-rows.ts). Other members, of an item or beside
 * `items`, are nobody's business here and stay.
 */
import { insertMember, insertPart, movePart, removePart, replace, writeRow } from './json-edit.ts';
import { hasRepeatedNames, memberNamed, parseSource, type SourceArray, type SourceNode, type SourceObject } from './json-source.ts';
import { fitsField } from './text-field.ts';

export interface ChecklistItem {
  /** The id in JSON: `"a1"` or `7`. */
  readonly key: string;
  readonly text: string;
  readonly done: boolean;
  /** Names of further members. */
  readonly more: readonly string[];
}

export interface NewItem {
  readonly id: string;
  readonly text: string;
  readonly done: boolean;
}

interface Row extends ChecklistItem {
  readonly node: SourceObject;
}

/** `undefined`: no checklist. */
export function readChecklist(root: SourceNode): readonly ChecklistItem[] | undefined {
  return rowsOf(root)?.rows.map(({ key, text, done, more }) => ({ key, text, done, more }));
}

export function setItemText(source: string, key: string, text: string): string {
  return onRow(source, key, ({ node }) => setMember(source, node, 'text', JSON.stringify(text)));
}

export function setItemDone(source: string, key: string, done: boolean): string {
  return onRow(source, key, ({ node }) => setMember(source, node, 'done', String(done)));
}

/** Behind the item of this key; `null`: at the top. */
export function insertItems(source: string, after: string | null, items: readonly NewItem[]): string {
  return items.reduceRight((text, { id, text: words, done }) => {
    const list = listIn(text);
    if (list === undefined) return text;
    const index = after === null ? 0 : list.rows.findIndex(({ key }) => key === after) + 1;
    return insertPart(text, list.array, index, writeRow(text, list.array, { id, text: words, done }));
  }, source);
}

export function appendItems(source: string, items: readonly NewItem[]): string {
  return insertItems(source, listIn(source)?.rows.at(-1)?.key ?? null, items);
}

export function removeItem(source: string, key: string): string {
  return onRow(source, key, (row, list) => removePart(source, list.array, list.rows.indexOf(row)));
}

export function removeDone(source: string): string {
  const done = (listIn(source)?.rows ?? []).filter((row) => row.done);
  return done.reduce((text, { key }) => removeItem(text, key), source);
}

/** To another place, counted from 0; beyond the ends means the end. */
export function moveItem(source: string, key: string, place: number): string {
  return onRow(source, key, (row, list) => {
    const to = Math.max(0, Math.min(list.rows.length - 1, place));
    return movePart(source, list.array, list.rows.indexOf(row), to);
  });
}

interface List {
  readonly array: SourceArray;
  readonly rows: readonly Row[];
}

function listIn(source: string): List | undefined {
  const parsed = parseSource(source);
  return 'root' in parsed ? rowsOf(parsed.root) : undefined;
}

function rowsOf(root: SourceNode): List | undefined {
  const array = root.kind === 'object' && !hasRepeatedNames(root) ? memberNamed(root, 'items')?.value : root;
  if (array?.kind !== 'array' || (array === root && array.parts.length === 0)) return undefined;
  const rows = array.parts.map(rowOf).filter((row) => row !== undefined);
  const keys = new Set(rows.map(({ key }) => key));
  return rows.length === array.parts.length && keys.size === rows.length ? { array, rows } : undefined;
}

/** Items that are what they were are the same objects: a page has to look only at those that changed. */
export function withKept(before: readonly ChecklistItem[], after: readonly ChecklistItem[]): readonly ChecklistItem[] {
  const known = new Map(before.map((item) => [item.key, item]));
  return after.map((item) => {
    const was = known.get(item.key);
    const isSame = was !== undefined && was.text === item.text && was.done === item.done && was.more.join('\0') === item.more.join('\0');
    return isSame ? was : item;
  });
}

function rowOf(node: SourceNode): Row | undefined {
  if (node.kind !== 'object' || hasRepeatedNames(node)) return undefined;
  const id = memberNamed(node, 'id')?.value;
  const words = memberNamed(node, 'text')?.value;
  const done = memberNamed(node, 'done')?.value;
  if (id?.kind !== 'string' && id?.kind !== 'number') return undefined;
  if (words?.kind !== 'string' || !fitsField(words.text)) return undefined;
  if (done !== undefined && done.kind !== 'boolean') return undefined;
  const more = node.parts.map(({ name }) => name).filter((name) => !['id', 'text', 'done'].includes(name));
  return { node, key: JSON.stringify(id.kind === 'string' ? id.text : id.value), text: words.text, done: done?.flag ?? false, more };
}

function onRow(source: string, key: string, edit: (row: Row, list: List) => string): string {
  const list = listIn(source);
  const row = list?.rows.find((one) => one.key === key);
  return list === undefined || row === undefined ? source : edit(row, list);
}

function setMember(source: string, object: SourceObject, name: string, written: string): string {
  const member = memberNamed(object, name);
  if (member === undefined) return insertMember(source, object, object.parts.length, name, written);
  return replace(source, member.value, written);
}
