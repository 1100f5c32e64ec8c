/** What a scan sees of damage that only real files can have: index rows, rows of the tree, unreadable blocks. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ClassicLevel } from 'classic-level';
import type { LeafPlace, ScanPage, Store } from '../../../p2p/ports.ts';
import type { KeyRef } from '../../../p2p/types.ts';
import { openStore } from '../../../storage/index.ts';
import { conflictKey, indexKey, leafRowKey } from '../../../storage/keyspace.ts';
import { spoilRow } from '../../contract/spoil-row.ts';
import { keyRef, objectMutation } from '../../contract/store-samples.ts';

const roots: string[] = [];
after(() => Promise.all(roots.map((root) => rm(root, { recursive: true, force: true }))));

const KEYS = 400;
const STEPS = 18;
const refs = Array.from({ length: KEYS }, (_, index) => keyRef('scanned', `key-${index}`, { partition: index % 5, leaf: index % 64 }));
const hashOf = (index: number) => new Uint8Array(8).map((_, at) => (index * 31 + at * 17 + 1) & 0xff);

/** Values that compress well, so that blocks on disk are compressed, and a flipped byte may spoil a whole one. */
async function fill(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'ringleaf-scan-'));
  roots.push(root);
  const dir = join(root, 'store');
  const store = await openStore({ dir });
  const put = (ref: KeyRef, index: number) => objectMutation(ref, `${index} `.repeat(100), { hash: hashOf(index), siblings: 2 }, { leafDelta: hashOf(index), conflictsDelta: 1 });
  await store.commit(refs.map(put));
  await store.close();
  return dir;
}

async function withStore<T>(dir: string, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore({ dir });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

async function scanAll(store: Store): Promise<Omit<ScanPage, 'next'>> {
  const all = { records: 0, damaged: [] as KeyRef[], unlisted: [] as KeyRef[], miscounted: [] as LeafPlace[] };
  let from: LeafPlace | undefined;
  do {
    const page = await store.scan(from, 50);
    all.records += page.records;
    all.damaged.push(...page.damaged);
    all.unlisted.push(...page.unlisted);
    all.miscounted.push(...page.miscounted);
    from = page.next;
  } while (from !== undefined);
  return all;
}

describe('scan of real files', () => {
  it('ST-10 tells records whose index or conflict row is damaged, and rows of the tree', async () => {
    const dir = await fill();
    const [one, two, three] = refs.slice(7) as [KeyRef, KeyRef, KeyRef];
    await spoilRow(dir, indexKey(one.id));
    await spoilRow(dir, conflictKey(two.id));
    await spoilRow(dir, leafRowKey(three.partition, three.bucket, three.leaf));
    await withStore(dir, async (store) => {
      const { records, damaged, unlisted, miscounted } = await scanAll(store);
      assert.deepEqual([records, damaged], [KEYS, []]);
      assert.deepEqual(new Set(unlisted.map(({ key }) => key)), new Set([one.key, two.key]));
      assert.deepEqual(miscounted, [{ partition: three.partition, leaf: three.leaf }]);
      await store.commit([{ kind: 'recount', ...miscounted[0]! }, ...[one, two].map((ref) => objectMutation(ref, 'anew', { hash: hashOf(refs.indexOf(ref)), siblings: 2 }, { keysDelta: 0 }))]);
      assert.deepEqual(await scanAll(store), { records: KEYS, damaged: [], unlisted: [], miscounted: [] });
    });
  });

  it('ST-10 a record that damage to a table takes away is told, or its leaf is, and no other is lost', async () => {
    const source = await fill();
    const level = new ClassicLevel(source);
    await level.compactRange('\0', '\xff');
    await level.close();
    const name = await largestTable(source);
    const sound = await readFile(join(source, name));
    let [unreadable, told, readable] = [0, 0, 0];
    for (let step = 1; step < STEPS; step += 1) {
      const dir = join(source, '..', `step-${step}`);
      await cp(source, dir, { recursive: true });
      const bytes = Buffer.from(sound);
      const at = Math.floor((bytes.length - 200) * (step / STEPS));
      // One wrong byte alone would be put right (ST-12).
      for (const wrong of [at, at + 9]) bytes[wrong] = (bytes[wrong] ?? 0) ^ 0x10;
      await writeFile(join(dir, name), bytes);
      await withStore(dir, async (store) => {
        const { records, damaged, miscounted } = await scanAll(store);
        const places = new Set(miscounted.map(({ partition, leaf }) => `${partition}/${leaf}`));
        readable = 0;
        for (const ref of refs) {
          const isRead = await store.read(ref).then((object) => object !== undefined, () => false);
          readable += Number(isRead);
          if (isRead) continue;
          unreadable += 1;
          const isTold = damaged.some(({ id }) => id === ref.id) || places.has(`${ref.partition}/${ref.leaf}`);
          assert.ok(isTold, `${ref.key} is gone and nobody was told, with a flip at ${at}`);
        }
        told += damaged.length + miscounted.length;
        assert.ok(records >= readable, `of ${readable} records that can be read, ${records} were looked at`);
      });
    }
    assert.ok(unreadable > 0 && told > 0, `${unreadable} records were unreadable`);
  });
});

async function largestTable(dir: string): Promise<string> {
  const names = (await readdir(dir)).filter((name) => name.endsWith('.ldb'));
  const sizes = await Promise.all(names.map(async (name) => ({ name, size: (await readFile(join(dir, name))).length })));
  const largest = sizes.sort((a, b) => b.size - a.size)[0];
  assert.ok(largest, 'there is no table');
  return largest.name;
}
