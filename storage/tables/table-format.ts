/**
 * A table of LevelDB (leveldb, doc/table_format.md), as far as a check needs it.
 *
 *     data block … filter block, metaindex block, index block, footer
 *     block   content, type:1 (0 plain, 1 Snappy), masked crc32c of both:4
 *     content entries, restart:4 …, how many restarts:4
 *     entry   bytes shared with the key before, bytes of its own, bytes of the value; key, value
 *     footer  handle of the metaindex, handle of the index, zeros; 40 bytes, then magic:8
 *
 * One builder writes all of it, so each part begins where the one before ends. That says of a footer
 * and of an index whether they are right, beyond their checksum or where they have none.
 */
import { crc32c, unmasked } from './crc32c.ts';
import { snappyDecode } from './snappy.ts';
import { readVarint } from './varint.ts';

export const FOOTER_BYTES = 48;
export const TRAILER_BYTES = 5;
export const PLAIN = 0;
const SNAPPY = 1;
const HANDLES_BYTES = 40;
export const MAGIC = Buffer.from('57fb808b247547db', 'hex');
/** A copy takes two bytes or more and stands for 64 at most: what claims to be larger is no Snappy. */
const SNAPPY_RATIO_MAX = 32;

/** Where the content of a block is; its trailer follows. */
export interface Handle {
  readonly offset: number;
  readonly size: number;
}

export interface Footer {
  readonly metaindex: Handle;
  readonly index: Handle;
}

export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

export const endOf = ({ offset, size }: Handle): number => offset + size + TRAILER_BYTES;

/** @returns `undefined` when it is not the footer of a table of `size` bytes. */
export function readFooter(footer: Buffer, size: number): Footer | undefined {
  if (footer.length !== FOOTER_BYTES || !footer.subarray(HANDLES_BYTES).equals(MAGIC)) return undefined;
  const metaindex = readHandle(footer, 0);
  const index = metaindex && readHandle(footer, metaindex.end);
  if (metaindex === undefined || index === undefined || index.end > HANDLES_BYTES) return undefined;
  const isInPlace = endOf(metaindex.handle) === index.handle.offset && endOf(index.handle) === size - FOOTER_BYTES;
  return isInPlace ? { metaindex: metaindex.handle, index: index.handle } : undefined;
}

export function readHandle(bytes: Uint8Array, from: number): { readonly handle: Handle; readonly end: number } | undefined {
  const offset = readVarint(bytes, from);
  const size = offset && readVarint(bytes, offset.end);
  return offset && size && { handle: { offset: offset.value, size: size.value }, end: size.end };
}

/** The block with its trailer. */
export function blockAt(table: Buffer, handle: Handle): Buffer {
  return table.subarray(handle.offset, endOf(handle));
}

export function isWhole(block: Buffer): boolean {
  const checked = block.length - 4;
  return crc32c(block, 0, checked) === unmasked(block.readUInt32LE(checked));
}

/** What a block says, uncompressed. */
export function contentOf(block: Buffer): Buffer | undefined {
  const content = block.subarray(0, block.length - TRAILER_BYTES);
  const type = block[content.length];
  if (type === PLAIN) return content;
  return type === SNAPPY ? snappyDecode(content, content.length * SNAPPY_RATIO_MAX) : undefined;
}

/** @returns `undefined` when a part of the content is no entry. */
export function readEntries(content: Buffer): readonly Entry[] | undefined {
  const restarts = content.length < 4 ? Infinity : content.readUInt32LE(content.length - 4);
  const limit = content.length - 4 - 4 * restarts;
  if (limit < 0) return undefined;
  const entries: Entry[] = [];
  let [key, offset] = [Buffer.alloc(0), 0];
  while (offset < limit) {
    const shared = readVarint(content, offset);
    const own = shared && readVarint(content, shared.end);
    const length = own && readVarint(content, own.end);
    if (shared === undefined || own === undefined || length === undefined) return undefined;
    const middle = length.end + own.value;
    const end = middle + length.value;
    if (shared.value > key.length || end > limit) return undefined;
    key = Buffer.concat([key.subarray(0, shared.value), content.subarray(length.end, middle)]);
    entries.push({ key, value: content.subarray(middle, end) });
    offset = end;
  }
  return entries;
}

/** The data blocks that an index block names. @returns `undefined` when they do not follow each other from the beginning. */
export function readIndex(content: Buffer): readonly Handle[] | undefined {
  const entries = readEntries(content);
  if (entries === undefined) return undefined;
  const handles: Handle[] = [];
  let next = 0;
  for (const { value } of entries) {
    const read = readHandle(value, 0);
    if (read === undefined || read.end !== value.length || read.handle.offset !== next) return undefined;
    handles.push(read.handle);
    next = endOf(read.handle);
  }
  return handles;
}
