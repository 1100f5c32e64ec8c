/** Where the copies of a key are, as far as anybody knows. */
import '../merge/svelte-modules.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiEvent, MemberInfo, Placement } from '../../../../main/api/contract.ts';
import { copyRows, copySummary, stateWords, summaryWords } from '../../../../renderer/copies/copy-rows.ts';
import { reading, sibling } from '../merge/support.ts';

const { CopiesLookup } = await import('../../../../renderer/state/copies-lookup.svelte.ts');

const info = (memberId: string, over: Partial<MemberInfo> = {}): MemberInfo => ({
  memberId, name: memberId, person: null, words: [], role: 'member', machine: memberId, zone: null, weight: 1, status: 'up', removed: null, liveness: 'alive', heartbeat: 1,
  lastHeardMs: 5, incarnation: 1, partitionsOwned: 1, hintsFor: 0, address: null, roundTripMs: null, clockOffsetMs: null, release: null, self: memberId === 'ada', ...over,
});
const MEMBERS = [info('ada'), info('ben'), info('cleo', { liveness: 'down', lastHeardMs: 90_000 }), info('dan')];
const holds = (member: string, ...dots: string[]) => ({ member, dots, durable: true });
const placed = (holders: Placement['holders'], silent: readonly string[] = []): Placement => ({
  partition: 1, position: '', primaries: ['ada', 'ben', 'cleo'], fallbacks: ['dan'], holders, dots: [], silent,
});
const rowsOf = (placement: Placement, { dots = ['x:2'], hints = {}, members = MEMBERS }: { dots?: string[]; hints?: Record<string, number>; members?: MemberInfo[] } = {}) =>
  copyRows({ placement, dots, members, hints });

test('TS-7 a copy is held, older, missing, or not known, and never guessed', () => {
  const rows = rowsOf(placed([holds('ada', 'x:2'), holds('ben', 'x:1')], ['cleo']));
  assert.deepEqual(rows.map(({ member, state, rank }) => [member, state, rank]), [['ada', 'held', 1], ['ben', 'older', 2], ['cleo', 'unknown', 3]]);
  assert.deepEqual(rowsOf(placed([holds('ada', 'x:2')])).map(({ state }) => state), ['held', 'missing', 'missing']);
  const several = rowsOf(placed([holds('ada', 'x:2', 'y:1'), holds('ben', 'x:2')]), { dots: ['x:2', 'y:1'] });
  assert.deepEqual(several.map(({ state }) => state), ['held', 'older', 'missing'], 'one version of two is not all');
  const unsynced = rowsOf(placed([{ member: 'ada', dots: ['x:2'], durable: false }]));
  assert.equal(unsynced[0]?.state, 'older', 'only what is on disk is held');
  assert.deepEqual(rowsOf(placed([holds('ada', 'x:2')]), { dots: [] })[0]?.state, 'older');
});

test('TS-7 who is away is told what becomes of its copy', () => {
  const words = (rows: ReturnType<typeof rowsOf>): Record<string, string> =>
    Object.fromEntries(rows.map((row) => [row.member, stateWords(row, (id) => (id === 'ada' ? 'this device' : id))]));
  const standing = words(rowsOf(placed([holds('ada', 'x:2'), holds('ben', 'x:2'), holds('dan', 'x:2')], ['cleo'])));
  assert.equal(standing['dan'], 'Has it on disk, standing in for one that is away');
  assert.equal(standing['cleo'], 'Away: not known. When it returns, dan hands it over.');
  const hinted = words(rowsOf(placed([holds('ada', 'x:2'), holds('ben', 'x:2')], ['cleo']), { hints: { cleo: 1 } }));
  assert.equal(hinted['cleo'], 'Away: not known. When it returns, this device hands it over.');
  const none = words(rowsOf(placed([holds('ada', 'x:2')], ['cleo'])));
  assert.equal(none['cleo'], 'Away: not known. When it returns, it gets what it lacks from the others.');
  assert.equal(none['ben'], 'Has no copy yet. It gets what it lacks by itself.');
  assert.match(words(rowsOf(placed([holds('ada', 'x:2')], ['ben'])))['ben'] ?? '', /^Did not answer: not known/);
});

test('TS-7 the sum counts what is known to be on disk, and zones', () => {
  const sum = (...given: Parameters<typeof rowsOf>): string => summaryWords(copySummary(rowsOf(...given)));
  assert.equal(sum(placed([holds('ada', 'x:2'), holds('ben', 'x:2')], ['cleo'])), '2 of 3 copies on disk. One device could not be asked.');
  const zoned = [info('ada', { zone: 'lab' }), info('ben', { zone: 'lab' }), info('cleo', { zone: 'office' })];
  assert.equal(sum(placed([holds('ada', 'x:2'), holds('ben', 'x:2'), holds('cleo', 'x:2')]), { members: zoned }), '3 of 3 copies on disk, in 2 zones.');
  assert.equal(sum(placed([holds('ada', 'x:2'), holds('ben', 'x:2')]), { members: zoned }), '2 of 3 copies on disk, in one zone.');
  assert.equal(summaryWords({ held: 1, wanted: 1, unknown: 0, zones: 1, isZoned: false }), '1 of 1 copy on disk.');
});

test('TS-7 copies are asked for when something happens to the key or the team, and what was known stays', async () => {
  const handlers = new Set<(event: ApiEvent) => void>();
  const world = { asked: 0, error: null as Error | null };
  const lookup = new CopiesLookup(
    {
      api: {
        placement: () => {
          world.asked += 1;
          return world.error === null ? Promise.resolve(placed([])) : Promise.reject(world.error);
        },
      },
      read: () => Promise.resolve(reading([sibling('x:2', 'v')])),
      onEvent: (handler) => (handlers.add(handler), () => handlers.delete(handler)),
    },
    { bucket: 'b', key: 'k' },
  );
  const tell = async (event: ApiEvent): Promise<void> => {
    for (const handler of handlers) handler(event);
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await tell({ type: 'put', bucket: 'b', key: 'other', context: '' });
  assert.deepEqual([world.asked, lookup.found?.dots], [1, ['x:2']]);
  await tell({ type: 'copies', bucket: 'b', key: 'k', context: '', copies: [], needed: 2 });
  await tell({ type: 'members' });
  assert.equal(world.asked, 3);
  world.error = new Error('gone');
  await tell({ type: 'put', bucket: 'b', key: 'k', context: '' });
  assert.deepEqual([lookup.error, lookup.found === null, lookup.asking], ['gone', false, false]);
  lookup.close();
  assert.equal(handlers.size, 0);
});
