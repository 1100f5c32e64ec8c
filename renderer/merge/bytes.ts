/** Bytes as people can tell them apart: how many, how they begin, where they part. */

export interface Line {
  /** Of the first byte. */
  readonly offset: number;
  readonly hex: readonly string[];
  /** Printable ASCII, `·` for the rest. */
  readonly text: string;
}

const LINE_BYTES = 8;

/** @throws when `value` is no base64: the engine sends none such. */
export function bytesOf(value: string): Uint8Array {
  return Uint8Array.from(atob(value), (sign) => sign.charCodeAt(0));
}

/** The lines around the first byte in which `bytes` differs from `other`, or its first lines. */
export function excerpt(bytes: Uint8Array, other: Uint8Array | undefined, lines: number): readonly Line[] {
  const parts = other === undefined ? 0 : firstDifference(bytes, other);
  const from = Math.max(0, Math.floor(parts / LINE_BYTES) - 1) * LINE_BYTES;
  const offsets = Array.from({ length: lines }, (_, index) => from + index * LINE_BYTES);
  return offsets.filter((offset) => offset < bytes.length).map((offset) => lineAt(bytes, offset));
}

/** The end of the shorter one when it begins the longer. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const most = Math.min(a.length, b.length);
  let at = 0;
  while (at < most && a[at] === b[at]) at += 1;
  return at;
}

function lineAt(bytes: Uint8Array, offset: number): Line {
  const line = [...bytes.subarray(offset, offset + LINE_BYTES)];
  const text = line.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join('');
  return { offset, hex: line.map((byte) => byte.toString(16).padStart(2, '0')), text };
}
