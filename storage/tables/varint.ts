/** LevelDB's numbers of variable length: seven bits a byte, lowest first. */

/** A number as read, and where the next thing begins. */
export interface Varint {
  readonly value: number;
  readonly end: number;
}

/** @returns `undefined` where there is none, or one that is no safe integer. */
export function readVarint(bytes: Uint8Array, offset: number): Varint | undefined {
  let value = 0;
  let unit = 1;
  for (let index = offset; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    value += (byte & 0x7f) * unit;
    if (value > Number.MAX_SAFE_INTEGER) return undefined;
    if (byte < 0x80) return { value, end: index + 1 };
    unit *= 128;
    if (unit > Number.MAX_SAFE_INTEGER) return undefined;
  }
  return undefined;
}

export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return Uint8Array.from([...bytes, rest]);
}
