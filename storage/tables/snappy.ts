/**
 * Decodes Snappy (google/snappy, format_description.txt), in which LevelDB may write a block: the
 * length, then literals and copies of what was decoded before.
 *
 *     tag & 3   0 literal   1 copy, 11 bits back   2 copy, 16 bits back   3 copy, 32 bits back
 */
import { readVarint } from './varint.ts';

/** @returns `undefined` when it is no Snappy, or would take more than `bytesMax`. */
export function snappyDecode(bytes: Uint8Array, bytesMax: number): Buffer | undefined {
  const length = readVarint(bytes, 0);
  if (length === undefined || length.value > bytesMax) return undefined;
  const decoded = Buffer.alloc(length.value);
  let [from, to] = [length.end, 0];
  while (from < bytes.length) {
    const element = readElement(bytes, from);
    if (element === undefined || to + element.length > decoded.length) return undefined;
    if (element.back === 0) {
      if (element.end + element.length > bytes.length) return undefined;
      decoded.set(bytes.subarray(element.end, element.end + element.length), to);
      from = element.end + element.length;
    } else {
      if (element.back > to) return undefined;
      // Byte by byte: a copy may reach into what it writes itself.
      for (let index = 0; index < element.length; index += 1) decoded[to + index] = decoded[to + index - element.back] ?? 0;
      from = element.end;
    }
    to += element.length;
  }
  return to === decoded.length ? decoded : undefined;
}

interface Element {
  readonly length: number;
  /** How far back a copy begins; 0 = a literal, that follows. */
  readonly back: number;
  readonly end: number;
}

function readElement(bytes: Uint8Array, offset: number): Element | undefined {
  const tag = bytes[offset] ?? 0;
  const [kind, upper] = [tag & 3, tag >>> 2];
  if (kind === 0) {
    const extra = Math.max(upper - 59, 0);
    const length = extra === 0 ? upper : littleEndian(bytes, offset + 1, extra);
    return length === undefined ? undefined : { length: length + 1, back: 0, end: offset + 1 + extra };
  }
  const extra = kind === 3 ? 4 : kind;
  const low = littleEndian(bytes, offset + 1, extra);
  if (low === undefined) return undefined;
  const back = kind === 1 ? ((upper >>> 3) << 8) | low : low;
  if (back === 0) return undefined;
  return { length: kind === 1 ? (upper & 7) + 4 : upper + 1, back, end: offset + 1 + extra };
}

function littleEndian(bytes: Uint8Array, offset: number, length: number): number | undefined {
  if (offset + length > bytes.length) return undefined;
  let value = 0;
  for (let index = length - 1; index >= 0; index -= 1) value = value * 256 + (bytes[offset + index] ?? 0);
  return value;
}
