/**
 * Sends frames on one stream. Frames of a turn leave in one send, a microtask later: that alone
 * triples the throughput of a lane. A large one leaves in pieces, so that it holds up no other lane.
 * A stream that is full is left alone until it drains; what waits is bounded in bytes and frames,
 * and over the bound the newest frame is dropped and counted. Their bytes are bounded over all
 * writers as well.
 */
import type { Stream } from '@libp2p/interface';
import { Uint8ArrayList } from 'uint8arraylist';
import { FRAME_HEADER_BYTES, frameHeader } from './frame-reader.ts';
import { LaneRoom } from './lane-room.ts';
import type { Release } from './large-frames.ts';
import { FLUSH_MAX_BYTES, LANE_QUEUE_MAX_BYTES, LANE_QUEUE_MAX_FRAMES, LARGE_FRAME_BYTES } from './limits.ts';

export class FrameWriter {
  #queue: Uint8Array[] = [];
  /** First frame of the queue that has not been sent whole. */
  #head = 0;
  /** What has been sent of that one; `undefined` = not even its header. */
  #sent: number | undefined;
  #queuedBytes = 0;
  /** Of those, what a large frame takes. */
  #largeBytes = 0;
  /** Of that one. */
  #large: Release | undefined;
  #handedBytes = 0;
  #droppedFrames = 0;
  #scheduled = false;
  #hasEnded = false;
  readonly #stream: Stream;
  readonly #room: LaneRoom;

  /** @param room Shared by all writers of a host. */
  constructor(stream: Stream, room = new LaneRoom()) {
    this.#stream = stream;
    this.#room = room;
    stream.addEventListener('drain', () => {
      this.#schedule();
    });
  }

  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Bytes that have left the queue and the stream's own, since the beginning: they rise while frames get on. */
  get leftBytes(): number {
    return this.#handedBytes - this.#stream.writeBufferLength;
  }

  get droppedFrames(): number {
    return this.#droppedFrames;
  }

  /** False when the queue is full, or has ended, and the frame was dropped. */
  send(payload: Uint8Array): boolean {
    const bytes = payload.byteLength + FRAME_HEADER_BYTES;
    if (this.#hasEnded || this.#queue.length - this.#head >= LANE_QUEUE_MAX_FRAMES || !this.#takeRoom(bytes)) {
      this.#droppedFrames += 1;
      return false;
    }
    this.#queue.push(payload);
    this.#queuedBytes += bytes;
    if (bytes > LARGE_FRAME_BYTES) this.#largeBytes = bytes;
    this.#schedule();
    return true;
  }

  /** Nothing more leaves. */
  end(): void {
    this.#hasEnded = true;
    this.#giveBackLarge();
    this.#room.queues.giveBack(this.#queuedBytes, this.#queuedBytes);
    this.#queuedBytes = 0;
    this.#queue = [];
    this.#head = 0;
  }

  /** Tries again now; harmless at any time. */
  flush(): void {
    this.#scheduled = false;
    while (this.#head < this.#queue.length && !this.#isFull()) {
      const batch = this.#nextBatch();
      this.#handedBytes += batch.byteLength;
      this.#stream.send(batch);
    }
    if (this.#head < this.#queue.length) return;
    this.#queue = [];
    this.#head = 0;
  }

  #takeRoom(bytes: number): boolean {
    if (bytes > LARGE_FRAME_BYTES) {
      if (this.#largeBytes > 0) return false;
      this.#large = this.#room.leaving.take(bytes);
      return this.#large !== undefined;
    }
    const waiting = this.#queuedBytes - this.#largeBytes;
    return waiting + bytes <= LANE_QUEUE_MAX_BYTES && this.#room.queues.take(waiting, bytes);
  }

  #giveBackLarge(): void {
    this.#large?.();
    this.#large = undefined;
    this.#queuedBytes -= this.#largeBytes;
    this.#largeBytes = 0;
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
      if (this.#sent === undefined) batch.append(frameHeader(payload.byteLength));
      const from = this.#sent ?? 0;
      this.#sent = Math.min(payload.byteLength, from + Math.max(1, FLUSH_MAX_BYTES - batch.byteLength));
      if (this.#sent > from) batch.append(payload.subarray(from, this.#sent));
      if (this.#sent === payload.byteLength) this.#done(payload.byteLength + FRAME_HEADER_BYTES);
    }
    if (this.#head > this.#queue.length / 2) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    return batch;
  }

  #done(bytes: number): void {
    this.#head += 1;
    this.#sent = undefined;
    if (bytes > LARGE_FRAME_BYTES) {
      this.#giveBackLarge();
      return;
    }
    this.#room.queues.giveBack(this.#queuedBytes - this.#largeBytes, bytes);
    this.#queuedBytes -= bytes;
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
