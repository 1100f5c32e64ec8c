/**
 * Members of whom there is something to tell, each told a limited number of times: enough for all
 * to hear of it with high probability (SWIM, Das et al., 2002, section 4.1), and then no more. What
 * was told least goes first, so that old news gives way to new.
 */
import type { MemberId } from '../types.ts';

/** Tells a member of a team of n makes of one rumour, over log₂ n. */
const TELLS_A_DOUBLING = 2;
/** More at once wait for nobody: the oldest are forgotten, and silence tells of them later. */
const RUMOURS_MAX = 1_024;

export class Rumours {
  readonly #left = new Map<MemberId, number>();

  /** From the start again, if it is told already. @param members Of the team. */
  tell(member: MemberId, members: number): void {
    this.#left.delete(member);
    this.#left.set(member, TELLS_A_DOUBLING * Math.ceil(Math.log2(members + 1)));
    const oldest = this.#left.keys().next();
    if (this.#left.size > RUMOURS_MAX && oldest.done !== true) this.#left.delete(oldest.value);
  }

  /** Whom to tell of in one message, which counts as told. */
  take(max: number): readonly MemberId[] {
    if (this.#left.size === 0) return [];
    const taken = [...this.#left].sort(([, a], [, b]) => b - a).slice(0, max);
    for (const [member, left] of taken) {
      if (left > 1) this.#left.set(member, left - 1);
      else this.#left.delete(member);
    }
    return taken.map(([member]) => member);
  }
}
