/**
 * Spreads member records, bucket settings and heartbeats: a broadcast hint each interval, and a
 * digest exchange with one random peer, which is the truth (Demers et al., "Epidemic Algorithms
 * for Replicated Database Maintenance", 1987, section 1.3, push-pull).
 *
 *     A ── digest: members (hash of the record, heartbeat), buckets (version) ──► B
 *     A ◄── delta: records that A lacks; wanted: those that B lacks ───────────── B
 *     A ── delta: what B wanted ───────────────────────────────────────────────► B
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { bytesEqual } from '../bytes/bytes.ts';
import type { BucketRecord } from '../membership/bucket-registry.ts';
import { decodeBucketRecord, encodeBucketRecord } from '../membership/bucket-registry.ts';
import { decodeRecord, encodeRecord } from '../membership/member-record.ts';
import type { MemberId, MemberRecord } from '../types.ts';
import { HASH_BYTES, RECORDS_IN_DELTA } from '../wire/limits.ts';
import type { MessageOf } from '../wire/message.ts';
import type { Core } from './core.ts';

/** Own heartbeats go on from here, above those of earlier boots. */
const HEARTBEATS_A_BOOT = 1_000_000;

/** Fewer cost less; silence must stay well under `suspectAfterMs`. Digests go out at every beat. */
const BEATS_A_BROADCAST = 3;

export interface GossipEvents {
  readonly records: (records: readonly MemberRecord[]) => void;
  readonly bucket: (record: BucketRecord) => void;
}

export class Gossip {
  readonly #core: Core;
  readonly #on: GossipEvents;
  #broadcastRoster: Uint8Array = new Uint8Array();

  constructor(core: Core, on: GossipEvents) {
    this.#core = core;
    this.#on = on;
    core.heartbeats.merge(core.self, core.identity.boots * HEARTBEATS_A_BOOT);
  }

  start(): void {
    this.#beat();
  }

  heartbeat(from: MemberId, message: MessageOf<'heartbeat'>): void {
    this.#heard(message.member, message.heartbeat);
    if (message.member === from) this.#core.detector.heardDirectly(from, this.#core.now.nowMs);
  }

  digest(from: MemberId, message: MessageOf<'gossip-digest'>): void {
    const { roster, buckets } = this.#core;
    for (const { member, heartbeat } of message.members) this.#heard(member, heartbeat);
    const theirs = new Map(message.members.map((brief) => [brief.member, brief]));
    const theirBuckets = new Map(message.buckets.map((brief) => [brief.bucket, brief]));
    const lacking = roster.all().filter((record) => {
      const brief = theirs.get(record.member);
      return brief === undefined || !bytesEqual(brief.record, roster.hashOf(record));
    });
    const wantedMembers = message.members
      .filter(({ member, record }) => {
        const known = roster.get(member);
        return known === undefined || !bytesEqual(record, roster.hashOf(known));
      })
      .map(({ member }) => member);
    const lackingBuckets = buckets.all().filter(({ bucket, version, by }) => {
      const brief = theirBuckets.get(bucket);
      return brief === undefined || brief.version < version || (brief.version === version && brief.by < by);
    });
    const wantedBuckets = message.buckets
      .filter(({ bucket, version, by }) => {
        const known = buckets.get(bucket);
        return known === undefined || known.version < version || (known.version === version && known.by < by);
      })
      .map(({ bucket }) => bucket);
    if (lacking.length + wantedMembers.length + lackingBuckets.length + wantedBuckets.length === 0) return;
    this.#sendDelta(from, lacking, lackingBuckets, wantedMembers, wantedBuckets);
  }

  delta(from: MemberId, message: MessageOf<'gossip-delta'>): void {
    this.#on.records(message.records.map((bytes) => decodeRecord(bytes.slice())));
    for (const bytes of message.buckets) this.#on.bucket(decodeBucketRecord(bytes));
    const records = message.wantedMembers.flatMap((member) => this.#core.roster.get(member) ?? []);
    const buckets = message.wantedBuckets.flatMap((bucket) => this.#core.buckets.get(bucket) ?? []);
    if (records.length + buckets.length > 0) this.#sendDelta(from, records, buckets, [], []);
  }

  /** A digest now, to somebody who has just come. */
  greet(peer: MemberId): void {
    this.#core.send(peer, 'quorum', {
      kind: 'gossip-digest',
      members: this.#core.roster.all().map((record) => ({
        member: record.member,
        record: this.#core.roster.hashOf(record),
        heartbeat: this.#core.heartbeats.of(record.member),
      })),
      buckets: this.#core.buckets.all().map(({ bucket, version, by }) => ({ bucket, version, by })),
    });
  }

  #beat(): void {
    if (this.#core.out !== undefined) return;
    const { self, heartbeats, random, config } = this.#core;
    heartbeats.merge(self, heartbeats.of(self) + 1);
    this.#broadcast(heartbeats.of(self));
    const peers = this.#core.peers().filter((member) => this.#core.detector.isConnected(member));
    const peer = peers[random.uint32() % Math.max(1, peers.length)];
    if (peer !== undefined) this.greet(peer);
    this.#core.after(config.gossipIntervalMs, () => this.#beat());
  }

  /** Each broadcast is signed and verified by everybody, which is most of what an idle team costs. */
  #broadcast(heartbeat: number): void {
    const roster = this.#rosterHash();
    const isNews = !bytesEqual(roster, this.#broadcastRoster);
    if (!isNews && heartbeat % BEATS_A_BROADCAST !== 0) return;
    this.#broadcastRoster = roster;
    this.#core.emit({ kind: 'broadcast', message: { kind: 'heartbeat', member: this.#core.self, heartbeat, roster } });
  }

  #heard(member: MemberId, heartbeat: number): void {
    if (member === this.#core.self || !this.#core.isPeer(member)) return;
    if (this.#core.heartbeats.merge(member, heartbeat)) this.#core.detector.heardOf(member, this.#core.now.nowMs);
  }

  #sendDelta(
    to: MemberId,
    records: readonly MemberRecord[],
    buckets: readonly BucketRecord[],
    wantedMembers: readonly MemberId[],
    wantedBuckets: readonly string[],
  ): void {
    this.#core.send(to, 'quorum', {
      kind: 'gossip-delta',
      records: records.slice(0, RECORDS_IN_DELTA).map(encodeRecord),
      buckets: buckets.slice(0, RECORDS_IN_DELTA).map(encodeBucketRecord),
      wantedMembers: wantedMembers.slice(0, RECORDS_IN_DELTA),
      wantedBuckets: wantedBuckets.slice(0, RECORDS_IN_DELTA),
    });
  }

  #rosterHash(): Uint8Array {
    const writer = new ByteWriter();
    const records = this.#core.roster.all().toSorted((a, b) => (a.member < b.member ? -1 : 1));
    for (const record of records) writer.text(record.member).raw(this.#core.roster.hashOf(record));
    return sha256(writer.finish()).subarray(0, HASH_BYTES);
  }
}
