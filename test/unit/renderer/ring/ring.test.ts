/** The ring as geometry, as counts, and as a state that follows the member. */
import '../merge/svelte-modules.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiEvent, MemberInfo, Placement, RingInfo } from '../../../../main/api/contract.ts';
import { arcPath, CENTRE, pointAt, seatAt, trackPaths, TRACKS, turnAt, turnOf } from '../../../../renderer/ring/drawing.ts';
import { coverageOf, coverageWords, groupsOf, keepersOf, seated, sharesOf } from '../../../../renderer/ring/ownership.ts';
import { oneAtATime } from '../../../../renderer/state/one-at-a-time.ts';

const { RingScreen } = await import('../../../../renderer/state/ring.svelte.ts');

const OWNERS = [['a', 'b'], ['a', 'c'], ['b', 'a'], ['c', 'b']];
const member = (memberId: string, more: Partial<MemberInfo> = {}): MemberInfo =>
  ({ memberId, name: memberId, status: 'up', liveness: 'alive', ...more }) as MemberInfo;
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('positions rise clockwise from twelve o\'clock, and back', () => {
  assert.deepEqual(pointAt(0, 100), { x: CENTRE, y: CENTRE - 100 });
  assert.deepEqual(pointAt(0.25, 100), { x: CENTRE + 100, y: CENTRE });
  for (const turn of [0, 0.1, 0.49, 0.75, 0.999]) assert.ok(Math.abs(turnAt(pointAt(turn, 150)) - turn) < 0.001);
  assert.equal(turnOf('8'.padEnd(32, '0')), 0.5);
  assert.equal(turnOf('f'.repeat(32)), 1 - 2 ** -48);
});

test('WN-1 neighbouring partitions of one owner are one arc, and a track holds one path a member', () => {
  const paths = trackPaths(OWNERS);
  assert.deepEqual(paths.map(({ track, member: owner }) => `${track}${owner}`), ['0a', '0b', '0c', '1b', '1c', '1a']);
  const outer = TRACKS[0]?.radius ?? 0;
  assert.equal(paths[0]?.d, arcPath(0, 0.5, outer));
  assert.equal((paths.find(({ track, member: owner }) => track === 1 && owner === 'b')?.d.match(/M/g) ?? []).length, 2);
});

test('WN-1 one owner of all is a whole circle, and a large ring stays a small drawing', () => {
  assert.equal((trackPaths([['a'], ['a']])[0]?.d.match(/A/g) ?? []).length, 2);
  const large = Array.from({ length: 65_536 }, (_, index) => [index % 2 === 0 ? 'a' : 'b', 'c']);
  const length = trackPaths(large).reduce((sum, { d }) => sum + d.length, 0);
  assert.ok(length < 400_000, `${length} characters`);
});

test('one member stands in the middle, more stand round it', () => {
  assert.deepEqual(seatAt(0, 1), { x: CENTRE, y: CENTRE });
  assert.equal(new Set([0, 1, 2].map((index) => JSON.stringify(seatAt(index, 3)))).size, 3);
});

test('shares count first copies and all copies', () => {
  assert.deepEqual([...sharesOf(OWNERS)].sort(), [['a', { first: 2, any: 3 }], ['b', { first: 1, any: 3 }], ['c', { first: 1, any: 2 }]]);
});

test('members sit in the same order at every desk; who is gone has no seat', () => {
  const members = [member('c'), member('x', { status: 'removed' }), member('a', { status: 'leaving' }), member('y', { status: 'left' })];
  assert.deepEqual(seated(members).map(({ memberId }) => memberId), ['a', 'c']);
});

test('WN-2 coverage says how many partitions lack how many copies', () => {
  const words = (here: string, wanted: number | 'all' = 2): string => coverageWords(coverageOf(groupsOf(OWNERS, (id) => here.includes(id))), wanted);
  assert.equal(words('abc'), 'Every partition has all 2 copies at hand.');
  assert.equal(words('ab'), 'Of 4 partitions 2 have 1 of 2 copies at hand.');
  assert.equal(words('c'), 'Of 4 partitions 2 have no copy at hand, 2 have 1 of 2 copies at hand.');
  assert.equal(words('z'), 'All 4 partitions have no copy at hand.');
  assert.match(words('abc', 3), /devices for 2 of the 3 copies/);
  assert.deepEqual(groupsOf(OWNERS, (id) => id !== 'c').map(({ atHand }) => atHand), [1, 1, 2, 2]);
});

test('a key\'s keepers: primaries in order with what they have, then stand-ins', () => {
  const placement: Placement = {
    partition: 1, position: '0'.repeat(32), primaries: ['a', 'b', 'c', 'd'], fallbacks: ['e', 'f'], dots: [], silent: [],
    holders: [
      { member: 'e', dots: ['x:1'], durable: true }, { member: 'a', dots: ['x:1'], durable: true },
      { member: 'b', dots: ['x:1'], durable: false }, { member: 'f', dots: [], durable: true },
    ],
  };
  const rows = keepersOf(placement, (id) => (id === 'd' ? 'down' : 'alive'));
  assert.deepEqual(rows.map(({ member: id, rank, state }) => [id, rank, state]), [
    ['a', 1, 'kept'], ['b', 2, 'unsynced'], ['c', 3, 'missing'], ['d', 4, 'unreachable'], ['e', null, 'kept'],
  ]);
});

test('WN-4 many calls for one question ask it once more, and the last call is never lost', async () => {
  let asked = 0;
  const ask = oneAtATime(async () => {
    asked += 1;
    await settle();
  });
  const all = [ask(), ask(), ask()];
  await Promise.all(all);
  assert.equal(asked, 2);
  await ask();
  assert.equal(asked, 3);
});

function setUp() {
  const handlers = new Set<(event: ApiEvent) => void>();
  const reconnects = new Set<() => void>();
  const ring: RingInfo = { partitions: 4, tokensPerMember: 1, version: 'v1', owners: OWNERS };
  const world = { ring, error: null as Error | null, asked: [] as string[] };
  const screen = new RingScreen({
    api: {
      ring: () => (world.error === null ? Promise.resolve(world.ring) : Promise.reject(world.error)),
      placement: ({ bucket, key }) => {
        world.asked.push(`${bucket}/${key}`);
        if (world.error !== null) return Promise.reject(world.error);
        return Promise.resolve({ partition: key.length, position: '', primaries: [], fallbacks: [], holders: [], dots: [], silent: [] });
      },
    },
    onEvent: (handler) => (handlers.add(handler), () => handlers.delete(handler)),
    onReconnect: (handler) => (reconnects.add(handler), () => reconnects.delete(handler)),
  });
  const tell = async (event: ApiEvent): Promise<void> => {
    for (const handler of handlers) handler(event);
    await settle();
  };
  return { screen, world, tell, handlers, reconnects };
}

test('the ring follows the members, and is kept as last known when an answer fails', async () => {
  const { screen, world, tell } = setUp();
  await settle();
  assert.equal(screen.ring?.version, 'v1');
  world.ring = { ...world.ring, version: 'v2' };
  await tell({ type: 'members' });
  assert.equal(screen.ring?.version, 'v2');
  world.error = new Error('not now');
  await tell({ type: 'members' });
  assert.deepEqual([screen.ring?.version, screen.trouble], ['v2', 'not now']);
});

test('a key is looked up, followed, and let go; another key asked meanwhile wins', async () => {
  const { screen, world, tell, handlers, reconnects } = setUp();
  const first = screen.lookUp({ bucket: 'b', key: 'k' });
  const second = screen.lookUp({ bucket: 'b', key: 'kk' });
  await Promise.all([first, second]);
  assert.deepEqual([screen.lookup?.state, screen.lookup?.placement?.partition], ['found', 2]);
  await tell({ type: 'put', bucket: 'b', key: 'other', context: '' });
  assert.deepEqual(world.asked, ['b/k', 'b/kk']);
  await tell({ type: 'put', bucket: 'b', key: 'kk', context: '' });
  assert.deepEqual(world.asked, ['b/k', 'b/kk', 'b/kk']);
  world.error = new Error('nobody answers');
  for (const handler of reconnects) handler();
  await settle();
  assert.equal(screen.lookup?.state, 'failed');
  await screen.lookUp(null);
  assert.equal(screen.lookup, null);
  screen.close();
  assert.deepEqual([handlers.size, reconnects.size], [0, 0]);
});

test('the probe goes round the ring over its end', async () => {
  const { screen } = setUp();
  screen.probe(1);
  assert.equal(screen.probed, null);
  await settle();
  screen.probe(-1);
  assert.equal(screen.probed, 3);
  screen.probe(4.7);
  assert.equal(screen.probed, 0);
});
