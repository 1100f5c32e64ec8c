/**
 * The columns of a merge: siblings in an order that does not depend on arrival, identical contents
 * collapsed with every author kept, deletions as columns of their own.
 *
 *   siblings off the wire ──sort by dot──▶ collapse alike ──▶ S1 · S2 · … · Sn   (+ Base)
 */
import type { Encoding, ReadResult, Sibling } from '../../main/api/contract.ts';
import { writerOf, type Writer } from '../names/writer.ts';
import { canonical, parseLossless, type Json } from './json-value.ts';

export interface Author extends Writer {
  readonly dot: string;
  /** ISO 8601, by the writer's clock. */
  readonly at: string;
}

export interface Column {
  /** `S1`…`Sn`, or `Base`. */
  readonly label: string;
  readonly deleted: boolean;
  /** The bytes as they came; `''` for a deletion. */
  readonly value: string;
  readonly encoding: Encoding;
  readonly contentType: string;
  /** Present when the merge is of JSON and this is not a deletion. */
  readonly json?: Json;
  /** In dot order; more than one when several wrote the same. */
  readonly authors: readonly [Author, ...Author[]];
}

export type MergeKind = 'json' | 'text' | 'binary';

export interface MergeInput {
  readonly kind: MergeKind;
  readonly columns: readonly Column[];
  /** Absent: the common version is unknown. */
  readonly base?: Column;
}

export function mergeInput(read: Pick<ReadResult, 'siblings' | 'base'>): MergeInput {
  const sorted = [...read.siblings].sort((a, b) => compareDots(a.dot, b.dot));
  const all = read.base === undefined ? sorted : [read.base, ...sorted];
  const kind = kindOf(all.filter((sibling) => !sibling.deleted));
  const columns = collapse(sorted, kind);
  if (read.base === undefined) return { kind, columns };
  return { kind, columns, base: columnOf(read.base, 'Base', kind, [authorOf(read.base)]) };
}

/** By actor, then by counter as a number: `a:9` before `a:10`. */
export function compareDots(a: string, b: string): number {
  const [actorA, counterA] = splitDot(a);
  const [actorB, counterB] = splitDot(b);
  if (actorA !== actorB) return actorA < actorB ? -1 : 1;
  return counterA - counterB || (a < b ? -1 : a > b ? 1 : 0);
}

export function columnByDot(columns: readonly Column[], dot: string): number {
  return columns.findIndex((column) => column.authors.some((author) => author.dot === dot));
}

function splitDot(dot: string): [string, number] {
  const at = dot.lastIndexOf(':');
  return [dot.slice(0, at), Number(dot.slice(at + 1))];
}

function kindOf(living: readonly Sibling[]): MergeKind {
  if (living.some((sibling) => sibling.encoding !== 'utf8')) return 'binary';
  const json = living.every(
    ({ contentType, value }) => /[/+]json\b/i.test(contentType) && parseLossless(value ?? '') !== undefined,
  );
  return json && living.length > 0 ? 'json' : 'text';
}

function collapse(sorted: readonly Sibling[], kind: MergeKind): Column[] {
  const groups = new Map<string, [Sibling, ...Sibling[]]>();
  for (const sibling of sorted) {
    const identity = identityOf(sibling, kind);
    const group = groups.get(identity);
    if (group === undefined) groups.set(identity, [sibling]);
    else group.push(sibling);
  }
  return [...groups.values()].map(([first, ...rest], index) =>
    columnOf(first, `S${index + 1}`, kind, [authorOf(first), ...rest.map(authorOf)]),
  );
}

function identityOf(sibling: Sibling, kind: MergeKind): string {
  if (sibling.deleted) return 'deleted';
  const json = kind === 'json' ? parseLossless(sibling.value ?? '') : undefined;
  const content = json === undefined ? (sibling.value ?? '') : canonical(json);
  return `${sibling.encoding} ${sibling.contentType}\n${content}`;
}

function columnOf(sibling: Sibling, label: string, kind: MergeKind, authors: [Author, ...Author[]]): Column {
  const value = sibling.deleted ? '' : (sibling.value ?? '');
  const json = kind === 'json' && !sibling.deleted ? parseLossless(value) : undefined;
  const { deleted, encoding, contentType } = sibling;
  return { label, deleted, value, encoding, contentType, authors, ...(json === undefined ? {} : { json }) };
}

function authorOf(sibling: Sibling): Author {
  return { ...writerOf(sibling), dot: sibling.dot, at: sibling.writtenAt };
}
