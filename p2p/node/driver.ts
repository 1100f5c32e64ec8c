/**
 * Runs one node over the real ports: the only loop of the core that waits. Every answer of a port
 * becomes an event, every effect a call of a port.
 */
import { decodeMessage, encodeMessage } from '../wire/codec.ts';
import { MalformedError } from '../bytes/byte-reader.ts';
import type { NodeConfig } from '../config.ts';
import { encodeRecords } from '../membership/roster.ts';
import type { Clock, Gate, Random, Signer, Store, Transport } from '../ports.ts';
import { CorruptRecordError, hintBytesAtMost, StoreReadOnlyError, totalHintBytes } from '../ports.ts';
import type { BucketName, BucketSettings, MemberId, MemberRecord, Team } from '../types.ts';
import type { Message } from '../wire/message.ts';
import type { Command, Notice, Outcome } from './commands.ts';
import type { WritesSnapshot } from './confirmations.ts';
import type { Effect, Event, StoreAnswer, StoreFailure, StoreQuery, Token } from './events.ts';
import type { HintRoomSnapshot } from './hint-room.ts';
import { lifeWarnings, quarantineOf } from './life-words.ts';
import type { MemberSnapshot, OwnProfile, Standing } from './member-desk.ts';
import type { DamageCounts } from './mender.ts';
import type { MergingKey } from './merging-now.ts';
import { Node, REMEMBERED_ROWS } from './node.ts';
import type { Transfer } from './ownership.ts';
import type { ReapingSnapshot } from './reaper.ts';
import type { TraceEvent } from './trace.ts';

export interface DriverInit {
  readonly team: Team;
  readonly profile: OwnProfile;
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly signer: Signer;
  readonly config: NodeConfig;
  readonly release?: string;
  readonly trace?: (event: TraceEvent) => void;
  /** The store is too old to be used: see `horizon.ts`. Called within a step. */
  readonly setAside: () => void;
}

export interface RingSnapshot {
  readonly partitions: number;
  readonly version: string;
  readonly owners: readonly (readonly MemberId[])[];
}

export interface ScrubSnapshot extends DamageCounts {
  /** Wall ms at which every record had been looked at last. */
  readonly lastMs: number | undefined;
  /** Records looked at since the start. */
  readonly looked: number;
}

export interface TransfersSnapshot {
  /** Partitions that this member owns and does not have all of yet, counted once a scope. */
  readonly owed: number;
  /** Keys repaired, fetched or handed over since the start. */
  readonly keysMoved: number;
  readonly underWay: readonly Transfer[];
}

export class Driver {
  readonly gate: Gate;
  readonly #init: DriverInit;
  readonly #node: Node;
  readonly #replies = new Map<Token, (outcome: Outcome) => void>();
  readonly #listeners = new Set<(notice: Notice) => void>();
  #transport: Transport | undefined;
  /** Who to introduce once there is a transport. */
  #introduced: Parameters<Transport['introduce']>[0] = [];
  #token = 0;
  #isStopped = false;
  #isPerforming = false;
  readonly #waiting: Event[] = [];

  private constructor(init: DriverInit, node: Node) {
    this.#init = init;
    this.#node = node;
    const { core } = node;
    const { self, roster } = core;
    // Who has left still answers to its peers until they have heard of it and close the door.
    const mayTalk = (member: MemberId): boolean => core.out !== 'removed' && roster.isMember(member);
    this.gate = {
      credentials: () => roster.credentials(self),
      isMember: (member) => mayTalk(member),
      admit: (from, bytes) => {
        this.#feed({ kind: 'credentials', from, bytes });
        return mayTalk(from);
      },
      verdict: (member) => verdictOf(core, member),
      refused: (from, bytes) => this.#feed({ kind: 'credentials', from, bytes }),
    };
  }

  static async start(init: DriverInit): Promise<Driver> {
    const rows = await Promise.all(REMEMBERED_ROWS.map((prefix) => init.store.meta(prefix)));
    const node = new Node({
      team: init.team,
      signer: init.signer,
      identity: init.store.identity,
      random: init.random,
      config: init.config,
      ...(init.release !== undefined && { release: init.release }),
      profile: init.profile,
      remembered: rows.flat(),
    });
    const driver = new Driver(init, node);
    init.store.onLoss(() => driver.#feed({ kind: 'rows-lost' }));
    driver.#perform(node.start(driver.#now()));
    return driver;
  }

  /** Frames and peers from now on. @param addresses Where peers can reach this member. */
  attach(transport: Transport, addresses: readonly string[]): void {
    this.#transport = transport;
    transport.onFrame((from, frame) => this.#receive(from, frame));
    transport.onPeer((event) => this.#feed({ kind: 'peer', event }));
    transport.introduce(this.#introduced);
    this.moved(addresses);
  }

  moved(addresses: readonly string[]): void {
    this.#feed({ kind: 'addresses', addresses });
  }

  /** Expected failures are outcomes; only a bug rejects. */
  execute(command: Command): Promise<Outcome> {
    if (this.#isStopped) return Promise.resolve({ kind: 'overloaded', message: 'this member is stopping' });
    this.#token += 1;
    const token = this.#token;
    return new Promise((resolve) => {
      this.#replies.set(token, resolve);
      this.#feed({ kind: 'client', token, command });
    });
  }

  onNotice(handler: (notice: Notice) => void): () => void {
    this.#listeners.add(handler);
    this.#node.core.isWatched = true;
    return () => {
      this.#listeners.delete(handler);
      this.#node.core.isWatched = this.#listeners.size > 0;
    };
  }

  members(): readonly MemberSnapshot[] {
    this.#node.core.now = this.#now();
    return this.#node.members.snapshot();
  }

  standing(): Standing {
    return this.#node.members.standing();
  }

  /** Members whose absence keeps this one from leaving. */
  leaveWaitsFor(): readonly MemberId[] {
    this.#node.core.now = this.#now();
    return this.#node.members.departures.waitingFor();
  }

  records(): readonly MemberRecord[] {
    return this.#node.core.roster.all();
  }

  /** Empty when the member is not known. */
  nameOf(member: MemberId): string {
    return this.#node.core.roster.get(member)?.name ?? '';
  }

  /** `undefined` when it did not say, or is not known. */
  personOf(member: MemberId): string | undefined {
    return this.#node.core.roster.get(member)?.person;
  }

  ring(): RingSnapshot {
    const { placement, team } = this.#node.core;
    const owners = Array.from({ length: team.partitions }, (_, partition) => placement.preferenceList(partition, 3).primaries);
    return { partitions: team.partitions, version: placement.version, owners };
  }

  bucketSettings(bucket: BucketName): BucketSettings {
    return this.#node.core.buckets.settings(bucket);
  }

  antiEntropy(): { readonly lastRoundMs: number | undefined; readonly differing: number; readonly repaired: number } {
    const { lastRoundMs, differing, repaired } = this.#node.exchange;
    return { lastRoundMs, differing, repaired };
  }

  /** What the scrub has looked at, and what became of damaged records. */
  scrub(): ScrubSnapshot {
    const { scrub, mender } = this.#node;
    return { lastMs: scrub.finishedMs, looked: scrub.records, ...mender.counts };
  }

  /** Why this member takes no part for now, and what else a person should know of this moment. */
  condition(): { readonly quarantine: string | undefined; readonly warnings: readonly string[] } {
    const { core } = this.#node;
    core.now = this.#now();
    // An empty store that has met nobody yet is in no trouble: it waits, as a first sync does.
    const isNew = !core.life.isCopied && core.horizon.standing === 'blank';
    return { quarantine: core.isMute && !isNew ? quarantineOf(core) : undefined, warnings: lifeWarnings(core) };
  }

  reaping(): ReapingSnapshot {
    return this.#node.reaper.snapshot();
  }

  /** What this member still has to fetch, and what is on its way now. */
  transfers(): TransfersSnapshot {
    const { ownership, handover, exchange } = this.#node;
    return { owed: ownership.owed, keysMoved: exchange.keysMoved, underWay: [...ownership.transfers(), ...handover.transfers()] };
  }

  /** Writes made here that are not on enough other machines. O(1), but once after a change of the ring. */
  writes(): WritesSnapshot {
    return this.#node.confirmations.snapshot();
  }

  /** How much more this member may keep for those who are away. */
  hintRoom(): HintRoomSnapshot {
    return this.#node.hintRoom.snapshot(totalHintBytes(this.#init.store.counts()));
  }

  /** Keys that somebody else merges at this moment. */
  merging(): readonly MergingKey[] {
    this.#node.core.now = this.#now();
    return this.#node.merging.snapshot();
  }

  /** No event after this; what is under way in the store finishes there. */
  stop(): void {
    this.#isStopped = true;
    for (const [token, resolve] of this.#replies) {
      this.#replies.delete(token);
      resolve({ kind: 'overloaded', message: 'this member is stopping' });
    }
  }

  #receive(from: MemberId, frame: Uint8Array): void {
    try {
      this.#feed({ kind: 'message', from, message: decodeMessage(frame) });
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#init.trace?.({ kind: 'rejected', from, reason: error.message });
    }
  }

  /** One step after the other: what is fed while effects are performed waits, or a later wake would undo an earlier one. */
  #feed(event: Event): void {
    if (this.#isStopped) return;
    if (this.#isPerforming) {
      this.#waiting.push(event);
      return;
    }
    this.#isPerforming = true;
    try {
      for (let next: Event | undefined = event; next !== undefined; next = this.#waiting.shift()) {
        this.#perform(this.#node.step(next, this.#now()));
      }
    } finally {
      this.#isPerforming = false;
    }
  }

  #perform(effects: readonly Effect[]): void {
    for (const effect of effects) this.#performOne(effect);
  }

  #performOne(effect: Effect): void {
    const { store, clock, trace } = this.#init;
    switch (effect.kind) {
      case 'send':
      case 'broadcast':
      case 'drop':
      case 'introduce':
        return this.#reach(effect);
      case 'read':
        return this.#await(effect.token, store.read(effect.ref), (object) => ({ kind: 'read', token: effect.token, object }));
      case 'query':
        return this.#await(effect.token, ask(store, effect.query), (answer) => ({ kind: 'answered', token: effect.token, answer }));
      case 'commit':
        return this.#await(effect.token, store.commit(effect.batch), () => ({ kind: 'committed', token: effect.token }));
      case 'lease':
        store.leaseDots(effect.through).then(
          () => this.#feed({ kind: 'leased', through: effect.through }),
          () => this.#feed({ kind: 'lease-failed' }),
        );
        return undefined;
      case 'reply':
        this.#replies.get(effect.token)?.(effect.outcome);
        this.#replies.delete(effect.token);
        return undefined;
      case 'notify':
        for (const listener of this.#listeners) listener(effect.notice);
        return undefined;
      case 'set-aside':
        return this.#init.setAside();
      case 'wake-at':
        return clock.wakeAt(effect.atMs, () => this.#feed({ kind: 'wake' }));
      case 'trace':
        return trace?.(effect.event);
    }
  }

  /** Nobody is reached before there is a transport. */
  #reach(effect: Extract<Effect, { readonly kind: 'send' | 'broadcast' | 'drop' | 'introduce' }>): void {
    switch (effect.kind) {
      case 'send':
        return this.#encoded(effect.message, (frame) => this.#transport?.send(effect.to, effect.lane, frame));
      case 'broadcast':
        return this.#encoded(effect.message, (frame) => this.#transport?.broadcast(frame));
      case 'drop':
        return this.#transport?.drop(effect.member);
      case 'introduce':
        this.#introduced = effect.peers;
        return this.#transport?.introduce(effect.peers);
    }
  }

  /** What no decoder would take is not sent, and said: a peer that stays without it costs less than this member. */
  #encoded(message: Message, send: (frame: Uint8Array) => void): void {
    let frame: Uint8Array;
    try {
      frame = encodeMessage(message);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#init.trace?.({ kind: 'rejected', from: this.#node.core.self, reason: `${message.kind}: ${error.message}` });
      return;
    }
    send(frame);
  }

  #await<T>(token: Token, promise: Promise<T>, eventOf: (value: T) => Event): void {
    promise.then(
      (value) => this.#feed(eventOf(value)),
      (error: unknown) => {
        const message = error instanceof Error ? error.message : String(error);
        this.#feed({ kind: 'store-failed', token, failure: failureOf(error), message });
      },
    );
  }

  #now(): { readonly nowMs: number; readonly wallMs: number } {
    return { nowMs: this.#init.clock.nowMs(), wallMs: this.#init.clock.wallMs() };
  }
}

/** Empty for whoever was not removed. */
function verdictOf({ roster }: Node['core'], member: MemberId): Uint8Array {
  const records = roster.verdict(member);
  return records.length === 0 ? new Uint8Array() : encodeRecords(records);
}

function failureOf(error: unknown): StoreFailure {
  if (error instanceof CorruptRecordError) return 'damaged';
  return error instanceof StoreReadOnlyError ? 'read-only' : 'passing';
}

/** A question to the store, as the core asks it. */
async function ask(store: Store, query: StoreQuery): Promise<StoreAnswer> {
  switch (query.kind) {
    case 'list':
      return { kind: 'list', entries: await store.list(query) };
    case 'buckets':
      return { kind: 'buckets', buckets: await store.buckets() };
    case 'conflicts':
      return { kind: 'conflicts', entries: await store.conflicts(query) };
    case 'leaves':
      return { kind: 'leaves', leaves: await store.leaves(query.partition) };
    case 'leaf-entries':
      return { kind: 'leaf-entries', entries: await store.leafEntries(query.partition, query.leaves) };
    case 'scan':
      return { kind: 'scan', ...(await store.scan(query.from, query.recordsMax)) };
    case 'hints':
      return { kind: 'hints', hints: await store.hints(query) };
    case 'hint-targets':
      return { kind: 'hint-targets', members: await store.hintTargets() };
    case 'hint-bytes':
      return { kind: 'hint-bytes', bytes: hintBytesAtMost(store.counts()) };
    case 'history':
      return { kind: 'history', ...(await store.history(query.ref, query.bytesMax)) };
    case 'histories':
      return { kind: 'histories', rows: await store.histories(query.afterId, query.limit) };
    case 'deletions':
      return { kind: 'deletions', notes: await store.deletions(query.afterId, query.limit) };
    case 'is-hinted':
      return { kind: 'is-hinted', isHinted: await store.isHinted(query.ref) };
    case 'purge':
      await store.purge();
      return { kind: 'purged' };
  }
}
