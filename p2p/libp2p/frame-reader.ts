/**
 * Cuts a byte stream into frames: `[u32 length, big endian][payload]`.
 *
 *     chunks  |len|pay|load|len|…   →   payload, payload, …
 *
 * A length over the limit throws before a byte of it is kept; memory grows only with bytes that
 * have arrived, never with a length that somebody claims. A large frame for which there is no room
 * is passed over: its bytes are counted and not kept.
 */
import { FRAME_BYTES } from '../wire/limits.ts';
import type { Release } from './large-frames.ts';
import { LargeFrames } from './large-frames.ts';

export const FRAME_HEADER_BYTES = 4;
/** Up to here a copy is cheaper than keeping the 64 KiB socket buffer of a view alive. */
const COPY_MAX_BYTES = 16 * 1024;
/** Room for a frame that comes in pieces, at first; doubled as its bytes come. */
const BUFFER_MIN_BYTES = 64 * 1024;
const NOTHING = new Uint8Array(0);

export class FrameTooLargeError extends Error {
  readonly code = 'FRAME_TOO_LARGE';
}

/** A chunk as libp2p hands it over: bytes, or a list of them. */
export type Chunk = Uint8Array | Iterable<Uint8Array>;

export class FrameReader {
  #maxBytes: number;
  /** What has come of a frame so far: the first `#buffered` bytes. */
  #buffer = NOTHING;
  #buffered = 0;
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  #headerFilled = 0;
  #needed: number | undefined;
  /** Frames whose length has been read. */
  #begun = 0;
  /** Of the frame that is coming; `undefined` while it is passed over. */
  #room: Release | undefined;
  #skippedFrames = 0;
  #isOver = false;
  readonly #large: LargeFrames;

  /** @param large Shared by all readers of a host. */
  constructor(maxBytes: number = FRAME_BYTES, large = new LargeFrames()) {
    this.#maxBytes = maxBytes;
    this.#large = large;
  }

  get skippedFrames(): number {
    return this.#skippedFrames;
  }

  /** Nothing more comes, nor what is left of the bytes that are being looked through. */
  end(): void {
    this.#isOver = true;
    this.#room?.();
    this.#room = undefined;
    this.#buffer = NOTHING;
  }

  /** Which frame has begun and is not whole, counted from the first; `undefined` between two. */
  get underWay(): number | undefined {
    return this.#needed === undefined ? undefined : this.#begun;
  }

  /** What has come of that one, bytes. */
  get comeBytes(): number {
    return this.#buffered;
  }

  /** Takes effect from the next frame on. */
  setMaxBytes(maxBytes: number): void {
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes bytes, hands over each frame that they complete.
   * @throws FrameTooLargeError; the stream is then beyond repair.
   */
  push(chunk: Chunk, onFrame: (payload: Uint8Array) => void): void {
    if (chunk instanceof Uint8Array) this.#take(chunk, onFrame);
    else for (const part of chunk) this.#take(part, onFrame);
  }

  #take(bytes: Uint8Array, onFrame: (payload: Uint8Array) => void): void {
    let at = 0;
    while (!this.#isOver && (at < bytes.byteLength || this.#needed === 0)) {
      if (this.#needed === undefined) {
        at += this.#takeHeader(bytes, at);
        continue;
      }
      const missing = this.#needed - this.#buffered;
      const part = bytes.subarray(at, at + missing);
      at += part.byteLength;
      if (part.byteLength < missing) {
        this.#keep(part, this.#needed);
        return;
      }
      const payload = this.#finish(part, this.#needed);
      if (payload !== undefined) onFrame(payload);
    }
  }

  /** Copied, so that a frame that comes a byte at a time takes no more than its bytes. */
  #keep(part: Uint8Array, needed: number): void {
    const filled = this.#buffered + part.byteLength;
    if (this.#room === undefined) {
      this.#buffered = filled;
      return;
    }
    if (filled > this.#buffer.byteLength) {
      const grown = new Uint8Array(Math.min(needed, Math.max(2 * filled, BUFFER_MIN_BYTES)));
      grown.set(this.#buffer.subarray(0, this.#buffered));
      this.#buffer = grown;
    }
    this.#buffer.set(part, this.#buffered);
    this.#buffered = filled;
  }

  #takeHeader(bytes: Uint8Array, at: number): number {
    const part = bytes.subarray(at, at + FRAME_HEADER_BYTES - this.#headerFilled);
    this.#header.set(part, this.#headerFilled);
    this.#headerFilled += part.byteLength;
    if (this.#headerFilled === FRAME_HEADER_BYTES) {
      const length = new DataView(this.#header.buffer).getUint32(0);
      if (length > this.#maxBytes) {
        throw new FrameTooLargeError(`A frame of ${length} bytes is over ${this.#maxBytes}.`);
      }
      this.#needed = length;
      this.#room = this.#large.take(length);
      this.#skippedFrames += Number(this.#room === undefined);
      this.#begun += 1;
      this.#headerFilled = 0;
    }
    return part.byteLength;
  }

  /** `undefined` when it was passed over. */
  #finish(last: Uint8Array, needed: number): Uint8Array | undefined {
    const room = this.#room;
    if (room === undefined) this.#buffered = 0;
    const whole = room && this.#whole(last, needed);
    room?.();
    this.#room = undefined;
    this.#needed = undefined;
    return whole;
  }

  #whole(last: Uint8Array, needed: number): Uint8Array {
    if (this.#buffered === 0) return needed <= COPY_MAX_BYTES ? last.slice() : last;
    this.#keep(last, needed);
    const whole = this.#buffer.subarray(0, needed);
    this.#buffer = NOTHING;
    this.#buffered = 0;
    return whole;
  }
}

/** The four bytes before a payload. */
export function frameHeader(length: number): Uint8Array {
  const header = new Uint8Array(FRAME_HEADER_BYTES);
  new DataView(header.buffer).setUint32(0, length);
  return header;
}
