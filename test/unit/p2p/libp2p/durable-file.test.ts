import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock, test } from 'node:test';
import { writeDurably } from '../../../../p2p/libp2p/durable-file.ts';

test('ST-11 a key or a charter is on disk under its name before anybody counts on it', { skip: process.platform === 'win32' }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'ringleaf-durable-'));
  const path = join(dir, 'identity.key');
  const handle = await open(dir, 'r');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const sync = prototype.sync;
  const synced: string[] = [];
  mock.method(prototype, 'sync', async function (this: FileHandle) {
    synced.push(`${(await this.stat()).isDirectory() ? 'folder' : 'file'}, ${existsSync(path) ? 'with' : 'without'} the name`);
    return sync.call(this);
  });
  try {
    await writeDurably(path, new Uint8Array([1, 2]));
    assert.deepEqual(synced, ['file, without the name', 'folder, with the name']);
  } finally {
    mock.restoreAll();
  }
  assert.deepEqual([...(await readFile(path))], [1, 2]);
  await assert.rejects(writeDurably(join(dir, 'gone', 'x'), new Uint8Array(1)));
  assert.deepEqual(await readdir(dir), ['identity.key'], 'nothing is left beside it');
  await rm(dir, { recursive: true });
});
