/** What a member remembers of what happened: bounded, joined, calm. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ActivityEntry } from '../../../../main/api/contract.ts';
import { ActivityLog } from '../../../../main/member/activity.ts';
import type { Liveness, MemberStatus } from '../../../../p2p/index.ts';

const MINUTE = 60_000;

function setUp() {
  const clock = { ms: Date.UTC(2026, 0, 1) };
  const log = new ActivityLog(() => clock.ms);
  log.begin([{ member: 'ada', status: 'up' }, { member: 'ben', status: 'up' }]);
  const put = (key: string, by = 'ada', kind: 'put' | 'conflict' = 'put'): void =>
    log.notice({ kind, bucket: 'b', key, context: () => '', by, writtenAt: clock.ms });
  const goes = (to: Liveness, from: Liveness = 'alive'): void => log.trace({ kind: 'liveness', member: 'ben', from, to, reason: '' });
  const status = (member: string, now: MemberStatus): void => log.trace({ kind: 'member', member, status: now, incarnation: 1 });
  const entries = (after = 0): readonly ActivityEntry[] => log.page({ after, limit: 1_000 }).entries;
  return { log, clock, put, goes, status, entries };
}

test('AC-2 what is alike and close in time is one entry; later, or by another, is another', () => {
  const { clock, put, entries } = setUp();
  put('k');
  put('k');
  put('k', 'ben');
  clock.ms += 6 * MINUTE;
  put('k');
  const found = entries();
  assert.deepEqual(found.map((entry) => ['by' in entry && entry.by, entry.count]), [['ada', 1], ['ben', 1], ['ada', 2]]);
  assert.equal(new Set(found.map(({ id }) => id)).size, 3);
});

test('AC-3 after a revision come only entries that are new or have grown, latest first', () => {
  const { log, put, entries } = setUp();
  put('one');
  put('two');
  const { latest } = log.page({ after: 0, limit: 10 });
  assert.deepEqual(entries(latest), []);
  put('three');
  put('one');
  assert.deepEqual(entries(latest).map((entry) => 'key' in entry && [entry.key, entry.count]), [['one', 2], ['three', 1]]);
  assert.equal(log.page({ after: 0, limit: 2 }).entries.length, 2);
});

test('AC-1 many writes are bounded, and do not push out that a member went', () => {
  const { goes, put, entries } = setUp();
  goes('down');
  for (let index = 0; index < 5_000; index += 1) put(`k${index}`);
  const found = entries();
  assert.equal(found.length, 301);
  assert.equal(found.at(-1)?.kind, 'away');
  assert.ok(found.some((entry) => 'key' in entry && entry.key === 'k4999'));
  put('k0');
  assert.deepEqual(entries().slice(0, 1).map(({ count }) => count), [1], 'what was forgotten begins anew');
});

test('AC-1 what has grown lately is not the oldest', () => {
  const { put, entries } = setUp();
  put('kept');
  for (let index = 0; index < 200; index += 1) put(`early ${index}`);
  put('kept');
  for (let index = 0; index < 200; index += 1) put(`late ${index}`);
  assert.deepEqual(entries().filter((entry) => 'key' in entry && entry.key === 'kept').map(({ count }) => count), [2]);
  assert.equal(entries().length, 300);
});

test('AC-4 doubt is no news; going and coming back are', () => {
  const { goes, clock, entries } = setUp();
  goes('alive', 'suspect');
  goes('suspect');
  goes('alive', 'suspect');
  assert.deepEqual(entries(), []);
  goes('down');
  goes('suspect', 'down');
  assert.deepEqual(entries().map(({ kind }) => kind), ['away'], 'half back is not back');
  goes('alive', 'suspect');
  goes('down');
  assert.deepEqual(entries().map(({ kind, count }) => [kind, count]), [['away', 2], ['back', 1]]);
  clock.ms += 10 * MINUTE;
  goes('alive', 'down');
  assert.deepEqual(entries().map(({ kind }) => kind), ['back', 'away', 'back']);
});

test('AC-4 a member that says the same again is no news; who joins, leaves or is removed is', () => {
  const { status, entries } = setUp();
  status('ada', 'up');
  assert.deepEqual(entries(), []);
  for (const now of ['joining', 'up'] as const) status('cleo', now);
  status('ben', 'removed');
  assert.deepEqual(entries().map((entry) => entry.kind === 'status' && `${entry.member} ${entry.status}`), ['ben removed', 'cleo up', 'cleo joining']);
});

test('members as they are told at the start are no news', () => {
  const log = new ActivityLog(() => 0);
  log.trace({ kind: 'member', member: 'ada', status: 'up', incarnation: 1 });
  log.begin([{ member: 'ada', status: 'up' }]);
  log.trace({ kind: 'member', member: 'ada', status: 'up', incarnation: 2 });
  assert.deepEqual(log.page({ after: 0, limit: 10 }).entries, []);
});

test('hints, repairs and transfers are counted in keys; an exchange that found nothing is no news', () => {
  const { log, entries } = setUp();
  log.trace({ kind: 'exchange', peer: 'ben', partitions: 9, differing: 0, repaired: 0 });
  assert.deepEqual(entries(), []);
  for (let index = 0; index < 3; index += 1) log.trace({ kind: 'hint-delivered', target: 'ben', key: `k${index}` });
  log.trace({ kind: 'transfer', peer: 'ben', partitions: 2, keys: 40 });
  log.trace({ kind: 'transfer', peer: 'ben', partitions: 2, keys: 2 });
  log.trace({ kind: 'read-repair', key: 'k', members: ['ada', 'ben'] });
  log.trace({ kind: 'exchange', peer: 'ben', partitions: 9, differing: 5, repaired: 4 });
  log.trace({ kind: 'dropped', partition: 1, keys: 7 });
  for (const kind of ['damaged', 'damaged', 'mended'] as const) log.trace({ kind, key: 'k' });
  for (const keys of [2, 3]) log.trace({ kind: 'reaped', keys });
  log.trace({ kind: 'scrubbed', records: 9 });
  log.trace({ kind: 'store-failed', message: 'no space left' });
  assert.deepEqual(entries().map((entry) => [entry.kind, 'keys' in entry ? entry.keys : 0, entry.count]), [
    ['trouble', 0, 1], ['reaped', 5, 2], ['mended', 1, 1], ['damaged', 2, 2], ['dropped', 7, 1], ['repair', 5, 2], ['repair', 1, 1], ['transfer', 42, 2], ['hints', 3, 3],
  ]);
});

test('AC-3 another team is another story: nothing is left, revisions go on, since tells', () => {
  const { log, clock, put } = setUp();
  put('k');
  const before = log.page({ after: 0, limit: 10 });
  clock.ms += 1;
  log.reset();
  const after = log.page({ after: 0, limit: 10 });
  assert.deepEqual([after.entries, after.latest], [[], before.latest]);
  assert.notEqual(after.since, before.since);
});

test('listeners are told of many entries at once', async () => {
  const { log, put } = setUp();
  let told = 0;
  const stop = log.onNews(() => (told += 1));
  for (let index = 0; index < 100; index += 1) put(`k${index}`);
  // The log's own timer does not hold the process, so this one does.
  await delay(700);
  assert.equal(told, 1);
  stop();
  put('one more');
  await delay(700);
  assert.equal(told, 1);
});
