/**
 * Reads what `ByteWriter` wrote, from bytes that a stranger may have made: every length is checked
 * against its limit and against what is left before anything is allocated.
 */
import { utf8Decode } from './utf8.ts';

/** The bytes are not what they should be. Caught where hostile bytes enter, never past it. */
export class MalformedError extends Error {
  readonly code = 'MALFORMED';
}

export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  /** A subclass (Node's Buffer, whose `slice` copies nothing) is read through a plain view. */
  constructor(bytes: Uint8Array) {
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get left(): number {
    return this.#bytes.length - this.#offset;
  }

  u8(): number {
    const value = this.#bytes[this.#offset];
    if (value === undefined) throw new MalformedError('ended early');
    this.#offset += 1;
    return value;
  }

  /** @throws MalformedError above `max`, and for a longer form than the writer's. */
  varint(max = Number.MAX_SAFE_INTEGER): number {
    let value = 0;
    let scale = 1;
    for (let index = 0; index < 8; index += 1) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0 && index > 0) throw new MalformedError('a number is longer than it needs to be');
        if (value > max) throw new MalformedError(`${value} is over ${max}`);
        return value;
      }
      scale *= 0x80;
    }
    throw new MalformedError('a number is too long');
  }

  /** @throws MalformedError for anything but 0 and 1. */
  flag(): boolean {
    const value = this.u8();
    if (value > 1) throw new MalformedError(`${value} is neither yes nor no`);
    return value === 1;
  }

  f64(): number {
    const raw = this.raw(8);
    return new DataView(raw.buffer, raw.byteOffset, 8).getFloat64(0);
  }

  /** A view, not a copy. */
  raw(length: number): Uint8Array {
    if (length > this.left) throw new MalformedError('ended early');
    const view = this.#bytes.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return view;
  }

  bytes(max: number): Uint8Array {
    return this.raw(this.varint(max));
  }

  text(maxBytes: number): string {
    const bytes = this.bytes(maxBytes);
    try {
      return utf8Decode(bytes);
    } catch {
      throw new MalformedError('text is not UTF-8');
    }
  }

  /** @throws MalformedError when something is left over. */
  end(): void {
    if (this.left > 0) throw new MalformedError(`${this.left} bytes left over`);
  }
}
