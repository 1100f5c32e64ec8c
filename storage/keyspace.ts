/**
 * Where everything is, in one ordered space of byte strings.
 *
 *   o partition:2 leaf:1 position:16 bucket \0 key      an object, with its clock hash
 *   i bucket \0 key                                     its index row (a summary, never a value)
 *   c bucket \0 key                                     the same row again while siblings conflict
 *   h target \0 bucket \0 key                           an object kept for a member that is away
 *   w bucket \0 key                                     which earlier versions there are, oldest first
 *   v bucket \0 key \0 slot:2                           one of them; slots are used again
 *   d bucket \0 key                                     a note that only deletions are left of it
 *   l partition:2 bucket \0 leaf:1                      a Merkle leaf of a bucket
 *   m name                                              a named fact of the core
 *   s name                                              what the store knows of itself
 *
 * LevelDB compares bytes, and UTF-8 keeps the order of code points, so a bucket, a prefix, a
 * partition and a leaf are each one range. Names and keys hold no control characters (validated
 * where they enter), so `\0` ends them: no bucket's rows fall into the range of another whose name
 * it begins with. Numbers are big endian, so their bytes sort as they do.
 */
import type { LeafSpan } from '../p2p/ports.ts';
import type { BucketName, KeyRef, MemberId, PartitionId } from '../p2p/types.ts';

/** Keys from `gte`, up to but without `lt`. */
export interface KeyRange {
  readonly gte: Buffer;
  readonly lt: Buffer;
}

const OBJECT_HEADER_BYTES = 20;
const POSITION_BYTES = 16;
const LEAF_ROW_HEADER_BYTES = 3;
const SLOT_BYTES = 2;

export function objectKey(ref: KeyRef): Buffer {
  const key = Buffer.allocUnsafe(OBJECT_HEADER_BYTES + Buffer.byteLength(ref.id));
  key[0] = 0x6f;
  key.writeUInt16BE(ref.partition, 1);
  key[3] = ref.leaf;
  key.set(ref.position, 4);
  key.write(ref.id, OBJECT_HEADER_BYTES);
  return key;
}

export function parseObjectKey(key: Buffer): KeyRef | undefined {
  if (key.length < OBJECT_HEADER_BYTES) return undefined;
  const id = key.toString('utf8', OBJECT_HEADER_BYTES);
  const name = splitId(id);
  if (name === undefined) return undefined;
  const position = Uint8Array.prototype.slice.call(key, 4, 4 + POSITION_BYTES);
  return { ...name, position: new Uint8Array(position), partition: key.readUInt16BE(1), leaf: key[3] ?? 0, id };
}

export function partitionRange(partition: PartitionId): KeyRange {
  return prefixRange(numbered('o', partition));
}

export function leavesRange(partition: PartitionId, { first, last }: LeafSpan): KeyRange {
  return { gte: numbered('o', partition, first), lt: prefixRange(numbered('o', partition, last)).lt };
}

export function leafRowKey(partition: PartitionId, bucket: BucketName, leaf: number): Buffer {
  return Buffer.concat([numbered('l', partition), Buffer.from(`${bucket}\0`), Buffer.of(leaf)]);
}

/** The bucket and leaf of a row in `leafRowsRange`. */
export function parseLeafRowKey(key: Buffer): { readonly bucket: BucketName; readonly leaf: number } | undefined {
  const end = key.length - 2;
  if (end < LEAF_ROW_HEADER_BYTES || key[end] !== 0) return undefined;
  return { bucket: key.toString('utf8', LEAF_ROW_HEADER_BYTES, end), leaf: key[end + 1] ?? 0 };
}

export function leafRowsRange(partition: PartitionId): KeyRange {
  return prefixRange(numbered('l', partition));
}

export const indexKey = (id: string): Buffer => Buffer.from(`i${id}`);
export const deletionKey = (id: string): Buffer => Buffer.from(`d${id}`);
export const conflictKey = (id: string): Buffer => Buffer.from(`c${id}`);

/** Rows of a bucket whose key begins with `prefix`; `family` is the index or the conflicts. */
export function rowsRange(family: 'i' | 'c', bucket: string, prefix: string): KeyRange {
  return prefixRange(Buffer.from(`${family}${bucket}\0${prefix}`));
}

export function familyRange(family: 'i' | 'c' | 'd' | 'o' | 'h' | 'w' | 'l'): KeyRange {
  return prefixRange(Buffer.from(family));
}

/** Of an index row, a conflict row, a note of a deletion or a row that names earlier versions. */
export function parseRowKey(key: Buffer): { readonly bucket: string; readonly key: string } | undefined {
  return splitId(key.toString('utf8', 1));
}

export function hintKey(target: MemberId, id: string): Buffer {
  return Buffer.from(`h${target}\0${id}`);
}

export function hintsRange(target: MemberId): KeyRange {
  return prefixRange(Buffer.from(`h${target}\0`));
}

/** Whom a hint is for. */
export function targetOf(key: Buffer): MemberId {
  const end = key.indexOf(0);
  return key.toString('utf8', 1, end < 0 ? key.length : end);
}

export const marksKey = (id: string): Buffer => Buffer.from(`w${id}`);

export function versionKey(id: string, slot: number): Buffer {
  const length = 2 + Buffer.byteLength(id);
  const key = Buffer.alloc(length + SLOT_BYTES);
  key.write('v');
  key.write(id, 1);
  key.writeUInt16BE(slot, length);
  return key;
}

export const metaKey = (name: string): Buffer => Buffer.from(`m${name}`);
export const metaRange = (prefix: string): KeyRange => prefixRange(Buffer.from(`m${prefix}`));
export const systemKey = (name: string): Buffer => Buffer.from(`s${name}`);

/** The least key above `key`. */
export function justAfter(key: Buffer): Buffer {
  return Buffer.concat([key, Buffer.alloc(1)]);
}

/**
 * All keys that begin with `prefix`. The end is the prefix with its last byte raised; 0xff bytes
 * cannot be raised, so they are cut off first. The family letter never is 0xff.
 */
export function prefixRange(prefix: Buffer): KeyRange {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length -= 1;
  const end = Buffer.from(prefix.subarray(0, length));
  end[length - 1] = (end[length - 1] ?? 0) + 1;
  return { gte: prefix, lt: end };
}

/** Keys of a partition, or of a leaf of it, begin with this. */
export function numbered(family: 'o' | 'l', partition: PartitionId, leaf?: number): Buffer {
  const key = Buffer.allocUnsafe(leaf === undefined ? 3 : 4);
  key.write(family);
  key.writeUInt16BE(partition, 1);
  if (leaf !== undefined) key[3] = leaf;
  return key;
}

function splitId(id: string): { readonly bucket: string; readonly key: string } | undefined {
  const end = id.indexOf('\0');
  return end < 0 ? undefined : { bucket: id.slice(0, end), key: id.slice(end + 1) };
}
