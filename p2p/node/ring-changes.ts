/**
 * When news of members change who keeps what. To work that out takes a while, in one step, and a
 * member may sign new weights as often as it likes: so the first few changes count at once, and those
 * that follow on their heels together, some time later. Until then this member is as one that has
 * heard of them later, which gossip makes of anybody.
 *
 *     change  change  change  change │ change change change …        change
 *       at once, as long as there is credit │ together, once there is some
 *
 * What this member says of itself counts at once: to leave, it has to know who is to have what it keeps.
 */
import { Placement } from '../ring/placement.ts';
import type { MemberRecord } from '../types.ts';
import type { Core } from './core.ts';

/** Rings that come about at once, and how long one of them takes to be allowed for again. */
export const CREDIT_MAX = 4;
export const CREDIT_EVERY_MS = 2_000;

export class RingChanges {
  readonly #core: Core;
  #credit = CREDIT_MAX;
  #creditedMs = Number.NEGATIVE_INFINITY;
  #isWaiting = false;

  constructor(core: Core) {
    this.#core = core;
  }

  /** @param isOwn News of this member are among what has changed. */
  update(isOwn: boolean): void {
    const { placement, pendingPlacement, team, now } = this.#core;
    const records = this.#records();
    const up = records.filter(({ status }) => status === 'up' || status === 'leaving');
    const ring = changed(placement, new Placement(up, team.partitions));
    const soon = new Placement(records.filter(({ status }) => status === 'up' || status === 'joining'), team.partitions);
    const pending = soon.version === ring.version ? ring : changed(pendingPlacement, soon);
    if (ring === placement && pending === pendingPlacement) return;
    if (!isOwn && !this.#mayChange()) return;
    this.#core.placement = ring;
    this.#core.pendingPlacement = pending;
    this.#core.ringChangedMs = now.nowMs;
    if (ring !== placement) this.#core.emit({ kind: 'trace', event: { kind: 'ring', version: ring.version, members: up.length } });
  }

  /** If not, it is tried again as soon as it may. */
  #mayChange(): boolean {
    const { nowMs } = this.#core.now;
    const earned = Math.floor((nowMs - this.#creditedMs) / CREDIT_EVERY_MS);
    if (this.#credit + earned >= CREDIT_MAX) this.#creditedMs = nowMs;
    else this.#creditedMs += earned * CREDIT_EVERY_MS;
    this.#credit = Math.min(CREDIT_MAX, this.#credit + earned);
    if (this.#credit > 0) {
      this.#credit -= 1;
      return true;
    }
    if (!this.#isWaiting) {
      this.#isWaiting = true;
      this.#core.after(this.#creditedMs + CREDIT_EVERY_MS - nowMs, () => {
        this.#isWaiting = false;
        this.update(false);
      });
    }
    return false;
  }

  /** Whoever is out is a ring of one, for reading what it has. */
  #records(): readonly MemberRecord[] {
    const { roster, self, out } = this.#core;
    const own = roster.get(self);
    return out === undefined || own === undefined ? roster.all() : [{ ...own, status: 'up', weight: 1 }];
  }
}

/** The one that is known goes on, with what was worked out of it, if nothing is new. */
function changed(known: Placement, next: Placement): Placement {
  return known.version === next.version ? known : next;
}
