/** A clock that ticks only while something on the screen reads it, for "3 minutes ago". */
import { createSubscriber } from 'svelte/reactivity';

const TICK_MS = 15_000;

export class Clock {
  readonly #subscribe = createSubscriber((update) => {
    const timer = setInterval(update, TICK_MS);
    return () => clearInterval(timer);
  });

  get nowMs(): number {
    this.#subscribe();
    return Date.now();
  }
}
