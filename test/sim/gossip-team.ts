/**
 * A team of any size that only gossips, on virtual time: what each member sends and receives in
 * exchanges is counted in encoded bytes, connections form a sparse random graph, and messages may be
 * lost. It starts as a team that has run for a while: each knows a heartbeat of each, as the first
 * broadcasts would have told it.
 */
import { createHash } from 'node:crypto';
import { bytesEqual } from '../../p2p/bytes/bytes.ts';
import { DEFAULT_CONFIG } from '../../p2p/config.ts';
import { MemberSlots } from '../../p2p/membership/member-slots.ts';
import { foundTeam } from '../../p2p/membership/team.ts';
import type { MemberId, MemberRecord, Team } from '../../p2p/types.ts';
import { encodeMessage } from '../../p2p/wire/codec.ts';
import type { Message } from '../../p2p/wire/message.ts';
import { GossipMember, gossipRecord } from './gossip-member.ts';
import { BaseLayer, LayeredMap } from './layered-map.ts';
import { EventQueue } from './queue.ts';
import { SeededRandom } from './random.ts';

export interface GossipTeamOptions {
  readonly seed: number;
  readonly members: number;
  /** Share of messages that vanish, 0 to 1. */
  readonly loss: number;
  /** Connections that each member opens; it accepts about as many. */
  readonly opens: number;
}

export interface Traffic {
  messages: number;
  bytes: number;
}

interface Life {
  readonly member: MemberId;
  readonly heartbeat: number;
  readonly life: string;
}

/** Sparse from the start, so that small teams show what large ones do. */
const CONFIG = { ...DEFAULT_CONFIG, connectedMembersMax: 4 };
const LATENCY_MS = 2;
const CLOSED_WITHIN_MS = 30;

export class GossipTeam {
  readonly team: Team;
  readonly members = new Map<MemberId, GossipMember>();
  readonly sent = { messages: 0, bytes: 0 };
  readonly received = { messages: 0, bytes: 0 };
  /** The most that one member was sent since the last look. */
  readonly receivedBy = new Map<MemberId, number>();
  readonly beatMs = CONFIG.gossipIntervalMs;
  readonly #options: GossipTeamOptions;
  readonly #random: SeededRandom;
  readonly #queue = new EventQueue();
  readonly #slots = new MemberSlots();
  readonly #base: BaseLayer<MemberId, MemberRecord>;
  readonly #peers = new Map<MemberId, Set<MemberId>>();
  #joined = 0;

  constructor(options: GossipTeamOptions) {
    this.#options = options;
    this.#random = new SeededRandom(options.seed, 'gossip');
    const names = Array.from({ length: options.members }, (_, index) => nameOf(index));
    this.team = foundTeam({ name: 'gossip', partitions: 1, founder: nameOf(0), nonce: new Uint8Array(16) });
    this.#base = new BaseLayer(new Map(names.map((name) => [name, gossipRecord(this.team, name)])));
    for (const name of names) this.#slots.of(name);
    for (const name of names) this.#add(name);
    const lives = this.#lives();
    for (const member of this.members.values()) this.#acquaint(member, lives);
    for (const name of names) this.#connect(name, names);
    // Somewhere in a beat: nobody beats in step.
    for (const member of this.members.values()) this.#queue.after(this.#random.unit() * this.beatMs, () => this.#start(member));
  }

  get nowMs(): number {
    return this.#queue.nowMs;
  }

  runBeats(beats: number): void {
    this.#queue.runUntil(this.#queue.nowMs + beats * this.beatMs);
  }

  /** All believe the same facts. */
  agrees(): boolean {
    const [first, ...others] = [...this.members.values()].map(({ core }) => core.facts.root());
    return first === undefined || others.every((root) => bytesEqual(root, first));
  }

  /** What one broadcast of a heartbeat takes, bytes. */
  broadcastBytes(): number {
    const [member] = this.members.values();
    if (member === undefined) throw new Error('nobody broadcasts');
    const { self, heartbeats } = member.core;
    return encodeMessage({ kind: 'heartbeat', member: self, heartbeat: heartbeats.of(self), life: heartbeats.lifeOf(self), record: undefined }).length;
  }

  /** Beats until it is so, looked at four times a beat. */
  beatsUntil(isSo: () => boolean, beatsMax: number): number {
    const startMs = this.nowMs;
    while (!isSo()) {
      if (this.nowMs - startMs > beatsMax * this.beatMs) return Number.POSITIVE_INFINITY;
      this.runBeats(0.25);
    }
    return (this.nowMs - startMs) / this.beatMs;
  }

  /** Somebody new, whom one member has just admitted. */
  join(): MemberId {
    this.#joined += 1;
    const name = nameOf(this.#options.members + this.#joined);
    const record = gossipRecord(this.team, name);
    const [admitter] = this.members.values();
    if (admitter === undefined) throw new Error('nobody admits');
    admitter.at(this.nowMs, () => admitter.desk.offer([record]));
    const member = this.#add(name);
    this.#acquaint(member, this.#lives());
    member.at(this.nowMs, () => member.desk.offer([record]));
    // Others let it in by its credentials, which bring its record.
    this.#connect(name, [...this.members.keys()], (peer) => peer.at(this.nowMs, () => peer.desk.offer([record])));
    this.#start(member);
    return name;
  }

  /** A process ends; those connected to it notice. */
  kill(name: MemberId): void {
    this.members.delete(name);
    for (const peer of this.#peers.get(name) ?? []) {
      this.#queue.after(this.#random.unit() * CLOSED_WITHIN_MS, () => this.members.get(peer)?.disconnected(name, this.nowMs));
    }
  }

  resetTraffic(): void {
    Object.assign(this.sent, { messages: 0, bytes: 0 });
    Object.assign(this.received, { messages: 0, bytes: 0 });
    this.receivedBy.clear();
  }

  #add(name: MemberId): GossipMember {
    const member = new GossipMember({
      team: this.team, member: name, records: new LayeredMap(this.#base), slots: this.#slots, config: CONFIG,
      random: this.#random.fork(name),
      send: (to, message) => this.#send(name, to, message),
      broadcast: (message) => this.#broadcast(name, message),
    });
    member.at(this.nowMs, () => member.core.life.start([]));
    this.members.set(name, member);
    this.#peers.set(name, new Set());
    return member;
  }

  #lives(): readonly Life[] {
    return [...this.members].map(([member, { core }]) => ({ member, heartbeat: core.heartbeats.of(member), life: core.identity.bootNonce }));
  }

  /** It has just heard of everybody. */
  #acquaint({ core }: GossipMember, lives: readonly Life[]): void {
    for (const { member, heartbeat, life } of lives) {
      if (member === core.self) continue;
      core.heartbeats.merge(member, heartbeat, life);
      core.detector.heardOf(member, this.nowMs);
    }
  }

  /** Two ends know of a connection at once; `admit` runs before at the other end. */
  #connect(name: MemberId, others: readonly MemberId[], admit: (peer: GossipMember) => void = () => undefined): void {
    for (let opened = 0, tries = 0; opened < this.#options.opens && tries < 8 * this.#options.opens; tries += 1) {
      const peer = this.#random.pick(others);
      const [ours, theirs] = [this.members.get(name), this.members.get(peer)];
      if (peer === name || ours === undefined || theirs === undefined || this.#peers.get(name)?.has(peer)) continue;
      this.#peers.get(name)?.add(peer);
      this.#peers.get(peer)?.add(name);
      admit(theirs);
      ours.core.detector.connected(peer, this.nowMs);
      theirs.core.detector.connected(name, this.nowMs);
      opened += 1;
    }
  }

  #start(member: GossipMember): void {
    member.at(this.nowMs, () => member.gossip.start());
    this.#keepAwake(member);
  }

  #keepAwake(member: GossipMember): void {
    const { nextMs } = member;
    if (nextMs === undefined) return;
    this.#queue.at(nextMs, () => {
      if (!this.members.has(member.member)) return;
      member.wake(this.nowMs);
      this.#keepAwake(member);
    });
  }

  #send(from: MemberId, to: MemberId, message: Message): void {
    const bytes = encodeMessage(message).length;
    this.sent.messages += 1;
    this.sent.bytes += bytes;
    this.#deliver(from, to, message, (member) => {
      this.received.messages += 1;
      this.received.bytes += bytes;
      this.receivedBy.set(member, (this.receivedBy.get(member) ?? 0) + bytes);
    });
  }

  /** Gossipsub floods; those who do not know the author drop it. At the start all would announce what all know. */
  #broadcast(from: MemberId, message: Message): void {
    const isNews = this.nowMs > this.beatMs;
    if (!isNews) return;
    for (const to of this.members.keys()) if (to !== from) this.#deliver(from, to, message);
  }

  /** As it is: the codec has its own tests, and ten thousand members would spend half their time in it. */
  #deliver(from: MemberId, to: MemberId, message: Message, count: (member: MemberId) => void = () => undefined): void {
    if (this.#random.chance(this.#options.loss)) return;
    const delayMs = LATENCY_MS * (0.5 + this.#random.unit());
    this.#queue.after(delayMs, () => {
      const member = this.members.get(to);
      if (member === undefined) return;
      count(to);
      member.receive(from, message, this.nowMs);
    });
  }
}

/** As long as a peer id. */
function nameOf(index: number): MemberId {
  return `12D3KooW${createHash('sha256').update(`member ${index}`).digest('hex').slice(0, 44)}`;
}
