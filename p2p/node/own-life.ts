/**
 * This run of this member, against what the team has heard of it.
 *
 * Each opening of a store is a life: a number that rises (openings of the store) and a random nonce.
 * Own heartbeats and incarnations begin above those of all earlier lives, so news of a *later* one
 * than ours means that this store is not the newest state of itself:
 *
 *     stale    an old backup was put back, or the store is one of two copies. It owes all that it
 *              is to keep (`ownership.ts`), hands nothing on until that is fetched, and goes on
 *              above the life that was heard of.
 *     copied   that other life goes on: it passes the bound that we have gone above, or a member
 *              refuses us because it sees two runs. Then this one takes no writes and exchanges
 *              nothing but gossip, until no sign of the other has come for `QUIET_MS`.
 *
 * Of a heartbeat either follows only where this member's key has signed that life (`life-proofs.ts`). What
 * is not shown so costs nothing but that we go on above it, for those who believe it.
 *
 *     copy A   beats 5·10⁹+…            hears B's 6·10⁹+7 → goes on at 7·10⁹
 *     copy B   beats 6·10⁹+…, hears A's 7·10⁹+1 → goes on at 8·10⁹; A hears that: B is alive
 *
 * No write is at stake in either: the actor of a life is its own (`storage/identity.ts`).
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { HEARTBEATS_A_LIFE, INCARNATIONS_A_LIFE, LIVES_MAX } from '../bounds.ts';
import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import type { MemberId } from '../types.ts';
import type { Core } from './core.ts';
import { LifeProofs } from './life-proofs.ts';

const STARTS = HEARTBEATS_A_LIFE / 2;
/** Longer than the pause between two attempts of the other copy to be let in anywhere. */
export const QUIET_MS = 60_000;
/** Two copies overtake each other no more often than this, so that both keep hearing of the other. */
const OVERTAKE_EVERY_MS = 20_000;
/** Other lives remembered: a person starts a handful. */
const OTHERS_MAX = 16;
export const LIFE_ROW = 'self/life';

export class OwnLife {
  /** What is on the disk may be older than what was there before. */
  isStale = false;
  /** Called when it turns out so. */
  onStale: () => void = () => undefined;
  readonly proofs: LifeProofs;
  readonly #core: Core;
  /** Heartbeats of lives that nobody has shown yet. */
  readonly #claims = new Map<string, number>();
  /** What is added to the store's own number of openings. */
  #offset = 0;
  /** The part of it that follows from what this member's key has signed. */
  #knownOffset = 0;
  /** Of each other life by its nonce: the latest heartbeat that was heard, and what we passed it by. */
  readonly #others = new Map<string, { latest: number; passedAt: number }>();
  #copySeenMs: number | undefined;
  #overtakenMs: number | undefined;

  constructor(core: Core) {
    this.#core = core;
    this.proofs = new LifeProofs(core, (life) => this.#proven(life));
  }

  get isCopied(): boolean {
    return this.#copySeenMs !== undefined;
  }

  start(remembered: readonly { readonly name: string; readonly bytes: Uint8Array }[]): void {
    const { heartbeats, horizon, identity, self } = this.#core;
    const row = remembered.find(({ name }) => name === LIFE_ROW);
    if (row !== undefined) this.#restore(row.bytes);
    heartbeats.merge(self, this.#firstHeartbeat, identity.bootNonce);
    if (horizon.wasRestored) this.#becomeStale('its folder was copied or put back');
  }

  /** The roster is read: who is alone in the team has nobody to be behind. */
  settle(): void {
    if (this.#core.peers().length === 0) this.isStale = false;
  }

  /** The least incarnation of a record of this life. */
  get firstIncarnation(): number {
    return this.#knownNumber * INCARNATIONS_A_LIFE;
  }

  /** No device is started as often as the others say: somebody made it up, and we could not go on above it. */
  isCredible(heartbeat: number): boolean {
    return heartbeat / HEARTBEATS_A_LIFE < LIVES_MAX + 1;
  }

  /** Somebody has this of our heartbeat, from the life `nonce`. */
  heard(from: MemberId, heartbeat: number, nonce: string): void {
    const { heartbeats, identity, self } = this.#core;
    if (nonce === identity.bootNonce || heartbeat <= heartbeats.of(self) || !this.isCredible(heartbeat)) return;
    const number = Math.floor(heartbeat / HEARTBEATS_A_LIFE);
    if (this.proofs.isProven(nonce, number)) {
      this.#believe(heartbeat, nonce);
      return;
    }
    put(this.#claims, nonce, Math.max(heartbeat, this.#claims.get(nonce) ?? 0));
    this.proofs.ask(from, nonce, number);
    if (!this.#isTooSoon) this.#overtake(number + 1);
  }

  #proven(nonce: string): void {
    const heartbeat = this.#claims.get(nonce);
    const isShown = heartbeat !== undefined && this.proofs.isProven(nonce, Math.floor(heartbeat / HEARTBEATS_A_LIFE));
    if (!isShown) return;
    this.#claims.delete(nonce);
    this.#believe(heartbeat, nonce);
  }

  /** It is of another life of this member, which may be over or not. */
  #believe(heartbeat: number, nonce: string): void {
    const { heartbeats, self } = this.#core;
    const other = this.#others.get(nonce);
    const isAlive = other !== undefined && heartbeat > other.passedAt;
    if (isAlive && heartbeat > other.latest) this.seenCopy('another run of this member is heard');
    if (other === undefined) this.#becomeStale('the team has heard a later life of it');
    const number = Math.floor(heartbeat / HEARTBEATS_A_LIFE);
    if (number >= this.#number && (!this.isCopied || !this.#isTooSoon)) this.#overtake(number + 1);
    this.#knownOffset = this.#offset;
    this.#keep();
    put(this.#others, nonce, { latest: heartbeat, passedAt: other?.passedAt ?? heartbeats.of(self) });
  }

  get #isTooSoon(): boolean {
    return this.#overtakenMs !== undefined && this.#core.now.nowMs - this.#overtakenMs < OVERTAKE_EVERY_MS;
  }

  /** Who has come gets to know which life of this member it has met. */
  met(peer: MemberId): void {
    this.proofs.show(peer, this.#number);
  }

  /** A record of this member came back that this store has not signed. */
  recordSeen(incarnation: number): void {
    const number = Math.floor(incarnation / INCARNATIONS_A_LIFE);
    if (number <= this.#knownNumber || number > LIVES_MAX) return;
    this.#becomeStale('the team has a later record of it');
    this.#overtake(Math.max(number + 1, this.#number));
    this.#knownOffset = this.#offset;
    this.#keep();
  }

  /** There are two of us. */
  seenCopy(reason: string): void {
    if (!this.isCopied) {
      this.#core.emit({ kind: 'trace', event: { kind: 'copied', reason } });
      this.#core.notify(() => ({ kind: 'members' }));
    }
    this.#copySeenMs = this.#core.now.nowMs;
  }

  /** At each beat: the other may have been stopped. */
  watch(): void {
    const { detector, now } = this.#core;
    if (this.#copySeenMs === undefined || now.nowMs - this.#copySeenMs < QUIET_MS) return;
    if (!this.#core.peers().some((member) => detector.isConnected(member))) return;
    this.#copySeenMs = undefined;
    this.#others.clear();
    this.#core.emit({ kind: 'trace', event: { kind: 'alone-again' } });
    this.#core.notify(() => ({ kind: 'members' }));
  }

  /** All that this member is to keep has been fetched. */
  caughtUp(): void {
    if (!this.isStale || this.isCopied) return;
    this.isStale = false;
    this.#keep();
    this.#core.emit({ kind: 'trace', event: { kind: 'caught-up' } });
  }

  get #number(): number {
    return this.#core.identity.boots + this.#offset;
  }

  /** Above all lives of which this member's key has signed. */
  get #knownNumber(): number {
    return this.#core.identity.boots + this.#knownOffset;
  }

  /** Two copies that were started together would beat in step, and neither hear of a later one. */
  get #firstHeartbeat(): number {
    const [a = 0, b = 0, c = 0, d = 0] = sha256(utf8Encode(this.#core.identity.bootNonce));
    return this.#number * HEARTBEATS_A_LIFE + ((a * 256 + b) * 65_536 + c * 256 + d) % STARTS;
  }

  #becomeStale(reason: string): void {
    // A store that was opened for the first time has nothing to be older than.
    if (this.isStale || (this.#core.identity.boots === 1 && !this.#core.horizon.wasRestored)) return;
    this.isStale = true;
    this.#core.horizon.doubt();
    this.#keep();
    this.#core.emit({ kind: 'trace', event: { kind: 'stale', reason } });
    this.onStale();
  }

  #overtake(number: number): void {
    this.#offset = number - this.#core.identity.boots;
    this.#overtakenMs = this.#core.now.nowMs;
    this.#core.heartbeats.merge(this.#core.self, this.#firstHeartbeat, this.#core.identity.bootNonce);
    this.proofs.showAll(number);
    this.#keep();
  }

  #restore(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes);
    const offset = reader.varint();
    this.#offset = offset > LIVES_MAX ? 0 : offset;
    this.isStale = reader.flag();
    // Rows of before end here: all that they went above was believed.
    this.#knownOffset = reader.left === 0 ? this.#offset : reader.varint();
  }

  #keep(): void {
    const bytes = new ByteWriter().varint(Math.max(0, this.#offset)).u8(this.isStale ? 1 : 0).varint(Math.max(0, this.#knownOffset)).finish();
    this.#core.commit([{ kind: 'meta', name: LIFE_ROW, bytes }], () => undefined);
  }
}

/** The oldest life goes where there are too many. */
function put<V>(lives: Map<string, V>, nonce: string, value: V): void {
  const [oldest] = lives.keys();
  if (!lives.has(nonce) && lives.size >= OTHERS_MAX && oldest !== undefined) lives.delete(oldest);
  lives.set(nonce, value);
}
