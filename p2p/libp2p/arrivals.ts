/**
 * Connections that have come and have not yet proved who they are. There is room for so many. When
 * it is taken, the newcomer is let in and somebody else goes: the oldest of whoever has the most of
 * them, by address. So who holds silent sockets open pushes out its own, from however many addresses.
 *
 * A member's address counts for several: members come in while strangers from everywhere knock.
 * Addresses are compared whole. Devices of a LAN share an IPv6 prefix, and many members one IPv4
 * address behind a NAT; with nobody else about, one address may have all the room.
 */
import type { MultiaddrConnection } from '@libp2p/interface';
import { hostOf } from './addresses.ts';

/** So many from a member's address weigh as much as one from elsewhere. */
const MEMBER_SHARE = 8;

/** What of a connection matters here. */
export type Arrival = Pick<MultiaddrConnection, 'remoteAddr' | 'abort' | 'addEventListener'>;

export class Arrivals {
  readonly #max: number;
  readonly #isMembers: (host: string) => boolean;
  /** By address, each in the order in which they came. */
  readonly #pending = new Map<string, Set<Arrival>>();
  #count = 0;

  /** @param isMembers Is this an address of a member, as far as is known? */
  constructor(max: number, isMembers: (host: string) => boolean) {
    this.#max = max;
    this.#isMembers = isMembers;
  }

  get count(): number {
    return this.#count;
  }

  /** @returns false when there is room for anybody sooner than for this one. */
  came(arrival: Arrival): boolean {
    const host = hostOf(arrival.remoteAddr);
    const ofHost = this.#pending.get(host) ?? new Set();
    this.#pending.set(host, ofHost.add(arrival));
    this.#count += 1;
    arrival.addEventListener('close', () => {
      this.proved(arrival);
    });
    const loser = this.#count > this.#max ? this.#loser(arrival) : undefined;
    if (loser !== undefined) this.proved(loser);
    if (loser !== arrival) loser?.abort(new Error('room for others'));
    return loser !== arrival;
  }

  /** It has proved who it is, or is over. */
  proved(arrival: Arrival): void {
    const host = hostOf(arrival.remoteAddr);
    const ofHost = this.#pending.get(host);
    if (ofHost?.delete(arrival) !== true) return;
    this.#count -= 1;
    if (ofHost.size === 0) this.#pending.delete(host);
  }

  #loser(newcomer: Arrival): Arrival {
    let most = 0;
    let loser = newcomer;
    for (const [host, ofHost] of this.#pending) {
      const share = ofHost.size / (this.#isMembers(host) ? MEMBER_SHARE : 1);
      if (share <= most) continue;
      most = share;
      // The newcomer is the last of its own, so it loses only where it is alone.
      loser = ofHost.values().next().value ?? newcomer;
    }
    return loser;
  }
}
