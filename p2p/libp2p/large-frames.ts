/**
 * Room for large frames, over all lanes of all members: each lane may carry one, and together they
 * could take as much memory as there are lanes. What finds no room is not taken: on the way out it is
 * dropped, on the way in its bytes are passed over as they come, so that its lane goes on. Either
 * way it is a frame that was lost, and whoever waits for an answer asks again.
 *
 * Rejected: to hold up the lane until there is room. Probes of its member would wait with it, and
 * members that do so to each other might wait for ever.
 */
import { LARGE_FRAME_BYTES, LARGE_FRAMES_MAX_BYTES } from './limits.ts';

/** Gives the room back; to be called once. */
export type Release = () => void;

const NOTHING_TAKEN: Release = () => undefined;

export class LargeFrames {
  readonly #maxBytes: number;
  #bytes = 0;

  /** @param maxBytes Together. One always fits where there is no other, however large. */
  constructor(maxBytes: number = LARGE_FRAMES_MAX_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /** `undefined`: there is no room. A frame that is not large needs none. */
  take(bytes: number): Release | undefined {
    if (bytes <= LARGE_FRAME_BYTES) return NOTHING_TAKEN;
    if (this.#bytes > 0 && this.#bytes + bytes > this.#maxBytes) return undefined;
    this.#bytes += bytes;
    return () => {
      this.#bytes -= bytes;
    };
  }
}
