/** What disks, kills and copies do to a store (TRAPS 2, 5, 27 to 30). */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, link, mkdir, mkdtemp, readFile, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { ClassicLevel } from 'classic-level';
import type { Store } from '../../../p2p/ports.ts';
import { CorruptRecordError } from '../../../p2p/ports.ts';
import type { KeyRef } from '../../../p2p/types.ts';
import { seal } from '../../../storage/envelope.ts';
import { openStore } from '../../../storage/index.ts';
import { hint, keyRef, objectMutation } from '../../contract/store-samples.ts';

const roots: string[] = [];
after(() => Promise.all(roots.map((root) => rm(root, { recursive: true, force: true }))));

async function freshDir(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'ringleaf-fault-'));
  roots.push(root);
  return join(root, 'store');
}

const KEYS = 300;
const refs = Array.from({ length: KEYS }, (_, index) => keyRef('faults', `key-${index}`));
/** Incompressible enough that blocks hold plain bytes, and different for each key. */
const valueOf = (index: number) => Uint8Array.from({ length: 200 }, (_, at) => (index * 7919 + at * at * 31) & 0xff);

async function fill(dir: string): Promise<void> {
  const store = await openStore({ dir });
  await Promise.all(refs.map((ref, index) => store.commit([objectMutation(ref, valueOf(index))])));
  await store.close();
}

describe('what an earlier release has written', () => {
  it('HH-6 is measured once where it did not say how large its hints are', async () => {
    const dir = await freshDir();
    const before = await openStore({ dir });
    await before.commit([hint('ben', keyRef('faults', 'k'), 'four'), hint('ben', keyRef('faults', 'l'), 'five5'), hint('cleo', keyRef('faults', 'k'), 'x')]);
    await before.close();
    const level = new ClassicLevel<Buffer, Buffer>(dir, { keyEncoding: 'buffer', valueEncoding: 'buffer' });
    const key = Buffer.from('scounters');
    await level.put(key, seal(key, Buffer.from(JSON.stringify({ keys: 0, conflicts: 0, hints: [['ben', 2], ['cleo', 1]] }))));
    await level.close();
    const store = await openStore({ dir });
    assert.deepEqual([...store.counts().hintBytes], [['ben', 9], ['cleo', 1]]);
    await store.close();
  });
});

/** Damage is said, never served and never taken for absence. */
async function readUnlessDamaged(store: Store, ref: KeyRef): Promise<Uint8Array | undefined> {
  try {
    return await store.read(ref);
  } catch (error) {
    assert.ok(error instanceof CorruptRecordError);
    return undefined;
  }
}

/** Every read is right, or said to be damaged, or absent. @returns how many were not right, and what the opening said. */
async function checkAll(dir: string): Promise<{ absent: number; corrupt: number; warnings: readonly string[] }> {
  const store = await openStore({ dir });
  let absent = 0;
  try {
    for (const [index, ref] of refs.entries()) {
      const object = await readUnlessDamaged(store, ref);
      if (object === undefined) absent += 1;
      else assert.deepEqual(object, valueOf(index));
    }
    const known = new Set(refs.map((ref) => ref.key));
    const rows = await store.list({ bucket: 'faults', prefix: '', after: undefined, limit: 9999, conflictsOnly: false });
    for (const row of rows) assert.ok(known.has(row.key));
    for (const { ref, object } of await store.scanPartition(1, undefined, 9999)) {
      assert.deepEqual(object, valueOf(Number(ref.key.slice(4))));
    }
    return { absent, corrupt: store.counts().corrupt, warnings: store.identity.warnings };
  } finally {
    await store.close();
  }
}

async function flip(dir: string, suffix: string, fraction: number): Promise<void> {
  const names = (await readdir(dir)).filter((name) => name.endsWith(suffix)).sort();
  const sized = await Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(dir, name)) })));
  const largest = sized.sort((a, b) => b.bytes.length - a.bytes.length)[0];
  assert.ok(largest, `no ${suffix} file`);
  const at = Math.floor((largest.bytes.length - 1) * fraction);
  largest.bytes[at] = (largest.bytes[at] ?? 0) ^ 0x10;
  await writeFile(join(dir, largest.name), largest.bytes);
}

async function compact(dir: string): Promise<void> {
  const level = new ClassicLevel(dir);
  await level.compactRange('\0', '\xff');
  await level.close();
}

describe('damage', () => {
  for (const kind of ['.ldb', '.log'] as const) {
    it(`ST: a flipped byte in a ${kind} file never yields a wrong value`, async () => {
      const source = await freshDir();
      await fill(source);
      if (kind === '.ldb') await compact(source);
      let noticed = 0;
      for (let step = 0; step < 20; step += 1) {
        const dir = await freshDir();
        await cp(source, dir, { recursive: true });
        await flip(dir, kind, step / 20 + 0.01);
        const { absent, corrupt, warnings } = await checkAll(dir);
        if (absent > 0 || corrupt > 0 || warnings.length > 0) noticed += 1;
      }
      assert.ok(noticed > 5, `only ${noticed} flips were noticed`);
    });
  }

  const spoil: Record<string, (dir: string) => Promise<void>> = {
    'a bad CURRENT': (dir) => writeFile(join(dir, 'CURRENT'), 'rubbish'),
    'CURRENT naming nothing': (dir) => writeFile(join(dir, 'CURRENT'), 'MANIFEST-999999\n'),
    'a missing CURRENT': (dir) => rm(join(dir, 'CURRENT')),
    'missing tables': async (dir) => {
      await compact(dir);
      for (const name of await readdir(dir)) if (name.endsWith('.ldb')) await rm(join(dir, name));
    },
  };
  for (const [what, spoilIt] of Object.entries(spoil)) {
    it(`ST: ${what} sets the folder aside and says so`, async () => {
      const dir = await freshDir();
      await fill(dir);
      const before = await openStore({ dir });
      await before.close();
      await spoilIt(dir);
      const store = await openStore({ dir });
      assert.ok(existsSync(`${dir}.damaged-1`));
      assert.match(store.identity.warnings.join(), /store\.damaged-1/);
      assert.notEqual(store.identity.actor, before.identity.actor);
      assert.equal(await store.read(keyRef('faults', 'key-0')), undefined);
      await store.close();
    });
  }

  it('ST-3 a folder that was set aside is told of by the next opening that comes about, until one was closed', async () => {
    const { createLevel } = await import('../../../storage/open-level.ts');
    const dir = await freshDir();
    await fill(dir);
    await writeFile(join(dir, 'CURRENT'), 'rubbish');
    const full = (path: string) => {
      const level = createLevel(path);
      const open = level.open.bind(level);
      return Object.assign(level, { open: () => (existsSync(`${dir}.damaged-1`) ? Promise.reject(new Error('IO error: No space left on device')) : open()) });
    };
    await assert.rejects(openStore({ dir, createLevel: full }), /No space left/);
    assert.ok(existsSync(`${dir}.damaged-1`), 'it is out of the way, and nothing in its place');
    const warnings: (readonly string[])[] = [];
    for (let opening = 0; opening < 2; opening += 1) {
      const store = await openStore({ dir });
      warnings.push(store.identity.warnings);
      await store.close();
    }
    assert.deepEqual(warnings, [[`set aside a damaged store: ${dir}.damaged-1`], []]);
  });
});

describe('one owner', () => {
  it('ST: a second open is refused and harms nothing', async () => {
    const dir = await freshDir();
    const store = await openStore({ dir });
    await assert.rejects(openStore({ dir }), { code: 'STORE_LOCKED' });
    await store.commit([objectMutation(keyRef('faults', 'key-0'), 'x')]);
    await store.close();
    assert.equal(existsSync(`${dir}.damaged-1`), false);
  });

  it('ST: a newer schema is refused with a clear error', async () => {
    const dir = await freshDir();
    await fill(dir);
    const { Database, putOperation } = await import('../../../storage/database.ts');
    const { createLevel } = await import('../../../storage/open-level.ts');
    const { systemKey } = await import('../../../storage/keyspace.ts');
    const level = createLevel(dir);
    await level.open();
    const database = new Database(dir, createLevel, level);
    await database.write([putOperation(systemKey('schema'), Buffer.from('2'))]);
    await database.close();
    await assert.rejects(openStore({ dir }), { code: 'STORE_SCHEMA_NEWER', message: /version 2.*up to 1/ });
  });
});

describe('actors', () => {
  it('ST-4 no two openings share an actor: restarts, copies, backups and clones of a closed folder', async () => {
    const dir = await freshDir();
    await fill(dir);
    const backup = await freshDir();
    await cp(dir, backup, { recursive: true, preserveTimestamps: true });
    const actors = new Set<string>();
    for (let opening = 0; opening < 6; opening += 1) {
      const store = await openStore({ dir });
      actors.add(store.identity.actor);
      await store.close();
      // A clone of the whole disk cannot be told from its original: not even the marker differs.
      if (opening % 2 === 0) for (const name of await readdir(backup)) if (name !== 'ringleaf-store') await cp(join(backup, name), join(dir, name));
    }
    assert.equal(actors.size, 6);
  });

  it('ST-4 a copied folder and a backup put back say that they may be behind; a restart does not', async () => {
    const dir = await freshDir();
    await fill(dir);
    const copy = await freshDir();
    await cp(dir, copy, { recursive: true, preserveTimestamps: true });
    const [original, copied] = [await openStore({ dir }), await openStore({ dir: copy })];
    assert.deepEqual([original.identity.restoredAt, copied.identity.restoredAt > 0], [0, true]);
    await Promise.all([original.close(), copied.close()]);
    const again = await openStore({ dir: copy });
    assert.equal(again.identity.restoredAt, again.identity.boots - 1, 'nor is it forgotten with the opening that noticed it');
    await again.close();
    for (const name of await readdir(dir)) if (name !== 'ringleaf-store') await rm(join(dir, name));
    await cp(copy, dir, { recursive: true, filter: (path) => !path.endsWith('ringleaf-store') });
    const restored = await openStore({ dir });
    assert.equal(restored.identity.restoredAt, restored.identity.boots);
    await restored.close();
  });

  it('ST-4 what tools do to every file of a folder makes no copy of it, nor does moving it', async () => {
    const dir = await freshDir();
    await fill(dir);
    const moved = `${dir}-moved`;
    for (const touch of [
      () => chmod(join(dir, 'ringleaf-store'), 0o640),
      () => utimes(join(dir, 'ringleaf-store'), new Date(), new Date()),
      () => link(join(dir, 'ringleaf-store'), `${dir}-link`),
      () => rename(dir, moved),
    ]) {
      await touch();
      const store = await openStore({ dir: existsSync(moved) ? moved : dir });
      assert.deepEqual([store.identity.restoredAt, store.identity.boots > 1], [0, true]);
      await store.close();
    }
  });

  it('ST-4 copies that keep all that a copy can keep are told', async () => {
    const dir = await freshDir();
    await fill(dir);
    for (const how of ['-a', '-al']) {
      const copy = await freshDir();
      await mkdir(dirname(copy), { recursive: true });
      await promisify(execFile)('cp', [how, dir, copy]);
      const store = await openStore({ dir: copy });
      assert.equal(store.identity.restoredAt, store.identity.boots, how);
      await store.close();
      await rm(copy, { recursive: true });
    }
  });

  it('ST-4 a backup that is put back in place, with all that a backup can keep, is told; also one of while it was open', async () => {
    for (const isOpen of [false, true]) {
      const dir = await freshDir();
      const backup = await freshDir();
      await fill(dir);
      const store = await openStore({ dir });
      if (!isOpen) await store.close();
      await promisify(execFile)('cp', ['-a', dir, backup]);
      await (isOpen ? store : await openStore({ dir })).close();
      for (const name of await readdir(dir)) if (name !== 'ringleaf-store') await rm(join(dir, name));
      await promisify(execFile)('cp', ['-a', `${backup}/.`, dir]);
      const restored = await openStore({ dir });
      assert.equal(restored.identity.restoredAt, restored.identity.boots, `${isOpen}`);
      await restored.close();
    }
  });

  it('ST-4 an end between the two steps of an opening makes no copy of a folder', async () => {
    const dir = await freshDir();
    await fill(dir);
    await link(join(dir, 'ringleaf-store'), join(dir, 'former'));
    const child = spawn(process.execPath, [join(import.meta.dirname, 'writer-process.ts'), dir], { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface({ input: child.stdout })) if (line !== '') child.kill('SIGKILL');
    // As if it had ended before the next file was in its place: the database knows of it.
    await rename(join(dir, 'former'), join(dir, 'ringleaf-store'));
    const store = await openStore({ dir });
    assert.deepEqual([store.identity.restoredAt, store.identity.boots], [0, 3]);
    await store.close();
  });

  it('ST: after SIGKILL all acknowledged commits are there, under a new actor', async () => {
    const dir = await freshDir();
    const child = spawn(process.execPath, [join(import.meta.dirname, 'writer-process.ts'), dir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (lines.length === 400) child.kill('SIGKILL');
    }
    const [actor, ...acknowledged] = lines;
    const store = await openStore({ dir });
    assert.notEqual(store.identity.actor, actor);
    for (const key of acknowledged) assert.ok(await store.read(keyRef('killed', key)), `${key} is lost`);
    const rows = await store.list({ bucket: 'killed', prefix: '', after: undefined, limit: 1e6, conflictsOnly: false });
    assert.equal(store.counts().keys, rows.length);
    await store.close();
  });
});
