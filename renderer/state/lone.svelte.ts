/** "No other device is reached": said once it has lasted, and not again once it was put away, until it is over. */
import type { Status } from '../../main/api/contract.ts';

/** Longer than others take to be found after a start. */
export const LONE_AFTER_MS = 8_000;

export class Lone {
  #sinceMs: number | null = null;
  /** It has lasted, whether or not it was put away. */
  isSo = $state(false);
  #isPutAway = $state(false);

  get isShown(): boolean {
    return this.isSo && !this.#isPutAway;
  }

  /** At each answer of the member. */
  look(status: Status | null, nowMs: number): void {
    if (status !== null && isLone(status)) {
      this.#sinceMs ??= nowMs;
      this.isSo = nowMs - this.#sinceMs >= LONE_AFTER_MS;
    } else {
      this.#sinceMs = null;
      this.isSo = false;
      this.#isPutAway = false;
    }
  }

  putAway(): void {
    this.#isPutAway = true;
  }
}

function isLone({ team, membership, counts, quarantine }: Status): boolean {
  const hasPlace = team !== null && membership !== null && membership.status !== 'removed' && membership.status !== 'left';
  return hasPlace && quarantine === null && counts.members > 1 && counts.alive <= 1;
}
