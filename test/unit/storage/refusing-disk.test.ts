/** What a disk that refuses writes, or reads, does to a store (TRAPS 28). */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { ClassicLevel } from 'classic-level';
import { Database } from '../../../storage/database.ts';
import { openStore } from '../../../storage/index.ts';
import { createLevel } from '../../../storage/open-level.ts';
import { keyRef, objectMutation } from '../../contract/store-samples.ts';

const roots: string[] = [];
after(() => Promise.all(roots.map((root) => rm(root, { recursive: true, force: true }))));

async function freshDir(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'ringleaf-refusing-'));
  roots.push(root);
  return join(root, 'store');
}

describe('a disk that refuses', () => {
  it('ST: goes read-only with a reason, shows nothing of the batch, and recovers by itself', async () => {
    const dir = await freshDir();
    let full = false;
    let nowMs = 0;
    const store = await openStore({
      dir,
      reopenIntervalMs: 1000,
      nowMs: () => nowMs,
      createLevel: (path) => failingLevel(createLevel(path), () => full),
    });
    const [one, two] = [keyRef('full', 'one'), keyRef('full', 'two')];
    const leafDelta = new Uint8Array(8).fill(1);
    await store.commit([objectMutation(one, 'one', {}, { leafDelta })]);
    const leaves = await store.leaves(1);
    full = true;
    const refused = { code: 'STORE_READ_ONLY', message: /No space left/ };
    const two$ = [objectMutation(two, 'two', {}, { leafDelta })];
    await Promise.all([1, 2, 3].map(() => assert.rejects(store.commit(two$), refused)));
    assert.match(store.counts().readOnly ?? '', /No space left/);
    assert.equal(await store.read(two), undefined);
    assert.ok(await store.read(one));
    assert.deepEqual(await store.leaves(1), leaves);
    assert.equal(store.counts().keys, 1);
    full = false;
    await assert.rejects(store.commit(two$), refused, 'not before the interval');
    nowMs = 1001;
    await store.commit(two$);
    assert.equal(store.counts().readOnly, undefined);
    assert.equal(store.counts().keys, 2);
    assert.ok(await store.read(two));
    const { actor } = store.identity;
    await store.close();
    const again = await openStore({ dir });
    assert.notEqual(again.identity.actor, actor, 'a dot of the refused commit may live on elsewhere');
    await again.close();
  });
});

describe('a disk that cannot be read for a while', () => {
  it('ST-5 fails what has to read, says of no record that it is damaged, and goes on taking writes', async () => {
    let isFailing = false;
    const store = await openStore({ dir: await freshDir(), createLevel: (path) => unreadable(createLevel(path), () => isFailing) });
    const [one, two] = [keyRef('handles', 'one'), keyRef('handles', 'two', { partition: 7 })];
    const failed = { code: 'LEVEL_IO_ERROR' };
    await store.commit([objectMutation(one, 'one')]);
    isFailing = true;
    await assert.rejects(store.read(one), failed);
    await assert.rejects(store.leaves(5), failed);
    await assert.rejects(store.leafEntries(1, { first: 2, last: 2 }), failed);
    await assert.rejects(store.list({ bucket: 'handles', prefix: '', after: undefined, limit: 9, conflictsOnly: false }), failed);
    await assert.rejects(store.scan(undefined, 9), failed);
    await assert.rejects(store.commit([objectMutation(two, 'two')]), failed, 'its leaves cannot be read');
    assert.deepEqual([store.counts().readOnly, store.counts().corrupt, store.counts().keys], [undefined, 0, 1]);
    isFailing = false;
    await store.commit([objectMutation(two, 'two')]);
    assert.equal(store.counts().keys, 2);
    assert.ok((await store.read(one)) !== undefined && (await store.read(two)) !== undefined);
    await store.close();
  });

  it('ST-2 a damaged row is said to be damaged however many are', async () => {
    const dir = await freshDir();
    const level = createLevel(dir);
    await level.open();
    const database = new Database(dir, createLevel, Object.assign(level, { getSync: () => Buffer.from('rubbish') }));
    let absent = 0;
    for (let index = 0; index < 100_002; index += 1) if (database.find(Buffer.from(`o${index}`)) !== 'damaged') absent += 1;
    assert.equal(absent, 0);
    await database.close();
  });
});

type Level = ClassicLevel<Buffer, Buffer>;

function failingLevel(level: Level, full: () => boolean): Level {
  const batch = level.batch.bind(level) as () => object;
  const write = () => Promise.reject(new Error('IO error: No space left on device'));
  const failing = () => (full() ? Object.assign(batch(), { write }) : batch());
  return Object.assign(level, { batch: failing });
}

function unreadable(level: Level, isFailing: () => boolean): Level {
  const error = (): Error => Object.assign(new Error('IO error: Too many open files'), { code: 'LEVEL_IO_ERROR' });
  const getSync = level.getSync.bind(level);
  const iterator = level.iterator.bind(level) as (options: object) => { nextv: (size: number) => Promise<unknown> };
  return Object.assign(level, {
    getSync: (key: Buffer) => {
      if (isFailing()) throw error();
      return getSync(key);
    },
    iterator: (options: object) => {
      const inner = iterator(options);
      const nextv = inner.nextv.bind(inner);
      return Object.assign(inner, { nextv: (size: number) => (isFailing() ? Promise.reject(error()) : nextv(size)) });
    },
  });
}
