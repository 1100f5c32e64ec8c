/**
 * The keys under a leaf, in brief: 8 bytes of the key's position and its clock hash. Leaves are
 * fixed, so with millions of keys one holds hundreds; then the range is cut in 16 by the next four
 * bits, and only parts whose XOR differs go on. So an exchange costs the difference and the
 * logarithm of the number of keys.
 *
 *     leaf ── 16 parts ── 16 parts ── … ── at most ENTRIES_WHOLE_MAX keys: listed
 */
import type { KeyRef, PartitionId, Position } from '../types.ts';
import { LEAF_BYTES } from './merkle.ts';

/** A leaf, or the part of it that the path leads to: one number from 0 to 15 a level. */
export interface LeafRange {
  readonly partition: PartitionId;
  readonly leaf: number;
  readonly path: Uint8Array;
}

/** The path to all of a leaf. */
export const WHOLE_LEAF = new Uint8Array();

export interface Entry {
  readonly ref: KeyRef;
  /** Its clock hash. */
  readonly hash: Uint8Array;
}

export const PARTS = 16;
/** Bytes of a position that name a key within its leaf. The first ones are the leaf's own. */
export const BRIEF_BYTES = 8;
export const PATH_MAX = 2 * BRIEF_BYTES;
export const ENTRY_BYTES = BRIEF_BYTES + LEAF_BYTES;
/** Up to here listing costs about what another cut would. */
const ENTRIES_WHOLE_MAX = 32;
const BRIEF_FROM = 8;

/** Leaves that are read in one go: bounds what is held of them at once. */
const SPAN_MAX = 16;
/** A leaf between two that are wanted costs less than another seek; more of them do not. */
const GAP_MAX = 1;

/** Ranges in runs of neighbouring leaves, in their order, each run to be read in one go. */
export function runsOf(ranges: readonly LeafRange[]): readonly (readonly LeafRange[])[] {
  const runs: LeafRange[][] = [];
  for (const range of ranges) {
    const run = runs.at(-1);
    if (run !== undefined && isNextIn(run, range)) run.push(range);
    else runs.push([range]);
  }
  return runs;
}

function isNextIn(run: readonly LeafRange[], { partition, leaf }: LeafRange): boolean {
  const [first] = run;
  const last = run.at(-1);
  if (first === undefined || last === undefined || partition !== first.partition) return false;
  return leaf >= last.leaf && leaf - last.leaf <= GAP_MAX + 1 && leaf - first.leaf < SPAN_MAX;
}

export function briefOf(position: Position): Uint8Array {
  return position.subarray(BRIEF_FROM, BRIEF_FROM + BRIEF_BYTES);
}

/** Is the position in this part of its leaf? */
export function isWithin(position: Position, path: Uint8Array): boolean {
  return path.every((part, level) => partAt(position, level) === part);
}

export function isListed(entries: readonly Entry[], path: Uint8Array): boolean {
  return entries.length <= ENTRIES_WHOLE_MAX || path.length >= PATH_MAX;
}

/** The XOR of each part's hashes: PARTS × LEAF_BYTES. @param entries those within `path`. */
export function partHashes(entries: readonly Entry[], path: Uint8Array): Uint8Array {
  const hashes = new Uint8Array(PARTS * LEAF_BYTES);
  for (const { ref, hash } of entries) {
    const offset = partAt(ref.position, path.length) * LEAF_BYTES;
    for (let index = 0; index < LEAF_BYTES; index += 1) {
      hashes[offset + index] = (hashes[offset + index] ?? 0) ^ (hash[index] ?? 0);
    }
  }
  return hashes;
}

/** Ranges of the parts whose hashes are not the same. */
export function differingParts(range: LeafRange, ours: Uint8Array, theirs: Uint8Array): readonly LeafRange[] {
  const ranges: LeafRange[] = [];
  for (let part = 0; part < PARTS; part += 1) {
    const from = part * LEAF_BYTES;
    const isSame = ours.subarray(from, from + LEAF_BYTES).every((byte, index) => byte === theirs[from + index]);
    if (!isSame) ranges.push({ ...range, path: Uint8Array.of(...range.path, part) });
  }
  return ranges;
}

/** `brief · hash` of each. */
export function encodeEntries(entries: readonly Entry[]): Uint8Array {
  const bytes = new Uint8Array(entries.length * ENTRY_BYTES);
  for (const [index, { ref, hash }] of entries.entries()) {
    bytes.set(briefOf(ref.position), index * ENTRY_BYTES);
    bytes.set(hash, index * ENTRY_BYTES + BRIEF_BYTES);
  }
  return bytes;
}

/** Views of the bytes; a last piece that is too short is left out. */
export function decodeEntries(bytes: Uint8Array): readonly { readonly brief: Uint8Array; readonly hash: Uint8Array }[] {
  return Array.from({ length: Math.floor(bytes.length / ENTRY_BYTES) }, (_, index) => {
    const from = index * ENTRY_BYTES;
    return { brief: bytes.subarray(from, from + BRIEF_BYTES), hash: bytes.subarray(from + BRIEF_BYTES, from + ENTRY_BYTES) };
  });
}

function partAt(position: Position, level: number): number {
  const byte = position[BRIEF_FROM + (level >> 1)] ?? 0;
  return level % 2 === 0 ? byte >> 4 : byte & 0x0f;
}
