/**
 * Appends numbers, text and bytes to one growing buffer. The format is canonical: equal values
 * always give equal bytes, so hashes and signatures over them are stable.
 *
 * varint = unsigned LEB128 up to 2^53-1; text and bytes are varint length, then content.
 */
import { utf8Encode } from './utf8.ts';

const INITIAL_BYTES = 2_048;
/** Buffers kept for the next writers: the hot path writes several times a request. */
const SPARE_MAX = 8;
const SPARE_BYTES_MAX = 64 * 1024;
const spare: Uint8Array[] = [];
/** Longer text is left to the encoder. */
const ASCII_MAX = 256;
const NONE = new Uint8Array();
const float = new DataView(new ArrayBuffer(8));
const floatBytes = new Uint8Array(float.buffer);

export class ByteWriter {
  #buffer: Uint8Array = spare.pop() ?? new Uint8Array(INITIAL_BYTES);
  #length = 0;

  u8(value: number): this {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
    return this;
  }

  /** @throws RangeError above `max`: no reader with the same bound takes it. */
  varint(value: number, max = Number.MAX_SAFE_INTEGER): this {
    if (!Number.isSafeInteger(value) || value < 0 || value > max) throw new RangeError(`not a varint up to ${max}: ${value}`);
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#length++] = rest;
    return this;
  }

  f64(value: number): this {
    float.setFloat64(0, value);
    return this.raw(floatBytes);
  }

  raw(bytes: Uint8Array): this {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }

  /** @throws RangeError when there are more than `max`. */
  bytes(bytes: Uint8Array, max?: number): this {
    return this.varint(bytes.length, max).raw(bytes);
  }

  /** @throws RangeError when it has more than `maxBytes`. */
  text(text: string, maxBytes?: number): this {
    return isShortAscii(text) ? this.#ascii(text, maxBytes) : this.bytes(utf8Encode(text), maxBytes);
  }

  /** A copy of what was written. The writer is empty again afterwards. */
  finish(): Uint8Array {
    const written = this.#buffer.slice(0, this.#length);
    if (spare.length < SPARE_MAX && this.#buffer.length <= SPARE_BYTES_MAX) spare.push(this.#buffer);
    this.#buffer = NONE;
    this.#length = 0;
    return written;
  }

  /** Names, ids and most keys: written in place, without an encoder's buffer in between. */
  #ascii(text: string, max: number | undefined): this {
    this.varint(text.length, max);
    this.#reserve(text.length);
    for (let index = 0; index < text.length; index += 1) this.#buffer[this.#length++] = text.charCodeAt(index);
    return this;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

function isShortAscii(text: string): boolean {
  if (text.length > ASCII_MAX) return false;
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) >= 0x80) return false;
  return true;
}
