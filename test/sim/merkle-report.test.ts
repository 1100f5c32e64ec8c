/** AE-6: what an exchange costs. The whole table is printed by `npm run sim -- merkle`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LightStore, ManyKeys } from './light-store.ts';
import { exchangeCost } from './merkle-report.ts';

const PARTITIONS = 64;

test('AE-6 nothing differs: a few bytes and one round trip, however many keys', () => {
  for (const n of [100, 20_000]) {
    const cost = exchangeCost(new ManyKeys(n, PARTITIONS), 0);
    assert.ok(cost.treeBytes <= 40, `${cost.treeBytes} bytes`);
    assert.deepEqual([cost.objectBytes, cost.roundTrips], [0, 1]);
  }
});

test('AE-6 traffic follows the difference and the logarithm of the keys', () => {
  const [few, many] = [new ManyKeys(1_000, PARTITIONS), new ManyKeys(64_000, PARTITIONS)];
  for (const k of [1, 10, 100]) {
    const [a, b] = [exchangeCost(few, k), exchangeCost(many, k)];
    assert.equal(a.repaired, k);
    assert.equal(b.repaired, k);
    assert.ok(a.isSameAfter && b.isSameAfter);
    assert.ok(b.treeBytes < a.treeBytes + k * 1_200 + 1_000, `${k} of 64 times as many keys: ${a.treeBytes} and ${b.treeBytes} bytes`);
    assert.ok(b.objectBytes < 1.1 * a.objectBytes, 'objects: only those that differ');
  }
});

test('AE-6 a store that does not hold what it says is noticed', () => {
  const keys = new ManyKeys(100, PARTITIONS);
  const store = new LightStore(keys);
  const ref = keys.ref(5);
  const before = store.read(ref);
  store.rewrite(5);
  assert.notDeepEqual(store.read(ref), before);
});
