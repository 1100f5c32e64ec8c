/**
 * The gossip table: the highest heartbeat known of each member (van Renesse et al., "A Gossip-Style
 * Failure Detection Service", 1998, section 2). Merge takes the maximum of each row, so {42,39,35}
 * with {43,40,36} is {43,40,36}, in any order and any number of times.
 */
import type { MemberId } from '../types.ts';
import { Column, MemberSlots } from './member-slots.ts';

export class Heartbeats {
  readonly #slots: MemberSlots;
  readonly #counts = new Column(0);
  readonly #lives: string[] = [];

  constructor(slots = new MemberSlots()) {
    this.#slots = slots;
  }

  of(member: MemberId): number {
    return this.#counts.get(this.#slots.find(member));
  }

  /** The run of the member that the heartbeat is of: its boot nonce, empty when none was heard. */
  lifeOf(member: MemberId): string {
    return this.#lives[this.#slots.find(member) ?? -1] ?? '';
  }

  /** True when it is higher than what was known. */
  merge(member: MemberId, heartbeat: number, life = ''): boolean {
    const slot = this.#slots.of(member);
    if (heartbeat <= this.#counts.get(slot)) return false;
    this.#counts.set(slot, heartbeat);
    this.#lives[slot] = life;
    return true;
  }
}
