/** Activity as lines to read, and the state that keeps them up to date. */
import '../merge/svelte-modules.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ActivityEntry, ActivityFact, ActivityPage, ApiEvent } from '../../../../main/api/contract.ts';
import { daysOf, joinEntries, linesOf, toJsonLines, type Topic } from '../../../../renderer/activity/lines.ts';

const { ActivityScreen } = await import('../../../../renderer/state/activity.svelte.ts');

const NOON = new Date(2026, 10, 24, 12, 0, 0).getTime();
const NAMES = { nameOf: (member: string) => member.toUpperCase(), writerOf: (member: string) => `${member} on ${member.toUpperCase()}`, self: 'me' };
const ALL: ReadonlySet<Topic> = new Set();
let lastId = 0;

/** @param minutes Before noon. */
function entry(fact: ActivityFact, minutes = 0, more: Partial<ActivityEntry> = {}): ActivityEntry {
  lastId += 1;
  const at = new Date(NOON - minutes * 60_000).toISOString();
  return { id: lastId, revision: lastId, since: at, at, count: 1, ...fact, ...more } as ActivityEntry;
}

const put = (key: string, by: string, minutes = 0, writtenMinutes = minutes, more: Partial<ActivityEntry> = {}): ActivityEntry =>
  entry({ kind: 'put', bucket: 'b', key, by, writtenAt: new Date(NOON - writtenMinutes * 60_000).toISOString() }, minutes, more);

const said = (entries: readonly ActivityEntry[]): readonly string[] => linesOf(entries, NAMES, ALL).map(({ words }) => words);

test('writes of one hand that follow each other are one line', () => {
  const entries = [put('c', 'ada', 0), put('b', 'ada', 1), put('a', 'ada', 2), put('x', 'me', 3), put('y', 'ada', 4), put('z', 'ada', 40)];
  assert.deepEqual(said(entries), ['ada on ADA wrote 3 records in b', 'You wrote b/x', 'ada on ADA wrote b/y', 'ada on ADA wrote b/z']);
  assert.deepEqual(linesOf(entries, NAMES, ALL)[0]?.keys.map(({ key }) => key), ['c', 'b', 'a']);
});

test('several saves of one record are said once, with their number', () => {
  const [line] = linesOf([put('a', 'ada', 0, 0, { count: 4 })], NAMES, ALL);
  assert.deepEqual([line?.words, line?.detail], ['ada on ADA wrote b/a', '4 saves.']);
});

test('a write that comes long after it was made is said to arrive', () => {
  assert.deepEqual(said([put('a', 'ada', 0, 600)]), ['b/a arrived from ada on ADA']);
});

test('every kind has words, and none is silent about who', () => {
  const member = 'ben';
  const facts: readonly (readonly [ActivityFact, RegExp])[] = [
    [{ kind: 'delete', bucket: 'b', key: 'k', by: 'me', writtenAt: new Date(NOON).toISOString() }, /^You deleted b\/k$/],
    [{ kind: 'conflict', bucket: 'b', key: 'k', by: 'ada', writtenAt: new Date(NOON).toISOString() }, /^b\/k has versions that were edited apart$/],
    [{ kind: 'resolved', bucket: 'b', key: 'k', by: 'ada', writtenAt: new Date(NOON).toISOString() }, /^ada on ADA merged b\/k$/],
    [{ kind: 'away', member }, /^BEN went away$/],
    [{ kind: 'back', member }, /^BEN is back$/],
    [{ kind: 'hints', member, keys: 1 }, /^1 record handed to BEN$/],
    [{ kind: 'repair', member, keys: 2_000 }, /^2,000 records mended with BEN$/],
    [{ kind: 'transfer', member, keys: 2 }, /^2 records moved with BEN$/],
    [{ kind: 'dropped', keys: 2 }, /^2 records let go here$/],
    [{ kind: 'damaged', keys: 1 }, /^1 record damaged on this disk$/],
    [{ kind: 'mended', keys: 3 }, /^3 records of this disk mended$/],
    [{ kind: 'reaped', keys: 1_200 }, /^1,200 deletions forgotten here$/],
    [{ kind: 'trouble', message: 'no space' }, /^The disk refused$/],
  ];
  for (const [fact, words] of facts) assert.match(said([entry(fact)])[0] ?? '', words);
  for (const status of ['joining', 'up', 'leaving', 'left', 'removed'] as const) assert.match(said([entry({ kind: 'status', member, status })])[0] ?? '', /^BEN /);
  assert.deepEqual(said([entry({ kind: 'away', member }, 0, { count: 3 })]), ['BEN went away (3 times)']);
});

test('a conflict opens the merge view, a write the editor', () => {
  const at = new Date(NOON).toISOString();
  const lines = linesOf([entry({ kind: 'conflict', bucket: 'b', key: 'k', by: 'ada', writtenAt: at }), put('k', 'ada')], NAMES, ALL);
  assert.deepEqual(lines.map(({ keys }) => keys.map(({ merges }) => merges)), [[true], [false]]);
});

test('topics and words filter', () => {
  const entries = [put('apple', 'ada'), entry({ kind: 'away', member: 'ben' }), put('pear', 'ada', 20)];
  assert.deepEqual(linesOf(entries, NAMES, new Set(['members'])).map(({ kind }) => kind), ['away']);
  assert.deepEqual(linesOf(entries, NAMES, ALL, ' APP ').map(({ keys }) => keys[0]?.key), ['apple']);
  assert.deepEqual(linesOf(entries, NAMES, new Set(['members']), 'apple'), []);
});

test('lines stand under their day', () => {
  const lines = linesOf([put('a', 'ada'), put('b', 'me', 24 * 60), put('c', 'ada', 3 * 24 * 60)], NAMES, ALL);
  assert.deepEqual(daysOf(lines, NOON).map(({ day }) => day), ['Today', 'Yesterday', 'Saturday, November 21']);
});

test('news replace what they have grown from, and the oldest go', () => {
  const [old, older] = [put('a', 'ada'), put('b', 'ada')];
  const grown = { ...old, revision: 99, count: 2 };
  const joined = joinEntries([older, old], [grown], 10);
  assert.deepEqual(joined.map(({ id, count }) => [id, count]), [[old.id, 2], [older.id, 1]]);
  assert.deepEqual(joinEntries([older, old], [grown], 1).map(({ id }) => id), [old.id]);
});

test('the export is JSON Lines, oldest first', () => {
  const text = toJsonLines([put('late', 'ada'), put('early\n', 'ada')]);
  assert.deepEqual(text.trimEnd().split('\n').map((line) => (JSON.parse(line) as { key: string }).key), ['early\n', 'late']);
});

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp() {
  const handlers = new Set<(event: ApiEvent) => void>();
  const world = { page: { since: 's1', latest: 2, entries: [put('a', 'ada')] } as ActivityPage, error: null as Error | null, asked: [] as (number | undefined)[] };
  const screen = new ActivityScreen({
    api: {
      activity: ({ after }) => {
        world.asked.push(after);
        return world.error ? Promise.reject(world.error) : Promise.resolve(world.page);
      },
    },
    onEvent: (handler) => (handlers.add(handler), () => handlers.delete(handler)),
    onReconnect: () => () => undefined,
  });
  const tell = async (type: 'activity' | 'members' = 'activity'): Promise<void> => {
    for (const handler of handlers) handler({ type });
    await settle();
  };
  return { screen, world, tell, handlers };
}

test('it asks for what is new when there is news, and keeps the rest', async () => {
  const { screen, world, tell, handlers } = setUp();
  await settle();
  assert.equal(screen.entries?.length, 1);
  await tell('members');
  assert.deepEqual(world.asked, [0]);
  world.page = { since: 's1', latest: 3, entries: [put('b', 'ada')] };
  await tell();
  assert.deepEqual(world.asked, [0, 2]);
  assert.equal(screen.entries?.length, 2);
  screen.close();
  assert.equal(handlers.size, 0);
});

test('AC-3 a member that has started anew tells another story from its beginning', async () => {
  const { screen, world, tell } = setUp();
  await settle();
  world.page = { since: 's2', latest: 1, entries: [put('new', 'ada')] };
  await tell();
  assert.deepEqual(world.asked, [0, 2, undefined]);
  assert.deepEqual(screen.entries?.map((one) => 'key' in one && one.key), ['new']);
});

test('a failed answer leaves what was known; before the first there is nothing to show', async () => {
  const { screen, world, tell } = setUp();
  world.error = new Error('not now');
  await settle();
  await tell();
  assert.equal(screen.entries?.length, 1);
  assert.equal(screen.trouble, 'not now');
  world.error = null;
  await tell();
  assert.equal(screen.trouble, null);
});
