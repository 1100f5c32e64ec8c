/**
 * Room that the lanes of all members share: each lane is bounded by itself, and together they could
 * still take as much memory as there are members.
 *
 *     frames of more than 8 MiB   one a lane; together those that come, and those that wait to leave
 *     all others                  a lane's own room always; beyond it, what is left of the common one
 */
import { LargeFrames } from './large-frames.ts';
import { LANE_OWN_BYTES, LANES_QUEUE_MAX_BYTES } from './limits.ts';

/** Ordinary frames that wait to leave. A few slow peers leave all others their room. */
export class QueueRoom {
  readonly #maxBytes: number;
  readonly #ownBytes: number;
  #bytes = 0;

  /**
   * @param maxBytes Of all lanes, as far as they share it.
   * @param ownBytes Of each lane beside it.
   */
  constructor(maxBytes: number = LANES_QUEUE_MAX_BYTES, ownBytes: number = LANE_OWN_BYTES) {
    this.#maxBytes = maxBytes;
    this.#ownBytes = ownBytes;
  }

  /** For a lane in which `queuedBytes` wait, and now `bytes` more. False: there is no room. */
  take(queuedBytes: number, bytes: number): boolean {
    const shared = this.#shared(queuedBytes + bytes) - this.#shared(queuedBytes);
    if (shared > 0 && this.#bytes + shared > this.#maxBytes) return false;
    this.#bytes += shared;
    return true;
  }

  /** Of `queuedBytes`, so many wait no longer. */
  giveBack(queuedBytes: number, bytes: number): void {
    this.#bytes -= this.#shared(queuedBytes) - this.#shared(queuedBytes - bytes);
  }

  #shared(queuedBytes: number): number {
    return Math.max(0, queuedBytes - this.#ownBytes);
  }
}

/** Of all lanes of a host. */
export class LaneRoom {
  readonly coming = new LargeFrames();
  readonly leaving: LargeFrames;
  readonly queues: QueueRoom;

  constructor(leaving = new LargeFrames(), queues = new QueueRoom()) {
    this.leaving = leaving;
    this.queues = queues;
  }
}
