/** HH-20 to HH-22: counters that are lost are not known, which is not none. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { ClassicLevel } from 'classic-level';
import type { Mutation, Store } from '../../../p2p/ports.ts';
import { hintBytesAtMost } from '../../../p2p/ports.ts';
import { seal } from '../../../storage/envelope.ts';
import { openStore } from '../../../storage/index.ts';
import { SLICE_ROWS } from '../../../storage/uncounted.ts';
import { bytesOf, hint, keyRef, objectMutation } from '../../contract/store-samples.ts';

const COUNTERS = Buffer.from('scounters');
const dirs: string[] = [];
after(() => Promise.all(dirs.map((dir) => rm(dir, { recursive: true, force: true }))));

async function freshDir(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'ringleaf-uncounted-'));
  dirs.push(root);
  return join(root, 'store');
}

/** The row of counters becomes this one, or is lost. */
async function setCounters(dir: string, counters: object | undefined): Promise<void> {
  const level = new ClassicLevel<Buffer, Buffer>(dir, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  if (counters === undefined) await level.del(COUNTERS, { sync: true });
  else await level.put(COUNTERS, seal(COUNTERS, Buffer.from(JSON.stringify(counters))), { sync: true });
  await level.close();
}

async function countersRow(dir: string): Promise<boolean> {
  const level = new ClassicLevel<Buffer, Buffer>(dir, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
  const row = await level.get(COUNTERS);
  await level.close();
  return row !== undefined;
}

const refOf = (index: number) => keyRef('b', `k${String(index).padStart(6, '0')}`);
const done = (target: string, index: number, text: string): Mutation => ({ kind: 'hint-done', target, ref: refOf(index), object: bytesOf(text) });

/** Keys with hints for ben, some for cleo, and every third a conflict. */
async function filled(count: number): Promise<string> {
  const dir = await freshDir();
  const store = await openStore({ dir });
  for (let index = 0; index < count; index += 1) {
    const isConflict = index % 3 === 0;
    const mutations = [
      objectMutation(refOf(index), 'x', isConflict ? { siblings: 2 } : {}, { conflictsDelta: Number(isConflict) }),
      hint('ben', refOf(index), 'for ben'),
      ...(index % 5 === 0 ? [hint('cleo', refOf(index), 'for cleo!')] : []),
    ];
    void store.commit(mutations);
  }
  await store.close();
  return dir;
}

async function counted(store: Store): Promise<void> {
  for (let times = 0; times < 2_000; times += 1) {
    const { knowsHints, keys } = store.counts();
    await setTimeout(5);
    if (knowsHints && store.counts().keys === keys && keys > 0) return;
  }
  assert.fail('it is never counted');
}

test('HH-20 hints are found, handed over and gone, and counted anew, where the counters are lost', async () => {
  const dir = await freshDir();
  const before = await openStore({ dir });
  await before.commit([hint('ben', refOf(1), 'old'), hint('cleo', refOf(2), 'other')]);
  await before.close();
  await setCounters(dir, undefined);
  const store = await openStore({ dir });
  assert.deepEqual([await store.isHinted(refOf(1)), await store.isHinted(refOf(3)), await store.hintTargets()], [true, false, ['ben', 'cleo']]);
  assert.deepEqual([[...store.counts().hints], [...store.counts().hintBytes]], [[['ben', 1], ['cleo', 1]], [['ben', 3], ['cleo', 5]]]);
  await store.commit([done('ben', 1, 'old')]);
  assert.deepEqual([await store.hints({ target: 'ben', afterId: undefined, limit: 10, bytesMax: Infinity }), await store.isHinted(refOf(1)), await store.hintTargets()], [[], false, ['cleo']]);
  await store.close();
  assert.equal(await countersRow(dir), true);
});

test('HH-20 while a large store is counted, what is not known is looked for, and changes count once', async () => {
  const count = 2 * SLICE_ROWS;
  const dir = await filled(count);
  await setCounters(dir, undefined);
  const store = await openStore({ dir });
  const { knowsHints } = store.counts();
  const [last, targets] = [await store.isHinted(refOf(count - 1)), await store.hintTargets()];
  assert.deepEqual([knowsHints, last, targets], [false, true, ['ben', 'cleo']]);
  assert.equal(hintBytesAtMost(store.counts()), Infinity);
  await store.commit([done('cleo', count - (count % 5), 'for cleo!')]);
  assert.deepEqual(await store.hints({ target: 'cleo', afterId: refOf(count - 5).id, limit: 10, bytesMax: Infinity }), [], 'what is handed over is gone');
  // Some changes fall before, some behind the place that the count has reached.
  for (let index = 0; index < count; index += 7) {
    await store.commit([done('ben', index, 'for ben'), hint('dan', refOf(index), 'd'), hint('ben', refOf(count + index), 'new'), objectMutation(refOf(count + index), 'y')]);
    if (index % 5 === 0) await store.commit([hint('cleo', refOf(index), 'longer for cleo'), done('cleo', index, 'another')]);
  }
  await counted(store);
  const changed = Math.ceil(count / 7);
  const ofCleo = Math.ceil(count / 5) - 1;
  const longer = Math.ceil(count / 35);
  const { keys, conflicts, hints, hintBytes } = store.counts();
  assert.deepEqual([keys, conflicts], [count + changed, Math.ceil(count / 3)]);
  assert.deepEqual([...hints].sort(), [['ben', count], ['cleo', ofCleo], ['dan', changed]]);
  assert.deepEqual([...hintBytes].sort(), [['ben', 7 * (count - changed) + 3 * changed], ['cleo', 9 * (ofCleo - longer) + 15 * longer], ['dan', changed]]);
  await store.close();
});

test('HH-21 counters that may be older than the rest are counted anew, also over a restart in the middle', async () => {
  const dir = await filled(2 * SLICE_ROWS);
  await setCounters(dir, { keys: 0, conflicts: 0, hints: [], hintBytes: [] });
  const remembered = JSON.parse(await readFile(`${dir}.checked`, 'utf8')) as object;
  await writeFile(`${dir}.checked`, JSON.stringify({ ...remembered, hasLost: true }));
  const cut = await openStore({ dir });
  assert.equal(await cut.isHinted(refOf(9)), true);
  await cut.commit([hint('dan', refOf(0), 'd')]);
  // From here on it is forgotten that something was lost.
  await cut.scan(undefined, 1);
  await cut.close();
  const store = await openStore({ dir });
  assert.deepEqual([store.identity.hasLost, await store.isHinted(refOf(9))], [false, true]);
  await counted(store);
  assert.deepEqual([...store.counts().hints], [['ben', 2 * SLICE_ROWS], ['cleo', Math.ceil((2 * SLICE_ROWS) / 5)], ['dan', 1]]);
  await store.close();
});

test('HH-22 a new store knows at once that it has no hints', async () => {
  const store = await openStore({ dir: await freshDir() });
  assert.deepEqual([store.counts().knowsHints, hintBytesAtMost(store.counts()), await store.hintTargets()], [true, 0, []]);
  await store.close();
});
