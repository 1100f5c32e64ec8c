/**
 * Which writes a sibling has replaced, by their write ids: a retry may come when the write that it
 * repeats is gone already, at a coordinator that never held it. The list travels in the sibling
 * that replaced it, so whoever knows the one recognises the other.
 *
 *     W (id 7) ── replaced by ──► M, replaced: [7 → dot of W] ── replaced by ──► N, replaced: [7, …]
 *     retry of 7 where N is known: answered with W's dot, nothing is written
 *     retry of 7 where nothing is known: a second dot, not shown once it meets M or N
 *
 * A stand-in that replaces W may never have held it. So the token of a reading tells what it covers
 * (`context-token.ts`), and the write that comes with it remembers that as well.
 *
 * Only writes whose client or forwarder gave an id can be retried elsewhere; the newest few are kept.
 * Ids of others begin with a mark: they name a write in exports, and only the coordinator that made it
 * repeats it, which knows its dot. An id that comes with something else to write is another write.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesEqual } from '../bytes/bytes.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import type { Dot } from '../types.ts';
import { sameDot } from './dot.ts';
import type { KeyObject, StoredSibling } from './key-object.ts';

/** Replacements that a retry may come late by. */
export const REPLACED_MAX = 8;
export const WRITE_TAG_BYTES = 8;
/** Of a tag; the others tell what was written. */
const ID_BYTES = 6;

/** Begins the id of a write that no other coordinator is ever given; no client's id may. */
export const NO_RETRY = '~';

export interface ReplacedWrite {
  /** First 6 bytes of the SHA-256 of the write id, then 2 of a sum of what was written. */
  readonly tag: Uint8Array;
  readonly dot: Dot;
}

/** What a client asks to be written, under its id. */
export type Attempt = Pick<StoredSibling, 'writeId' | 'value' | 'contentType'>;
type Replaceable = Attempt & Pick<StoredSibling, 'dot' | 'replaced'>;

/**
 * What a write that replaces `gone` remembers: the newest last. `undefined` = nothing.
 * @param told What its writer was told of them, who may have seen more than is here.
 */
export function replacedBy(gone: readonly Replaceable[], told: readonly ReplacedWrite[] = []): readonly ReplacedWrite[] | undefined {
  const inherited = gone.flatMap(({ replaced }) => replaced ?? []);
  const own = gone.filter(isRetryable).slice(-REPLACED_MAX).map((write) => ({ tag: tagOf(write), dot: write.dot }));
  const held = [...inherited, ...own];
  const all = [...told.filter(({ dot }) => !held.some((write) => sameDot(write.dot, dot))), ...held];
  return all.length === 0 ? undefined : all.slice(-REPLACED_MAX);
}

/** The dot of a write that this object holds or knows to be replaced. */
export function dotOfWrite({ siblings }: KeyObject, attempt: Attempt): Dot | undefined {
  if (attempt.writeId === '') return undefined;
  const held = siblings.find((sibling) => isSameWrite(sibling, attempt));
  return held?.dot ?? knownOf(siblings, attempt.writeId).findLast(({ tag }) => tells(tag, attempt))?.dot;
}

/** The id was given to a write of something else, which this object holds or knows to be replaced. */
export function isReused({ siblings }: KeyObject, { writeId }: Attempt): boolean {
  if (writeId === '') return false;
  return siblings.some((sibling) => sibling.writeId === writeId) || knownOf(siblings, writeId).length > 0;
}

/** Two attempts of one write have one id and say the same. */
export function isSameWrite(a: Attempt, b: Attempt): boolean {
  if (a.writeId !== b.writeId || a.contentType !== b.contentType) return false;
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return bytesEqual(a.value, b.value);
}

/** Remembered under this id, whatever was written. */
function knownOf(siblings: readonly StoredSibling[], writeId: string): readonly ReplacedWrite[] {
  const known = siblings.flatMap(({ replaced }) => replaced ?? []);
  if (known.length === 0) return known;
  const id = hashOf(writeId).subarray(0, ID_BYTES);
  return known.filter(({ tag }) => bytesEqual(tag.subarray(0, ID_BYTES), id));
}

/** One sibling for each write, and none of a write that another sibling has replaced. */
export function distinctWrites(siblings: readonly StoredSibling[]): readonly StoredSibling[] {
  if (siblings.length < 2) return siblings;
  return onePerWrite(siblings.some(({ replaced }) => replaced !== undefined) ? withoutReplaced(siblings) : siblings);
}

/** One version for each write, the first of those that a retry doubled. */
export function onePerWrite(versions: readonly StoredSibling[]): readonly StoredSibling[] {
  const seen = new Map<string, StoredSibling[]>();
  return versions.filter((version) => {
    if (version.writeId === '') return true;
    const others = seen.get(version.writeId) ?? [];
    if (others.some((other) => isSameWrite(other, version))) return false;
    seen.set(version.writeId, [...others, version]);
    return true;
  });
}

function withoutReplaced(siblings: readonly StoredSibling[]): readonly StoredSibling[] {
  const live = siblings.filter((sibling) => !siblings.some((other) => hasReplaced(other, sibling) && !hasReplaced(sibling, other)));
  return live.length === 0 ? siblings : live;
}

function hasReplaced(sibling: StoredSibling, other: StoredSibling): boolean {
  if (sibling.replaced === undefined || !isRetryable(other) || sibling.writeId === other.writeId) return false;
  return knownOf([sibling], other.writeId).some(({ tag }) => tells(tag, other));
}

function isRetryable({ writeId }: Attempt): boolean {
  return writeId !== '' && !writeId.startsWith(NO_RETRY);
}

function tagOf(attempt: Attempt): Uint8Array {
  const tag = hashOf(attempt.writeId).slice(0, WRITE_TAG_BYTES);
  tag.set(sumOf(attempt), ID_BYTES);
  return tag;
}

/** Of a tag with the id of the attempt. In stores of before its last bytes are the id's too, and say nothing of what was written. */
function tells(tag: Uint8Array, attempt: Attempt): boolean {
  const rest = tag.subarray(ID_BYTES);
  return bytesEqual(rest, sumOf(attempt)) || bytesEqual(rest, hashOf(attempt.writeId).subarray(ID_BYTES, WRITE_TAG_BYTES));
}

function hashOf(writeId: string): Uint8Array {
  return sha256(utf8Encode(writeId));
}

/** FNV-1a, folded: quick over a large value, and nobody gains by meeting it. */
function sumOf({ value, contentType }: Attempt): Uint8Array {
  let sum = value === undefined ? 0x811c9dc4 : 0x811c9dc5;
  for (const bytes of [utf8Encode(contentType), value ?? new Uint8Array()]) {
    for (let index = 0; index < bytes.length; index += 1) sum = Math.imul(sum ^ (bytes[index] ?? 0), 0x01000193);
  }
  const folded = (sum >>> 16) ^ (sum & 0xffff);
  return new Uint8Array([folded >>> 8, folded & 0xff]);
}
