/**
 * When this member's store is purged, so that nothing older is left under the deletions that it has
 * agreed to forget (`reap-votes.ts`).
 *
 *     keys held ──a part of the pause, for others to ask as well──► purge ──► each that was held at its beginning is purged
 *
 * One purge serves all that is held by then; what it served stays so while nothing happens to the key,
 * so that a slow disk is done the next time. The pause is long enough for two.
 */
import type { Core } from './core.ts';

/** Of a key that is held, as long as nothing happens to it. */
export interface Watch {
  /** The store was purged since it began. */
  isPurged: boolean;
}

/** Parts of the pause: the first is waited for others to ask as well. */
const PURGES_IN_QUIET = 3;
/** Times as long as the last purge took, before another one. */
const PURGE_RESTS = 4;

export class StorePurges {
  readonly #core: Core;
  /** Of keys that are held. One that ends meanwhile is of no vote any more. */
  readonly #unpurged: () => readonly Watch[];
  #isPurging = false;
  #tookMs = 0;

  constructor(core: Core, unpurged: () => readonly Watch[]) {
    this.#core = core;
    this.#unpurged = unpurged;
  }

  later(): void {
    if (this.#isPurging || this.#unpurged().length === 0) return;
    this.#isPurging = true;
    const restMs = Math.max(this.#core.config.reapQuietMs / PURGES_IN_QUIET, PURGE_RESTS * this.#tookMs);
    this.#core.after(restMs, () => {
      const served = this.#unpurged();
      if (served.length === 0) {
        this.#isPurging = false;
        return;
      }
      const { nowMs } = this.#core.now;
      this.#core.query({ kind: 'purge' }, (answer) => {
        this.#isPurging = false;
        this.#tookMs = this.#core.now.nowMs - nowMs;
        if (answer?.kind !== 'purged') return;
        for (const watch of served) watch.isPurged = true;
        this.later();
      });
    });
  }
}
