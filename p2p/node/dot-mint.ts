/**
 * Makes dots. Counters are reserved on disk in blocks before they are used, so a counter is never
 * given out twice, whatever was lost of the tail of the log.
 *
 * A context says of an actor "all its writes of this key up to n", which is true only as long as
 * the actor's own disk holds each of them. When the disk refuses a write whose dot is on its way
 * to others already, or gives away a key with writes of the actor, that actor is finished, and the
 * next writes come from a new one.
 */
import { toBase64url } from '../bytes/base64url.ts';
import type { CausalContext } from '../causality/causal-context.ts';
import type { ActorId, Dot } from '../types.ts';
import type { Core } from './core.ts';

const ACTOR_BYTES = 8;

export class DotMint {
  readonly #core: Core;
  #actor: ActorId;
  #next: number;
  #leasedThrough: number;
  #isLeasing = false;
  readonly #waiting: ((counter: number) => void)[] = [];

  constructor(core: Core) {
    this.#core = core;
    this.#actor = core.identity.actor;
    this.#next = core.identity.nextCounter;
    this.#leasedThrough = this.#next - 1;
  }

  start(): void {
    this.#lease();
  }

  /** Runs `then` with a counter that is its own; usually at once. In order of the calls. */
  ready(then: (counter: number) => void): void {
    if (this.#leasedThrough - this.#next < this.#core.config.dotLease / 2) this.#lease();
    if (this.#waiting.length === 0 && this.#next <= this.#leasedThrough) this.#give(then);
    else this.#waiting.push(this.#core.rooms.held(then));
  }

  /**
   * The dot of the write that is made now, under a counter of `ready`. What is known of the key must
   * not cover it already: a context may claim counters that were never given out.
   */
  mint(counter: number, known: readonly CausalContext[]): Dot {
    if (known.some((context) => (context.upper.get(this.#actor) ?? 0) >= counter)) this.renewActor();
    return { actor: this.#actor, counter };
  }

  /** The disk no longer has a key that had seen this (`undefined` = nobody knows what): the next write of the key must not claim that it has. */
  gaveAway(seen: CausalContext | undefined): void {
    if (seen === undefined || seen.upper.has(this.#actor)) this.renewActor();
  }

  /** Writes of the old actor may be known to others and not to this disk. */
  renewActor(): void {
    const bytes = new Uint8Array(ACTOR_BYTES).map(() => this.#core.random.uint32());
    this.#actor = toBase64url(bytes);
  }

  /** False for a counter of ours that was never given out. */
  mayKnow(upper: ReadonlyMap<ActorId, number>): boolean {
    return (upper.get(this.#actor) ?? 0) < this.#next;
  }

  leased(through: number): void {
    this.#isLeasing = false;
    this.#leasedThrough = Math.max(this.#leasedThrough, through);
    while (this.#next <= this.#leasedThrough) {
      const then = this.#waiting.shift();
      if (then === undefined) return;
      this.#give(then);
    }
    this.#lease();
  }

  /** The disk refused: nobody waits for ever, the requests' own timers answer. */
  leaseFailed(): void {
    this.#isLeasing = false;
    this.#core.after(1_000, () => {
      if (this.#waiting.length > 0) this.#lease();
    });
  }

  #give(then: (counter: number) => void): void {
    const counter = this.#next;
    this.#next += 1;
    then(counter);
  }

  #lease(): void {
    if (this.#isLeasing) return;
    this.#isLeasing = true;
    this.#core.emit({ kind: 'lease', through: Math.max(this.#leasedThrough, this.#next) + this.#core.config.dotLease });
  }
}
