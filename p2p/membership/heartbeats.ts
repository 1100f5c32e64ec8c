/**
 * The gossip table: the highest heartbeat known of each member (van Renesse et al., "A Gossip-Style
 * Failure Detection Service", 1998, section 2). Merge takes the maximum of each row, so {42,39,35}
 * with {43,40,36} is {43,40,36}, in any order and any number of times.
 */
import type { MemberId } from '../types.ts';

export class Heartbeats {
  readonly #counts = new Map<MemberId, number>();

  of(member: MemberId): number {
    return this.#counts.get(member) ?? 0;
  }

  /** True when it is higher than what was known. */
  merge(member: MemberId, heartbeat: number): boolean {
    if (heartbeat <= this.of(member)) return false;
    this.#counts.set(member, heartbeat);
    return true;
  }
}
