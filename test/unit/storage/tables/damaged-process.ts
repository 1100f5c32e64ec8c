/**
 * Lives with damaged stores: opens each, reads all there is in every way, compacts, writes, does it
 * again after a second opening. A process of its own, because what goes wrong here ends it.
 *
 *     node damaged-process.ts DIR NAME VARIANTS unchecked?      VARIANTS = [[flips, length?] …]
 *
 * Prints the number of each variant before it, and after it what was lost, as JSON.
 */
import assert from 'node:assert/strict';
import { cpSync, rmSync, writeSync } from 'node:fs';
import type { LeafPlace, Store } from '../../../../p2p/ports.ts';
import { openStore } from '../../../../storage/index.ts';
import { type Level, createLevel } from '../../../../storage/open-level.ts';
import { type Flips, KEYS, REFS, hashOf, put, spoil, valueOf } from './table-samples.ts';

const [source = '', name = '', variants = '[]'] = process.argv.slice(2);

let level: Level | undefined;
const open = (dir: string) => openStore({
  dir,
  createLevel: (path) => (level = createLevel(path)),
});

/** Leaves that another member would see to differ from its own. */
async function differing(store: Store): Promise<ReadonlySet<string>> {
  const right = new Map<string, Uint8Array>();
  for (const [index, { partition, leaf }] of REFS.entries()) {
    const sum = right.get(`${partition}/${leaf}`) ?? new Uint8Array(8);
    right.set(`${partition}/${leaf}`, sum.map((byte, at) => byte ^ (hashOf(index)[at] ?? 0)));
  }
  const kept = new Map<number, Uint8Array>();
  for (const partition of [0, 1, 2]) kept.set(partition, (await store.leaves(partition))[0]?.leaves ?? new Uint8Array(0));
  const isSame = ([place, sum]: readonly [string, Uint8Array]) => {
    const [partition = 0, leaf = 0] = place.split('/').map(Number);
    return sum.every((byte, at) => byte === (kept.get(partition)?.[leaf * 8 + at] ?? 0));
  };
  return new Set([...right].filter((entry) => !isSame(entry)).map(([place]) => place));
}

/**
 * Every record is right, or is refused or absent. Then a scan tells of it or of its leaf, or the leaf
 * has gone with it, which an exchange sees. @returns the indexes of those that are not right.
 */
async function readAll(store: Store): Promise<readonly number[]> {
  const damaged = new Set<string>();
  const places = new Set<string>();
  let from: LeafPlace | undefined;
  do {
    const page = await store.scan(from, 50);
    for (const { id } of page.damaged) damaged.add(id);
    for (const { partition, leaf } of page.miscounted) places.add(`${partition}/${leaf}`);
    from = page.next;
  } while (from !== undefined);
  for (const place of await differing(store)) places.add(place);
  const lost: number[] = [];
  for (const [index, ref] of REFS.entries()) {
    const object = await store.read(ref).catch(() => undefined);
    if (object !== undefined) assert.equal(Buffer.from(object).toString(), valueOf(index));
    else lost.push(index);
    if (object === undefined) assert.ok(damaged.has(ref.id) || places.has(`${ref.partition}/${ref.leaf}`), `${ref.key} is gone, and nobody was told`);
  }
  for (let partition = 0; partition < 3; partition += 1) {
    for (const { ref, object } of await store.scanPartition(partition, undefined, KEYS)) {
      assert.equal(Buffer.from(object).toString(), valueOf(Number(ref.key.slice(4))));
    }
  }
  await store.list({ bucket: 'tables', prefix: '', after: undefined, limit: KEYS, conflictsOnly: false });
  return lost;
}

async function live(dir: string): Promise<{ readonly lost: readonly number[]; readonly warnings: readonly string[] }> {
  let store = await open(dir);
  const { warnings } = store.identity;
  const lost = await readAll(store);
  assert.equal(store.identity.hasLost, warnings.some((warning) => warning.includes('cannot be read')));
  await level?.compactRange(Buffer.from([0]), Buffer.from([0xff]));
  const after = await readAll(store);
  assert.ok(after.every((index) => lost.includes(index)), 'a compaction has lost something');
  await store.commit(REFS.map((ref, index) => put(ref, index, 0)));
  await store.close();
  store = await open(dir);
  assert.deepEqual(store.identity.warnings, []);
  for (const [index, ref] of REFS.entries()) assert.equal(Buffer.from((await store.read(ref)) ?? []).toString(), valueOf(index));
  await store.close();
  return { lost, warnings };
}

for (const [index, [flips, length]] of (JSON.parse(variants) as readonly [Flips, number | undefined][]).entries()) {
  const dir = `${source}-${index}`;
  cpSync(source, dir, { recursive: true });
  spoil(dir, name, flips, length);
  writeSync(1, `${index} `);
  const { lost, warnings } = await live(dir);
  writeSync(1, `${JSON.stringify({ lost, warnings })}\n`);
  for (const path of [dir, `${dir}.checked`, `${dir}.damaged-tables`]) rmSync(path, { recursive: true, force: true });
}
