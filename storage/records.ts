/**
 * What is inside the envelopes.
 *
 *   object   hash length:1, clock hash, object      (the hash first, so that leaves need no decoder)
 *   hint     partition:2 leaf:1 position:16, object (bucket and key are in the database key)
 *   marks    count, then for each earlier version, oldest first: actor, counter, keptAt, slot
 *   note     since when, wall ms
 *   summary  the fields of KeySummary in order, see `encodeSummary`
 */
import type { KeySummary } from '../p2p/ports.ts';
import type { VersionMark } from '../p2p/causality/retention.ts';
import type { KeyRef } from '../p2p/types.ts';
import { ByteReader } from '../p2p/bytes/byte-reader.ts';
import { ByteWriter } from '../p2p/bytes/byte-writer.ts';
import { CRC_BYTES } from './envelope.ts';
import { parseRowKey } from './keyspace.ts';

const TEXT_MAX_BYTES = 65_536;
const HASH_MAX_BYTES = 255;
const SLOTS_MAX = 65_535;
const HINT_HEADER_BYTES = 19;

export function objectPrefix(hash: Uint8Array): Buffer {
  if (hash.length > HASH_MAX_BYTES) throw new RangeError(`a hash of ${hash.length} bytes`);
  const prefix = Buffer.allocUnsafe(1 + hash.length);
  prefix[0] = hash.length;
  prefix.set(hash, 1);
  return prefix;
}

/** The object alone, as plain bytes. */
export function objectOf(payload: Buffer): Uint8Array {
  return plain(payload.subarray(1 + (payload[0] ?? 0)));
}

export function hashOf(payload: Buffer): Uint8Array {
  return plain(payload.subarray(1, 1 + (payload[0] ?? 0)));
}

export function hintPrefix(ref: KeyRef): Buffer {
  const prefix = Buffer.allocUnsafe(HINT_HEADER_BYTES);
  prefix.writeUInt16BE(ref.partition, 0);
  prefix[2] = ref.leaf;
  prefix.set(ref.position, 3);
  return prefix;
}

export function hintObject(payload: Buffer): Uint8Array {
  return plain(payload.subarray(HINT_HEADER_BYTES));
}

/** Bytes of the object in a hint's row of so many. */
export function hintBytes(sealedBytes: number): number {
  return Math.max(0, sealedBytes - CRC_BYTES - HINT_HEADER_BYTES);
}

/** `id` is what follows the target in the hint's database key. */
export function hintRef(id: string, payload: Buffer): KeyRef | undefined {
  const name = parseRowKey(Buffer.from(`h${id}`));
  if (name === undefined || payload.length < HINT_HEADER_BYTES) return undefined;
  const position = new Uint8Array(payload.subarray(3, HINT_HEADER_BYTES));
  return { ...name, position, partition: payload.readUInt16BE(0), leaf: payload[2] ?? 0, id };
}

export function encodeNotedAt(wallMs: number): Uint8Array {
  return new ByteWriter().f64(wallMs).finish();
}

export function decodeNotedAt(payload: Uint8Array): number {
  return new ByteReader(payload).f64();
}

export function encodeSummary(summary: KeySummary): Uint8Array {
  return new ByteWriter()
    .varint(summary.live)
    .varint(summary.siblings)
    .text(summary.contentType)
    .varint(summary.size)
    .text(summary.writtenBy)
    .f64(summary.writtenAt)
    .bytes(summary.hash)
    .finish();
}

/** @throws MalformedError for bytes that `encodeSummary` did not write. */
export function decodeSummary(payload: Uint8Array): KeySummary {
  const reader = new ByteReader(payload);
  const summary = {
    live: reader.varint(),
    siblings: reader.varint(),
    contentType: reader.text(TEXT_MAX_BYTES),
    size: reader.varint(),
    writtenBy: reader.text(TEXT_MAX_BYTES),
    writtenAt: reader.f64(),
    hash: new Uint8Array(reader.bytes(HASH_MAX_BYTES)),
  };
  reader.end();
  return summary;
}

/** An earlier version, and where its bytes are. */
export interface SlotMark extends VersionMark {
  readonly slot: number;
}

export function encodeMarks(marks: readonly SlotMark[]): Uint8Array {
  const writer = new ByteWriter().varint(marks.length);
  for (const { dot, keptAt, slot } of marks) writer.text(dot.actor).varint(dot.counter).f64(keptAt).varint(slot);
  return writer.finish();
}

/** @throws MalformedError for bytes that `encodeMarks` did not write. */
export function decodeMarks(payload: Uint8Array): readonly SlotMark[] {
  const reader = new ByteReader(payload);
  const marks: SlotMark[] = [];
  for (let left = reader.varint(SLOTS_MAX); left > 0; left -= 1) {
    const dot = { actor: reader.text(TEXT_MAX_BYTES), counter: reader.varint() };
    marks.push({ dot, keptAt: reader.f64(), slot: reader.varint(SLOTS_MAX) });
  }
  reader.end();
  return marks;
}

/** A view without Buffer's own methods: the port speaks of bytes. */
export function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
