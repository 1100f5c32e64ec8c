/** What a page of a list costs the store itself: rows that LevelDB hands out, counted at its iterators. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Store } from '../../../p2p/ports.ts';
import { openStore } from '../../../storage/index.ts';
import { createLevel } from '../../../storage/open-level.ts';
import { keyRef, objectMutation } from '../../contract/store-samples.ts';

const roots: string[] = [];
after(() => Promise.all(roots.map((root) => rm(root, { recursive: true, force: true }))));

const BATCH = 1_000;
const CONFLICT_EVERY = 100;
const name = (index: number): string => `folder-${index % 10}/key-${String(index).padStart(6, '0')}`;

interface Counted {
  readonly store: Store;
  readonly rows: { read: number };
}

/** A store of `count` keys in ten folders, one in a hundred in conflict. */
async function storeOf(count: number): Promise<Counted> {
  const root = await mkdtemp(join(tmpdir(), 'ringleaf-pages-'));
  roots.push(root);
  const rows = { read: 0 };
  const store = await openStore({
    dir: join(root, 'store'),
    createLevel: (dir) => {
      const level = createLevel(dir);
      const iterator = level.iterator.bind(level);
      level.iterator = ((options: Parameters<typeof iterator>[0]) => {
        const one = iterator(options);
        const nextv = one.nextv.bind(one) as (size: number) => Promise<[Buffer, Buffer][]>;
        one.nextv = (async (size: number) => {
          const chunk = await nextv(size);
          rows.read += chunk.length;
          return chunk;
        });
        return one;
      }) as typeof level.iterator;
      return level;
    },
  });
  for (let from = 0; from < count; from += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, at) => from + at).map((index) => {
      const siblings = index % CONFLICT_EVERY === 0 ? 2 : 1;
      return objectMutation(keyRef('notes', name(index)), 'v', { siblings }, { conflictsDelta: siblings - 1 });
    });
    await store.commit(batch);
  }
  return { store, rows };
}

test('CQ-2 CQ-6 the store reads the rows of a page, in 1,000 keys as in 50,000', async () => {
  const list = { bucket: 'notes', prefix: '', after: undefined, limit: 21, conflictsOnly: false } as const;
  for (const count of [1_000, 50_000]) {
    const { store, rows } = await storeOf(count);
    const cost = async (ask: () => Promise<readonly unknown[]>): Promise<readonly [number, number]> => {
      rows.read = 0;
      const found = await ask();
      return [found.length, rows.read];
    };
    assert.deepEqual(await cost(() => store.list(list)), [21, 21], 'first page');
    assert.deepEqual(await cost(() => store.list({ ...list, after: name(count / 2) })), [21, 21], 'middle page');
    assert.deepEqual(await cost(() => store.list({ ...list, prefix: 'folder-7/' })), [21, 21], 'by prefix');
    assert.deepEqual(await cost(() => store.list({ ...list, prefix: 'folder-7/', after: name(count / 2 + 7) })), [21, 21], 'by prefix, later');
    assert.deepEqual(await cost(() => store.list({ ...list, prefix: `folder-9/key-${String(count - 1).padStart(6, '0')}` })), [1, 1], 'the last');
    assert.deepEqual(await cost(() => store.conflicts({ bucket: undefined, after: undefined, limit: 5 })), [5, 5], 'conflicts');
    assert.deepEqual(await cost(() => store.buckets()), [1, 1], 'buckets');
    rows.read = 0;
    assert.deepEqual([store.counts().keys, store.counts().conflicts, rows.read], [count, count / CONFLICT_EVERY, 0], 'counts are kept');
    await store.close();
  }
});
