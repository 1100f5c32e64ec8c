/**
 * Sends frames on one stream. Frames of a turn leave in one send, a microtask later: that alone
 * triples the throughput of a lane. A stream that is full is left alone until it drains; what
 * waits is bounded in bytes and frames, and over the bound the newest frame is dropped and counted.
 */
import type { Stream } from '@libp2p/interface';
import { Uint8ArrayList } from 'uint8arraylist';
import { FRAME_HEADER_BYTES, frameHeader } from './frame-reader.ts';
import { FLUSH_MAX_BYTES, LANE_QUEUE_MAX_BYTES, LANE_QUEUE_MAX_FRAMES } from './limits.ts';

export class FrameWriter {
  #queue: Uint8Array[] = [];
  /** First frame of the queue that has not been sent. */
  #head = 0;
  #queuedBytes = 0;
  #droppedFrames = 0;
  #scheduled = false;
  readonly #stream: Stream;
  readonly #queueMaxBytes: number;

  constructor(stream: Stream, queueMaxBytes: number = LANE_QUEUE_MAX_BYTES) {
    this.#stream = stream;
    this.#queueMaxBytes = queueMaxBytes;
    stream.addEventListener('drain', () => {
      this.#schedule();
    });
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  get droppedFrames(): number {
    return this.#droppedFrames;
  }

  /** False when the queue is full and the frame was dropped. */
  send(payload: Uint8Array): boolean {
    const bytes = payload.byteLength + FRAME_HEADER_BYTES;
    const isFull = this.#queue.length - this.#head >= LANE_QUEUE_MAX_FRAMES || this.#queuedBytes + bytes > this.#queueMaxBytes;
    if (isFull) {
      this.#droppedFrames += 1;
      return false;
    }
    this.#queue.push(payload);
    this.#queuedBytes += bytes;
    this.#schedule();
    return true;
  }

  /** Tries again now; harmless at any time. */
  flush(): void {
    this.#scheduled = false;
    while (this.#head < this.#queue.length && !this.#isFull()) this.#stream.send(this.#nextBatch());
    if (this.#head < this.#queue.length) return;
    this.#queue = [];
    this.#head = 0;
  }

  #isFull(): boolean {
    if (this.#stream.writeStatus !== 'writable') return true;
    return this.#stream.writableNeedsDrain || this.#stream.writeBufferLength > FLUSH_MAX_BYTES;
  }

  #nextBatch(): Uint8ArrayList {
    const batch = new Uint8ArrayList();
    while (this.#head < this.#queue.length && batch.byteLength < FLUSH_MAX_BYTES) {
      const payload = this.#queue[this.#head];
      if (payload === undefined) break;
      this.#head += 1;
      batch.append(frameHeader(payload.byteLength));
      if (payload.byteLength > 0) batch.append(payload);
    }
    if (this.#head > this.#queue.length / 2) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    this.#queuedBytes -= batch.byteLength;
    return batch;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    process.nextTick(() => {
      try {
        this.flush();
      } catch (error) {
        this.#stream.abort(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }
}
