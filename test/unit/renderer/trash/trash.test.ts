/** The trash of a bucket: paged past the living, live, and honest about what cannot come back. */
import '../merge/svelte-modules.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiEvent, KeyRow, Params, Sibling } from '../../../../main/api/contract.ts';
import { conflictCountWords } from '../../../../renderer/state/conflict-count.ts';
import { FakeApi } from '../merge/fake-api.ts';
import { sibling } from '../merge/support.ts';

const { Trash } = await import('../../../../renderer/state/trash.svelte.ts');

const row = (key: string, deleted: boolean): KeyRow => ({ key, siblings: 1, contentType: '', size: 0, writtenBy: 'ada', writtenAt: '2026-11-20T14:02:00.000Z', ...(deleted && { deleted: true as const }) });
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));
const name = (at: number): string => `k${String(at).padStart(6, '0')}`;

async function setUp(rows: readonly KeyRow[], versions: readonly Sibling[] = [], historyVersions = 10) {
  const fake = new FakeApi([sibling('bo:1', null)]);
  const handlers = new Set<(event: ApiEvent) => void>();
  const said: { words: string; undo: (() => void) | undefined }[] = [];
  const world = { rows, asked: 0, error: null as Error | null };
  const keys = ({ prefix = '', after = '', limit = 100, deleted }: Params<'keys'>) => {
    world.asked += 1;
    if (world.error !== null) return Promise.reject(world.error);
    const all = world.rows.filter(({ key, deleted: gone }) => key.startsWith(prefix) && key > after && (deleted === true || gone !== true));
    const page = all.slice(0, limit);
    return Promise.resolve({ keys: page, ...(all.length > limit && { next: page.at(-1)?.key ?? '' }) });
  };
  const trash = new Trash(
    {
      api: {
        get: fake.get, put: fake.put, delete: fake.delete, keys,
        getBucket: () => Promise.resolve({ bucket: 'b', n: 3, r: 'quorum', w: 'quorum', sloppy: true, resolution: 'siblings', historyVersions, historyDays: 30 } as const),
        history: () => Promise.resolve({ context: 'c0', versions, replies: [] }),
      },
      read: () => Promise.resolve(fake.read),
      put: fake.put,
      onEvent: (handler) => (handlers.add(handler), () => handlers.delete(handler)),
      onReconnect: () => () => undefined,
      nameOf: (id) => id,
      announce: (_kind, words, undo) => said.push({ words, undo }),
    },
    'b',
  );
  await settle();
  const tell = async (key: string): Promise<void> => {
    for (const handler of handlers) handler({ type: 'put', bucket: 'b', key, context: 'x' });
    await settle();
  };
  return { trash, fake, world, said, tell };
}

const listed = (trash: { rows: readonly KeyRow[] }): string[] => trash.rows.map(({ key }) => key);

test('TS-8 only the deleted are listed, and a bounded number of pages is asked for at once', async () => {
  const rows = Array.from({ length: 25_000 }, (_, at) => row(name(at), at % 10_000 === 5));
  const { trash, world } = await setUp(rows);
  assert.deepEqual([world.asked, trash.seen, listed(trash).length], [10, 10_000, 1]);
  assert.ok(trash.next !== undefined && !trash.loading);
  await trash.loadMore();
  await trash.loadMore();
  assert.deepEqual([trash.seen, listed(trash), trash.next], [25_000, [name(5), name(10_005), name(20_005)], undefined]);
  await trash.loadMore();
  assert.equal(world.asked, 25);
});

test('TS-8 many deleted keys are read as far as somebody looks', async () => {
  const { trash, world } = await setUp(Array.from({ length: 5_000 }, (_, at) => row(name(at), true)));
  assert.deepEqual([world.asked, listed(trash).length], [1, 1_000]);
});

test('TS-8 the list follows what happens to keys', async () => {
  const { trash, world, tell } = await setUp([row('a', false), row('b', true)]);
  world.rows = [row('a', true), row('b', false)];
  await tell('a');
  assert.deepEqual(listed(trash), ['a', 'b']);
  await tell('b');
  assert.deepEqual(listed(trash), ['a']);
  world.rows = [];
  await tell('a');
  assert.deepEqual(listed(trash), ['a'], 'who cannot be asked about takes nothing away');
});

test('TS-9 the last value comes back as a write that has seen the deletion, and can be taken back', async () => {
  const { trash, fake, said } = await setUp([row('k', true)], [sibling('ada:2', null), sibling('ada:1', 'last')]);
  await trash.undelete('k');
  assert.deepEqual(fake.values(), ['last']);
  assert.equal(fake.writes[0]?.context, 'c0');
  assert.deepEqual([listed(trash), said[0]?.words], [[], 'Brought k back']);
  said[0]?.undo?.();
  await settle();
  assert.deepEqual(fake.values(), [null]);
});

test('TS-9 what no history has cannot come back, and it is said why', async () => {
  const { trash, fake } = await setUp([row('k', true)], [sibling('ada:2', null)]);
  await trash.undelete('k');
  assert.match(trash.refusal?.words ?? '', /^No earlier version is left\. .*nowhere any more.*last 10 versions/);
  assert.deepEqual(fake.writes, []);
  const off = await setUp([row('k', true)], [], 0);
  await off.trash.undelete('k');
  assert.match(off.trash.refusal?.words ?? '', /keeps no earlier versions/);
});

test('TS-9 a key that somebody wrote again is left alone', async () => {
  const { trash, fake, said } = await setUp([row('k', true)], [sibling('ada:1', 'last')]);
  fake.read = { ...fake.read, siblings: [sibling('cy:1', 'new')] };
  await trash.undelete('k');
  assert.deepEqual([fake.writes, listed(trash)], [[], []]);
  assert.match(said[0]?.words ?? '', /there again/);
});

test('TS-8 a list that cannot be read says why, and is read again', async () => {
  const { trash, world } = await setUp([row('k', true)]);
  world.error = new Error('The engine is not answering.');
  await trash.reload();
  assert.deepEqual([trash.error, trash.loading], ['The engine is not answering.', false]);
  world.error = null;
  await trash.reload();
  assert.deepEqual([trash.error, listed(trash)], [null, ['k']]);
});

test('TS-10 the number of conflicts claims no more than was seen', () => {
  const page = (count: number, rest = {}) => ({ conflicts: Array.from({ length: count }, (_, at) => ({ bucket: 'b', ...row(`k${at}`, false) })), ...rest });
  assert.equal(conflictCountWords(null), '');
  assert.equal(conflictCountWords(page(0)), '');
  assert.equal(conflictCountWords(page(3)), '3');
  assert.equal(conflictCountWords(page(200)), '200');
  assert.equal(conflictCountWords(page(200, { next: 'x' })), '200+');
  assert.equal(conflictCountWords(page(3, { partial: [4] })), '3+');
});
