/**
 * How much of this disk the hints of others may take. Over the bound a member refuses to stand in,
 * before it keeps anything, and says why: the coordinator goes on to the next fallback, or answers
 * with the copies that there are. So no write is acknowledged by a copy that was not made.
 *
 *     replicate for somebody who is away ── room? ──yes──► kept, with a hint ──► durable
 *                                             └──no──► hints-full-reply
 *
 * Only what is taken for another coordinator asks for room. What this member coordinates itself is
 * kept whatever the bound says: a person must be able to write on a device that is alone, and of a
 * key that this member owns its hints are at most its own record again for each other owner. Both
 * count, so a device that has much of its own to hand over stands in for nobody.
 *
 * Invariant: what was taken for others never made the hints here more than the bound, but for what
 * a merge with a sibling that was here already adds to an object.
 */
import type { Core } from './core.ts';

export interface HintRoomSnapshot {
  readonly bytesMax: number;
  /** Requests to stand in that were refused since the start. */
  readonly refused: number;
  /** The last one was refused, and nothing has been handed over since. */
  readonly isFull: boolean;
}

export class HintRoom {
  readonly #core: Core;
  /** Asked for, and not on disk yet. */
  #underWay = 0;
  #refused = 0;
  /** What the hints here held when the last one was refused. */
  #fullAtBytes: number | undefined;

  constructor(core: Core) {
    this.#core = core;
  }

  /** @param done Is given what to call once the hint is on disk or will not be; `undefined`: there is no room. */
  take(bytes: number, done: (release: (() => void) | undefined) => void): void {
    this.#underWay += bytes;
    // What is on its way now may be among what the disk counts or not: counted twice is on the safe side.
    const underWay = this.#underWay;
    const release = (): void => {
      this.#underWay -= bytes;
    };
    this.#core.query({ kind: 'hint-bytes' }, (answer) => {
      const kept = answer?.kind === 'hint-bytes' ? answer.bytes : Infinity;
      if (kept + underWay <= this.#core.config.hintBytesMax) {
        this.#fullAtBytes = undefined;
        done(release);
        return;
      }
      release();
      this.#refused += 1;
      this.#fullAtBytes = kept;
      done(undefined);
    });
  }

  /** @param bytes Of all hints that are here now. */
  snapshot(bytes: number): HintRoomSnapshot {
    const isFull = this.#fullAtBytes !== undefined && bytes >= this.#fullAtBytes;
    return { bytesMax: this.#core.config.hintBytesMax, refused: this.#refused, isFull };
  }
}
