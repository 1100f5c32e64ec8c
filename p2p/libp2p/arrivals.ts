/**
 * Connections that are here and are not let in yet: those that have not proved who they are, and those
 * of strangers, who have. There is room for so many of each. When it is taken, the newcomer is let in
 * and somebody else goes: the oldest of whoever has the most of them, by address. So who holds silent
 * connections open pushes out its own, from however many addresses.
 *
 * With nobody else about, one address may have all the room: many members stand behind one NAT, and a
 * team starts on one machine. Before they have proved anything, a member's address counts for several,
 * for members come in while strangers from everywhere knock; and addresses are compared whole, for
 * devices of a LAN share an IPv6 prefix. Strangers are compared by that prefix (`networkOf`): whoever has
 * one has all addresses in it.
 */
import type { MultiaddrConnection } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import { hostOf } from './addresses.ts';

/** So many from a member's address weigh as much as one from elsewhere. */
const MEMBER_SHARE = 8;

/** What of a connection matters here. */
export type Arrival = Pick<MultiaddrConnection, 'remoteAddr' | 'abort' | 'addEventListener'>;

export interface ArrivalsInit {
  readonly max: number;
  /** Is this an address of a member, as far as is known? */
  readonly isMembers: (host: string) => boolean;
  /** What is compared of an address; `hostOf` unless given. */
  readonly shareOf?: (address: Multiaddr) => string;
}

export class Arrivals {
  readonly #max: number;
  readonly #isMembers: (host: string) => boolean;
  readonly #shareOf: (address: Multiaddr) => string;
  /** By address, each in the order in which they came. */
  readonly #pending = new Map<string, Set<Arrival>>();
  #count = 0;

  constructor({ max, isMembers, shareOf = hostOf }: ArrivalsInit) {
    this.#max = max;
    this.#isMembers = isMembers;
    this.#shareOf = shareOf;
  }

  get count(): number {
    return this.#count;
  }

  /** @returns false when there is room for anybody sooner than for this one. */
  came(arrival: Arrival): boolean {
    const host = this.#shareOf(arrival.remoteAddr);
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

  /** It has proved who it is, was let in, or is over. */
  proved(arrival: Arrival): void {
    const host = this.#shareOf(arrival.remoteAddr);
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
