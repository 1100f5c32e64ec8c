/**
 * What is wrong with one table, and what can be done about it.
 *
 * classic-level opens LevelDB without the checks of its own checksums and with its assertions on: a
 * wrong byte can decode to a key of less than eight bytes, which ends the process, at each start
 * again. So blocks are checked here, and what cannot be right is written over:
 *
 *   one wrong byte   found by the checksum (`wrongBytes`) and put right. Chance would find such a
 *                    byte for one damaged block in some thousand; rows have checksums of their own.
 *   a data block     hollowed out: looked into by a key it is corrupt, walked through it is empty.
 *                    An unknown type would do for reads, but a compaction that meets an error
 *                    makes the database refuse writes, and meets it again after each opening.
 *   filter, its name fenced: LevelDB then does without
 *   index, footer    a hollow index takes the place, as for a data block
 *
 * While LevelDB may be reading only single bytes are written, so that no read sees half of a change: a
 * block gets an unknown type first (it is fenced), and is hollowed out once the database is closed,
 * which is to be soon, because of compactions. What older tables have of the rows then shows again.
 */
import { crc32c, masked, unmasked, wrongBytes } from './crc32c.ts';
import { unseal } from '../envelope.ts';
import * as format from './table-format.ts';
import type { Footer, Handle } from './table-format.ts';
import { varint } from './varint.ts';

/** Bytes that take the place of others. */
export interface Patch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface Finding {
  readonly part: 'data' | 'filter' | 'table';
  /** The one wrong byte as it was written, if it could be found. */
  readonly mended: Patch | undefined;
  /** Makes LevelDB answer that it is corrupt, or do without. */
  readonly fence: Patch;
  /** The fence was there already. */
  readonly isFenced: boolean;
  /** What takes its place while the database is closed. */
  readonly hollow: Patch | undefined;
}

const UNKNOWN_TYPE = 0xff;
const SEQUENCE_BYTES = 8;
const DELETION = 0;
const VALUE = 1;
const BREATH_BYTES = 1024 * 1024;

/**
 * @param size As the manifest has it; the file may be shorter.
 * @returns a generator of findings, with an `undefined` now and then, at which others may have a turn.
 */
export function* inspectTable(file: Buffer, size: number): Generator<Finding | undefined> {
  const table = Buffer.alloc(size);
  file.copy(table);
  const footer = yield* findFooter(table);
  if (footer === undefined) return;
  const index = yield* inspectBlock(table, footer.index, { part: 'table', isSense: isIndex, hollow: hollowTail(size) });
  if (index === undefined) return;
  yield* inspectFilter(table, footer.metaindex);
  let breath = 0;
  for (const handle of format.readIndex(index) ?? []) {
    yield* inspectBlock(table, handle, { part: 'data', isSense: hasGoodRows, hollow: undefined });
    breath += handle.size;
    if (breath < BREATH_BYTES) continue;
    breath = 0;
    yield undefined;
  }
}

function* inspectFilter(table: Buffer, metaindex: Handle): Generator<Finding> {
  const names = yield* inspectBlock(table, metaindex, { part: 'filter', isSense: isNames, hollow: undefined });
  for (const { value } of (names && format.readEntries(names)) ?? []) {
    const handle = format.readHandle(value, 0)?.handle;
    if (handle === undefined || format.endOf(handle) !== metaindex.offset) continue;
    yield* inspectBlock(table, handle, { part: 'filter', isSense: () => true, hollow: undefined });
  }
}

interface Expected {
  readonly part: Finding['part'];
  readonly isSense: (content: Buffer) => boolean;
  readonly hollow: Patch | undefined;
}

/** @returns what the block says, if it is good or could be put right. */
function* inspectBlock(table: Buffer, handle: Handle, { part, isSense, hollow }: Expected): Generator<Finding, Buffer | undefined> {
  const block = format.blockAt(table, handle);
  if (format.isWhole(block)) return format.contentOf(block);
  const mended = mendBlock(block, handle, isSense);
  const isFenced = block[handle.size] === UNKNOWN_TYPE;
  const inItsPlace = part === 'data' ? hollowBlock(handle) : hollow;
  yield { part, mended, fence: typeFence(handle), isFenced, hollow: inItsPlace };
  if (mended === undefined) return undefined;
  table.set(mended.bytes, mended.offset);
  return format.contentOf(block);
}

const isIndex = (content: Buffer): boolean => format.readIndex(content) !== undefined;
const isNames = (content: Buffer): boolean => format.readEntries(content) !== undefined;

/** A footer has no checksum, but places that must fit, the one into the other. */
function* findFooter(table: Buffer): Generator<Finding, Footer | undefined> {
  const offset = table.length - format.FOOTER_BYTES;
  const bytes = table.subarray(offset);
  const fence: Patch = { offset: table.length - 1, bytes: Uint8Array.of(UNKNOWN_TYPE) };
  const finding: Finding = { part: 'table', mended: undefined, fence, isFenced: bytes.at(-1) === UNKNOWN_TYPE, hollow: hollowTail(table.length) };
  const asItIs = format.readFooter(bytes, table.length);
  if (asItIs !== undefined) return asItIs;
  for (let at = 0; at < bytes.length; at += 1) {
    const was = bytes[at] ?? 0;
    for (let value = 0; value < 256; value += 1) {
      bytes[at] = value;
      const footer = format.readFooter(bytes, table.length);
      if (footer === undefined || !isRight(table, footer)) continue;
      yield { ...finding, mended: { offset: offset + at, bytes: Uint8Array.of(value) } };
      return footer;
    }
    bytes[at] = was;
  }
  yield finding;
  return undefined;
}

/** An offset that is wrong by as much as a size is fits too, so both of the blocks have to be there. */
function isRight(table: Buffer, { metaindex, index }: Footer): boolean {
  const names = format.blockAt(table, metaindex);
  return format.isWhole(format.blockAt(table, index)) && (format.isWhole(names) || names[metaindex.size] === UNKNOWN_TYPE);
}

/** The one byte that explains the checksum, when what the block then says makes sense. */
function mendBlock(block: Buffer, { offset }: Handle, isSense: (content: Buffer) => boolean): Patch | undefined {
  const checked = block.length - 4;
  const actual = crc32c(block, 0, checked);
  const makesSense = (candidate: Buffer) => {
    const content = format.contentOf(candidate);
    return content !== undefined && isSense(content);
  };
  const right = Buffer.alloc(4);
  right.writeUInt32LE(masked(actual));
  const wrong = [0, 1, 2, 3].filter((at) => right[at] !== block[checked + at]);
  if (wrong.length === 1 && makesSense(block)) return { offset: offset + checked + (wrong[0] ?? 0), bytes: right.subarray(wrong[0], (wrong[0] ?? 0) + 1) };
  const patches = wrongBytes(actual, unmasked(block.readUInt32LE(checked)), checked).flatMap(({ offset: at, bits }) => {
    const candidate = Buffer.from(block);
    const byte = (block[at] ?? 0) ^ bits;
    candidate[at] = byte;
    return makesSense(candidate) ? [{ offset: offset + at, bytes: Uint8Array.of(byte) }] : [];
  });
  return patches.length === 1 ? patches[0] : undefined;
}

/** Each row of a data block holds its own checksum; a deletion holds nothing. */
function hasGoodRows(content: Buffer): boolean {
  const entries = format.readEntries(content);
  if (entries === undefined) return false;
  return entries.every(({ key, value }) => {
    if (key.length < SEQUENCE_BYTES) return false;
    const userKey = key.subarray(0, key.length - SEQUENCE_BYTES);
    const type = key[userKey.length];
    return type === VALUE ? unseal(userKey, value) !== undefined : type === DELETION && value.length === 0;
  });
}

function typeFence({ offset, size }: Handle): Patch {
  return { offset: offset + size, bytes: Uint8Array.of(UNKNOWN_TYPE) };
}

/**
 * No entries and two restarts, both where entries end. A walk begins at the first and is through
 * without an error; a search compares the entry at the second one, and finds the block corrupt.
 */
function hollowBlock({ offset, size }: Handle): Patch {
  const block = Buffer.alloc(size + format.TRAILER_BYTES);
  const entriesEnd = size - HOLLOW_BYTES;
  if (entriesEnd >= 0) [entriesEnd, entriesEnd, 2].forEach((value, index) => block.writeUInt32LE(value, entriesEnd + 4 * index));
  block[size] = format.PLAIN;
  block.writeUInt32LE(masked(crc32c(block, 0, size + 1)), size + 1);
  return { offset, bytes: block };
}

const HOLLOW_BYTES = 12;
const NO_NAMES_BYTES = 4;

/** The end of a table that has no filter and finds nothing: to a search all of it is corrupt. */
function hollowTail(size: number): Patch {
  const index: Handle = { offset: size - format.FOOTER_BYTES - format.TRAILER_BYTES - HOLLOW_BYTES, size: HOLLOW_BYTES };
  const metaindex: Handle = { offset: index.offset - format.TRAILER_BYTES - NO_NAMES_BYTES, size: NO_NAMES_BYTES };
  const footer = Buffer.alloc(format.FOOTER_BYTES);
  footer.set([metaindex, index].flatMap(({ offset, size: bytes }) => [...varint(offset), ...varint(bytes)]));
  footer.set(format.MAGIC, format.FOOTER_BYTES - format.MAGIC.length);
  return { offset: metaindex.offset, bytes: Buffer.concat([hollowBlock(metaindex).bytes, hollowBlock(index).bytes, footer]) };
}
