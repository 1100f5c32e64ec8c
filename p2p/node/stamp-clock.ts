/**
 * This member's hybrid clock: gives the stamps of writes (`causality/stamp.ts`).
 *
 *     wall clock ───────────────── 60 s ──────────────────── 120 s ─────────────►
 *     somebody else's stamp:  pulls along │ does not
 *     the last one given here:            goes on from there │ is forgotten
 *
 * It does not go back by itself, but stays near the wall clock (the bound of Kulkarni et al.,
 * section 5), be what is far ahead somebody else's or given here before a wrong clock was set right: a
 * device that was a month ahead must neither take everybody with it nor win for a month. To fall back
 * is safe, and so nothing is kept for the next run: no two writes have one dot, which tells equal stamps
 * apart, and a write is above what it has seen in any case, or it would be acknowledged and lost. Then its
 * own stamp is ahead, and the clock is not.
 */
import { STAMP_MAX, stampOfWall } from '../causality/stamp.ts';
import type { Core } from './core.ts';

/** Clocks of machines that ask a time server differ by less. */
export const SKEW_MAX_MS = 60_000;
/** So that a clock that is set back by less than the skew does not forget by whom it was pulled along. */
const AHEAD_MAX_MS = 2 * SKEW_MAX_MS;

export class StampClock {
  readonly #core: Core;
  #last = 0;
  #promised = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  /** A stamp above `seen`, and above the last that this member gave, unless that is far ahead. */
  stamp(seen: number): number {
    this.observe(seen);
    this.#last = Math.max(this.#last + 1, stampOfWall(this.#core.now.wallMs));
    return Math.min(STAMP_MAX, Math.max(this.#last, seen + 1));
  }

  /** Somebody's stamp came by. */
  observe(stamp: number): void {
    this.#fallBack();
    if (stamp <= stampOfWall(this.#core.now.wallMs + SKEW_MAX_MS)) this.#last = Math.max(this.#last, stamp);
  }

  /** Promises that the next stamps of this run are above it, whatever the clock is set to; false = it cannot. */
  promisePast(stamp: number): boolean {
    this.#fallBack();
    const isPast = stamp <= Math.max(this.#last, stampOfWall(this.#core.now.wallMs) - 1);
    if (isPast) this.#promised = Math.max(this.#promised, stamp);
    return isPast;
  }

  /** The wall clock was ahead, and was set right since. */
  #fallBack(): void {
    if (this.#last > stampOfWall(this.#core.now.wallMs + AHEAD_MAX_MS)) this.#last = this.#promised;
  }
}
