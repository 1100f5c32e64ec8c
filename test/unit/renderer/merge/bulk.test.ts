/** The inbox and "apply all safe", with a fake member. */
import './svelte-modules.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiEvent, ConflictPage, ConflictRow, Params } from '../../../../main/api/contract.ts';
import { FakeApi } from './fake-api.ts';
import { json } from './support.ts';

const { Inbox } = await import('../../../../renderer/state/inbox.svelte.ts');
const { Bulk } = await import('../../../../renderer/state/bulk.svelte.ts');

const BASE = json('r:1', { a: 1, b: 1 });
const safe = (): FakeApi => new FakeApi([json('ada:1', { a: 2, b: 1 }), json('bo:1', { a: 1, b: 5 })], BASE);
const clash = (): FakeApi => new FakeApi([json('ada:1', { a: 2, b: 1 }), json('bo:1', { a: 3, b: 1 })], BASE);

function rowOf(key: string): ConflictRow {
  return { bucket: 'b', key, siblings: 2, contentType: 'application/json', size: 9, writtenBy: 'id-bo', writtenAt: '2026-11-20T14:02:00.000Z' };
}

/** Keys in pages of two. */
function setUp(fakes: Readonly<Record<string, FakeApi>>) {
  const keys = Object.keys(fakes);
  const handlers = new Set<(event: ApiEvent) => void>();
  const page = (from: number): ConflictPage => {
    const conflicts = keys.slice(from, from + 2).map(rowOf);
    return from + 2 < keys.length ? { conflicts, next: String(from + 2) } : { conflicts };
  };
  const at = (key: string): FakeApi => fakes[key] ?? assert.fail(key);
  const api = {
    get: (params: Params<'get'>) => at(params.key).get({ ...params, key: 'k' }),
    put: (params: Params<'put'>) => at(params.key).put({ ...params, key: 'k' }),
    delete: (params: Params<'delete'>) => at(params.key).delete({ ...params, key: 'k' }),
    conflicts: ({ after = '0' }: Params<'conflicts'>) => Promise.resolve(page(Number(after))),
  };
  const inbox = new Inbox({
    api,
    first: () => page(0),
    onEvent(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
  });
  return { inbox, bulk: new Bulk(inbox), handlers };
}

test('MG-9 all pages are looked through, only what is safe is offered, and only what is ticked is saved', async () => {
  const fakes = { a: safe(), b: clash(), c: safe(), d: clash(), e: safe() };
  const { inbox, bulk } = setUp(fakes);
  await bulk.look();
  assert.deepEqual([bulk.phase, bulk.looked, inbox.rows.length], ['review', 5, 5]);
  assert.deepEqual(bulk.safe.map(({ row }) => row.key), ['a', 'c', 'e']);
  assert.deepEqual(Object.values(fakes).map(({ writes }) => writes.length), [0, 0, 0, 0, 0], 'a preview writes nothing');
  bulk.toggle(bulk.safe[1] ?? assert.fail());
  await bulk.save();
  assert.deepEqual([bulk.phase, bulk.saved], ['done', 2]);
  assert.deepEqual(Object.values(fakes).map((fake) => fake.values().length), [1, 2, 2, 2, 1]);
  assert.deepEqual(fakes.a.values(), ['{"a":2,"b":5}']);
});

test('undo brings all siblings back', async () => {
  const fakes = { a: safe(), b: safe() };
  const { bulk } = setUp(fakes);
  await bulk.look();
  await bulk.save();
  await bulk.undo();
  assert.equal(bulk.phase, 'undone');
  for (const fake of Object.values(fakes)) assert.deepEqual(fake.values(), ['{"a":2,"b":1}', '{"a":1,"b":5}']);
});

test('a version that comes between the preview and the save stays, and one failure stops nothing', async () => {
  const fakes = { a: safe(), b: safe(), c: safe() };
  const { bulk } = setUp(fakes);
  await bulk.look();
  fakes.a.intrude('{"a":9}');
  fakes.b.failures = [{ code: 'OVERLOADED', message: 'busy' }];
  await bulk.save();
  assert.deepEqual([bulk.late, bulk.failed, bulk.saved], [1, ['b'], 2]);
  assert.ok(fakes.a.values().includes('{"a":9}'));
  assert.equal(fakes.b.values().length, 2);
});

test('a key that somebody resolved leaves the later pages', async () => {
  const { inbox, handlers } = setUp({ a: safe(), b: safe(), c: safe(), d: safe(), e: safe() });
  await inbox.loadMore();
  for (const handler of handlers) handler({ type: 'resolved', bucket: 'b', key: 'c', context: 'x' });
  assert.deepEqual(inbox.rows.map(({ key }) => key), ['a', 'b', 'd']);
  await inbox.loadMore();
  assert.deepEqual(inbox.rows.map(({ key }) => key), ['a', 'b', 'd', 'e']);
  inbox.close();
  assert.equal(handlers.size, 0);
});
