/**
 * What this host has met with on the network lately, for the network doctor: what became of dials,
 * who was heard by mDNS, who refused us and why, and devices of other teams. Bounded, in memory; it
 * decides nothing.
 */
import type { MemberId } from '../types.ts';
import type { DialOutcome } from './dial-failure.ts';

export interface DialSeen {
  readonly member: MemberId | null;
  readonly addresses: readonly string[];
  /** A person gave the address. */
  readonly byHand: boolean;
  readonly outcome: DialOutcome;
  /** In a row. */
  readonly failures: number;
  readonly agoMs: number;
}

export interface NetworkSeen {
  readonly sinceMs: number;
  readonly mdns: { readonly on: boolean; readonly heard: number; readonly lastAgoMs: number | null };
  readonly dials: readonly DialSeen[];
  readonly refusals: readonly { readonly member: MemberId; readonly reason: RefusalReason; readonly agoMs: number }[];
  /** Devices that knocked and are of another team. */
  readonly otherTeams: { readonly devices: number; readonly lastAgoMs: number | null };
}

/** Why a member does not let us in, as it says. */
export type RefusalReason = 'removed' | 'copy';

/** Whom a dial was for, and where. */
export interface DialTarget {
  readonly key: string;
  readonly member: MemberId | undefined;
  readonly addresses: readonly string[];
  readonly byHand: boolean;
}

interface Dial extends Omit<DialTarget, 'key'> {
  readonly outcome: DialOutcome;
  readonly failures: number;
  readonly atMs: number;
}

const DIALS_MAX = 64;
const PEERS_MAX = 64;
const ADDRESSES_SHOWN = 8;

export class Encounters {
  readonly #nowMs: () => number;
  readonly #mdnsOn: boolean;
  readonly #startMs: number;
  readonly #dials = new Map<string, Dial>();
  readonly #heard = new Map<MemberId, number>();
  readonly #refusals = new Map<MemberId, { readonly reason: RefusalReason; readonly atMs: number }>();
  readonly #strangers = new Map<string, number>();

  constructor(nowMs: () => number, mdnsOn: boolean) {
    this.#nowMs = nowMs;
    this.#mdnsOn = mdnsOn;
    this.#startMs = nowMs();
  }

  dialled({ key, ...target }: DialTarget, outcome: DialOutcome): void {
    const failures = outcome === 'reached' ? 0 : (this.#dials.get(key)?.failures ?? 0) + (outcome === 'knocking' ? 0 : 1);
    this.#keep(key, { ...target, outcome, failures, atMs: this.#nowMs() });
  }

  forget(key: string): void {
    this.#dials.delete(key);
  }

  /** Admitted, whoever dialled: what went wrong on the way before is over. */
  admitted(member: MemberId): void {
    this.#refusals.delete(member);
    for (const [key, dial] of this.#dialsOf(member)) this.#keep(key, { ...dial, outcome: 'reached', failures: 0, atMs: this.#nowMs() });
  }

  /** We were connected to it by our dial, and it ended before we were let in. */
  shut(member: MemberId, outcome: DialOutcome): void {
    for (const [key, dial] of this.#dialsOf(member)) this.#keep(key, { ...dial, outcome, failures: dial.failures + 1, atMs: this.#nowMs() });
  }

  refused(by: MemberId, reason: RefusalReason): void {
    remember(this.#refusals, by, { reason, atMs: this.#nowMs() });
  }

  /** What became of the latest dial under this key. */
  outcomeAt(key: string): DialOutcome | undefined {
    return this.#dials.get(key)?.outcome;
  }

  heard(member: MemberId): void {
    remember(this.#heard, member, this.#nowMs());
  }

  stranger(peer: string): void {
    remember(this.#strangers, peer, this.#nowMs());
  }

  seen(): NetworkSeen {
    const nowMs = this.#nowMs();
    const ago = (atMs: number): number => Math.max(0, Math.round(nowMs - atMs));
    const lastOf = (times: Iterable<number>): number | null => {
      const latest = Math.max(...times);
      return Number.isFinite(latest) ? ago(latest) : null;
    };
    return {
      sinceMs: ago(this.#startMs),
      mdns: { on: this.#mdnsOn, heard: this.#heard.size, lastAgoMs: lastOf(this.#heard.values()) },
      dials: [...this.#dials.values()].map(({ member, addresses, byHand, outcome, failures, atMs }) => ({ member: member ?? null, addresses, byHand, outcome, failures, agoMs: ago(atMs) })),
      refusals: [...this.#refusals].map(([member, { reason, atMs }]) => ({ member, reason, agoMs: ago(atMs) })),
      otherTeams: { devices: this.#strangers.size, lastAgoMs: lastOf(this.#strangers.values()) },
    };
  }

  #dialsOf(member: MemberId): readonly (readonly [string, Dial])[] {
    return [...this.#dials].filter(([, dial]) => dial.member === member);
  }

  #keep(key: string, dial: Dial): void {
    remember(this.#dials, key, { ...dial, addresses: dial.addresses.slice(0, ADDRESSES_SHOWN) }, DIALS_MAX);
  }
}

/** As the latest one; the oldest goes when there are too many. */
function remember<K, V>(map: Map<K, V>, key: K, value: V, max = PEERS_MAX): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next();
  if (map.size > max && oldest.done !== true) map.delete(oldest.value);
}
