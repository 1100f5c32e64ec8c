/** RG: the ring against the drawings of the paper and against dumb oracles. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Seat, VirtualNode } from '../../p2p/ring/hash-ring.ts';
import { createRing, ownerIndex, preferZones, walk } from '../../p2p/ring/hash-ring.ts';
import { fairShares } from '../../p2p/ring/fair-share.ts';
import type { RingMember } from '../../p2p/ring/ring-member.ts';
import { zoneOf } from '../../p2p/ring/ring-member.ts';
import { Placement } from '../../p2p/ring/placement.ts';
import { arcOf, hashPosition, keyRef, partitionEnd, positionToBigint } from '../../p2p/ring/position.ts';
import { LEAVES_PER_PARTITION } from '../../p2p/ports.ts';
import { compareText } from '../../p2p/bytes/text-order.ts';
import { grownTeam } from '../sim/placement-report.ts';
import { text } from './arbitraries.ts';
import { slowLists } from './slow-placement.ts';

const RING_SIZE = 1n << 128n;

const node = fc.record({ token: fc.bigInt(0n, 60n), member: fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F') });
const seat = fc.record({ machine: fc.constantFrom('m1', 'm2', 'm3', 'm4'), zone: fc.constantFrom(undefined, 'z1', 'z2') });
const seats = fc
  .tuple(seat, seat, seat, seat, seat, seat)
  .map((all): ReadonlyMap<string, Seat> => new Map(all.map((value, index) => ['ABCDEF'[index] ?? '', value])));

/** Looks at every virtual node from the nearest clockwise one on; no search, no wrap arithmetic. */
function dumbWalk(nodes: readonly VirtualNode[], position: bigint, where: ReadonlyMap<string, Seat>, limit: number): string[] {
  const inOrder = [...nodes].sort((a, b) => (a.token === b.token ? (a.member < b.member ? -1 : 1) : a.token < b.token ? -1 : 1));
  const clockwise = [...inOrder.filter(({ token }) => token >= position), ...inOrder.filter(({ token }) => token < position)];
  const found: string[] = [];
  for (const { member } of clockwise) {
    const taken = found.map((other) => where.get(other)?.machine);
    if (!taken.includes(where.get(member)?.machine)) found.push(member);
  }
  return found.slice(0, limit);
}

test('RG-4 a walk is what a dumb walk around the ring finds', () => {
  fc.assert(
    fc.property(fc.array(node, { maxLength: 12 }), seats, fc.bigInt(0n, 70n), fc.nat(5), (nodes, where, position, limit) => {
      const members = walk(createRing(nodes), position, where, limit).map(({ member }) => member);
      assert.deepEqual(members, dumbWalk(nodes, position, where, limit));
      assert.equal(new Set(members.map((member) => where.get(member)?.machine)).size, members.length);
    }),
  );
});

test('RG-3 the owner of a position is the first token at or after it', () => {
  fc.assert(
    fc.property(fc.array(node, { minLength: 1, maxLength: 12 }), fc.bigInt(0n, 70n), (nodes, position) => {
      const ring = createRing(nodes);
      const expected = ring.findIndex(({ token }) => token >= position);
      assert.equal(ownerIndex(ring, position), Math.max(0, expected));
    }),
  );
});

test('RG-5 a zone gets its second copy only when every zone has its first', () => {
  fc.assert(
    fc.property(fc.array(node, { minLength: 1, maxLength: 12 }), seats, fc.integer({ min: 1, max: 4 }), (nodes, where, n) => {
      const all = walk(createRing(nodes), 0n, where, 99);
      const ordered = preferZones(all, where, n);
      assert.deepEqual(new Set(ordered), new Set(all), 'nobody is lost');
      const chosen = ordered.slice(0, n).map(({ member }) => where.get(member)?.zone);
      const zonesOf = (some: readonly VirtualNode[]): Set<string> => new Set(some.map(({ member }) => where.get(member)?.zone ?? member));
      assert.equal(zonesOf(ordered.slice(0, n)).size, Math.min(zonesOf(all).size, n, ordered.length), chosen.join(' '));
    }),
  );
});

const ringMember = fc.record({
  member: fc.string({ minLength: 1, maxLength: 4, unit: 'grapheme-ascii' }),
  machine: fc.constantFrom('m1', 'm2', 'm3', 'm4', 'm5'),
  zone: fc.constantFrom(undefined, 'z1', 'z2'),
  weight: fc.constantFrom(0, 0.25, 0.5, 1),
});
const team = fc.uniqueArray(ringMember, { selector: ({ member }) => member, maxLength: 7 });

test('RG-6 placement is a pure function of the records, in any order and with any other fields', () => {
  fc.assert(
    fc.property(team.chain((members) => fc.tuple(fc.constant(members), fc.shuffledSubarray(members, { minLength: members.length }))), ([members, shuffled]) => {
      const dressed = shuffled.map((member, incarnation) => ({ ...member, incarnation, addresses: [String(incarnation)] }));
      const [one, other] = [new Placement(members, 8), new Placement(dressed, 8)];
      assert.equal(one.version, other.version);
      for (let partition = 0; partition < 8; partition += 1) {
        assert.deepEqual(one.preferenceList(partition, 3), other.preferenceList(partition, 3));
      }
    }),
    { numRuns: 40 },
  );
});

test('RG-7 a preference list holds min(n, machines) primaries, then fallbacks, no machine twice', () => {
  fc.assert(
    fc.property(team, fc.oneof(fc.constant('all' as const), fc.integer({ min: 1, max: 6 })), fc.nat(7), (members, n, partition) => {
      const placement = new Placement(members, 8);
      const machines = new Map(members.map(({ member, machine }) => [member, machine]));
      const holders = members.filter(({ weight }) => weight > 0);
      const machineCount = new Set(holders.map(({ machine }) => machine)).size;
      const { primaries, fallbacks } = placement.preferenceList(partition, n);
      const all = [...primaries, ...fallbacks];
      assert.equal(primaries.length, n === 'all' ? machineCount : Math.min(n, machineCount));
      assert.equal(all.length, machineCount, 'every machine stands in the list of a small team');
      assert.equal(new Set(all.map((member) => machines.get(member))).size, all.length);
      assert.ok(all.every((member) => holders.some((holder) => holder.member === member)), 'weight 0 holds nothing');
      for (const { member } of members) assert.equal(placement.isPrimary(member, partition, n), primaries.includes(member));
    }),
    { numRuns: 60 },
  );
});

/** Boundaries of arcs and their neighbours are where mistakes live, so half of the positions are. */
const place = fc.nat(16).chain((bits) => {
  const partitions = 2 ** bits;
  const arcs = BigInt(partitions * LEAVES_PER_PARTITION);
  const boundary = fc
    .tuple(fc.bigInt(0n, arcs - 1n), fc.constantFrom(-1n, 0n, 1n))
    .map(([arc, off]) => ((arc * RING_SIZE) / arcs + off + RING_SIZE) % RING_SIZE);
  return fc.record({ partitions: fc.constant(partitions), position: fc.oneof(boundary, fc.bigInt(0n, RING_SIZE - 1n)) });
});

function toPosition(value: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(32, '0'), 'hex'));
}

test('RG-2 arcs are (previous, end]: partition and leaf are those of exact arithmetic', () => {
  fc.assert(
    fc.property(place, ({ partitions, position }) => {
      const leaves = BigInt(partitions * LEAVES_PER_PARTITION);
      // ceil(position · leaves / 2^128) - 1, where position 0 ends the last arc.
      const end = position === 0n ? RING_SIZE : position;
      const arc = (end * leaves + RING_SIZE - 1n) / RING_SIZE - 1n;
      const expected = { partition: Number(arc / BigInt(LEAVES_PER_PARTITION)), leaf: Number(arc % BigInt(LEAVES_PER_PARTITION)) };
      assert.deepEqual(arcOf(toPosition(position), partitions), expected);
      assert.equal(positionToBigint(toPosition(position)), position);
    }),
    { numRuns: 2_000 },
  );
});

test('RG-2 the end of a partition lies in it, the next position does not', () => {
  for (let bits = 0; bits <= 16; bits += 1) {
    const partitions = 2 ** bits;
    for (const partition of [0, Math.floor(partitions / 2), partitions - 1]) {
      const end = partitionEnd(partition, partitions);
      assert.equal(arcOf(toPosition(end), partitions).partition, partition);
      assert.equal(arcOf(toPosition((end + 1n) % RING_SIZE), partitions).partition, (partition + 1) % partitions);
    }
  }
});

test('RG-1 a key stands where the hash of bucket and key says, and no two names share an id', () => {
  const name = fc.string({ maxLength: 6, unit: 'grapheme-ascii' });
  fc.assert(
    fc.property(name, name, name, name, (bucket, key, otherBucket, otherKey) => {
      const ref = keyRef(bucket, key, 64);
      assert.deepEqual(ref.position, hashPosition(`${bucket}\0${key}`));
      assert.deepEqual({ partition: ref.partition, leaf: ref.leaf }, arcOf(ref.position, 64));
      const other = keyRef(otherBucket, otherKey, 64);
      assert.equal(ref.id === other.id, bucket === otherBucket && key === otherKey);
    }),
  );
});

test('RG-8 keys are ordered by their UTF-8 bytes', () => {
  const any = text(6);
  fc.assert(
    fc.property(any, any, (a, b) => {
      assert.equal(Math.sign(compareText(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 2_000 },
  );
  assert.ok(compareText('\u{ffff}', '\u{10000}') < 0, 'JavaScript would say the opposite');
});

const equal = (index: number): RingMember => ({ member: `member-${index}`, machine: `machine-${index}`, zone: undefined, weight: 1 });

function listsOf(members: readonly RingMember[], partitions: number, n: number): readonly (readonly string[])[] {
  const placement = new Placement(members, partitions);
  return Array.from({ length: partitions }, (_, partition) => placement.preferenceList(partition, n).primaries);
}

test('RG-9 where nobody is at a bound, a join takes partitions only for itself', () => {
  const [before, after] = [listsOf(grownTeam(6), 1_024, 3), listsOf(grownTeam(7), 1_024, 3)];
  for (const [partition, was] of before.entries()) {
    const gained = (after[partition] ?? []).filter((member) => !was.includes(member));
    assert.ok(gained.every((member) => member === 'member 6'), `partition ${partition} moved to ${gained.join(' ')}`);
  }
});

test('RG-10 nobody keeps more than a tenth above its fair share, whatever the ids, weights and machines', () => {
  const sized = fc.array(fc.constantFrom(0.5, 1, 2), { minLength: 4, maxLength: 24 });
  fc.assert(
    fc.property(sized, fc.integer({ min: 1, max: 4 }), fc.nat(), (weights, n, salt) => {
      const members = weights.map((weight, index): RingMember => ({ ...equal(index), member: `${salt} ${index}`, weight }));
      const loads = new Map(members.map(({ member }) => [member, 0]));
      for (const member of listsOf(members, 256, n).flat()) loads.set(member, (loads.get(member) ?? 0) + 1);
      for (const [member, share] of fairShares(members, n)) {
        const [load, fair] = [loads.get(member) ?? 0, share * 256];
        assert.ok(load <= Math.max(Math.ceil(fair), fair * 1.1), `${load} of ${fair}`);
        assert.ok(fair < 10 || load >= Math.min(Math.floor(fair), fair * 0.9), `${load} of ${fair}`);
      }
    }),
    { numRuns: 30 },
  );
});

test('RG-10 bounds never take a copy to a zone that has one while another zone has none', () => {
  const zoned = fc.array(fc.constantFrom('attic', 'cellar', 'yard', undefined), { minLength: 4, maxLength: 12 });
  fc.assert(
    fc.property(zoned, fc.integer({ min: 2, max: 4 }), (zones, n) => {
      const members = zones.map((zone, index): RingMember => ({ ...equal(index), zone }));
      const zoneByMember = new Map(members.map((member) => [member.member, zoneOf(member)]));
      const zoneCount = new Set(zoneByMember.values()).size;
      for (const primaries of listsOf(members, 64, n)) {
        assert.equal(new Set(primaries.map((member) => zoneByMember.get(member))).size, Math.min(zoneCount, n));
      }
    }),
    { numRuns: 60 },
  );
});

/** Teams of all kinds: machines with several members, zones of uneven size, weights far apart. */
const variedTeam = fc.integer({ min: 2, max: 24 }).chain((count) =>
  fc.record({
    salt: fc.nat(),
    members: fc.array(
      fc.record({
        machine: fc.nat(count),
        zone: fc.constantFrom('attic', 'cellar', 'yard', undefined),
        weight: fc.constantFrom(0, 0.25, 0.5, 1, 1, 2, 4),
        seed: fc.nat(3),
      }),
      { minLength: count, maxLength: count },
    ),
    isZoned: fc.boolean(),
    partitions: fc.constantFrom(1, 8, 64, 256),
    n: fc.integer({ min: 1, max: 8 }),
  }),
);

function assertSame(members: readonly RingMember[], partitions: number, n: number): void {
  const placement = new Placement(members, partitions);
  const lists = Array.from({ length: partitions }, (_, partition) => placement.preferenceList(partition, n));
  assert.deepEqual(lists, slowLists(members, partitions, n));
}

test('RG-30 placement is what a slow search through all copies finds, to the last fallback', () => {
  fc.assert(
    fc.property(variedTeam, ({ salt, members, isZoned, partitions, n }) => {
      const all = members.map(
        ({ machine, zone, weight, seed }, index): RingMember => ({ member: `${salt} ${index}`, machine: `machine ${machine}`, zone: isZoned ? zone : undefined, weight, seed }),
      );
      assertSame(all, partitions, n);
    }),
    { numRuns: 60 },
  );
  // Several copies in a zone: who gives one away there decides for the others what they may give away.
  for (const [size, partitions, n] of [[12, 64, 5], [16, 64, 7], [40, 512, 4]] as const) {
    const weights = [1, 0.5, 4, 16, 2, 0.25, 1];
    const uneven = Array.from({ length: size }, (_, index): RingMember => ({ ...equal(index), zone: `zone ${index % 3}`, weight: weights[index % 7] ?? 1 }));
    assertSame(uneven, partitions, n);
  }
});
