/** MB: a record that cannot be read costs that record, never the others, the connection or the member. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_SETTINGS, encodeBucketRecord } from '../../p2p/membership/bucket-registry.ts';
import { encodeRecord } from '../../p2p/membership/member-record.ts';
import { BUCKET_ROW, MEMBER_ROW } from '../../p2p/node/member-desk.ts';
import { Lab } from './lab.ts';

const NONSENSE = Uint8Array.of(1, 2, 3);

test('MB-29 a member that listens on more addresses than a record holds is known to all, and starts again', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  const lan = Array.from({ length: 40 }, (_, index) => `/ip4/172.20.${index}.1/tcp/4001`);
  lab.member('ada').feed({ kind: 'addresses', addresses: ['/ip4/127.0.0.1/tcp/4001', `/ip4/10.0.0.1/tcp/1/http-path/${'x'.repeat(600)}`, ...lan] });
  lab.until('ben has heard', () => (lab.core('ben').roster.get('ada')?.addresses.length ?? 0) > 0);
  const told = lab.core('ben').roster.get('ada');
  assert.deepEqual(told, lab.core('ada').roster.get('ada'));
  assert.deepEqual(told?.addresses, lan.slice(0, 16), 'those that lead nowhere go first');

  lab.member('ada').feed({ kind: 'addresses', addresses: ['/ip4/127.0.0.1/tcp/4001', ...lan] });
  lab.run(3_000);
  assert.equal(lab.core('ada').roster.get('ada')?.incarnation, told.incarnation, 'nothing is new in what is left out');
  lab.member('ada').crash();
  lab.member('ada').start();
  lab.until('ada is there again', () => lab.core('ben').roster.get('ada')?.incarnation !== told.incarnation);
});

test('MB-30 of a delta with unreadable records and settings the others are taken', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  const known = lab.core('ada').roster.get('cleo');
  assert.ok(known);
  const removed = lab.core('cleo').roster.removal('ben', 1);
  assert.ok(removed);
  const settings = { bucket: 'plans', version: 1, by: 'ada', settings: { ...DEFAULT_SETTINGS, n: 5 } };
  lab.member('ada').feed({
    kind: 'message',
    from: 'cleo',
    message: {
      kind: 'gossip-delta', root: new Uint8Array(8), wanted: [],
      records: [NONSENSE, encodeRecord(removed)], buckets: [NONSENSE, encodeBucketRecord(settings)],
    },
  });
  assert.equal(lab.core('ada').roster.get('ben')?.status, 'removed');
  assert.equal(lab.core('ada').buckets.settings('plans').n, 5);
});

test('MB-30 rows that cannot be read cost what they said: the member starts, and says anew what it is', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  lab.ask('ada', { kind: 'set-bucket', bucket: 'plans', settings: { n: 2 } });
  lab.run(3_000);
  const before = lab.core('ada').roster.get('ada');
  const { disk } = lab.member('ada');
  lab.member('ada').crash();
  for (const name of [`${MEMBER_ROW}ada`, `${MEMBER_ROW}ben`, `${BUCKET_ROW}plans`]) {
    disk.commit([{ kind: 'meta', name, bytes: NONSENSE }], () => undefined);
  }
  lab.run(100);
  lab.member('ada').start();
  lab.until('ben has the new record', () => (lab.core('ben').roster.get('ada')?.incarnation ?? 0) > (before?.incarnation ?? 0));
  lab.until('ada has the settings', () => lab.core('ada').buckets.settings('plans').n === 2);
  lab.until('ada is up', () => lab.status('ada') === 'up');
  assert.equal(lab.core('ben').roster.get('ada')?.seed, before?.seed);
  assert.equal(lab.core('ada').roster.get('ben')?.status, 'up');
});
