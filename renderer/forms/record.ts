/**
 * A record in JSON: an object whose members are fields. Text, numbers, yes or no and dates have a
 * field each; what is nested is shown as JSON. Each field merges alone (renderer/merge/json-merge.ts).
 */
import { insertMember, removePart, renameMember, replace } from './json-edit.ts';
import { hasRepeatedNames, parseSource, type SourceMember, type SourceNode, type SourceObject } from './json-source.ts';
import { fitsField } from './text-field.ts';

export type FieldKind = 'text' | 'number' | 'yes-no' | 'date' | 'empty' | 'json';

export interface RecordField {
  readonly name: string;
  /** As the source has it, to the character. */
  readonly written: string;
  /** What the value is by itself. A date is text that says a day: `2026-11-20`. */
  readonly kind: FieldKind;
  /** The text of a text or a date; `''` otherwise. */
  readonly text: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** `undefined`: no record, or a name stands in it twice. */
export function readRecord(source: string, root: SourceNode): readonly RecordField[] | undefined {
  if (root.kind !== 'object' || hasRepeatedNames(root)) return undefined;
  return root.parts.map(({ name, value }) => fieldOf(name, value, source.slice(value.from, value.to)));
}

/** `written` is valid JSON. */
export function setField(source: string, name: string, written: string): string {
  return onField(source, name, (member) => replace(source, member.value, written));
}

export function renameField(source: string, name: string, next: string): string {
  return onField(source, name, (member) => renameMember(source, member, next));
}

export function removeField(source: string, name: string): string {
  return onField(source, name, (member, object) => removePart(source, object, object.parts.indexOf(member)));
}

/** At the end; a name that is there already changes nothing. */
export function addField(source: string, name: string, written: string): string {
  const object = objectIn(source);
  if (object === undefined || object.parts.some((part) => part.name === name)) return source;
  return insertMember(source, object, object.parts.length, name, written);
}

/** Why no field may have this name, or `null`. */
export function fieldNameFault(name: string, others: readonly string[]): string | null {
  if (name.trim() === '') return 'Give the field a name.';
  return others.includes(name) ? 'Another field has this name.' : null;
}

/** A number as it is typed, or why it is none. */
export function numberFault(typed: string): string | null {
  if (NUMBER.test(typed.trim())) return null;
  if (typed.trim() === '') return 'Write a number, or choose another kind.';
  return /^-?\d+,\d+$/.test(typed.trim()) ? 'Write a point for the decimals: 1.5.' : 'This is no number: write 12, -0.5 or 2e3.';
}

/** What the value becomes as another kind; `undefined` when something of it would be lost. */
export function convert(field: RecordField, kind: FieldKind, today: string): string | undefined {
  if (kind === 'json' || kind === field.kind) return field.written;
  if (isNothing(field)) return startOf(kind, today);
  const words = field.kind === 'text' || field.kind === 'date' ? field.text : field.written;
  switch (kind) {
    case 'text':
      return fitsField(words) && !words.startsWith('"') ? JSON.stringify(words) : undefined;
    case 'number':
      return NUMBER.test(words.trim()) ? words.trim() : undefined;
    case 'yes-no':
      return flagOf(words);
    case 'date':
      return isDay(words) ? JSON.stringify(words) : undefined;
    case 'empty':
      return undefined;
  }
}

/** What a new field of a kind holds. */
export function startOf(kind: FieldKind, today: string): string {
  return { text: '""', number: '0', 'yes-no': 'false', date: JSON.stringify(today), empty: 'null', json: '{}' }[kind];
}

/** May a field keep showing as `kind` what it holds now? So that it does not change while one types in it. */
export function staysAs(kind: FieldKind, field: RecordField): boolean {
  if (kind === 'json' || kind === field.kind) return true;
  if (kind === 'text') return field.kind === 'date';
  return kind === 'date' && field.kind === 'text' && field.text === '';
}

function fieldOf(name: string, value: SourceNode, written: string): RecordField {
  const plain = { name, written, text: '' };
  switch (value.kind) {
    case 'string':
      if (!fitsField(value.text)) return { ...plain, kind: 'json' };
      return { ...plain, kind: isDay(value.text) ? 'date' : 'text', text: value.text };
    case 'number':
      return { ...plain, kind: 'number' };
    case 'boolean':
      return { ...plain, kind: 'yes-no' };
    case 'null':
      return { ...plain, kind: 'empty' };
    case 'object':
    case 'array':
      return { ...plain, kind: 'json' };
  }
}

/** A value that says nothing yet, so nothing is lost with it. */
function isNothing({ kind, text, written }: RecordField): boolean {
  return kind === 'empty' || (kind === 'text' && text === '') || /^[[{]\s*[\]}]$/.test(written);
}

function flagOf(words: string): string | undefined {
  return { true: 'true', yes: 'true', '1': 'true', false: 'false', no: 'false', '0': 'false' }[words.trim().toLowerCase()];
}

/** A day that the calendar has: not 2026-02-30. */
function isDay(text: string): boolean {
  if (!DAY.test(text)) return false;
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}

function objectIn(source: string): SourceObject | undefined {
  const parsed = parseSource(source);
  return 'root' in parsed && parsed.root.kind === 'object' ? parsed.root : undefined;
}

function onField(source: string, name: string, edit: (member: SourceMember, object: SourceObject) => string): string {
  const object = objectIn(source);
  const member = object?.parts.find((part) => part.name === name);
  return object === undefined || member === undefined ? source : edit(member, object);
}
