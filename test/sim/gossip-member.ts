/**
 * The membership half of a node, as it is: core, roster, gossip, failure detector, member desk. No
 * store and no requests of people, so that ten thousand fit into one process.
 */
import { createHash } from 'node:crypto';
import type { NodeConfig } from '../../p2p/config.ts';
import { DEFAULT_CONFIG } from '../../p2p/config.ts';
import { admitMember, signRecord } from '../../p2p/membership/admission.ts';
import type { MemberSlots } from '../../p2p/membership/member-slots.ts';
import { Roster } from '../../p2p/membership/roster.ts';
import { Core } from '../../p2p/node/core.ts';
import { Gossip } from '../../p2p/node/gossip.ts';
import { MemberDesk } from '../../p2p/node/member-desk.ts';
import type { MemberId, MemberRecord, OwnStatus, Team } from '../../p2p/types.ts';
import type { Message } from '../../p2p/wire/message.ts';
import { fakeSigner } from './fake-signer.ts';
import type { SeededRandom } from './random.ts';

export interface GossipMemberInit {
  readonly team: Team;
  readonly member: MemberId;
  /** What it believes of the team at the start; it keeps this map. */
  readonly records: Map<MemberId, MemberRecord>;
  readonly slots?: MemberSlots;
  readonly random: SeededRandom;
  readonly config?: Partial<NodeConfig>;
  readonly send: (to: MemberId, message: Message) => void;
  readonly broadcast: (message: Message) => void;
}

export class GossipMember {
  readonly member: MemberId;
  readonly core: Core;
  readonly gossip: Gossip;
  readonly desk: MemberDesk;
  readonly #init: GossipMemberInit;

  constructor(init: GossipMemberInit) {
    const { team, member, random, records, slots, config } = init;
    const signer = fakeSigner(member);
    this.#init = init;
    this.member = member;
    this.core = new Core({
      team, signer, random,
      identity: { actor: member, nextCounter: 1, boots: 1, bootNonce: nonceOf(member), restoredAt: 0, warnings: [] },
      config: { ...DEFAULT_CONFIG, ...config },
      roster: new Roster(team, signer, records),
      ...(slots && { slots }),
    });
    const admission = admitMember(team, signer, member, 0);
    const profile = { name: member, machine: member, zone: undefined, weight: 1, admission, firstStatus: 'up', introduced: [] } as const;
    this.desk = new MemberDesk(this.core, profile, () => undefined);
    this.gossip = new Gossip(this.core, {
      records: (some) => this.desk.offer(some),
      bucket: (record) => this.desk.offerBucket(record),
    });
  }

  /** When it wants to be woken next, monotonic ms. */
  get nextMs(): number | undefined {
    return this.core.timers.nextMs;
  }

  /** Whatever happens to it happens in here. */
  at(nowMs: number, act: () => void): void {
    this.core.now = { nowMs, wallMs: nowMs };
    act();
    this.#perform();
  }

  wake(nowMs: number): void {
    this.at(nowMs, () => {
      for (let run = this.core.timers.due(nowMs); run !== undefined; run = this.core.timers.due(nowMs)) run();
    });
  }

  receive(from: MemberId, message: Message, nowMs: number): void {
    this.at(nowMs, () => {
      if (!this.core.roster.isMember(from)) return;
      if (message.kind !== 'heartbeat') this.core.detector.heardDirectly(from, nowMs);
      this.#handle(from, message);
    });
  }

  connected(peer: MemberId, nowMs: number): void {
    this.at(nowMs, () => {
      this.core.detector.connected(peer, nowMs);
      this.gossip.contact(peer);
    });
  }

  disconnected(peer: MemberId, nowMs: number): void {
    this.at(nowMs, () => {
      this.core.detector.disconnected(peer);
      this.gossip.lost(peer);
      this.core.failRequestsTo(peer);
    });
  }

  #handle(from: MemberId, message: Message): void {
    if (this.gossip.receive(from, message)) return;
    if (message.kind !== 'gossip-beat-reply') throw new Error(`nobody gossips by ${message.kind}`);
    this.core.finishRequest(from, message);
  }

  #perform(): void {
    for (let effects = this.core.takeEffects(); effects.length > 0; effects = this.core.takeEffects()) {
      for (const effect of effects) {
        if (effect.kind === 'send') this.#init.send(effect.to, effect.message);
        if (effect.kind === 'broadcast') this.#init.broadcast(effect.message);
        if (effect.kind === 'commit') this.core.finishCommit(effect.token, { ok: true });
      }
    }
  }
}

/** As long as a store's. */
function nonceOf(member: MemberId): string {
  return createHash('sha256').update(member).digest().subarray(0, 8).toString('base64url');
}

/** A record as its member signs it; everybody is admitted by the founder. */
export function gossipRecord(team: Team, member: MemberId, incarnation = 1, status: OwnStatus = 'up'): MemberRecord {
  const admission = admitMember(team, fakeSigner(team.founder), member, 0);
  return signRecord(
    // Weight 0: nothing is placed, only known.
    { member, incarnation, status, name: `Device ${member.slice(-4)}`, machine: member.slice(-16), zone: undefined, weight: 0, addresses: ['/ip4/192.168.17.42/tcp/40871'], admission },
    fakeSigner(member),
  );
}
