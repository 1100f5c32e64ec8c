/** AE: the incremental tree against one built from scratch. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { differingLeaves, EMPTY_ROOT, LEAF_BYTES, rootOf } from '../../p2p/antientropy/merkle.ts';
import { xorBytes } from '../../p2p/bytes/bytes.ts';
import { clockHash } from '../../p2p/causality/object-codec.ts';
import type { KeyObject } from '../../p2p/causality/key-object.ts';
import { decodeEntries, differingParts, encodeEntries, isListed, isWithin, partHashes, runsOf, WHOLE_LEAF } from '../../p2p/antientropy/leaf-range.ts';
import type { Entry, LeafRange } from '../../p2p/antientropy/leaf-range.ts';
import { groupsOf, GROUPS_MAX, sumLeaves } from '../../p2p/antientropy/merkle.ts';
import { LEAVES_PER_PARTITION } from '../../p2p/ports.ts';
import { hashPosition, keyRef } from '../../p2p/ring/position.ts';
import { keyObject } from './arbitraries.ts';

const NO_HASH = new Uint8Array(LEAF_BYTES);
const put = fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd', 'e'), object: keyObject });
type Objects = Map<string, KeyObject>;

function fold(leaves: Uint8Array, leaf: number, delta: Uint8Array): void {
  const at = leaf * LEAF_BYTES;
  leaves.set(xorBytes(leaves.subarray(at, at + LEAF_BYTES), delta), at);
}

function fromScratch(objects: Objects): Uint8Array {
  const leaves = new Uint8Array(LEAVES_PER_PARTITION * LEAF_BYTES);
  for (const [key, object] of objects) {
    const ref = keyRef('bucket', key, 1);
    fold(leaves, ref.leaf, clockHash(ref, object));
  }
  return leaves;
}

function incremental(puts: readonly { readonly key: string; readonly object: KeyObject }[]): { readonly leaves: Uint8Array; readonly objects: Objects } {
  const leaves = new Uint8Array(LEAVES_PER_PARTITION * LEAF_BYTES);
  const objects: Objects = new Map();
  for (const { key, object } of puts) {
    const ref = keyRef('bucket', key, 1);
    const before = objects.get(key);
    fold(leaves, ref.leaf, xorBytes(before === undefined ? NO_HASH : clockHash(ref, before), clockHash(ref, object)));
    objects.set(key, object);
  }
  return { leaves, objects };
}

test('AE-1 leaves kept by one XOR a write are those of all keys counted anew', () => {
  fc.assert(
    fc.property(fc.array(put), (puts) => {
      const { leaves, objects } = incremental(puts);
      assert.deepEqual(leaves, fromScratch(objects));
      assert.deepEqual(rootOf(leaves), rootOf(fromScratch(objects)));
    }),
  );
});

test('AE-2 roots differ exactly when a leaf does, and a leaf exactly when a key does', () => {
  fc.assert(
    fc.property(fc.array(put), fc.array(put), (mine, theirs) => {
      const [a, b] = [incremental(mine), incremental(theirs)];
      const differing = new Set<number>();
      for (const key of new Set([...a.objects.keys(), ...b.objects.keys()])) {
        const ref = keyRef('bucket', key, 1);
        const [left, right] = [a.objects.get(key), b.objects.get(key)].map((object) => object && clockHash(ref, object));
        if (Buffer.compare(left ?? NO_HASH, right ?? NO_HASH) !== 0) differing.add(ref.leaf);
      }
      assert.deepEqual(differingLeaves(a.leaves, b.leaves), [...differing].sort((x, y) => x - y));
      assert.equal(Buffer.compare(rootOf(a.leaves), rootOf(b.leaves)) !== 0, differing.size > 0);
    }),
  );
});

test('AE-3 an empty partition has the empty root; leaves of a wrong length differ everywhere they lack', () => {
  const empty = new Uint8Array(LEAVES_PER_PARTITION * LEAF_BYTES);
  assert.deepEqual(rootOf(empty), EMPTY_ROOT);
  assert.deepEqual(differingLeaves(empty, new Uint8Array(0)), Array.from({ length: LEAVES_PER_PARTITION }, (_, leaf) => leaf));
  assert.deepEqual(differingLeaves(empty, new Uint8Array(LEAF_BYTES * 62)), [62, 63]);
});

test('AE-4 the same clocks under another key hash differently', () => {
  fc.assert(
    fc.property(keyObject, (object) => {
      const hashes = ['a', 'b'].map((key) => Buffer.from(clockHash(keyRef('bucket', key, 1), object)).toString('hex'));
      assert.notEqual(hashes[0], hashes[1]);
    }),
  );
});

test('AE-1 the tree of several buckets is the XOR of theirs', () => {
  fc.assert(
    fc.property(fc.array(put), fc.array(put), (some, others) => {
      const [a, b] = [incremental(some).leaves, incremental(others).leaves];
      assert.deepEqual(sumLeaves([a, b]), xorBytes(a, b));
      assert.deepEqual(sumLeaves([]), new Uint8Array(LEAVES_PER_PARTITION * LEAF_BYTES));
    }),
  );
});

/** Walks down as an exchange does. @returns what both sides list where they differ, and how much was sent. */
function walkDown(range: LeafRange, ours: readonly Entry[], theirs: readonly Entry[]): { readonly listed: Set<string>; readonly bytes: number } {
  const within = (entries: readonly Entry[]): readonly Entry[] => entries.filter(({ ref }) => isWithin(ref.position, range.path));
  const [mine, other] = [within(ours), within(theirs)];
  if (isListed(other, range.path)) {
    const named = new Set(decodeEntries(encodeEntries(other)).map(({ brief, hash }) => Buffer.concat([brief, hash]).toString('hex')));
    const here = decodeEntries(encodeEntries(mine)).map(({ brief, hash }) => Buffer.concat([brief, hash]).toString('hex'));
    const listed = new Set([...named].filter((name) => !here.includes(name)));
    for (const name of here) if (!named.has(name)) listed.add(name);
    return { listed, bytes: other.length * 16 };
  }
  const parts = differingParts(range, partHashes(mine, range.path), partHashes(other, range.path)).map((part) => walkDown(part, ours, theirs));
  return { listed: new Set(parts.flatMap(({ listed }) => [...listed])), bytes: 128 + parts.reduce((sum, { bytes }) => sum + bytes, 0) };
}

test('AE-6 under a leaf of many keys only the parts that differ are listed, and none is missed', () => {
  const range: LeafRange = { partition: 0, leaf: 0, path: new Uint8Array() };
  const hashOf = (index: number, version: number): Uint8Array => hashPosition(`${index} ${version}`).slice(0, 8);
  const everything = Array.from({ length: 600 }, (_, index): Entry => ({ ref: keyRef('bucket', `k${index}`, 1), hash: hashOf(index, 1) }));
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(599), { maxLength: 6 }), fc.uniqueArray(fc.nat(599), { maxLength: 6 }), (changed, lacking) => {
      const theirs = everything.map((entry, index) => (changed.includes(index) ? { ...entry, hash: hashOf(index, 2) } : entry)).filter((_, index) => !lacking.includes(index));
      const { listed, bytes } = walkDown(range, everything, theirs);
      const names = (entries: readonly Entry[]): string[] => decodeEntries(encodeEntries(entries)).map(({ brief, hash }) => Buffer.concat([brief, hash]).toString('hex'));
      const [mine, other] = [names(everything), names(theirs)];
      const expected = [...mine.filter((name) => !other.includes(name)), ...other.filter((name) => !mine.includes(name))];
      assert.deepEqual([...listed].sort(), expected.sort());
      assert.ok(bytes <= 128 + (changed.length + lacking.length) * (128 + 33 * 16), `${bytes} bytes`);
    }),
    { numRuns: 50 },
  );
});

test('AE-6 runs hold every range once, in order, and each is one short stretch of a partition without wide gaps', () => {
  const range = fc.record({ partition: fc.nat(2), leaf: fc.nat(63) }).map((place): LeafRange => ({ ...place, path: WHOLE_LEAF }));
  const sorted = fc.array(range, { maxLength: 80 }).map((ranges) => ranges.toSorted((a, b) => a.partition - b.partition || a.leaf - b.leaf));
  fc.assert(
    fc.property(fc.oneof(sorted, fc.array(range)), (ranges) => {
      const runs = runsOf(ranges);
      assert.deepEqual(runs.flat(), ranges);
      for (const run of runs) {
        const steps = run.slice(1).map(({ leaf }, index) => leaf - (run[index]?.leaf ?? 0));
        assert.ok(run.every(({ partition }) => partition === run[0]?.partition));
        assert.ok(steps.every((step) => step >= 0 && step <= 2));
        assert.ok((run.at(-1)?.leaf ?? 0) - (run[0]?.leaf ?? 0) < 16);
      }
    }),
  );
  const whole = Array.from({ length: 64 }, (_, leaf): LeafRange => ({ partition: 1, leaf, path: WHOLE_LEAF }));
  assert.equal(runsOf(whole).length, 4, 'a partition is read in four goes');
});

test('AE-6 groups hold every partition once, in order', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(65_535), { maxLength: 300 }), (partitions) => {
      const groups = groupsOf(partitions);
      assert.deepEqual(groups.flat(), partitions);
      assert.ok(groups.length <= GROUPS_MAX);
    }),
  );
});
