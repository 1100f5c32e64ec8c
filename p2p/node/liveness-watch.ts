/** Tells when somebody's liveness changed: it follows from time as well, so it has to be looked at. */
import { Column } from '../membership/member-slots.ts';
import type { Liveness, MemberId } from '../types.ts';
import type { Core } from './core.ts';

const LIVENESSES: readonly Liveness[] = ['suspect', 'alive', 'down'];
/** Of members that are not connected: a large team is looked through in turns. */
const LOOKS_A_BEAT = 256;

export class LivenessWatch {
  readonly #core: Core;
  readonly #onLost: (member: MemberId) => void;
  readonly #told = new Column(0, 'byte');
  #next = 0;

  /** @param onLost Somebody who was alive is no more. */
  constructor(core: Core, onLost: (member: MemberId) => void) {
    this.#core = core;
    this.#onLost = onLost;
  }

  /** At each beat. */
  look(): void {
    let isChanged = false;
    const { slots, detector } = this.#core;
    for (const member of detector.connectedMembers()) if (this.#isNews(member)) isChanged = true;
    for (let looks = Math.min(LOOKS_A_BEAT, slots.size); looks > 0; looks -= 1) {
      this.#next = (this.#next + 1) % slots.size;
      const member = slots.member(this.#next);
      if (member !== undefined && !detector.isConnected(member) && this.#isNews(member, this.#next)) isChanged = true;
    }
    if (isChanged) this.#core.notify(() => ({ kind: 'members' }));
  }

  /** At once, where something happened. */
  lookAt(member: MemberId): void {
    if (this.#isNews(member)) this.#core.notify(() => ({ kind: 'members' }));
  }

  /** Nearly always nothing changed: that is seen first. */
  #isNews(member: MemberId, slot = this.#core.slots.of(member)): boolean {
    const { self, roster, detector, now } = this.#core;
    const from = LIVENESSES[this.#told.get(slot)] ?? 'suspect';
    const to = detector.livenessAt(slot, member, now.nowMs);
    if (from === to || member === self || !roster.isMember(member)) return false;
    this.#told.set(slot, LIVENESSES.indexOf(to));
    const reason = detector.isConnected(member) ? 'connected' : 'not connected';
    this.#core.emit({ kind: 'trace', event: { kind: 'liveness', member, from, to, reason } });
    if (from === 'alive') this.#onLost(member);
    return true;
  }
}
