/** MB: what two members that gossip come to know, in how many bytes, and whom they believe. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BucketRegistry, DEFAULT_SETTINGS } from '../../p2p/membership/bucket-registry.ts';
import { FACT_HASH_BYTES, FACT_RANGES, FactTree, rangeOf } from '../../p2p/membership/fact-tree.ts';
import { Column } from '../../p2p/membership/member-slots.ts';
import { Roster } from '../../p2p/membership/roster.ts';
import { foundTeam } from '../../p2p/membership/team.ts';
import { encodeRecord } from '../../p2p/membership/member-record.ts';
import type { MemberId, MemberRecord } from '../../p2p/types.ts';
import { decodeMessage, encodeMessage } from '../../p2p/wire/codec.ts';
import type { Message } from '../../p2p/wire/message.ts';
import { fakeSigner } from '../sim/fake-signer.ts';
import { GossipMember, gossipRecord } from '../sim/gossip-member.ts';
import { SeededRandom } from '../sim/random.ts';
import { memberRecord } from './arbitraries.ts';
import { remove } from './signed-members.ts';

const team = foundTeam({ name: 'team', partitions: 1, founder: 'm0', nonce: new Uint8Array(16) });
const recordOf = (index: number, incarnation = 1): MemberRecord => gossipRecord(team, `m${index}`, incarnation);

interface Sent {
  readonly from: MemberId;
  readonly to: MemberId;
  readonly message: Message;
  readonly bytes: number;
}

/** Two members that know something each, and a wire between them that carries all at once. */
class Pair {
  readonly sent: Sent[] = [];
  readonly broadcasts: Message[] = [];
  readonly a: GossipMember;
  readonly b: GossipMember;
  readonly #waiting: Sent[] = [];

  constructor(knownToA: readonly MemberRecord[], knownToB: readonly MemberRecord[]) {
    this.a = this.#member('m0', knownToA);
    this.b = this.#member('m1', knownToB);
    for (const [one, other] of [[this.a, this.b], [this.b, this.a]] as const) one.core.detector.connected(other.member, 0);
  }

  /** One exchange, until nothing is on the wire. */
  exchange(): void {
    this.a.at(1, () => this.a.gossip.contact('m1'));
    this.deliver();
  }

  deliver(): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      assert.ok(this.sent.length < 10_000, 'it comes to an end');
      const to = next.to === 'm0' ? this.a : this.b;
      to.receive(next.from, decodeMessage(encodeMessage(next.message)), 1);
    }
  }

  kinds(): readonly string[] {
    return this.sent.map(({ message }) => message.kind);
  }

  #member(member: MemberId, known: readonly MemberRecord[]): GossipMember {
    const both = [recordOf(0), recordOf(1)];
    return new GossipMember({
      team, member, random: new SeededRandom(1, member),
      records: new Map([...both, ...known].map((record) => [record.member, record])),
      send: (to, message) => {
        const sent = { from: member, to, message, bytes: encodeMessage(message).length };
        this.sent.push(sent);
        this.#waiting.push(sent);
      },
      broadcast: (message) => this.broadcasts.push(message),
    });
  }
}

function stateOf({ core }: GossipMember): ReadonlyMap<MemberId, string> {
  return new Map(core.roster.all().map((record) => [record.member, Buffer.from(encodeRecord(record)).toString('hex')]));
}

const known = fc.uniqueArray(fc.tuple(fc.integer({ min: 2, max: 90 }), fc.integer({ min: 1, max: 3 })), { selector: ([index]) => index, maxLength: 80 });

test('MB-21 after one exchange both know the later of every record that either knew', () => {
  fc.assert(
    fc.property(known, known, (first, second) => {
      const [ours, theirs] = [first, second].map((some) => some.map(([index, incarnation]) => recordOf(index, incarnation)));
      const pair = new Pair(ours ?? [], theirs ?? []);
      pair.exchange();
      assert.deepEqual(stateOf(pair.a), stateOf(pair.b));
      for (const [index, incarnation] of [...first, ...second]) {
        assert.ok((pair.a.core.roster.get(`m${index}`)?.incarnation ?? 0) >= incarnation);
      }
      pair.sent.length = 0;
      pair.exchange();
      assert.deepEqual(pair.kinds(), ['gossip-beat', 'gossip-beat-reply'], 'nothing is left to say');
    }),
    { numRuns: 60 },
  );
});

test('MB-21 bucket settings travel the same way', () => {
  const pair = new Pair([], []);
  pair.a.core.buckets.merge({ bucket: 'birds', version: 1, by: 'm0', settings: { ...DEFAULT_SETTINGS, n: 5 } });
  pair.b.core.buckets.merge({ bucket: 'trees', version: 1, by: 'm1', settings: { ...DEFAULT_SETTINGS, sloppy: false } });
  pair.exchange();
  for (const { core } of [pair.a, pair.b]) {
    assert.deepEqual([core.buckets.settings('birds'), core.buckets.settings('trees')], [{ ...DEFAULT_SETTINGS, n: 5 }, { ...DEFAULT_SETTINGS, sloppy: false }]);
  }
});

test('MB-21 with a thousand members, equal facts cost two hashes, and one difference costs a few KB', () => {
  const all = Array.from({ length: 1_000 }, (_, index) => recordOf(index + 2));
  const equal = new Pair(all, all);
  equal.exchange();
  assert.ok(equal.sent.reduce((sum, { bytes }) => sum + bytes, 0) < 100);
  const apart = new Pair([...all, recordOf(2_000)], all);
  apart.exchange();
  assert.deepEqual(stateOf(apart.a), stateOf(apart.b));
  const bytes = apart.sent.reduce((sum, sent) => sum + sent.bytes, 0);
  assert.ok(bytes < 4_000, `${bytes} bytes`);
});

test('MB-21 somebody who knows nothing learns a large team in bounded messages', () => {
  const pair = new Pair([], Array.from({ length: 2_000 }, (_, index) => recordOf(index + 2)));
  pair.exchange();
  assert.equal(pair.a.core.roster.size, 2_002);
  assert.ok(pair.sent.every(({ bytes }) => bytes < 300_000));
});

test('MB-21 a record that nobody believes is asked for once an exchange, not for ever', () => {
  const forged = { ...recordOf(7), name: 'Eve' };
  const pair = new Pair([], [forged]);
  pair.exchange();
  assert.equal(pair.a.core.roster.get('m7'), undefined);
  assert.ok(pair.sent.length < 8, pair.kinds().join(' '));
});

test('MB-21 whatever differs in a record makes another root', () => {
  const rootOf = (record: MemberRecord): string => {
    const records = new Map([[record.member, record]]);
    return Buffer.from(new FactTree(new Roster(team, fakeSigner('m0'), records), new BucketRegistry()).root()).toString('hex');
  };
  fc.assert(
    fc.property(memberRecord, memberRecord, fc.constantFrom<keyof MemberRecord>('incarnation', 'status', 'name', 'machine', 'zone', 'weight', 'addresses', 'admission', 'signature'), (one, other, field) => {
      const changed = { ...one, [field]: other[field] };
      const same = Buffer.compare(encodeRecord(one), encodeRecord(changed)) === 0;
      assert.equal(rootOf(one) === rootOf(changed), same);
    }),
  );
});

test('MB-21 ranges differ exactly where a fact does', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(500), { minLength: 1, maxLength: 60 }), fc.nat(59), (indexes, which) => {
      const records = indexes.map((index) => recordOf(index));
      const changed = records[which % records.length];
      assert.ok(changed !== undefined);
      const treeOf = (some: readonly MemberRecord[]): FactTree =>
        new FactTree(new Roster(team, fakeSigner('m0'), new Map(some.map((record) => [record.member, record]))), new BucketRegistry());
      const before = treeOf(records);
      const after = treeOf(records.map((record) => (record === changed ? gossipRecord(team, record.member, 2) : record)));
      assert.deepEqual(before.differing(after.ranges()), [rangeOf('m', changed.member)]);
      assert.deepEqual(before.differing(before.ranges()), []);
      assert.equal(before.ranges().length, FACT_RANGES * FACT_HASH_BYTES);
    }),
  );
});

test('MB-21 the root follows from the facts alone, whenever it was looked at while they came', () => {
  const rumoured = fc.record({ member: fc.integer({ min: 0, max: 12 }), incarnation: fc.integer({ min: 1, max: 4 }), isLooked: fc.boolean(), isRemoved: fc.boolean() });
  fc.assert(
    fc.property(fc.array(rumoured, { maxLength: 40 }), (steps) => {
      const [roster, buckets] = [new Roster(team, fakeSigner('m0'), new Map([['m0', recordOf(0)]])), new BucketRegistry()];
      const tree = new FactTree(roster, buckets);
      for (const { member, incarnation, isLooked, isRemoved } of steps) {
        if (isLooked) tree.root();
        if (isRemoved && member > 0) remove(roster, `m${member}`, incarnation);
        else roster.offer([recordOf(member, incarnation)]);
        const change = incarnation === 4 ? buckets.next(`b${member}`, { n: 5 }, 'm0') : undefined;
        if (change !== undefined) buckets.merge(change);
      }
      const afresh = new FactTree(new Roster(team, fakeSigner('m0'), new Map(roster.all().map((record) => [record.member, record]))), buckets);
      assert.deepEqual([tree.root(), tree.ranges()], [afresh.root(), afresh.ranges()]);
    }),
  );
});

test('MB-23 all peers have their turn, those not asked for longest first', () => {
  const asked: MemberId[] = [];
  const peers = Array.from({ length: 20 }, (_, index) => recordOf(index + 1));
  const member = new GossipMember({
    team, member: 'm0', random: new SeededRandom(3, 'turns'), records: new Map([recordOf(0), ...peers].map((record) => [record.member, record])),
    send: (to, message) => {
      asked.push(to);
      // Answered at once: nobody owes anything.
      if (message.kind === 'gossip-beat') member.receive(to, { ...message, kind: 'gossip-beat-reply', news: [] }, member.core.now.nowMs);
    },
    broadcast: () => undefined,
  });
  for (const peer of peers) member.core.detector.connected(peer.member, 0);
  member.at(1_000, () => member.gossip.start());
  for (let beat = 2; beat <= 10; beat += 1) member.wake(beat * 1_000);
  assert.equal(asked.length, 40);
  for (const turn of [asked.slice(0, 20), asked.slice(20)]) assert.equal(new Set(turn).size, 20);
  for (let beat = 0; beat < 5; beat += 1) {
    const [first, second] = [asked.slice(4 * beat, 4 * beat + 4), asked.slice(20 + 4 * beat, 24 + 4 * beat)];
    assert.deepEqual(second.toSorted(), first.toSorted(), 'the second turn goes as the first');
  }
});

test('MB-23 peers that owe an answer are asked again at once, and take no more than half', () => {
  const asked: MemberId[] = [];
  const peers = Array.from({ length: 20 }, (_, index) => recordOf(index + 1));
  const silent = new Set(['m1', 'm2', 'm3', 'm4', 'm5', 'm6']);
  const member = new GossipMember({
    team, member: 'm0', random: new SeededRandom(3, 'turns'), records: new Map([recordOf(0), ...peers].map((record) => [record.member, record])),
    send: (to, message) => {
      asked.push(to);
      if (!silent.has(to) && message.kind === 'gossip-beat') member.receive(to, { ...message, kind: 'gossip-beat-reply', news: [] }, member.core.now.nowMs);
    },
    broadcast: () => undefined,
  });
  for (const peer of peers) member.core.detector.connected(peer.member, 0);
  member.at(1_000, () => member.gossip.start());
  for (let beat = 2; beat <= 30; beat += 1) member.wake(beat * 1_000);
  const toSilent = asked.slice(20).filter((peer) => silent.has(peer)).length;
  const toOthers = asked.slice(20).length - toSilent;
  assert.ok(toSilent >= 40 && toOthers >= 40, `${toSilent} to those who are silent, ${toOthers} to the others`);
  assert.ok(new Set(asked.slice(40)).size >= 20, 'nobody is left out');
});

test('MB-24 a heartbeat that somebody else signed is not believed, nor its record', () => {
  const pair = new Pair([recordOf(2)], []);
  const record = encodeRecord(recordOf(3));
  pair.a.receive('m1', { kind: 'heartbeat', member: 'm2', heartbeat: 77, life: 'm2-1', record }, 1);
  assert.deepEqual([pair.a.core.heartbeats.of('m2'), pair.a.core.roster.get('m3')], [0, undefined]);
  pair.a.receive('m2', { kind: 'heartbeat', member: 'm2', heartbeat: 77, life: 'm2-1', record }, 1);
  assert.equal(pair.a.core.heartbeats.of('m2'), 77);
  assert.ok(pair.a.core.roster.get('m3') !== undefined, 'a record speaks for itself');
});

test('MB-24 a member announces at once what it changed about itself, and else only its heartbeat', () => {
  const pair = new Pair([], []);
  pair.a.at(0, () => pair.a.gossip.start());
  pair.a.at(500, () => pair.a.desk.moved(['/ip4/10.0.0.7/tcp/1']));
  for (let beat = 1; beat <= 12; beat += 1) pair.a.wake(beat * 1_000);
  const announced = pair.broadcasts.map((message) => message.kind === 'heartbeat' && message.record !== undefined);
  assert.deepEqual(announced, [true, true, false, false]);
});

test('MB-8 a column holds what a map would', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(200), fc.nat(255))), fc.constantFrom('number', 'byte'), (writes, kind) => {
      const [column, map] = [new Column(7, kind), new Map<number, number>()];
      for (const [slot, value] of writes) {
        column.set(slot, value);
        map.set(slot, value);
      }
      for (let slot = 0; slot < 210; slot += 1) assert.equal(column.get(slot), map.get(slot) ?? 7);
      assert.equal(column.get(undefined), 7);
    }),
  );
});
