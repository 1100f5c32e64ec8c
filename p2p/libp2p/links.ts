/**
 * The connections of this node and what each may do. A connection starts as a stranger's: it gets
 * the join protocol and the hellos of the lanes, and an end after a deadline. When both lanes have
 * their hellos accepted it becomes a link of its member; a member's first link is `connected`, its
 * last one gone is `disconnected`.
 */
import type { Connection, Stream } from '@libp2p/interface';
import type { Gate, Lane, PeerEvent } from '../ports.ts';
import type { MemberId } from '../types.ts';
import { networkOf } from './addresses.ts';
import { Arrivals } from './arrivals.ts';
import { BootNonces } from './boot-nonces.ts';
import type { DialOutcome } from './dial-failure.ts';
import { outcomeOf } from './dial-failure.ts';
import type { RefusalReason } from './encounters.ts';
import { encodeHello, HELLO_VERSION, REFUSAL_VERSION } from './hello.ts';
import type { Hello } from './hello.ts';
import { LaneRoom } from './lane-room.ts';
import type { Told, Verdict } from './lane-stream.ts';
import { LaneStream } from './lane-stream.ts';
import { CONNECTIONS_PER_PEER_MAX, MOVING_EVERY_MS, VERDICT_MAX_BYTES } from './limits.ts';
import type { HostLimits } from './limits.ts';
import { reasonOf } from './log.ts';
import type { NetLog } from './log.ts';
import { TeamProof } from './team-proof.ts';

export const LANE_PROTOCOLS: Readonly<Record<Lane, string>> = {
  quorum: '/ringleaf/1.0.0/quorum',
  bulk: '/ringleaf/1.0.0/bulk',
};

export interface LinksInit {
  readonly self: MemberId;
  /** See `team-proof.ts`. */
  readonly teamSecret: Uint8Array;
  readonly bootNonce: string;
  readonly gate: Gate;
  readonly limits: HostLimits;
  readonly log: NetLog;
  readonly nowMs: () => number;
  readonly onFrame: (from: MemberId, frame: Uint8Array) => void;
  readonly onPeer: (event: PeerEvent) => void;
  /** A connection that we dialled ended before it was admitted. */
  readonly onShut: (member: MemberId, outcome: DialOutcome) => void;
  /** A member says why it does not let us in. */
  readonly onRefused: (by: MemberId, reason: RefusalReason) => void;
  /** Somebody who is not of this team knocked. */
  readonly onStranger: (peer: string) => void;
  /** A connection was admitted by both sides. */
  readonly onReady: (connection: Connection) => void;
}

export interface Link {
  readonly connection: Connection;
  readonly member: MemberId;
  readonly lanes: Partial<Record<Lane, LaneStream>>;
  ready: boolean;
  closed: boolean;
  deadlineMs: number;
  /** When it was told last that what is on its way here gets on. */
  movingMs: number;
  /** Those who wait for the admission: told true, or false at the end of the connection. */
  waiting: ((admitted: boolean) => void)[];
}

export class Links {
  readonly #init: LinksInit;
  readonly #byConnection = new Map<string, Link>();
  /** Ready links only, the one in use first. */
  readonly #byMember = new Map<MemberId, Link[]>();
  readonly #boots = new BootNonces();
  readonly #room = new LaneRoom();
  /** Those who came and are no members, until they are let in. */
  readonly #strangers: Arrivals;

  constructor(init: LinksInit) {
    this.#init = init;
    // An address of a member says nothing here: who is one is known by its key by now.
    this.#strangers = new Arrivals({ max: init.limits.strangersMax, isMembers: () => false, shareOf: networkOf });
  }

  all(): readonly Link[] {
    return [...this.#byConnection.values()];
  }

  isConnected(member: MemberId): boolean {
    return this.#byMember.has(member);
  }

  /** False when there is no link, or its lane is full. */
  send(to: MemberId, lane: Lane, frame: Uint8Array): boolean {
    return this.#byMember.get(to)?.[0]?.lanes[lane]?.writer.send(frame) ?? false;
  }

  opened(connection: Connection): void {
    const link = this.#track(connection);
    if (link !== undefined && connection.direction === 'outbound') void this.#dialLane(link, 'quorum');
  }

  /** A lane that the other side opened. */
  accept(stream: Stream, connection: Connection, lane: Lane): void {
    const link = this.#track(connection);
    // Only the side that dialled opens lanes, each once, bulk after quorum.
    const inTurn = lane === 'quorum' || link?.lanes.quorum !== undefined;
    if (link === undefined || connection.direction !== 'inbound' || !inTurn || link.lanes[lane]) {
      stream.abort(new Error('lane out of turn'));
      return;
    }
    this.#attach(link, lane, stream, false);
  }

  closed(connection: Connection): void {
    const link = this.#byConnection.get(connection.id);
    if (link === undefined) return;
    this.#byConnection.delete(connection.id);
    link.closed = true;
    this.#tellShut(link, 'turned-away');
    this.#retire(link);
    this.#answerWaiting(link, false);
  }

  /** Resolves when the connection is admitted (true) or over (false). At most `max` wait. */
  async whenAdmitted(connection: Connection, max: number): Promise<boolean> {
    const link = this.#track(connection);
    if (link === undefined) return false;
    if (this.isConnected(link.member)) return true;
    if (link.waiting.length >= max) return false;
    return new Promise((resolve) => {
      link.waiting.push(resolve);
    });
  }

  /** A join conversation needs a little longer than a hello. */
  extendDeadline(connection: Connection, byMs: number): void {
    const link = this.#byConnection.get(connection.id);
    if (link !== undefined) link.deadlineMs = this.#init.nowMs() + byMs;
  }

  /** Closes connections that were not admitted in time, and those of removed members. */
  sweep(): void {
    const nowMs = this.#init.nowMs();
    for (const link of this.all()) {
      if (!link.ready && nowMs > link.deadlineMs) this.#close(link, 'not admitted in time', 'silent');
      else if (link.ready && !this.#init.gate.isMember(link.member)) this.#close(link, 'no member');
      else this.#tick(link, nowMs);
    }
  }

  #tick(link: Link, nowMs: number): void {
    let isMoving = false;
    for (const lane of Object.values(link.lanes)) isMoving = lane.tick(nowMs) || isMoving;
    if (!isMoving || !link.ready || nowMs - link.movingMs < MOVING_EVERY_MS) return;
    link.movingMs = nowMs;
    this.#init.onPeer({ kind: 'moving', member: link.member });
  }

  /** Ends all links of a member. */
  drop(member: MemberId, reason: string): void {
    for (const link of [...(this.#byMember.get(member) ?? [])]) this.#close(link, reason);
  }

  #track(connection: Connection): Link | undefined {
    const known = this.#byConnection.get(connection.id);
    if (known !== undefined || connection.status !== 'open') return known;
    const member = connection.remotePeer.toString();
    const deadlineMs = this.#init.nowMs() + this.#init.limits.admissionTimeoutMs;
    const link: Link = {
      connection, member, lanes: {}, ready: false, closed: false, deadlineMs, movingMs: 0, waiting: [],
    };
    this.#byConnection.set(connection.id, link);
    const siblings = this.all().filter((other) => other.member === member).length;
    const isStranger = connection.direction === 'inbound' && !this.#init.gate.isMember(member);
    if (siblings > CONNECTIONS_PER_PEER_MAX) this.#close(link, 'too many connections of one peer');
    else if (isStranger && !this.#strangers.came(connection)) this.#close(link, 'too many strangers');
    return link.closed ? undefined : link;
  }

  async #dialLane(link: Link, lane: Lane): Promise<void> {
    try {
      const signal = AbortSignal.timeout(this.#init.limits.admissionTimeoutMs);
      const stream = await link.connection.newStream(LANE_PROTOCOLS[lane], { signal });
      if (link.closed) stream.abort(new Error('the connection is over'));
      else this.#attach(link, lane, stream, true);
    } catch (error) {
      const outcome = outcomeOf(error);
      this.#close(link, reasonOf(error), outcome === 'timed-out' ? 'silent' : outcome === 'not-ringleaf' ? outcome : 'turned-away');
    }
  }

  #attach(link: Link, lane: Lane, stream: Stream, dialled: boolean): void {
    const { self, teamSecret } = this.#init;
    const ends = dialled ? { dialler: self, listener: link.member } : { dialler: link.member, listener: self };
    const proof = new TeamProof(teamSecret, ends, dialled ? 'dialler' : 'listener');
    link.lanes[lane] = new LaneStream(stream, proof, () => this.#ownHello(), {
      stranger: () => {
        if (!dialled) this.#init.onStranger(link.member);
      },
      accepts: (hello) => this.#verdict(link, hello),
      refusal: (verdict) => this.#refusal(link.member, verdict),
      refused: (refusal) => {
        this.#refused(link.member, refusal);
      },
      ready: (hello) => {
        if (lane === 'bulk') this.#becomeReady(link, hello);
        else if (dialled) void this.#dialLane(link, 'bulk');
      },
      frame: (payload) => {
        if (link.ready) this.#init.onFrame(link.member, payload);
      },
      closed: (reason) => {
        this.#close(link, reason);
      },
    }, this.#room);
  }

  #ownHello(): Uint8Array {
    const { bootNonce, gate } = this.#init;
    return encodeHello({ version: HELLO_VERSION, bootNonce, credentials: gate.credentials() });
  }

  #verdict(link: Link, hello: Hello): Verdict {
    const { gate, nowMs } = this.#init;
    if (hello.version < HELLO_VERSION) return 'no';
    if (!gate.admit(link.member, hello.credentials) || !gate.isMember(link.member)) {
      const proof = gate.verdict(link.member).byteLength;
      return proof > 0 && proof <= VERDICT_MAX_BYTES ? 'removed' : 'no';
    }
    if (!this.#boots.isRefused(link.member, hello.bootNonce, nowMs())) return 'yes';
    this.#init.onPeer({ kind: 'copied', member: link.member });
    return 'copy';
  }

  #refusal(member: MemberId, verdict: Told): Uint8Array {
    const { bootNonce, gate } = this.#init;
    const credentials = verdict === 'removed' ? gate.verdict(member) : new Uint8Array();
    return encodeHello({ version: REFUSAL_VERSION, bootNonce, credentials });
  }

  #refused(by: MemberId, { credentials }: Hello): void {
    const { gate, onPeer, onRefused } = this.#init;
    const isTold = credentials.byteLength > 0;
    if (gate.isMember(by)) onRefused(by, isTold ? 'removed' : 'copy');
    if (isTold) gate.refused(by, credentials);
    else if (gate.isMember(by)) onPeer({ kind: 'refused-as-copy', member: by });
  }

  #becomeReady(link: Link, hello: Hello): void {
    if (link.closed || link.lanes.quorum === undefined) return;
    const verdict = this.#boots.observe(link.member, hello.bootNonce, this.#init.nowMs());
    if (verdict !== 'same-run') {
      for (const old of [...(this.#byMember.get(link.member) ?? [])]) this.#close(old, 'another run');
    }
    if (verdict === 'copied') {
      this.#close(link, 'copied');
      this.#init.log.warn({ member: link.member }, 'Two runs of this member were seen: none is let in until one was stopped.');
      this.#init.onPeer({ kind: 'copied', member: link.member });
      return;
    }
    link.ready = true;
    this.#strangers.proved(link.connection);
    const links = this.#byMember.get(link.member) ?? [];
    this.#byMember.set(link.member, [...links, link]);
    this.#answerWaiting(link, true);
    this.#init.onReady(link.connection);
    if (links.length > 0) return;
    const address = link.connection.remoteAddr.toString();
    this.#init.onPeer({ kind: 'connected', member: link.member, address });
  }

  #close(link: Link, reason: string, outcome: DialOutcome = 'turned-away'): void {
    if (link.closed) return;
    link.closed = true;
    this.#init.log.debug({ member: link.member, reason }, 'Connection closed.');
    this.#tellShut(link, outcome);
    this.#retire(link);
    this.#answerWaiting(link, false);
    link.connection.abort(new Error(reason));
    this.#byConnection.delete(link.connection.id);
  }

  /** One of several connections of a member is no loss. */
  #tellShut(link: Link, outcome: DialOutcome): void {
    if (!link.ready && link.connection.direction === 'outbound' && !this.isConnected(link.member)) this.#init.onShut(link.member, outcome);
  }

  #retire(link: Link): void {
    if (!link.ready) return;
    link.ready = false;
    const before = this.#byMember.get(link.member) ?? [];
    const left = before.filter((other) => other !== link);
    const [next] = left;
    if (next !== undefined) {
      this.#byMember.set(link.member, left);
      const address = next.connection.remoteAddr.toString();
      if (next !== before[0]) this.#init.onPeer({ kind: 'moved', member: link.member, address });
      return;
    }
    this.#byMember.delete(link.member);
    this.#init.onPeer({ kind: 'disconnected', member: link.member });
  }

  #answerWaiting(link: Link, admitted: boolean): void {
    const waiting = link.waiting;
    link.waiting = [];
    for (const answer of waiting) answer(admitted);
  }
}
