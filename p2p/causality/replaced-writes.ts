/**
 * Which writes a sibling has replaced, by their write ids: a retry may come when the write that it
 * repeats is gone already, at a coordinator that never held it. The list travels in the sibling
 * that replaced it, so whoever knows the one recognises the other.
 *
 *     W (id 7) ── replaced by ──► M, replaced: [7 → dot of W] ── replaced by ──► N, replaced: [7, …]
 *     retry of 7 where N is known: answered with W's dot, nothing is written
 *     retry of 7 where nothing is known: a second dot, not shown once it meets M or N
 *
 * Only writes whose client or forwarder gave an id can be retried elsewhere; the newest few are kept.
 * Ids of others begin with a mark: they name a write in exports, and only the coordinator that made it
 * repeats it, which knows its dot.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesEqual } from '../bytes/bytes.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import type { Dot } from '../types.ts';
import type { KeyObject, StoredSibling } from './key-object.ts';

/** Replacements that a retry may come late by. */
export const REPLACED_MAX = 8;
export const WRITE_TAG_BYTES = 8;

/** Begins the id of a write that no other coordinator is ever given; no client's id may. */
export const NO_RETRY = '~';

export interface ReplacedWrite {
  /** First 8 bytes of the SHA-256 of the write id. */
  readonly tag: Uint8Array;
  readonly dot: Dot;
}

/** What a write that replaces `gone` remembers: the newest last. `undefined` = nothing. */
export function replacedBy(gone: readonly StoredSibling[]): readonly ReplacedWrite[] | undefined {
  const inherited = gone.flatMap(({ replaced }) => replaced ?? []);
  const own = gone.filter(isRetryable).map(({ writeId, dot }) => ({ tag: writeTag(writeId), dot }));
  const all = [...inherited, ...own];
  return all.length === 0 ? undefined : all.slice(-REPLACED_MAX);
}

/** The dot of a write that this object holds or knows to be replaced. */
export function dotOfWrite({ siblings }: KeyObject, writeId: string): Dot | undefined {
  if (writeId === '') return undefined;
  const held = siblings.find((sibling) => sibling.writeId === writeId);
  if (held !== undefined || siblings.every(({ replaced }) => replaced === undefined)) return held?.dot;
  const tag = writeTag(writeId);
  return siblings.flatMap(({ replaced }) => replaced ?? []).findLast((write) => bytesEqual(write.tag, tag))?.dot;
}

/** One sibling for each write, and none of a write that another sibling has replaced. */
export function distinctWrites(siblings: readonly StoredSibling[]): readonly StoredSibling[] {
  if (siblings.length < 2) return siblings;
  return onePerWrite(siblings.some(({ replaced }) => replaced !== undefined) ? withoutReplaced(siblings) : siblings);
}

/** One version for each write, the first of those that a retry doubled. */
export function onePerWrite(versions: readonly StoredSibling[]): readonly StoredSibling[] {
  const seen = new Set<string>();
  return versions.filter(({ writeId }) => writeId === '' || (!seen.has(writeId) && seen.add(writeId)));
}

function withoutReplaced(siblings: readonly StoredSibling[]): readonly StoredSibling[] {
  const live = siblings.filter((sibling) => !siblings.some((other) => hasReplaced(other, sibling) && !hasReplaced(sibling, other)));
  return live.length === 0 ? siblings : live;
}

function hasReplaced(sibling: StoredSibling, other: StoredSibling): boolean {
  if (sibling.replaced === undefined || !isRetryable(other) || sibling.writeId === other.writeId) return false;
  const tag = writeTag(other.writeId);
  return sibling.replaced.some((write) => bytesEqual(write.tag, tag));
}

function isRetryable({ writeId }: StoredSibling): boolean {
  return writeId !== '' && !writeId.startsWith(NO_RETRY);
}

function writeTag(writeId: string): Uint8Array {
  return sha256(utf8Encode(writeId)).slice(0, WRITE_TAG_BYTES);
}
