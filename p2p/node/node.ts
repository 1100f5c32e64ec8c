/**
 * One member's engine: `step(event, now) → effects`, and nothing else. No clock, no timer, no
 * promise, no socket, no disk: the driver (or the simulator) performs the effects and feeds the
 * answers back as events.
 *
 * Invariants: a step runs to its end before the next; every client request is replied to exactly
 * once; what a peer or a person sends never throws past `step`, only a bug does.
 */
import type { Scope } from '../antientropy/scope.ts';
import { MalformedError } from '../bytes/byte-reader.ts';
import { decodeRecords } from '../membership/roster.ts';
import type { PartitionId } from '../types.ts';
import type { Message, MessageOf } from '../wire/message.ts';
import { BackupDesk } from './backup-desk.ts';
import { ClientDesk } from './client-desk.ts';
import { Confirmations } from './confirmations.ts';
import { CopiesReader } from './copies-reader.ts';
import type { CoreInit, RequestMessage } from './core.ts';
import { Core, isGossip } from './core.ts';
import { Coverage } from './coverage.ts';
import { DotMint } from './dot-mint.ts';
import type { Effect, Event, Now } from './events.ts';
import { Exchange } from './exchange.ts';
import { GetCoordinator } from './get-coordinator.ts';
import { Gossip } from './gossip.ts';
import { Handover } from './handover.ts';
import { HintDrain } from './hint-drain.ts';
import { HintRoom } from './hint-room.ts';
import { HistoryDesk } from './history-desk.ts';
import { HistorySweep } from './history-sweep.ts';
import { KeyRepair } from './key-repair.ts';
import type { OwnProfile } from './member-desk.ts';
import { BUCKET_ROW, MEMBER_ROW, MemberDesk } from './member-desk.ts';
import { Mender } from './mender.ts';
import { MergingNow } from './merging-now.ts';
import { REAPING_ROWS } from './horizon.ts';
import { Ownership, OWNERSHIP_ROW } from './ownership.ts';
import type { Answer } from './peer-work.ts';
import { isRequest } from './peer-work.ts';
import { PutCoordinator } from './put-coordinator.ts';
import { RangeDesk } from './range-desk.ts';
import { Reaper } from './reaper.ts';
import { ReadRepair } from './read-repair.ts';
import { ReapVotes } from './reap-votes.ts';
import { ReplicaDesk } from './replica-desk.ts';
import { Scrub } from './scrub.ts';
import { Replica } from './replica.ts';
import { TreeServer } from './tree-server.ts';
import { TreeWalk } from './tree-walk.ts';
import { Trees } from './trees.ts';

export interface NodeInit extends CoreInit {
  readonly profile: OwnProfile;
  /** What the store's meta rows held: member records and bucket settings, as bytes. */
  readonly remembered: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

/** How much is under way: each is bounded, and falls back to nothing at rest (but timers). */
export interface NodeLoad {
  readonly requests: number;
  /** Of all peers, to this member. */
  readonly peerRequests: number;
  readonly storeOperations: number;
  readonly timers: number;
  readonly lockedKeys: number;
  readonly queuedMutations: number;
  readonly clientRequests: number;
}

/** A step that comes this late, by either clock, means that the machine slept. */
const SLEPT_MS = 3_000;

/** Prefixes of the meta rows that a node is started with. */
export const REMEMBERED_ROWS = [MEMBER_ROW, BUCKET_ROW, OWNERSHIP_ROW, REAPING_ROWS, 'self/'] as const;

export class Node {
  readonly core: Core;
  readonly exchange: Exchange;
  readonly members: MemberDesk;
  readonly ownership: Ownership;
  readonly handover: Handover;
  readonly confirmations: Confirmations;
  readonly mender: Mender;
  readonly scrub: Scrub;
  readonly merging: MergingNow;
  readonly hintRoom: HintRoom;
  readonly votes: ReapVotes;
  readonly reaper: Reaper;
  readonly #replica: Replica;
  readonly #replicas: ReplicaDesk;
  readonly #ranges: RangeDesk;
  readonly #trees: Trees;
  readonly #treeServer: TreeServer;
  readonly #mint: DotMint;
  readonly #gossip: Gossip;
  readonly #hints: HintDrain;
  readonly #sweep: HistorySweep;
  readonly #histories: HistoryDesk;
  readonly #clients: ClientDesk;
  readonly #init: NodeInit;
  #wakeAtMs: number | undefined;
  #steppedAt: Now = { nowMs: 0, wallMs: 0 };

  constructor(init: NodeInit) {
    this.#init = init;
    this.core = new Core(init);
    const trees = new Trees(this.core);
    this.#trees = trees;
    const replica: Replica = new Replica(this.core, {
      changed: (partition) => trees.changed(partition),
      damaged: (ref) => this.mender.found(ref),
      replaced: (ref) => this.mender.replaced(ref),
      dropped: (seen) => this.#mint.gaveAway(seen),
    });
    this.mender = new Mender(this.core, { replica, trees, lost: () => this.#mint.renewActor() });
    this.scrub = new Scrub(this.core, { replica, mender: this.mender, trees });
    const greet = (peer: string): void => this.#gossip.contact(peer);
    const owes = (scope: Scope, partition: PartitionId): boolean => this.ownership.owes(scope, partition);
    this.exchange = new Exchange(this.core, {
      trees, walk: new TreeWalk(this.core, trees), repair: new KeyRepair(this.core, replica), otherView: greet,
      isFetching: (scope, partition) => this.ownership.isFetching && owes(scope, partition),
    });
    this.#mint = new DotMint(this.core);
    this.confirmations = new Confirmations(this.core);
    this.merging = new MergingNow(this.core);
    this.hintRoom = new HintRoom(this.core);
    this.#hints = new HintDrain(this.core, replica, this.confirmations);
    this.#sweep = new HistorySweep(this.core, replica);
    this.members = new MemberDesk(this.core, init.profile, () => this.ownership.lost());
    this.ownership = new Ownership(this.core, this.exchange, () => {
      this.core.life.caughtUp();
      this.members.complete();
    });
    this.handover = new Handover(this.core, {
      exchange: this.exchange,
      trees,
      replica,
      departures: this.members.departures,
    });
    this.votes = new ReapVotes(this.core, replica, (ref) => this.ownership.owesKey(ref));
    this.reaper = new Reaper(this.core, this.votes);
    this.#treeServer = new TreeServer(this.core, trees, { otherView: greet, owes, isFetching: () => this.ownership.isFetching });
    this.#ranges = new RangeDesk(this.core, {
      owes,
      isSettled: () => this.ownership.isSettled,
      otherView: greet,
    });
    this.#replica = replica;
    this.#replicas = new ReplicaDesk(this.core, { replica, ownership: this.ownership, mender: this.mender, hintRoom: this.hintRoom, departures: this.members.departures, greet });
    this.#gossip = new Gossip(this.core, {
      records: (records) => this.members.offer(records),
      bucket: (record) => this.members.offerBucket(record),
    });
    const gets = new GetCoordinator(this.core, new ReadRepair(this.core, replica), this.#replicas);
    this.#histories = new HistoryDesk(this.core, gets);
    const puts = new PutCoordinator(this.core, replica, { mint: this.#mint, confirmations: this.confirmations, departures: this.members.departures });
    this.#clients = new ClientDesk(this.core, {
      gets,
      puts,
      replicas: this.#replicas,
      coverage: new Coverage(this.core, new CopiesReader(this.core, this.#replicas), this.#ranges),
      backups: new BackupDesk(this.core, { gets, puts, members: this.members, mint: this.#mint }),
      histories: this.#histories,
      members: this.members,
      exchange: this.exchange,
      mint: this.#mint,
      merging: this.merging,
    });
  }

  /** The first effects: call once, before any event. */
  start(now: Now): readonly Effect[] {
    this.core.now = now;
    this.#steppedAt = now;
    const { remembered, profile } = this.#init;
    const isNew = profile.firstStatus === 'joining' && !remembered.some(({ name }) => name.startsWith(MEMBER_ROW));
    this.core.horizon.start(remembered, isNew);
    this.core.life.start(remembered);
    this.members.start(remembered);
    this.core.life.settle();
    this.#gossip.start();
    this.core.vitals.start();
    this.#hints.start();
    this.#sweep.start();
    this.scrub.start(this.#init.remembered);
    this.#trees.start();
    this.exchange.start();
    this.ownership.start(remembered);
    this.core.life.onStale = () => this.ownership.lost();
    this.handover.start();
    this.#mint.start();
    this.reaper.start();
    this.core.horizon.settle();
    this.core.horizon.onSure = () => this.#takePart();
    return this.#finish();
  }

  step(event: Event, now: Now): readonly Effect[] {
    this.#noticeSleep(now);
    this.core.now = now;
    try {
      this.#handle(event);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      const from = event.kind === 'message' || event.kind === 'credentials' ? event.from : this.core.self;
      this.core.emit({ kind: 'trace', event: { kind: 'rejected', from, reason: error.message } });
    }
    return this.#finish();
  }

  load(): NodeLoad {
    return { ...this.core.load(), ...this.#replica.load(), clientRequests: this.#clients.underWay };
  }

  #handle(event: Event): void {
    switch (event.kind) {
      case 'client':
        return this.#clients.execute(event.token, event.command);
      case 'message':
        return this.#receive(event.from, event.message);
      case 'peer':
        return this.#peer(event);
      case 'read':
        return this.core.finishRead(event.token, event.object, undefined);
      case 'answered':
        return this.core.finishQuery(event.token, event.answer);
      case 'committed':
        return this.core.finishCommit(event.token, { ok: true });
      case 'store-failed':
        return this.core.failStore(event.token, event.failure, event.message);
      case 'leased':
        return this.#mint.leased(event.through);
      case 'lease-failed':
        return this.#mint.leaseFailed();
      case 'rows-lost':
        return this.#lostRows();
      case 'addresses':
        return this.members.moved(event.addresses);
      case 'credentials':
        return this.members.offer(decodeRecords(event.bytes));
      case 'wake':
        return this.#wake();
    }
  }

  /** Own writes may be among them, which live on elsewhere; and a key that was looked at may be another now. */
  #lostRows(): void {
    this.#mint.renewActor();
    this.#trees.forgetAll();
    this.votes.forgetAll();
    this.scrub.beginAnew();
  }

  #receive(from: string, message: Message): void {
    if (!this.core.isPeer(from)) return;
    if (this.core.isMute && !isGossip(message)) return;
    if (message.kind !== 'heartbeat') this.core.detector.heardDirectly(from, this.core.now.nowMs);
    if (this.#gossip.receive(from, message)) return;
    if ('horizon' in message && this.core.horizon.isBefore(message.horizon)) return this.#refuse(from, message);
    if (message.kind === 'probe') return this.core.send(from, 'quorum', { kind: 'probe-reply', id: message.id });
    if (message.kind === 'merging') return this.merging.heard(from, message);
    if (message.kind === 'about') return this.core.vitals.answer(from, message);
    if (!isRequest(message)) return this.core.finishRequest(from, message);
    this.core.peerWork.take(from, message, (answer) => this.#serve(from, message, answer));
  }

  /** Each calls `answer`, now or in a later step. */
  #serve(from: string, request: RequestMessage, answer: Answer): void {
    switch (request.kind) {
      case 'read':
        return this.#replicas.read(from, request, answer);
      case 'replicate':
        return this.#replicas.replicate(from, request, answer);
      case 'forward-put':
        return this.#clients.forwarded(from, request, answer);
      case 'list':
      case 'conflicts':
        return this.#ranges.answer(from, request, answer);
      case 'buckets':
        return this.#ranges.buckets(request, answer);
      case 'history':
        return this.#histories.answer(request, answer);
      case 'tree-top':
        return this.#treeServer.top(from, request, answer);
      case 'tree-roots':
        return this.#treeServer.roots(request, answer);
      case 'tree-leaves':
        return this.#treeServer.leaves(request, answer);
      case 'tree-entries':
        return this.#treeServer.entries(request, answer);
      case 'fetch-keys':
        return this.#treeServer.fetch(request, answer);
      case 'reap':
        return this.votes.answer(from, request, (agreed) => {
          answer({ kind: 'reap-reply', id: request.id, highest: this.core.horizon.highest, agreed });
        });
      case 'probe':
      case 'about':
      case 'gossip-beat':
        return answer();
    }
  }

  /** It was read before a reaping that is over here, by a slow way or by a store that is behind: let that one hear of it. */
  #refuse(from: string, message: MessageOf<'replicate' | 'read-reply' | 'fetch-keys-reply' | 'reap'>): void {
    this.core.emit({ kind: 'trace', event: { kind: 'rejected', from, reason: `${message.kind} of before a reaping` } });
    this.#gossip.contact(from);
    const isAwaited = message.kind === 'replicate' && message.id !== 0;
    if (isAwaited) this.core.send(from, 'quorum', { kind: 'replicate-reply', id: message.id, durable: false, isOther: false });
    else if (message.kind.endsWith('-reply')) this.core.abandon(from, message.id);
  }

  /** What waited until it was known how old this store is. */
  #takePart(): void {
    for (const peer of this.core.alivePeers()) {
      this.#hints.drain(peer);
      this.exchange.meet(peer);
    }
    this.ownership.work();
  }

  #peer({ event }: Extract<Event, { readonly kind: 'peer' }>): void {
    const { member } = event;
    const { detector, now } = this.core;
    if (event.kind === 'connected' || event.kind === 'moved' || event.kind === 'disconnected') this.handover.met(member);
    switch (event.kind) {
      case 'connected':
        if (!this.core.isPeer(member)) return this.members.departures.tell(member);
        detector.connected(member, now.nowMs);
        this.members.address(member, event.address);
        this.core.life.met(member);
        this.#gossip.contact(member);
        this.core.vitals.ask(member);
        this.#hints.drain(member);
        this.exchange.meet(member);
        this.ownership.work();
        break;
      case 'moving':
        this.core.vitals.moving(member);
        return;
      case 'moved':
        this.members.address(member, event.address);
        break;
      case 'disconnected':
        detector.disconnected(member);
        this.core.vitals.disconnected(member);
        this.#gossip.lost(member);
        this.core.failRequestsTo(member);
        break;
      case 'dial-failed':
        detector.dialFailed(member);
        break;
      case 'copied':
        detector.dialFailed(member);
        this.core.copied.set(member, now.nowMs);
        break;
      case 'refused-as-copy':
        this.core.life.seenCopy(`${member} sees two runs of this member`);
        break;
    }
    this.#gossip.liveness.lookAt(member);
  }

  #wake(): void {
    this.#wakeAtMs = undefined;
    for (let run = this.core.timers.due(this.core.now.nowMs); run !== undefined; run = this.core.timers.due(this.core.now.nowMs)) run();
  }

  /**
   * A sleep shows as a wake that comes late, where the monotonic clock goes on meanwhile, or as
   * wall time that ran ahead of it, where that stands still. A clock that is set by hand looks like
   * the latter and is forgiven like it: nothing, but answers that are still owed.
   */
  #noticeSleep(now: Now): void {
    const aheadMs = now.wallMs - this.#steppedAt.wallMs - (now.nowMs - this.#steppedAt.nowMs);
    const lateMs = this.#wakeAtMs === undefined ? 0 : now.nowMs - this.#wakeAtMs;
    this.#steppedAt = now;
    if (lateMs <= SLEPT_MS && aheadMs <= SLEPT_MS) return;
    this.core.detector.forgive(lateMs > SLEPT_MS ? lateMs : 0, now.nowMs);
    if (lateMs > SLEPT_MS) this.#wakeAtMs = now.nowMs;
  }

  #finish(): readonly Effect[] {
    const next = this.core.timers.nextMs;
    if (next !== undefined && (this.#wakeAtMs === undefined || next < this.#wakeAtMs)) {
      this.#wakeAtMs = next;
      this.core.emit({ kind: 'wake-at', atMs: next });
    }
    return this.core.takeEffects();
  }
}
