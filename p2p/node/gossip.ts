/**
 * Who lives, and what the team agrees on, spread in bounded bytes a member however large the team.
 * At each beat a member begins an exchange with a few peers, the longest not asked first, so that
 * all have their turn (SWIM, Das et al., 2002, section 4.3):
 *
 *     A ── heartbeat, root of all facts, news of others ──► B
 *     A ◄── the same of B ─────────────────────────────────── B        roots differ: fact-exchange.ts
 *
 * News are a random sample of heartbeats and, in a team too large to be connected each to each,
 * rumours: a member that somebody lost its connection to, until a later heartbeat contradicts.
 *
 * A broadcast is a hint that may be lost: a heartbeat now and then, and at once what a member
 * changed about itself. The exchange is the truth.
 */
import { bytesEqual } from '../bytes/bytes.ts';
import { decodeRecord, encodeRecord } from '../membership/member-record.ts';
import type { Pace } from '../membership/pace.ts';
import { HEARTBEATS_IN_MESSAGE, paceOf } from '../membership/pace.ts';
import { Rumours } from '../membership/rumours.ts';
import type { MemberId, MemberRecord } from '../types.ts';
import { NEWS_MAX } from '../wire/limits.ts';
import type { Message, MessageOf } from '../wire/message.ts';
import type { Core } from './core.ts';
import type { FactSink } from './fact-exchange.ts';
import { FactExchange } from './fact-exchange.ts';
import { LivenessWatch } from './liveness-watch.ts';

type GossipMessage = MessageOf<'heartbeat' | 'gossip-beat' | 'gossip-ranges' | 'gossip-briefs' | 'gossip-delta' | 'gossip-raised' | 'gossip-life'>;
type Beat = Pick<MessageOf<'gossip-beat'>, 'heartbeat' | 'life' | 'root' | 'raised' | 'fence' | 'isSure' | 'news'>;

export class Gossip {
  readonly exchange: FactExchange;
  readonly liveness: LivenessWatch;
  readonly #core: Core;
  readonly #sink: FactSink;
  readonly #rumours = new Rumours();
  /** When we last began an exchange with a peer: theirs with us do not show that it hears us. */
  readonly #askedMs = new Map<MemberId, number>();
  #announced: MemberRecord | undefined;
  #broadcastAt = 0;
  #beats = 0;

  constructor(core: Core, sink: FactSink) {
    this.#core = core;
    this.#sink = sink;
    this.exchange = new FactExchange(core, sink);
    this.liveness = new LivenessWatch(core, (member) => this.lost(member));
  }

  start(): void {
    this.#beat();
  }

  /** @returns whether it was a message of gossip. */
  receive(from: MemberId, message: Message): message is GossipMessage {
    switch (message.kind) {
      case 'heartbeat':
        this.#heartbeat(from, message);
        return true;
      case 'gossip-beat':
        this.#answer(from, message);
        return true;
      case 'gossip-ranges':
        this.exchange.ranges(from, message);
        return true;
      case 'gossip-briefs':
        this.exchange.briefs(from, message);
        return true;
      case 'gossip-delta':
        this.exchange.delta(from, message);
        return true;
      case 'gossip-raised':
        this.#core.horizon.proofs.take(message.proofs);
        return true;
      case 'gossip-life':
        this.#core.life.proofs.heard(from, message);
        return true;
      default:
        return false;
    }
  }

  /** A broadcast, which its author signed and others passed on. */
  #heartbeat(from: MemberId, message: MessageOf<'heartbeat'>): void {
    if (message.member !== from) return;
    this.#heard(from, from, message.heartbeat, message.life);
    if (message.record !== undefined) this.#sink.records([decodeRecord(message.record.slice())]);
  }

  /** Somebody begins an exchange. */
  #answer(from: MemberId, message: MessageOf<'gossip-beat'>): void {
    this.#learn(from, message);
    this.#core.send(from, 'quorum', { kind: 'gossip-beat-reply', id: message.id, ...this.#ownBeat() });
  }

  /** An exchange now, with somebody who has just come or is due. */
  contact(peer: MemberId): void {
    const core = this.#core;
    this.#askedMs.set(peer, core.now.nowMs);
    core.detector.asked(peer, core.now.nowMs);
    const id = core.request(peer, 'quorum', { kind: 'gossip-beat', ...this.#ownBeat() }, (reply) => {
      core.timers.cancel(timer);
      if (reply?.kind !== 'gossip-beat-reply') return;
      this.#learn(peer, reply);
      if (!bytesEqual(reply.root, core.facts.root())) this.exchange.begin(peer);
    });
    const timer = core.after(core.config.requestTimeoutMs, () => core.forget(id));
  }

  /** A connection closed, or a peer fell silent: those who are not connected to it cannot know. */
  lost(member: MemberId): void {
    const { heartbeats, detector, now, roster } = this.#core;
    if (!detector.isConnected(member)) this.#askedMs.delete(member);
    if (this.#isTight || !roster.isMember(member)) return;
    if (detector.rumoured(member, heartbeats.of(member), now.nowMs)) this.#tell(member);
  }

  #beat(): void {
    if (this.#core.out !== undefined) return;
    const { self, heartbeats, horizon, identity, life, detector, config, roster } = this.#core;
    this.#beats += 1;
    life.watch();
    horizon.settle();
    heartbeats.merge(self, heartbeats.of(self) + 1, identity.bootNonce);
    const pace = paceOf(roster.size, detector.connectedMembers().size);
    detector.setSilence({
      members: roster.size,
      connectedMs: pace.connectedBeats * config.gossipIntervalMs,
      distantMs: pace.distantBeats * config.gossipIntervalMs,
      answerMs: pace.answerBeats * config.gossipIntervalMs,
    });
    this.#broadcast(pace);
    this.#dropMute();
    for (const peer of this.#due(pace.contacts)) this.contact(peer);
    this.liveness.look();
    this.#core.after(config.gossipIntervalMs, () => this.#beat());
  }

  /** A connection to a machine that moved, slept or hangs may stand for minutes and carry nothing. */
  #dropMute(): void {
    const { detector, now } = this.#core;
    for (const member of detector.connectedMembers()) {
      if (detector.owesTooLong(member, now.nowMs)) this.#core.emit({ kind: 'drop', member });
    }
  }

  #broadcast(pace: Pace): void {
    const { self, roster, heartbeats, identity } = this.#core;
    const record = roster.get(self);
    const isNews = record !== this.#announced;
    if (!isNews && this.#beats < this.#broadcastAt) return;
    this.#announced = record;
    this.#broadcastAt = this.#beats + pace.broadcastBeats;
    const news = isNews && record !== undefined ? encodeRecord(record) : undefined;
    this.#core.emit({ kind: 'broadcast', message: { kind: 'heartbeat', member: self, heartbeat: heartbeats.of(self), life: identity.bootNonce, record: news } });
  }

  /** Up to half are peers that owe an answer; the others are those not asked for longest. */
  #due(contacts: number): readonly MemberId[] {
    const { detector, random } = this.#core;
    const peers = [...detector.connectedMembers()]
      .filter((member) => this.#core.isPeer(member))
      .map((member) => ({ member, askedMs: this.#askedMs.get(member) ?? 0, tie: random.uint32() }))
      .sort((a, b) => a.askedMs - b.askedMs || a.tie - b.tie)
      .map(({ member }) => member);
    const owing = peers.filter((member) => detector.owesAnswer(member)).slice(0, Math.ceil(contacts / 2));
    const others = peers.filter((member) => !owing.includes(member));
    return [...owing, ...others].slice(0, contacts);
  }

  #ownBeat(): Beat {
    const { self, heartbeats, horizon: { raised, fence, isSure }, identity, facts } = this.#core;
    return { heartbeat: heartbeats.of(self), life: identity.bootNonce, root: facts.root(), raised, fence, isSure, news: this.#news() };
  }

  #news(): Beat['news'] {
    const { slots, random, roster, heartbeats, detector, self } = this.#core;
    const members = new Set(this.#rumours.take(NEWS_MAX - HEARTBEATS_IN_MESSAGE));
    for (let tries = HEARTBEATS_IN_MESSAGE; tries > 0; tries -= 1) {
      const member = slots.member(random.uint32() % Math.max(1, slots.size));
      const isOther = member !== undefined && member !== self && roster.isMember(member);
      if (isOther && heartbeats.of(member) > 0) members.add(member);
    }
    return [...members].map((member) => {
      const lostAt = this.#isTight ? undefined : detector.rumourOf(member);
      return { member, heartbeat: lostAt ?? heartbeats.of(member), life: heartbeats.lifeOf(member), isLost: lostAt !== undefined };
    });
  }

  #learn(from: MemberId, beat: Beat): void {
    this.#heard(from, from, beat.heartbeat, beat.life);
    for (const { member, heartbeat, life, isLost } of beat.news) {
      if (isLost) this.#heardLost(from, member, heartbeat, life);
      else this.#heard(from, member, heartbeat, life);
    }
    // Last: the news may have told this member that its store is an old one.
    this.#core.horizon.heard(from, beat);
  }

  #heard(from: MemberId, member: MemberId, heartbeat: number, life: string): void {
    const { self, roster, heartbeats, detector, now } = this.#core;
    if (member === self) {
      this.#core.life.heard(from, heartbeat, life);
      return;
    }
    if (!roster.isMember(member) || !heartbeats.merge(member, heartbeat, life)) return;
    detector.heardOf(member, now.nowMs);
    if (detector.contradicted(member, heartbeat)) this.#tell(member);
  }

  /** Passed on, unless we know better; and who is connected asks it, so that it can contradict. */
  #heardLost(from: MemberId, member: MemberId, heartbeat: number, life: string): void {
    const { self, roster, heartbeats, identity, detector, now } = this.#core;
    if (this.#isTight) return;
    if (member === self) {
      this.#core.life.heard(from, heartbeat, life);
      heartbeats.merge(self, heartbeats.of(self) + 1, identity.bootNonce);
      this.#tell(self);
      return;
    }
    if (!roster.isMember(member)) return;
    if (heartbeat < heartbeats.of(member) && detector.rumourOf(member) === undefined) {
      this.#tell(member);
      return;
    }
    heartbeats.merge(member, heartbeat, life);
    if (!detector.rumoured(member, heartbeat, now.nowMs)) return;
    this.#tell(member);
    if (detector.isConnected(member)) this.contact(member);
  }

  #tell(member: MemberId): void {
    this.#rumours.tell(member, this.#core.roster.size);
  }

  /** Everybody is connected to everybody: no rumour tells more than one's own connection. */
  get #isTight(): boolean {
    return this.#core.roster.size <= this.#core.config.connectedMembersMax;
  }
}
