/**
 * The bounded book of whom to be connected to, and when to try again: back-off doubles from half
 * a second to half a minute, with jitter, so that a team that comes back does not dial in step.
 * Dialled are members that the Gate knows, and peers given by hand or found by mDNS under the
 * team's own tag; whether those belong is for the hello to decide. Anybody can announce thousands
 * there: those come last, in dialling as in the book.
 */
import type { Multiaddr } from '@multiformats/multiaddr';
import type { MemberId } from '../types.ts';
import { hostOf, memberMultiaddrs, memberOf, parseAddress } from './addresses.ts';
import { NoAddressError, outcomeOf, SelfError } from './dial-failure.ts';
import type { DialOutcome } from './dial-failure.ts';
import type { DialTarget } from './encounters.ts';
import { DIAL_BACKOFF_MAX_MS, DIAL_BACKOFF_MIN_MS, DIALS_AT_ONCE_MAX, DIALS_OF_FOUND_MAX, PEER_BOOK_MAX } from './limits.ts';
import { reasonOf } from './log.ts';

export interface DiallerInit {
  readonly self: MemberId;
  readonly nowMs: () => number;
  readonly isMember: (member: MemberId) => boolean;
  readonly isConnected: (member: MemberId) => boolean;
  /** Dials the addresses, or looks for better ones; resolves with the peer that was reached. */
  readonly dial: (member: MemberId | undefined, addresses: readonly Multiaddr[]) => Promise<MemberId>;
  readonly onFailed: (member: MemberId, reason: string) => void;
  readonly onDialled: (target: DialTarget, outcome: DialOutcome) => void;
}

interface Entry {
  readonly key: string;
  member: MemberId | undefined;
  addresses: readonly Multiaddr[];
  /** A member's record, a person, or mDNS under the team's tag. */
  readonly source: 'record' | 'person' | 'mdns';
  failures: number;
  nextAtMs: number;
  dialling: boolean;
  /** New addresses came while the old ones were dialled. */
  hasNews: boolean;
}

/** The turn of what mDNS found. */
const LAST = 2;

export class Dialler {
  readonly #init: DiallerInit;
  readonly #book = new Map<string, Entry>();
  #dialling = 0;
  #memberHosts: ReadonlySet<string> | undefined;

  constructor(init: DiallerInit) {
    this.#init = init;
  }

  /** Addresses out of a member's record. New ones are tried at once. */
  introduce(member: MemberId, addresses: readonly string[]): void {
    if (member === this.#init.self) return;
    this.#note(member, member, memberMultiaddrs(member, addresses), 'record');
    this.#memberHosts = undefined;
  }

  /** Where members are, by what their records say. */
  get memberHosts(): ReadonlySet<string> {
    this.#memberHosts ??= this.#hostsOfMembers();
    return this.#memberHosts;
  }

  /** An address given by a person. False when it is no multiaddr. */
  addByHand(text: string): boolean {
    const address = parseAddress(text);
    if (address === undefined) return false;
    const member = memberOf(address);
    if (member !== this.#init.self) this.#note(byHand(text), member, [address], 'person');
    return true;
  }

  /** Tries an address given by a person now, however long ago the last try was. @returns who answers. */
  async tryNow(text: string): Promise<MemberId> {
    if (!this.addByHand(text)) throw new NoAddressError('This is no address.');
    const entry = this.#book.get(byHand(text));
    if (entry === undefined) throw new SelfError('This is the address of this device.');
    return this.#attempt(entry);
  }

  /** An address given by a person is no longer dialled. */
  forget(text: string): void {
    this.#book.delete(byHand(text));
  }

  /** A peer that mDNS found under the team's tag. */
  discovered(member: MemberId, addresses: readonly string[]): void {
    if (member === this.#init.self) return;
    this.#note(`found ${member}`, member, memberMultiaddrs(member, addresses), 'mdns');
  }

  mayDial(member: MemberId): boolean {
    if (this.#init.isMember(member)) return true;
    return [...this.#book.values()].some((entry) => entry.source !== 'record' && entry.member === member);
  }

  connected(member: MemberId): void {
    for (const entry of this.#book.values()) if (entry.member === member) entry.failures = 0;
  }

  disconnected(member: MemberId): void {
    for (const entry of this.#book.values()) {
      if (entry.member === member) this.#schedule(entry);
    }
  }

  tick(): void {
    const nowMs = this.#init.nowMs();
    const dialling = { all: this.#dialling, found: this.#found().filter((entry) => entry.dialling).length };
    const due = [...this.#book.values()].filter((entry) => !entry.dialling && nowMs >= entry.nextAtMs && this.#wanted(entry));
    for (const entry of due.toSorted((one, other) => this.#turn(one) - this.#turn(other))) {
      if (dialling.all >= DIALS_AT_ONCE_MAX) return;
      if (this.#turn(entry) === LAST) {
        if (dialling.found >= DIALS_OF_FOUND_MAX) return;
        dialling.found += 1;
      }
      dialling.all += 1;
      this.#attempt(entry).catch(() => undefined);
    }
  }

  /** Members first, then what people named: anybody can announce any number of peers. */
  #turn({ source, member }: Entry): number {
    if (member !== undefined && this.#init.isMember(member)) return 0;
    return source === 'mdns' ? LAST : 1;
  }

  /** What mDNS found, as far as it is not known to belong. */
  #found(): readonly Entry[] {
    return [...this.#book.values()].filter((entry) => this.#turn(entry) === LAST);
  }

  #hostsOfMembers(): ReadonlySet<string> {
    const ofRecords = [...this.#book.values()].filter(({ key, member }) => key === member && this.#init.isMember(key));
    return new Set(ofRecords.flatMap(({ addresses }) => addresses.map(hostOf)));
  }

  #wanted(entry: Entry): boolean {
    if (entry.member === undefined) return true;
    return !this.#init.isConnected(entry.member) && (entry.source !== 'record' || this.#init.isMember(entry.member));
  }

  #note(key: string, member: MemberId | undefined, addresses: readonly Multiaddr[], source: Entry['source']): void {
    const known = this.#book.get(key);
    const texts = new Set(known?.addresses.map(String));
    if (known !== undefined) {
      const isNews = addresses.some((address) => !texts.has(address.toString()));
      known.addresses = addresses;
      if (isNews) this.#renew(known);
      return;
    }
    if (this.#book.size >= PEER_BOOK_MAX && !this.#forgetOne(source)) return;
    this.#book.set(key, { key, member, addresses, source, failures: 0, nextAtMs: 0, dialling: false, hasNews: false });
  }

  /** Makes room: a peer that mDNS found goes first, one that a person named last, and never for one that mDNS found. */
  #forgetOne(newcomer: Entry['source']): boolean {
    const order = newcomer === 'mdns' ? (['mdns', 'record'] as const) : (['mdns', 'record', 'person'] as const);
    for (const source of order) {
      for (const [key, entry] of this.#book) {
        if (entry.source !== source || entry.dialling || entry.member === undefined) continue;
        if (this.#turn(entry) > 0) return this.#book.delete(key);
      }
    }
    return false;
  }

  async #attempt(entry: Entry): Promise<MemberId> {
    entry.dialling = true;
    this.#dialling += 1;
    // Counted now and cleared by `connected`: a peer that lets us dial but not in backs off too.
    entry.failures += 1;
    try {
      const member = await this.#init.dial(entry.member, entry.addresses);
      if (member === this.#init.self) throw new SelfError('This is the address of this device.');
      entry.member = member;
      this.#init.onDialled(targetOf(entry), this.#init.isConnected(member) ? 'reached' : 'knocking');
      return member;
    } catch (error) {
      this.#init.onDialled(targetOf(entry), outcomeOf(error));
      if (entry.member !== undefined) this.#init.onFailed(entry.member, reasonOf(error));
      throw error;
    } finally {
      entry.dialling = false;
      this.#dialling -= 1;
      if (entry.hasNews) this.#renew(entry);
      else this.#schedule(entry);
    }
  }

  /** To be tried at once; failures of other addresses say nothing of these. */
  #renew(entry: Entry): void {
    entry.hasNews = entry.dialling;
    entry.failures = 0;
    entry.nextAtMs = this.#init.nowMs();
  }

  #schedule(entry: Entry): void {
    const doublings = Math.max(0, Math.min(entry.failures - 1, 10));
    const waitMs = Math.min(DIAL_BACKOFF_MIN_MS * 2 ** doublings, DIAL_BACKOFF_MAX_MS);
    entry.nextAtMs = this.#init.nowMs() + waitMs * (0.5 + Math.random() / 2);
  }
}

/** The name in the book of an address that a person gave. */
export function byHand(text: string): string {
  return `by hand ${text}`;
}

function targetOf({ key, member, addresses, source }: Entry): DialTarget {
  return { key, member, addresses: addresses.map(String), byHand: source === 'person' };
}
