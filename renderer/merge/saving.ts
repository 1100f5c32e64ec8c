/**
 * Saving a merge and taking it back.
 *
 * A save hands back the context of the reading that was shown, so it replaces exactly those
 * siblings; one that came later stays. Undo cannot revive dots: it writes the former contents
 * again, the common version first, then every sibling with the context of that. Were the siblings
 * written on the merged value itself, that would be their common version, and the rules would take
 * each side's lack of the other's edit for an edit. A common version that was unknown is a deletion
 * here: nothing stands in it that anybody could have changed.
 *
 *   C0 {S1 S2} ── save(C0) ──▶ M, C1 ── put Base (C1) ──▶ B', C2 ── put S1 (C2) ──▶ S1'
 *                                                               └─ put S2 (C2) ──▶ S1' ∥ S2'
 *
 * Source: Preguiça et al., "Dotted Version Vectors", 2010.
 */
import type { Api, KeyName, ReadResult, Sibling, WriteOptions, WriteResult } from '../../main/api/contract.ts';
import type { Plan, Value } from './outcome.ts';
import { writersShort } from '../names/writer.ts';
import type { Column } from './siblings.ts';
import { newWriteId } from './write-id.ts';

export type WriteApi = Pick<Api, 'put' | 'delete' | 'get'>;

export interface Saved {
  /** Covers what was shown and the merged value. */
  readonly context: string;
  /** True: fewer devices than asked for hold it; it is safe here and will be handed on. */
  readonly hereOnly: boolean;
  /** Siblings that came while merging and stay. */
  readonly others: number;
  /** Keys made by keeping all. */
  readonly newKeys: readonly NewKey[];
}

export interface NewKey {
  readonly key: string;
  /** Of its first write: what others write to it meanwhile is not covered. */
  readonly context: string;
}

/** What a save replaced and has to be written again to undo it. */
export interface Undo {
  readonly name: KeyName;
  readonly context: string;
  /** The common version, until it is written again. */
  readonly ground?: Sibling | 'deletion';
  readonly pending: readonly Sibling[];
  /** Keys that the save made; they go last, when all that was in them is back. */
  readonly made: readonly NewKey[];
}

export async function savePlan(api: WriteApi, name: KeyName, context: string, plan: Plan): Promise<Saved> {
  if (plan.do === 'delete') return savedOf(await stubborn((w) => api.delete({ ...name, context, ...w })), []);
  if (plan.do === 'put') return savedOf(await putValue(api, name, context, plan), []);
  const [first, ...rest] = plan.columns;
  if (first === undefined) return savedOf(await stubborn((w) => api.delete({ ...name, context, ...w })), []);
  const taken = new Set([name.key]);
  const newKeys: NewKey[] = [];
  for (const column of rest) {
    const key = await freeKey(api, name, column, taken);
    const { context: written } = await putValue(api, { bucket: name.bucket, key }, undefined, column);
    newKeys.push({ key, context: written });
  }
  return savedOf(await putValue(api, name, context, first), newKeys);
}

export function undoOf(name: KeyName, read: ReadResult, saved: Saved): Undo {
  const distinct = new Map(read.siblings.map((sibling) => [contentOf(sibling), sibling]));
  return { name, context: saved.context, ground: read.base ?? 'deletion', pending: [...distinct.values()], made: saved.newKeys };
}

export function isUndone({ ground, pending, made }: Undo): boolean {
  return ground === undefined && pending.length === 0 && made.length === 0;
}

/** Writes the common version, then a former sibling, or deletes a key that was made; answers what is left, so that a failure can be taken up again. */
export async function undoStep(api: WriteApi, { ground, ...undo }: Undo): Promise<Undo> {
  if (ground !== undefined) return { ...undo, context: (await writeAgain(api, undo, ground)).context };
  const [next, ...pending] = undo.pending;
  if (next !== undefined) {
    await writeAgain(api, undo, next);
    return { ...undo, pending };
  }
  const [last, ...made] = undo.made;
  if (last !== undefined) await stubborn((options) => api.delete({ bucket: undo.name.bucket, key: last.key, context: last.context, ...options }));
  return { ...undo, made };
}

function writeAgain(api: WriteApi, { name, context }: Undo, what: Sibling | 'deletion'): Promise<WriteResult> {
  if (what === 'deletion' || what.deleted) return stubborn((w) => api.delete({ ...name, context, ...w }));
  return putValue(api, name, context, { ...what, value: what.value ?? '' });
}

/** `report.pdf` → `report (Bo 2).pdf`: a name that says whose it is. */
export function splitKey(key: string, author: string, attempt: number): string {
  const who = author.replace(/[\p{Cc}\p{Cf}/]+/gu, ' ').trim().slice(0, 40) || 'other';
  const suffix = attempt === 1 ? ` (${who})` : ` (${who} ${attempt})`;
  const dot = key.lastIndexOf('.');
  return dot > key.lastIndexOf('/') + 1 ? key.slice(0, dot) + suffix + key.slice(dot) : key + suffix;
}

const SPLIT_TRIES_MAX = 50;

/** A key that was never written. A put without a context would not overwrite, but would confuse. */
async function freeKey(api: WriteApi, name: KeyName, column: Column, taken: Set<string>): Promise<string> {
  for (let attempt = 1; attempt <= SPLIT_TRIES_MAX; attempt += 1) {
    const key = splitKey(name.key, writersShort(column.authors, 2), attempt).normalize('NFC');
    if (taken.has(key)) continue;
    taken.add(key);
    if ((await siblingsAt(api, { bucket: name.bucket, key })) === 0) return key;
  }
  throw new Error(`No free name for another copy of ${name.key}.`);
}

async function siblingsAt(api: WriteApi, name: KeyName): Promise<number> {
  try {
    return (await api.get({ ...name, r: 'one' })).siblings.length;
  } catch (error) {
    if (codeOf(error) === 'NOT_FOUND') return 0;
    throw error;
  }
}

async function putValue(api: WriteApi, name: KeyName, context: string | undefined, of: Value): Promise<WriteResult> {
  const { value, encoding, contentType } = of;
  const put = { ...name, value, encoding, contentType, ...(context === undefined ? {} : { context }) };
  return stubborn((options) => api.put({ ...put, ...options }));
}

/**
 * Where a quorum cannot be reached, the work goes on with whoever is there. It is one write, under
 * one id: an attempt without its quorum may have reached some disks.
 */
async function stubborn(write: (options: WriteOptions) => Promise<WriteResult>): Promise<WriteResult> {
  const writeId = newWriteId();
  try {
    return await write({ writeId });
  } catch (error) {
    if (codeOf(error) !== 'QUORUM_UNREACHABLE') throw error;
    return write({ writeId, w: 'any' });
  }
}

function savedOf({ context, hereOnly, siblings }: WriteResult, newKeys: readonly NewKey[]): Saved {
  return { context, hereOnly, others: Math.max(0, siblings - 1), newKeys };
}

function contentOf({ deleted, encoding, contentType, value }: Sibling): string {
  return deleted ? 'deleted' : JSON.stringify([encoding, contentType, value]);
}

function codeOf(error: unknown): string | undefined {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}
