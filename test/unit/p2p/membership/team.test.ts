import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MalformedError } from '../../../../p2p/bytes/byte-reader.ts';
import { SETTINGS_VERSION_MAX } from '../../../../p2p/bounds.ts';
import type { BucketRecord } from '../../../../p2p/membership/bucket-registry.ts';
import { BucketRegistry, DEFAULT_SETTINGS, isSettings } from '../../../../p2p/membership/bucket-registry.ts';
import { decodeTeam, encodeTeam, foundTeam } from '../../../../p2p/membership/team.ts';
import { isPartitionCount } from '../../../../p2p/ring/position.ts';
import type { BucketSettings } from '../../../../p2p/types.ts';

const choices = { name: 'Birds', partitions: 64, founder: 'ada', nonce: new Uint8Array(16) };

test('SC-1 the team id commits to founder, name, Q and nonce', () => {
  const { id } = foundTeam(choices);
  assert.match(id, /^[0-9a-f]{32}$/);
  assert.equal(foundTeam({ ...choices, nonce: new Uint8Array(16) }).id, id);
  const others = [{ name: 'Bees' }, { partitions: 128 }, { founder: 'eve' }, { nonce: new Uint8Array(16).fill(1) }];
  for (const other of others) assert.notEqual(foundTeam({ ...choices, ...other }).id, id);
});

test('SC-1 the id of a decoded team is worked out, never taken from the bytes', () => {
  const team = foundTeam(choices);
  assert.deepEqual(decodeTeam(encodeTeam({ ...team, id: 'forged' })), team);
});

test('RG-2 Q is a power of two from 1 to 65,536', () => {
  assert.deepEqual([1, 2, 64, 65_536].map(isPartitionCount), [true, true, true, true]);
  assert.deepEqual([0, -1, 3, 1.5, 131_072, Number.NaN].map(isPartitionCount), [false, false, false, false, false, false]);
  assert.throws(() => decodeTeam(encodeTeam(foundTeam({ ...choices, partitions: 3 }))), MalformedError);
});

function change(registry: BucketRegistry, bucket: string, settings: Partial<BucketSettings>, by: string): BucketRecord | undefined {
  const record = registry.next(bucket, settings, by);
  return record !== undefined && registry.merge(record) ? record : undefined;
}

test('MB-7 a change raises the version; a bucket without settings has those of the product', () => {
  const registry = new BucketRegistry();
  assert.equal(registry.settings('birds'), DEFAULT_SETTINGS);
  assert.equal(change(registry, 'birds', { n: 5 }, 'ada')?.version, 1);
  const record = change(registry, 'birds', { sloppy: false }, 'ben');
  assert.ok(record !== undefined);
  assert.deepEqual(record, { bucket: 'birds', version: 2, by: 'ben', settings: { ...DEFAULT_SETTINGS, n: 5, sloppy: false } });
  assert.equal(registry.merge({ ...record, version: 1, by: 'zoe' }), false);
});

test('MB-31 settings are changed as long as others read them, and there is room', () => {
  const registry = new BucketRegistry();
  registry.merge({ bucket: 'birds', version: SETTINGS_VERSION_MAX, by: 'zoe', settings: DEFAULT_SETTINGS });
  assert.equal(registry.next('birds', { n: 5 }, 'ada'), undefined);
  for (let index = 1; index < 10_000; index += 1) assert.ok(change(registry, `b${index}`, { n: 5 }, 'ada'));
  assert.equal(registry.next('one more', { n: 5 }, 'ada'), undefined);
  assert.equal(registry.adoption('one more', DEFAULT_SETTINGS, 'ada'), undefined);
  assert.ok(change(registry, 'b1', { n: 4 }, 'ada'));
});

test('MB-7 settings of a hostile peer are checked field by field', () => {
  assert.ok(isSettings(DEFAULT_SETTINGS));
  const wrong = [{ n: 0 }, { n: 101 }, { n: 1.5 }, { r: 'any' }, { w: 'most' }, { sloppy: 1 }, { resolution: 'first' }, { n: undefined }];
  for (const change of wrong) assert.equal(isSettings({ ...DEFAULT_SETTINGS, ...change }), false, JSON.stringify(change));
  assert.equal(isSettings(null), false);
});
