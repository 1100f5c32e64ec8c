/**
 * What a person changes about the team here (settings of a bucket, a removal) is on this disk before
 * it counts: then it takes effect, spreads and is answered. What the disk refuses never was.
 *
 *     change ─► one at a time ─► made from what is known ─► commit ─► still news? ──yes──► told
 *                                        ▲                                └──no──┐
 *                                        └──── others said something newer ◄─────┘
 *
 * Invariant: nobody hears of a fact that this disk may lose, and no answer claims one.
 */
import type { Refusal } from './commands.ts';
import type { Core } from './core.ts';

/** Made, and known to nobody yet. */
export interface Fact {
  readonly row: string;
  readonly bytes: Uint8Array;
  /** False: what it was made from is not what is known now. */
  readonly isCurrent: () => boolean;
  /** It takes effect and spreads. */
  readonly tell: () => void;
}

/** `undefined`: there was nothing to change, or no way to. */
export type FactsDone = (refusal: Refusal | undefined) => void;

/** Somebody else would have to change the same thing as often within one commit each. */
const TRIES_MAX = 8;

export class DurableFacts {
  readonly #core: Core;
  /** The first is under way. */
  readonly #changes: (() => void)[] = [];

  constructor(core: Core) {
    this.#core = core;
  }

  /** @param make Called once the changes before this one are done, and again if others come before it. */
  change(make: () => Fact | undefined, done: FactsDone): void {
    let answer: FactsDone | undefined = done;
    const end: FactsDone = (refusal) => {
      this.#core.timers.cancel(timer);
      answer?.(refusal);
      answer = undefined;
    };
    const timer = this.#core.after(this.#core.config.requestTimeoutMs, () => {
      end({ kind: 'read-only', message: 'the disk has not answered in time; what was asked for may still come' });
    });
    const run = this.#core.rooms.held(() => {
      this.#run(make, 1, (refusal) => {
        end(refusal);
        this.#changes.shift();
        this.#changes[0]?.();
      });
    });
    this.#changes.push(run);
    if (this.#changes.length === 1) run();
  }

  #run(make: () => Fact | undefined, attempt: number, end: FactsDone): void {
    const fact = make();
    if (fact === undefined) {
      end(undefined);
      return;
    }
    this.#core.commit([{ kind: 'meta', name: fact.row, bytes: fact.bytes }], (result) => {
      if (!result.ok) end({ kind: 'read-only', message: result.message });
      else if (fact.isCurrent()) {
        fact.tell();
        end(undefined);
      } else if (attempt < TRIES_MAX) this.#run(make, attempt + 1, end);
      else end({ kind: 'overloaded', message: 'others change the same thing again and again' });
    });
  }
}
