/** When tables are checked: at openings in turns, all of them after two unclean ends, and before a scrub. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Store } from '../../../../p2p/ports.ts';
import type { KeyRef } from '../../../../p2p/types.ts';
import { openStore } from '../../../../storage/index.ts';
import { type Level, createLevel } from '../../../../storage/open-level.ts';
import { fenceTables, whileOpen } from '../../../../storage/tables/check-tables.ts';
import { liveTables } from '../../../../storage/tables/manifest.ts';
import { TableChecks } from '../../../../storage/tables/table-checks.ts';
import { keyRef, objectMutation } from '../../../contract/store-samples.ts';
import { KEYS, REFS, flipped, layoutOf, makeSample, put, spoil, tablesOf, valueOf } from './table-samples.ts';

const roots: string[] = [];
after(() => roots.forEach((root) => rmSync(root, { recursive: true, force: true })));

const TABLES = 3;

/** Each opening after the first makes a table of what the one before left in its log. */
async function storeOfTables(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'ringleaf-checks-'));
  roots.push(root);
  const dir = join(root, 'store');
  for (let opening = 0; opening <= TABLES; opening += 1) {
    const store = await openStore({ dir });
    await store.commit([objectMutation(keyRef('checks', `key-${opening}`), 'x'.repeat(300))]);
    await store.close();
  }
  rmSync(`${dir}.checked`);
  assert.equal(tablesOf(dir).length, TABLES);
  return dir;
}

/** One wrong byte in each table: a check that comes by says so. */
function spoilAll(dir: string): void {
  for (const name of tablesOf(dir)) spoil(dir, name, [[20, 0x41]]);
}

/** @returns the tables that an opening found to be wrong. */
async function begin(dir: string, bytesMax: number, end: 'closed' | 'unclean'): Promise<readonly string[]> {
  const checks = new TableChecks(dir, bytesMax);
  await checks.beforeOpening();
  if (end === 'closed') checks.closed();
  return checks.warnings.map((warning) => /\d+\.ldb/.exec(warning)?.[0] ?? '');
}

describe('ST-13 tables are checked', () => {
  it('in turns, as many at an opening as the bound lets', async () => {
    const dir = await storeOfTables();
    spoilAll(dir);
    const found = [];
    for (let opening = 0; opening < TABLES; opening += 1) found.push(await begin(dir, 1, 'closed'));
    assert.deepEqual(found.map(({ length }) => length), Array.from({ length: TABLES }, () => 1));
    assert.equal(new Set(found.flat()).size, TABLES);
    spoilAll(dir);
    assert.deepEqual(await begin(dir, 1, 'closed'), found[0], 'the turn comes round');
    assert.equal((await begin(dir, 1_000_000, 'closed')).length, TABLES - 1);
  });

  it('all at once when the store did not end cleanly twice in a row', async () => {
    const dir = await storeOfTables();
    await begin(dir, 1, 'unclean');
    await begin(dir, 1, 'closed');
    await begin(dir, 1, 'unclean');
    await begin(dir, 1, 'unclean');
    spoilAll(dir);
    assert.equal((await begin(dir, 1, 'unclean')).length, TABLES);
  });

  it('and a refused opening counts as none, and changes nothing', async () => {
    const { root, dir, name } = await makeSample();
    roots.push(root);
    const store = await openStore({ dir });
    spoil(dir, name, [[20, 0x41], [21, 0x41]]);
    const paths = [`${dir}.checked`, join(dir, name)];
    const contents = () => [readdirSync(dirname(dir)), ...paths.map((path) => readFileSync(path, 'latin1'))];
    const before = contents();
    for (let attempt = 0; attempt < 3; attempt += 1) await assert.rejects(openStore({ dir }), { code: 'STORE_LOCKED' });
    assert.deepEqual(contents(), before);
    await store.close();
    assert.equal((JSON.parse(readFileSync(`${dir}.checked`, 'utf8')) as { uncleanEnds: number }).uncleanEnds, 0);
  });

  it('not by what a file that was cut short says', async () => {
    const dir = await storeOfTables();
    spoilAll(dir);
    const file = openSync(`${dir}.checked`, 'w');
    writeSync(file, '{"next":');
    closeSync(file);
    assert.equal((await begin(dir, 1_000_000, 'closed')).length, TABLES);
  });
});

/** In place, as a disk does it: the file is mapped into memory. */
function spoilInPlace(path: string, wrong: Buffer): void {
  const file = openSync(path, 'r+');
  writeSync(file, wrong, 0, wrong.length, 0);
  closeSync(file);
}

/** A store that is open, of one table, and what spoils two of its blocks of records, one beyond repair. */
async function openToSpoil() {
  const { root, dir, name, bytes } = await makeSample();
  roots.push(root);
  const clock = { nowMs: 0 };
  const levels: Level[] = [];
  const create = (path: string) => {
    levels.push(createLevel(path));
    return levels.at(-1) as Level;
  };
  const store = await openStore({ dir, nowMs: () => clock.nowMs, reopenIntervalMs: 1000, createLevel: create });
  // Records only: rows of the tree are in earlier blocks.
  const [wrongTwice, wrongOnce] = [layoutOf(bytes).data.at(-2), layoutOf(bytes).data.at(-3)];
  assert.ok(wrongTwice !== undefined && wrongOnce !== undefined);
  const spoilBlocks = () => spoilInPlace(join(dir, name), flipped(bytes, [[wrongTwice.offset + 7, 0x35], [wrongTwice.offset + 99, 0x35], [wrongOnce.offset + 7, 0x35]]));
  const compact = async () => levels.at(-1)?.compactRange(Buffer.from([0]), Buffer.from([0xff]));
  /** As LevelDB would meet it, if nobody came before it. */
  const fence = () => fenceTables(dir, liveTables(dir) ?? [], whileOpen());
  return { dir, store, clock, compact, fence, spoilBlocks };
}

/** In pages that take longer than a turn. @throws at the end, what any of them threw */
function readOnAndOn(store: Store): { readonly end: () => Promise<void> } {
  let isOver = false;
  const loop = async () => {
    while (!isOver) {
      const [listed] = await Promise.all([store.list({ bucket: 'tables', prefix: '', after: undefined, limit: KEYS, conflictsOnly: false }), store.scanPartition(1, undefined, KEYS)]);
      assert.equal(new Set(listed.map(({ key }) => key)).size, listed.length, 'nothing is read twice');
    }
  };
  const looping = loop();
  return {
    end: async () => {
      isOver = true;
      await looping;
    },
  };
}

async function unreadable(store: Store): Promise<readonly KeyRef[]> {
  const refs: KeyRef[] = [];
  for (const [index, ref] of REFS.entries()) {
    const object = await store.read(ref).catch(() => undefined);
    if (object === undefined) refs.push(ref);
    else assert.equal(Buffer.from(object).toString(), valueOf(index));
  }
  return refs;
}

describe('ST-13 what goes bad while the store is open', () => {
  it('is taken out before a scrub, with reads and writes under way, and nothing else has to suffer', async () => {
    const { store, compact, spoilBlocks } = await openToSpoil();
    spoilBlocks();
    const writes = REFS.slice(0, 20).map((ref, index) => store.commit([put(ref, index, 0)]));
    const reads = readOnAndOn(store);
    const page = await store.scan(undefined, 9999);
    await reads.end();
    const told = [...page.damaged, ...page.miscounted].map(({ leaf, partition }) => `${partition}/${leaf}`);
    await Promise.all(writes);
    assert.equal(store.identity.warnings.length, 1);
    assert.match(store.identity.warnings[0] ?? '', /^a part of a file/);
    const lost = await unreadable(store);
    assert.ok(lost.length > 0 && lost.length < KEYS / 2);
    for (const { leaf, partition } of lost) assert.ok(told.includes(`${partition}/${leaf}`));

    await compact();
    assert.deepEqual(await unreadable(store), lost);
    await store.commit(REFS.map((ref, index) => put(ref, index, 0)));
    assert.deepEqual([store.counts().readOnly, await unreadable(store)], [undefined, []]);
    await store.close();
  });

  it('is taken out when a compaction stumbled over it', async () => {
    const { dir, store, clock, compact, fence, spoilBlocks } = await openToSpoil();
    spoilBlocks();
    await fence();
    await compact().catch(() => undefined);
    const again = REFS.map((ref, index) => put(ref, index, 0));
    await assert.rejects(store.commit(again), { code: 'STORE_READ_ONLY', message: /Corruption/ });
    clock.nowMs = 1001;
    await store.commit(again);
    await compact();
    await store.commit(again);
    assert.equal(store.counts().readOnly, undefined);
    assert.deepEqual(await unreadable(store), []);
    await store.close();
    const next = await openStore({ dir });
    assert.equal(next.identity.hasLost, true, 'it is looked for after the next opening');
    await next.close();
  });

  it('is told before anything else is answered, once', async () => {
    const { store, clock, compact, fence, spoilBlocks } = await openToSpoil();
    const told: string[] = [];
    store.onLoss(() => told.push('lost'));
    spoilBlocks();
    await fence();
    await compact().catch(() => undefined);
    await assert.rejects(store.commit([put(REFS[0] as KeyRef, 0, 0)]));
    clock.nowMs = 1001;
    await store.commit([put(REFS[0] as KeyRef, 0, 0)]).then(() => told.push('committed'));
    await store.scan(undefined, 10);
    assert.deepEqual(told, ['lost', 'committed']);
    await store.close();
  });
});

describe('ST-13 that something was lost', () => {
  /** An opening that finds it and ends before anybody hears of it. */
  const die = (dir: string) => {
    const text = `import { openStore } from '${new URL('../../../../storage/index.ts', import.meta.url).href}';
      await openStore({ dir: ${JSON.stringify(dir)} });
      process.kill(process.pid, 'SIGKILL');`;
    const { stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', text], { encoding: 'utf8' });
    assert.equal(stderr, '');
  };

  it('is told until people have heard of it, and remembered until a scrub begins', async () => {
    const { root, dir, name, bytes } = await makeSample();
    roots.push(root);
    const block = layoutOf(bytes).data[1];
    assert.ok(block !== undefined);
    spoil(dir, name, [[block.offset + 60, 1], [block.offset + 61, 2], [block.offset + 62, 4]]);
    die(dir);
    die(dir);
    let store = await openStore({ dir });
    assert.equal(store.identity.hasLost, true);
    assert.match(store.identity.warnings.join(), /^a part of a file of the store cannot be read[^,]*$/);
    await store.close();
    store = await openStore({ dir });
    assert.deepEqual([store.identity.hasLost, store.identity.warnings], [true, []]);
    await store.scan(undefined, 1);
    await store.close();
    store = await openStore({ dir });
    assert.equal(store.identity.hasLost, false);
    await store.close();
  });
});
