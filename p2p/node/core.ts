/**
 * What the mechanisms of one node share: its roster, ring and clock, and the ways to ask the world
 * for something and go on when the answer comes. No mechanism holds an effect back: each appends to
 * the list that the running `step` returns.
 *
 * Invariants: a token is answered at most once; a continuation runs only inside a step.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import type { Scope } from '../antientropy/scope.ts';
import { classOf } from '../antientropy/scope.ts';
import type { Seal } from '../causality/context-token.ts';
import { sealOf } from '../causality/context-token.ts';
import { MalformedError } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { invariant } from '../bytes/invariant.ts';
import { compareText } from '../bytes/text-order.ts';
import type { NodeConfig } from '../config.ts';
import { BucketRegistry, DEFAULT_SETTINGS } from '../membership/bucket-registry.ts';
import { FailureDetector } from '../membership/failure-detector.ts';
import { FactTree } from '../membership/fact-tree.ts';
import { Heartbeats } from '../membership/heartbeats.ts';
import { MemberSlots } from '../membership/member-slots.ts';
import { Roster } from '../membership/roster.ts';
import type { Lane, Mutation, Random, Signer, StoreIdentity } from '../ports.ts';
import { Placement } from '../ring/placement.ts';
import { keyRef } from '../ring/position.ts';
import type { BucketName, KeyRef, Liveness, MachineId, MemberId, PartitionId, Team } from '../types.ts';
import { HASH_BYTES } from '../wire/limits.ts';
import type { Message } from '../wire/message.ts';
import type { Notice, Outcome } from './commands.ts';
import type { Effect, Now, StoreAnswer, StoreFailure, StoreQuery, Token } from './events.ts';
import { Horizon } from './horizon.ts';
import { OwnLife } from './own-life.ts';
import { PeerWork } from './peer-work.ts';
import { Prober } from './prober.ts';
import { Rooms } from './rooms.ts';
import { StampClock } from './stamp-clock.ts';
import { TimerQueue } from './timer-queue.ts';
import { Vitals } from './vitals.ts';

export type CommitResult = { readonly ok: true } | { readonly ok: false; readonly readOnly: boolean; readonly message: string };
export type ReplyMessage = Extract<Message, { readonly kind: `${string}-reply` }>;
export type RequestMessage = Exclude<Extract<Message, { readonly id: number }>, ReplyMessage>;
type WithoutId<M> = M extends unknown ? Omit<M, 'id'> : never;
/** A request before it is given its id. */
export type RequestBody = WithoutId<RequestMessage>;

export interface CoreInit {
  readonly team: Team;
  readonly signer: Signer;
  readonly identity: StoreIdentity;
  readonly random: Random;
  readonly config: NodeConfig;
  /** What is believed of the team already; by default nothing. */
  readonly roster?: Roster;
  /** Of the program, as peers are told; by default nothing. */
  readonly release?: string;
  /** Shared by nodes of one process to save memory; by default its own. */
  readonly slots?: MemberSlots;
}

/**
 * Why a record was not read. `damaged`: it is lost here, and others may have it. `unreadable`: nobody
 * knows what is there, so it is neither absent nor damaged.
 */
export type ReadFailure = 'damaged' | 'unreadable';
export type ReadDone = (object: Uint8Array | undefined, failure: ReadFailure | undefined) => void;

type Continuation =
  | { readonly kind: 'read'; readonly done: ReadDone }
  | { readonly kind: 'query'; readonly done: (answer: StoreAnswer | undefined) => void }
  | { readonly kind: 'commit'; readonly done: (result: CommitResult) => void };

/** `undefined`: the peer is lost, or too much of ours is under way there and nothing was done. */
export type Replied = (reply: ReplyMessage | undefined, isOverloaded: boolean) => void;

interface PendingRequest {
  readonly to: MemberId;
  readonly sentMs: number;
  readonly done: Replied;
}

/** So long after a request of people this member counts as serving them. */
const PEOPLE_FOR_MS = 100;

export class Core {
  readonly self: MemberId;
  readonly team: Team;
  readonly config: NodeConfig;
  readonly identity: StoreIdentity;
  readonly signer: Signer;
  /** Of the contexts that clients are given. */
  readonly seal: Seal;
  readonly random: Random;
  readonly roster: Roster;
  readonly detector: FailureDetector;
  readonly slots: MemberSlots;
  readonly heartbeats: Heartbeats;
  readonly buckets = new BucketRegistry();
  /** All that the team agrees on, for comparison. */
  readonly facts: FactTree;
  readonly timers = new TimerQueue();
  readonly rooms = new Rooms();
  readonly peerWork = new PeerWork(this);
  readonly prober = new Prober(this);
  readonly stamps = new StampClock(this);
  readonly horizon = new Horizon(this);
  readonly life = new OwnLife(this);
  readonly vitals: Vitals;
  /** Members that are seen running twice, with the time of the last sign of it (monotonic ms). */
  readonly copied = new Map<MemberId, number>();
  /** Who keeps what now: members that are up or leaving. */
  placement: Placement;
  /** The same once those who are joining are in: they get new writes and repair already. */
  pendingPlacement: Placement;
  /** When either of them last changed. */
  ringChangedMs = Number.NEGATIVE_INFINITY;
  /** Set once this member is no longer of the team: then it stands alone with what it has. */
  out: 'left' | 'removed' | undefined;
  /** Why the store takes no writes now. */
  readOnly: string | undefined;
  /** Somebody listens to notices. */
  isWatched = false;
  now: Now = { nowMs: 0, wallMs: 0 };
  /** Counts people's requests, here and of peers: repair makes way for them. */
  foreground = 0;
  #peopleMs = Number.NEGATIVE_INFINITY;
  /** Told of each batch before the store is. */
  onBatch: (batch: readonly Mutation[]) => void = () => undefined;
  #effects: Effect[] = [];
  #view: { readonly placement: Placement; readonly pending: Placement; readonly revision: number; readonly hash: Uint8Array } | undefined;
  #token = 0;
  #request: number;
  readonly #waiting = new Map<Token, Continuation>();
  readonly #requests = new Map<number, PendingRequest>();

  constructor(init: CoreInit) {
    this.team = init.team;
    this.self = init.signer.member;
    this.signer = init.signer;
    this.seal = sealOf(init.team);
    this.config = init.config;
    this.identity = init.identity;
    this.random = init.random;
    this.roster = init.roster ?? new Roster(init.team, init.signer);
    this.facts = new FactTree(this.roster, this.buckets);
    this.slots = init.slots ?? new MemberSlots();
    this.heartbeats = new Heartbeats(this.slots);
    this.vitals = new Vitals(this, init.release ?? '');
    this.detector = new FailureDetector(init.config, this.slots);
    this.placement = new Placement([], init.team.partitions);
    this.pendingPlacement = this.placement;
    this.#request = init.random.uint32();
  }

  /** Requests to peers and of peers, questions to the store and timers that are under way. */
  load(): { readonly requests: number; readonly peerRequests: number; readonly storeOperations: number; readonly timers: number } {
    return { requests: this.#requests.size, peerRequests: this.peerWork.underWay, storeOperations: this.#waiting.size, timers: this.timers.size };
  }

  emit(effect: Effect): void {
    this.#effects.push(effect);
  }

  /** What this step has asked for so far, handed over. */
  takeEffects(): Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** One of two copies, or a store of which it is not known how old it is, says nothing but gossip. */
  get isMute(): boolean {
    return this.life.isCopied || !this.horizon.isSure;
  }

  send(to: MemberId, lane: Lane, message: Message): void {
    if (this.isMute && !isGossip(message)) return;
    this.emit({ kind: 'send', to, lane, message });
  }

  reply(token: Token, outcome: Outcome): void {
    this.emit({ kind: 'reply', token, outcome });
  }

  /** Says a notice to whoever listens; it is not even made when nobody does. */
  notify(notice: () => Notice): void {
    if (this.isWatched) this.emit({ kind: 'notify', notice: notice() });
  }

  read(ref: KeyRef, done: ReadDone): void {
    const token = this.#await({ kind: 'read', done: this.rooms.held(done) });
    this.emit({ kind: 'read', token, ref });
  }

  query(query: StoreQuery, done: (answer: StoreAnswer | undefined) => void): void {
    const token = this.#await({ kind: 'query', done: this.rooms.held(done) });
    this.emit({ kind: 'query', token, query });
  }

  commit(batch: readonly Mutation[], done: (result: CommitResult) => void): void {
    this.onBatch(batch);
    const token = this.#await({ kind: 'commit', done: this.rooms.held(done) });
    this.emit({ kind: 'commit', token, batch });
  }

  /** Asks a peer. The caller sets its own timer. */
  request(to: MemberId, lane: Lane, message: RequestBody, done: Replied): number {
    this.#request += 1;
    const id = this.#request;
    this.#requests.set(id, { to, done: this.rooms.bound(done), sentMs: this.now.nowMs });
    const isSaid = !this.isMute || isGossip(message);
    if (isSaid && this.detector.isConnected(to)) this.send(to, lane, { ...message, id });
    else this.after(0, () => this.#lose(id));
    return id;
  }

  /** The answer is no longer wanted. */
  forget(requestId: number): void {
    this.#requests.delete(requestId);
  }

  /** Somebody waits for this. */
  servePeople(): void {
    this.foreground += 1;
    this.#peopleMs = this.now.nowMs;
  }

  /** Did people ask for something just now? */
  get servesPeople(): boolean {
    return this.now.nowMs - this.#peopleMs < PEOPLE_FOR_MS;
  }

  /** Calls `run` in a later step, once. */
  after(delayMs: number, run: () => void): ReturnType<TimerQueue['set']> {
    return this.timers.set(this.now.nowMs + delayMs, this.rooms.bound(run));
  }

  keyRef(bucket: BucketName, key: string): KeyRef {
    return keyRef(bucket, key, this.team.partitions);
  }

  /** Does this bucket keep the latest write only? */
  isLatestOnly(bucket: BucketName): boolean {
    return this.buckets.settings(bucket).resolution === 'lww';
  }

  liveness(member: MemberId): Liveness {
    return member === this.self ? 'alive' : this.detector.liveness(member, this.now.nowMs);
  }

  /** Copies on one machine are one copy. */
  machineOf(member: MemberId): MachineId {
    return this.roster.get(member)?.machine ?? member;
  }

  /** Members of the team besides us that seem alive. */
  alivePeers(): readonly MemberId[] {
    return this.peers().filter((member) => this.liveness(member) === 'alive');
  }

  /** May it talk to us, and we to it? */
  isPeer(member: MemberId): boolean {
    return this.out === undefined && this.roster.isMember(member);
  }

  peers(): readonly MemberId[] {
    return this.out === undefined ? this.roster.members().filter((member) => member !== this.self) : [];
  }

  /** Does it keep, or is it about to keep, a partition of the buckets with `n` copies? */
  isOwner(member: MemberId, partition: PartitionId, n: number | 'all'): boolean {
    return this.placement.isPrimary(member, partition, n) || this.pendingPlacement.isPrimary(member, partition, n);
  }

  /** Everybody who keeps a partition or is about to. */
  ownersOf(partition: PartitionId, n: number | 'all'): readonly MemberId[] {
    const now = this.placement.preferenceList(partition, n).primaries;
    const soon = this.pendingPlacement.preferenceList(partition, n).primaries;
    return now === soon ? now : [...new Set([...now, ...soon])];
  }

  /** Partitions that both keep or are about to, in order. Both work out the same from one view. */
  sharedPartitions(a: MemberId, b: MemberId, n: number | 'all'): readonly PartitionId[] {
    const shared: PartitionId[] = [];
    for (let partition = 0; partition < this.team.partitions; partition += 1) {
      if (this.isOwner(a, partition, n) && this.isOwner(b, partition, n)) shared.push(partition);
    }
    return shared;
  }

  /** The scopes that cover every bucket: one for each `n` in use. */
  classes(): readonly Scope[] {
    const ns = new Set([classOf(DEFAULT_SETTINGS.n), ...this.buckets.all().map(({ settings }) => classOf(settings.n))]);
    return [...ns].sort((a, b) => a - b).map((n) => ({ n, bucket: undefined }));
  }

  /** What ownership follows from. Members with equal views agree on who keeps what. */
  view(): Uint8Array {
    const { placement, pendingPlacement, buckets } = this;
    const known = this.#view;
    if (known?.placement === placement && known.pending === pendingPlacement && known.revision === buckets.revision) return known.hash;
    const writer = new ByteWriter().text(placement.version).text(pendingPlacement.version);
    const records = buckets.all().toSorted((a, b) => compareText(a.bucket, b.bucket));
    for (const { bucket, settings } of records) {
      if (settings.n !== DEFAULT_SETTINGS.n) writer.text(bucket).varint(classOf(settings.n));
    }
    const hash = sha256(writer.finish()).slice(0, HASH_BYTES);
    this.#view = { placement, pending: pendingPlacement, revision: buckets.revision, hash };
    return hash;
  }

  finishRead(token: Token, object: Uint8Array | undefined, failure: ReadFailure | undefined): void {
    const continuation = this.#take(token);
    invariant(continuation.kind === 'read', 'a read was answered as something else');
    continuation.done(object, failure);
  }

  finishQuery(token: Token, answer: StoreAnswer | undefined): void {
    const continuation = this.#take(token);
    invariant(continuation.kind === 'query', 'a query was answered as something else');
    continuation.done(answer);
  }

  finishCommit(token: Token, result: CommitResult): void {
    const continuation = this.#take(token);
    invariant(continuation.kind === 'commit', 'a commit was answered as something else');
    if (!result.ok) this.readOnly = result.readOnly ? result.message : this.readOnly;
    else this.readOnly = undefined;
    continuation.done(result);
  }

  /** A store operation of any kind failed. */
  failStore(token: Token, failure: StoreFailure, message: string): void {
    this.emit({ kind: 'trace', event: { kind: 'store-failed', message } });
    const kind = this.#waiting.get(token)?.kind;
    if (kind === 'read') this.finishRead(token, undefined, failure === 'damaged' ? 'damaged' : 'unreadable');
    else if (kind === 'query') this.finishQuery(token, undefined);
    else if (kind === 'commit') this.finishCommit(token, { ok: false, readOnly: failure === 'read-only', message });
  }

  /** A reply from a peer: runs what waited for it, if it is the peer that was asked. */
  finishRequest(from: MemberId, reply: ReplyMessage): void {
    const pending = this.#requests.get(reply.id);
    if (pending === undefined || pending.to !== from) return;
    this.#requests.delete(reply.id);
    const tookMs = this.now.nowMs - pending.sentMs;
    this.detector.answered(from, tookMs <= this.config.probeTimeoutMs, this.now.nowMs);
    this.vitals.answered(from, reply.kind, tookMs);
    const isOverloaded = reply.kind === 'overloaded-reply';
    try {
      pending.done(isOverloaded ? undefined : reply, isOverloaded);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      // Continuations decode before they do anything else: it is as if there had been no answer.
      this.emit({ kind: 'trace', event: { kind: 'rejected', from, reason: error.message } });
      pending.done(undefined, false);
    }
  }

  /** A peer answered what cannot be used. */
  abandon(from: MemberId, requestId: number): void {
    if (this.#requests.get(requestId)?.to === from) this.#lose(requestId);
  }

  /** Everything asked of a peer whose connection is gone will not be answered. */
  failRequestsTo(member: MemberId): void {
    const lost = [...this.#requests].filter(([, { to }]) => to === member);
    for (const [id] of lost) this.#lose(id);
  }

  #lose(requestId: number): void {
    const pending = this.#requests.get(requestId);
    this.#requests.delete(requestId);
    pending?.done(undefined, false);
  }

  #await(continuation: Continuation): Token {
    this.#token += 1;
    this.#waiting.set(this.#token, continuation);
    return this.#token;
  }

  #take(token: Token): Continuation {
    const continuation = this.#waiting.get(token);
    invariant(continuation !== undefined, `token ${token} is not waited for`);
    this.#waiting.delete(token);
    return continuation;
  }
}

export function isGossip({ kind }: Pick<Message, 'kind'>): boolean {
  return kind === 'heartbeat' || kind.startsWith('gossip-');
}
