/**
 * Makes dots. Counters are reserved on disk in blocks before they are used, so a counter is never
 * given out twice, whatever was lost of the tail of the log.
 */
import type { Dot } from '../types.ts';
import type { Core } from './core.ts';

export class DotMint {
  readonly #core: Core;
  #next: number;
  #leasedThrough: number;
  #isLeasing = false;
  readonly #waiting: (() => void)[] = [];

  constructor(core: Core) {
    this.#core = core;
    this.#next = core.identity.nextCounter;
    this.#leasedThrough = this.#next - 1;
  }

  /** Runs `then` once a counter is reserved for it; usually at once. */
  ready(then: () => void): void {
    if (this.#leasedThrough - this.#next < this.#core.config.dotLease / 2) this.#lease();
    if (this.#next + this.#waiting.length <= this.#leasedThrough) then();
    else this.#waiting.push(then);
  }

  /** Only inside a `then` of `ready`, or later with its reservation. */
  mint(): Dot {
    const dot = { actor: this.#core.identity.actor, counter: this.#next };
    this.#next += 1;
    return dot;
  }

  /** The highest counter given out so far. */
  get last(): number {
    return this.#next - 1;
  }

  leased(through: number): void {
    this.#isLeasing = false;
    this.#leasedThrough = Math.max(this.#leasedThrough, through);
    for (const then of this.#waiting.splice(0)) this.ready(then);
  }

  /** The disk refused: nobody waits for ever, the requests' own timers answer. */
  leaseFailed(): void {
    this.#isLeasing = false;
    this.#core.after(1_000, () => {
      if (this.#waiting.length > 0) this.#lease();
    });
  }

  #lease(): void {
    if (this.#isLeasing) return;
    this.#isLeasing = true;
    this.#core.emit({ kind: 'lease', through: Math.max(this.#leasedThrough, this.#next) + this.#core.config.dotLease });
  }
}
