/** The state class with a fake member: saving, undo, late siblings, drafts. */
import './svelte-modules.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiEvent } from '../../../../main/api/contract.ts';
import { FakeApi } from './fake-api.ts';
import { json } from './support.ts';

const { Merge } = await import('../../../../renderer/state/conflicts.svelte.ts');

function setUp(storage = new Map<string, string>(), api = conflict()) {
  const handlers = new Set<(event: ApiEvent) => void>();
  const merge = new Merge(
    { bucket: 'b', key: 'k' },
    {
      api,
      team: 't',
      storage: {
        getItem: (name) => storage.get(name) ?? null,
        setItem: (name, value) => void storage.set(name, value),
        removeItem: (name) => void storage.delete(name),
      },
      onEvent(handler) {
        handlers.add(handler);
        return () => handlers.delete(handler);
      },
    },
  );
  const announce = async (): Promise<void> => {
    for (const handler of handlers) handler({ type: 'conflict', bucket: 'b', key: 'k', context: 'new' });
    await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return { api, merge, storage, announce, handlers };
}

function conflict(): FakeApi {
  return new FakeApi([json('ada:1', { a: 2, b: 1 }), json('bo:1', { a: 3, b: 5 })], json('r:1', { a: 1, b: 1 }));
}

const A = 'field["a"]';

test('save, then undo: the siblings are back', async () => {
  const { merge, api } = setUp();
  await merge.load();
  assert.deepEqual([merge.phase, merge.openCount, merge.canSave, merge.focused], ['merging', 1, false, A]);
  merge.choose(A, { take: 'sibling', dot: 'bo:1' });
  await merge.save();
  assert.equal(merge.phase, 'saved');
  assert.deepEqual(api.values(), ['{"a":3,"b":5}']);
  await merge.undoSave();
  assert.equal(merge.phase, 'merging');
  assert.deepEqual(api.values(), ['{"a":2,"b":1}', '{"a":3,"b":5}']);
});

test('a sibling that comes meanwhile is announced and stays after saving anyway', async () => {
  const { merge, api, announce } = setUp();
  await merge.load();
  api.intrude('{"a":9,"b":1}');
  await announce();
  assert.equal(merge.newer?.siblings.length, 3);
  assert.equal(merge.read?.context, 'c0');
  merge.choose(A, { take: 'base' });
  await merge.save();
  assert.equal(api.writes[0]?.context, 'c0');
  assert.deepEqual(api.values(), ['{"a":9,"b":1}', '{"a":1,"b":5}']);
  assert.equal(merge.saved?.others, 1);
});

test('a late sibling is loaded only when asked; changed questions are asked again', async () => {
  const { merge, api, announce } = setUp();
  await merge.load();
  merge.choose(A, { take: 'base' });
  api.intrude('{"a":9,"b":1}');
  await announce();
  merge.loadNewer();
  assert.equal(merge.model?.columns.length, 3);
  assert.equal(merge.markOf(merge.model.decisions[0] ?? assert.fail()), 'open');
});

test('a failed save loses nothing and can be tried again', async () => {
  const { merge, api } = setUp();
  await merge.load();
  merge.choose(A, { take: 'base' });
  api.failures = [{ code: 'OVERLOADED', message: 'busy' }];
  await merge.save();
  assert.deepEqual([merge.phase, merge.error, merge.touched], ['merging', 'busy', true]);
  await merge.save();
  assert.equal(merge.phase, 'saved');
});

test('a draft outlives the window, is bound to its context, and goes when saved', async () => {
  const first = setUp();
  await first.merge.load();
  first.merge.choose(A, { take: 'edit', text: '7' });
  first.merge.close();
  assert.equal(first.handlers.size, 0);
  const second = setUp(first.storage, first.api);
  await second.merge.load();
  assert.equal(second.merge.draftRestored, true);
  await second.merge.save();
  assert.deepEqual(second.api.values(), ['{"a":7,"b":5}']);
  assert.equal(first.storage.size, 0);
  const other = setUp(new Map([['ringleaf.merge:["t","b","k"]', '{"evil":1}']]));
  await other.merge.load();
  assert.equal(other.merge.touched, false);
});

test('MG-8 a draft outlives a version that came while the window was closed; only what it changed is asked again', async () => {
  const B = 'field["c"]';
  const api = new FakeApi([json('ada:1', { a: 2, c: 2 }), json('bo:1', { a: 3, c: 3 })], json('r:1', { a: 1, c: 1 }));
  const first = setUp(new Map(), api);
  await first.merge.load();
  first.merge.choose(A, { take: 'edit', text: '7' });
  first.merge.choose(B, { take: 'sum' });
  first.merge.close();
  api.intrude('{"a":9,"c":1}', json('r:1', { a: 1, c: 1 }));
  const second = setUp(first.storage, api);
  await second.merge.load();
  assert.deepEqual([second.merge.draftRestored, second.merge.draftLost], [true, 1]);
  assert.deepEqual(second.merge.model?.decisions.map((decision) => second.merge.markOf(decision)), ['open', 'chosen']);
  second.merge.startOver();
  assert.equal(second.merge.touched, false);
  second.merge.undoChoice();
  assert.equal(second.merge.touched, true);
});

test('more than five columns, or more than there is room for, are shown as variants, until a person says otherwise', async () => {
  const many = new FakeApi(Array.from({ length: 6 }, (_, index) => json(`m${index}:1`, { a: index })));
  for (const [api, layout, other] of [[many, 'variants', 'columns'], [conflict(), 'columns', 'variants']] as const) {
    const { merge } = setUp(new Map(), api);
    await merge.load();
    assert.equal(merge.layout, layout);
    merge.switchLayout();
    assert.equal(merge.layout, other);
  }
  const { merge } = setUp(new Map(), conflict());
  await merge.load();
  merge.room = 1;
  assert.equal(merge.layout, 'variants', 'two versions where one has room');
  merge.room = 9;
  assert.equal(merge.layout, 'columns');
});
