/**
 * How far this store has taken part in the reaping of tombstones (`reap-votes.ts`): two numbers of
 * epochs that only rise, each durable before anybody counts on it.
 *
 *     raised   stands on every object that is read here from then on, in memory and in flight
 *     fence    objects that were read before somebody's raise to it are refused here
 *
 * A tombstone goes only when every member has first raised its horizon, without anything older of
 * the key, and then the fence. So no time has to be long enough: a frame, a slow disk, a request
 * that hangs, a stand-in that slept, each brings what it read earlier, and is refused.
 *
 * A store below the fence of anybody else was not there when the team reaped: it is a backup, a
 * copy, an old state of a virtual machine. It may hold what was deleted, and nobody remembers that
 * any more. It is set aside, and this member begins anew with an empty one; but only if it has signed
 * itself that it was there (`raise-proofs.ts`), for a fence is what one member says.
 *
 *     blank     an empty store in a team that exists: takes over both of a member that is sure
 *     unsure    copied or put back: waits for a member that is sure, or until all were heard
 *     behind    a fence above its own horizon was heard, and this member has signed that it was there: set aside
 *     unknown   such a fence is told again and again, and nobody shows that: whoever reaped did not know this member, as a
 *               disk lost its admission. It raises its horizon and keeps what it has, which others refused until then
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { MemberId } from '../types.ts';
import type { Core } from './core.ts';
import { RaiseProofs } from './raise-proofs.ts';

/** All of how far a store has taken part in reaping. */
export const REAPING_ROWS = 'reaping/';
/** Not among the rows of a member's own life: a folder that takes a new identity keeps it. */
export const HORIZON_ROW = 'reaping/horizon';

/** What a member says of itself at each beat. */
interface Told {
  readonly raised: number;
  readonly fence: number;
  readonly isSure: boolean;
}

/** Beats with which whoever tells of a fence would long have shown what this member signed. */
const UNSIGNED_BEATS = 10;

type Standing = 'sure' | 'blank' | 'unsure' | 'behind';

export class Horizon {
  raised = 0;
  fence = 0;
  /** The store was copied or put back, and it is not known yet what that means. */
  wasRestored = false;
  /** Called when this member may take part. */
  onSure: () => void = () => undefined;
  readonly proofs: RaiseProofs;
  readonly #core: Core;
  #standing: Standing = 'sure';
  /** What is raised to, once it is durable. */
  #rising = 0;
  /** The latest opening, by the store's count, of which it is known where it stands. */
  #settledBoots = 0;
  /** Fences of those who are not sure themselves. */
  readonly #heard = new Map<MemberId, number>();
  /** Since when members tell of fences above our horizon that we have not signed. */
  readonly #unsigned = new Map<MemberId, number>();
  #isCatchingUp = false;

  constructor(core: Core) {
    this.#core = core;
    this.proofs = new RaiseProofs(core);
  }

  get standing(): Standing {
    return this.#standing;
  }

  /** It may speak of what it holds, and take more. */
  get isSure(): boolean {
    return this.#standing === 'sure';
  }

  /** Before anything else is committed. @param isNew The store was never in a team that others began. */
  start(remembered: readonly { readonly name: string; readonly bytes: Uint8Array }[], isNew: boolean): void {
    this.proofs.start(remembered);
    const row = remembered.find(({ name }) => name === HORIZON_ROW);
    if (row !== undefined) this.#recall(row.bytes);
    else if (isNew) this.#standing = 'blank';
    this.wasRestored = this.#core.identity.restoredAt > this.#settledBoots;
    if (this.wasRestored && this.#standing !== 'blank') this.#standing = 'unsure';
    if (this.#standing === 'blank') this.flush();
  }

  /** The roster is read, or has changed: who is alone has nobody to be behind. */
  settle(): void {
    if (this.isSure || this.#standing === 'behind') return;
    if (this.#core.peers().length === 0) this.#becomeSure();
  }

  /** The store turns out to be older than what the team remembers of it. */
  doubt(): void {
    if (this.isSure) this.#standing = 'unsure';
  }

  /** A member has told how far it is. */
  heard(from: MemberId, { raised, fence, isSure }: Told): void {
    if (this.#standing === 'behind') return;
    this.proofs.heard(from, raised, isSure);
    const signed = this.proofs.epochOf(this.#core.self);
    if (this.#standing === 'blank' && isSure) {
      this.fence = Math.max(this.fence, fence);
      // Where nothing is, nothing is older than what this member signed with a store that it had before.
      this.raised = Math.max(this.raised, raised, signed);
      this.#becomeSure();
      return;
    }
    if (fence > this.raised && signed >= fence && this.#standing !== 'blank') {
      this.#fallBehind();
      return;
    }
    this.#catchUp(from, fence);
    if (this.isSure) return;
    this.#heard.set(from, fence);
    // When nobody is sure, the latest of all stores is the team's.
    const isLatest = this.#core.peers().every((peer) => (this.#heard.get(peer) ?? Infinity) <= this.raised);
    if ((isSure && fence <= this.raised) || isLatest) this.#becomeSure();
  }

  /** Nobody refuses for ever what this member brings, because it was not known when the team reaped. */
  #catchUp(from: MemberId, fence: number): void {
    if (fence <= this.raised || this.#standing === 'blank') {
      this.#unsigned.delete(from);
      return;
    }
    const { config, now } = this.#core;
    const sinceMs = this.#unsigned.get(from) ?? now.nowMs;
    this.#unsigned.set(from, sinceMs);
    if (this.#isCatchingUp || now.nowMs - sinceMs < UNSIGNED_BEATS * config.gossipIntervalMs) return;
    this.#isCatchingUp = true;
    this.raise(fence, () => {
      this.#isCatchingUp = false;
    });
  }

  /** Was it read before a reaping that is sealed here? */
  isBefore(horizon: number): boolean {
    return horizon < this.fence;
  }

  /** No epoch that was begun here is above it. */
  get highest(): number {
    return Math.max(this.raised, this.#rising);
  }

  /** To an epoch above `highest`: a store that is at it was there when it was raised. */
  raise(epoch: number, done: (isDurable: boolean) => void): void {
    this.#rising = epoch;
    this.flush((isDurable) => {
      if (isDurable) this.raised = Math.max(this.raised, epoch);
      if (isDurable) this.proofs.sign(epoch);
      done(isDurable);
    });
  }

  /** Refuses from now on; `done` when that outlives the process. */
  seal(epoch: number, done: (isDurable: boolean) => void): void {
    this.fence = Math.max(this.fence, epoch);
    this.flush(done);
  }

  /** `done` when all that was committed before is on disk as well. */
  flush(done: (isDurable: boolean) => void = () => undefined): void {
    const isBlank = this.#standing === 'blank' ? 1 : 0;
    const bytes = new ByteWriter().varint(this.highest).varint(this.fence).varint(this.#settledBoots).u8(isBlank).finish();
    this.#core.commit([{ kind: 'meta', name: HORIZON_ROW, bytes }], ({ ok }) => done(ok));
  }

  #becomeSure(): void {
    if (this.isSure) return;
    this.#standing = 'sure';
    this.#settledBoots = this.#core.identity.boots;
    this.#heard.clear();
    this.flush((isDurable) => {
      if (isDurable && this.raised > 0) this.proofs.sign(this.raised);
    });
    this.#core.notify(() => ({ kind: 'members' }));
    this.onSure();
  }

  #fallBehind(): void {
    this.#standing = 'behind';
    this.#core.emit({ kind: 'trace', event: { kind: 'behind' } });
    this.#core.notify(() => ({ kind: 'members' }));
    this.#core.emit({ kind: 'set-aside' });
  }

  #recall(bytes: Uint8Array): void {
    const reader = new ByteReader(bytes);
    this.raised = reader.varint();
    this.fence = reader.varint();
    this.#settledBoots = reader.varint();
    if (reader.flag()) this.#standing = 'blank';
  }
}
