import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ConflictKey, type ConflictNewsEvent, conflictNewsStep, GATHER_MS, isOwnDoing, NO_NEWS, notificationWords, QUIET_MS, TOLD_MAX,
} from '../../../../main/desktop/conflict-news.ts';

/** Runs events and timers in time; what was shown, when. */
function run(events: readonly (readonly [number, ConflictNewsEvent])[], untilMs: number): { at: number; keys: string[] }[] {
  const shown: { at: number; keys: string[] }[] = [];
  const due = [...events];
  let state = NO_NEWS;
  let wakeAt: number | null = null;
  for (let turn = 0; turn < 100_000; turn += 1) {
    const next = due[0]?.[0] ?? Infinity;
    const at = Math.min(next, wakeAt ?? Infinity);
    if (at > untilMs) return shown;
    const event = next === at ? due.shift()![1] : ({ type: 'timer' } as const);
    const step = conflictNewsStep(state, event, at);
    ({ state, wakeAt } = step);
    if (step.show.length > 0) shown.push({ at, keys: step.show.map(({ key }) => key) });
  }
  assert.fail('timers without end');
}

const conflict = (key: string): ConflictNewsEvent => ({ type: 'conflict', bucket: 'b', key });
const resolved = (key: string): ConflictNewsEvent => ({ type: 'resolved', bucket: 'b', key });

test('DM-3 conflicts that come together are one notification', () => {
  assert.deepEqual(run([[0, conflict('a')], [10, conflict('b')], [20, conflict('a')]], 10 * QUIET_MS), [{ at: GATHER_MS, keys: ['a', 'b'] }]);
});

test('DM-3 never two notifications within the quiet time, however many conflicts come', () => {
  const storm = Array.from({ length: 2_000 }, (_, nth) => [nth * 100, conflict(`k${nth}`)] as const);
  const shown = run(storm, 100 * QUIET_MS);
  for (const [nth, { at }] of shown.entries()) if (nth > 0) assert.ok(at - shown[nth - 1]!.at >= QUIET_MS, String(at));
  assert.equal(shown.flatMap(({ keys }) => keys).length, 2_000, 'all were told of');
  assert.ok(shown.length <= 5);
});

test('DM-3 one that was resolved before its time is not told of; one told of is not again until resolved', () => {
  assert.deepEqual(run([[0, conflict('a')], [5, resolved('a')]], QUIET_MS), []);
  const again = run([[0, conflict('a')], [5_000, conflict('a')], [200_000, resolved('a')], [200_001, conflict('a')]], 900_000);
  assert.deepEqual(again.map(({ keys }) => keys), [['a'], ['a']]);
});

test('DM-3 what is remembered is bounded', () => {
  let state = NO_NEWS;
  for (let nth = 0; nth < 3 * TOLD_MAX; nth += 1) {
    state = conflictNewsStep(state, conflict(`k${nth}`), nth).state;
    if (nth % 10 === 0) state = conflictNewsStep(state, { type: 'timer' }, nth + QUIET_MS).state;
  }
  assert.ok(state.gathered.length <= TOLD_MAX && state.told.length <= TOLD_MAX);
});

test('DM-4 one conflict opens itself, several open the inbox, and names follow the setting', () => {
  const one: ConflictKey = { bucket: 'no/tes', key: 'a b' };
  assert.deepEqual(notificationWords([one], true), { title: 'A record was changed by two people', body: 'no/tes / a b', route: '#/conflicts/no%2Ftes/a%20b' });
  const many = Array.from({ length: 5 }, (_, nth) => ({ bucket: 'notes', key: `secret-${nth}` }));
  const named = notificationWords(many, true);
  assert.equal(named.title, '5 records were changed by two people');
  assert.equal(named.body, 'notes / secret-0\nnotes / secret-1\nnotes / secret-2\nand 2 more');
  assert.equal(named.route, '#/conflicts');
  for (const keys of [[one], many]) {
    const { title, body } = notificationWords(keys, false);
    assert.doesNotMatch(title + body, /secret|notes|a b/);
  }
  assert.ok(notificationWords([{ bucket: 'b', key: '🌱'.repeat(500) }], true).body.length < 130);
});

test('DM-5 what this device wrote just now is its own doing, whatever others’ clocks say', () => {
  const now = 1_000_000;
  const by = (writtenBy: string, writtenAtMs: number): { writtenBy: string; writtenAtMs: number } => ({ writtenBy, writtenAtMs });
  assert.equal(isOwnDoing([by('me', now - 1_000), by('ben', now + 9e9)], 'me', now), true);
  assert.equal(isOwnDoing([by('me', now - 60_000), by('ben', now)], 'me', now), false);
  assert.equal(isOwnDoing([by('cleo', now), by('ben', now)], 'me', now), false);
  assert.equal(isOwnDoing([by('me', now - 60_000), by('me', now - 90_000)], 'me', now), true);
});
