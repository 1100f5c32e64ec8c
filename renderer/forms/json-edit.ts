/**
 * Edits of JSON text at one place. Everything outside of it stays as it is, to the character; what
 * is put in looks like its neighbours.
 */
import type { SourceArray, SourceMember, SourceObject, Span } from './json-source.ts';

type Container = SourceObject | SourceArray;

const INDENT = '  ';

export function replace(text: string, { from, to }: Span, written: string): string {
  return text.slice(0, from) + written + text.slice(to);
}

/** `written` is JSON. */
export function insertPart(text: string, container: Container, index: number, written: string): string {
  const { parts } = container;
  const at = parts[index];
  const before = parts[index - 1];
  if (before !== undefined) return replace(text, { from: before.to, to: before.to }, `,${gapIn(text, container)}${written}`);
  if (at !== undefined) return replace(text, { from: at.from, to: at.from }, `${written},${gapIn(text, container)}`);
  return replace(text, container, fill(text, container, written));
}

export function insertMember(text: string, object: SourceObject, index: number, name: string, written: string): string {
  return insertPart(text, object, index, `${JSON.stringify(name)}${colonIn(text, object)}${written}`);
}

export function removePart(text: string, container: Container, index: number): string {
  const { parts } = container;
  const [part, before, after] = [parts[index], parts[index - 1], parts[index + 1]];
  if (part === undefined) return text;
  if (before !== undefined) return replace(text, { from: before.to, to: part.to }, '');
  if (after !== undefined) return replace(text, { from: part.from, to: after.from }, '');
  return replace(text, { from: container.from + 1, to: container.to - 1 }, '');
}

/** The part leaves its place and stands at `to`; separators stay where they are. */
export function movePart(text: string, { parts }: Container, from: number, to: number): string {
  const spellings: string[] = parts.map((part) => text.slice(part.from, part.to));
  spellings.splice(to, 0, ...spellings.splice(from, 1));
  const [first, last] = [parts[0], parts.at(-1)];
  if (first === undefined || last === undefined) return text;
  const moved = spellings.map((spelling, index) => {
    const next = parts[index + 1];
    return next === undefined ? spelling : spelling + text.slice(parts[index]?.to, next.from);
  });
  return replace(text, { from: first.from, to: last.to }, moved.join(''));
}

export function renameMember(text: string, { from, nameTo }: SourceMember, name: string): string {
  return replace(text, { from, to: nameTo }, JSON.stringify(name));
}

/** An object of plain values as one part of this array: on a line of its own if its neighbours' members are. */
export function writeRow(text: string, array: SourceArray, row: Readonly<Record<string, string | number | boolean>>): string {
  const like = array.parts.at(-1);
  const spelling = like === undefined ? '' : text.slice(like.from, like.to);
  const blank = like === undefined ? (text.includes('\n') ? ' ' : '') : spelling.includes(': ') ? ' ' : '';
  const members = Object.entries(row).map(([name, value]) => `${JSON.stringify(name)}:${blank}${JSON.stringify(value)}`);
  if (!spelling.includes('\n') || like === undefined) return `{${members.join(`,${blank}`)}}`;
  const outer = newlineOf(text) + indentAt(text, like.from);
  return `{${members.map((member) => outer + indentOf(text) + member).join(',')}${outer}}`;
}

/** The blanks between parts. */
function gapIn(text: string, { from, parts }: Container): string {
  const [first, second] = parts;
  if (first === undefined) return '';
  if (second !== undefined) return text.slice(first.to, second.from).replace(/^[^,]*,/, '');
  const lead = text.slice(from + 1, first.from);
  return lead.includes('\n') ? lead : /[,:] /.test(text) ? ' ' : '';
}

/** Colon and blanks, as the last member has them. */
function colonIn(text: string, { parts }: SourceObject): string {
  const last = parts.at(-1);
  if (last !== undefined) return text.slice(last.nameTo, last.value.from);
  return text.includes('\n') || !/":\S/.test(text) ? ': ' : ':';
}

/** An empty container with its first part: over lines, if the text is or is nothing else. */
function fill(text: string, { from, to, kind }: Container, written: string): string {
  const [open, close] = kind === 'object' ? ['{', '}'] : ['[', ']'];
  const alone = text.trim().length === text.slice(from, to).trim().length;
  if (!alone && !text.includes('\n')) return open + written + close;
  const outer = newlineOf(text) + indentAt(text, from);
  return open + outer + indentOf(text) + written + outer + close;
}

function newlineOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

/** The blanks that the line of this offset begins with. */
function indentAt(text: string, at: number): string {
  const line = text.lastIndexOf('\n', at - 1) + 1;
  return /^[ \t]*/.exec(text.slice(line, at))?.[0] ?? '';
}

/** One step of indenting: that of the first indented line. */
function indentOf(text: string): string {
  return /\n([ \t]+)\S/.exec(text)?.[1] ?? INDENT;
}
