/** SC-14: a change of how the key is kept is one file for another; no attempt to open it writes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DeviceKey } from '../../../../p2p/libp2p/device-key.ts';
import { newIdentity } from '../../../../p2p/libp2p/identity.ts';
import { isWrapped, readWrapped } from '../../../../p2p/libp2p/wrapped-key.ts';
import { answering, KEYCHAIN, openersOf, protectionOf, withKeychain } from './openers.ts';

const PASSPHRASE = 'correct horse';
const STEPS = ['open', 'half a write', 'write', 'sync', 'before the rename', 'rename'] as const;
const DYING = new URL('./dying-disk.ts', import.meta.url).href;
const CHANGER = new URL('./change-key.ts', import.meta.url).pathname;

let dir: string;
before(async () => (dir = await mkdtemp(join(tmpdir(), 'ringleaf-key-'))));
after(() => rm(dir, { recursive: true }));

/** A data folder, its key protected by what is said, and whose it is. */
async function made(name: string, by: string | null): Promise<{ readonly home: string; readonly peerId: string }> {
  const home = join(dir, name);
  const key = await DeviceKey.open(home, answering());
  if (by !== null) await key.protect(protectionOf(by));
  return { home, peerId: key.identity.peerId };
}

const fileIn = (home: string): Promise<Buffer> => readFile(join(home, 'identity.key'));

test('SC-14 a passphrase is set, changed and taken off, and the device stays who it is', async () => {
  const { home, peerId } = await made('life', null);
  const key = await DeviceKey.open(home, answering());
  assert.equal(key.protectedBy, null);
  await key.protect(protectionOf(PASSPHRASE));
  assert.equal(key.protectedBy, 'passphrase');
  assert.ok(isWrapped(await fileIn(home)));
  const again = await DeviceKey.open(home, answering(PASSPHRASE));
  assert.equal(again.identity.peerId, peerId);
  assert.equal(again.protectedBy, 'passphrase');
  await again.protect(protectionOf('another horse'));
  await assert.rejects(DeviceKey.open(home, answering(PASSPHRASE)), /no more answers/);
  const third = await DeviceKey.open(home, answering('another horse'));
  await third.protect(null);
  assert.equal((await DeviceKey.open(home, answering())).identity.peerId, peerId);
  assert.deepEqual(await readdir(home), ['identity.key']);
});

test('SC-14 a wrong passphrase is asked for again and changes nothing', async () => {
  const { home, peerId } = await made('wrong', PASSPHRASE);
  const before = await fileIn(home);
  const told: boolean[] = [];
  const key = await DeviceKey.open(home, { ...answering(), passphrase: (wasWrong) => Promise.resolve(told.push(wasWrong) < 3 ? 'incorrect' : PASSPHRASE) });
  assert.deepEqual(told, [false, true, true]);
  assert.equal(key.identity.peerId, peerId);
  await assert.rejects(DeviceKey.open(home, answering('x', 'y')));
  assert.deepEqual(await fileIn(home), before);
  assert.deepEqual(await readdir(home), ['identity.key']);
});

test('SC-14 a damaged or endless file is an error, never a new identity, and is left as it is', async () => {
  const { home } = await made('damaged', PASSPHRASE);
  const file = await fileIn(home);
  for (const bytes of [file.subarray(0, 40), file.map((byte, at) => (at === 50 ? byte ^ 1 : byte)), Buffer.alloc(5_000)]) {
    await writeFile(join(home, 'identity.key'), bytes);
    await assert.rejects(DeviceKey.open(home, answering(PASSPHRASE)), /no Ed25519 key/);
    assert.deepEqual(await fileIn(home), Buffer.from(bytes));
  }
});

test('SC-14 another identity is kept as the former was, which lies beside it as it was', async () => {
  const { home } = await made('another', PASSPHRASE);
  const former = await fileIn(home);
  const key = await DeviceKey.open(home, answering(PASSPHRASE));
  const next = await newIdentity();
  assert.equal(await key.replace(next, 'removed'), join(home, 'identity.key.removed-1'));
  assert.deepEqual(await readFile(join(home, 'identity.key.removed-1')), former);
  assert.ok(isWrapped(await fileIn(home)), 'nobody took the passphrase off');
  assert.equal((await DeviceKey.open(home, answering(PASSPHRASE))).identity.peerId, next.peerId);
});

test('SC-17 a key that the keychain protects opens by the keychain alone, and is given back when somebody chooses otherwise', async () => {
  const { home, peerId } = await made('keychain', KEYCHAIN);
  const file = await fileIn(home);
  assert.equal(readWrapped(file)?.by, 'keychain');
  await assert.rejects(DeviceKey.open(home, answering(PASSPHRASE)), /no more answers/);
  const key = await DeviceKey.open(home, withKeychain);
  assert.deepEqual([key.identity.peerId, key.protectedBy], [peerId, 'keychain']);
  await key.protect(protectionOf(PASSPHRASE));
  assert.equal((await DeviceKey.open(home, answering(PASSPHRASE))).identity.peerId, peerId);
  await key.protect(null);
  assert.equal((await DeviceKey.open(home, answering())).identity.peerId, peerId);
  assert.deepEqual(await readdir(home), ['identity.key']);
});

test('SC-17 a keychain that has another secret is told that it was wrong, and nothing changes', async () => {
  const { home } = await made('reset', KEYCHAIN);
  const before = await fileIn(home);
  const told: boolean[] = [];
  const reset = {
    ...answering(),
    keychain: (_sealed: Uint8Array, wasWrong: boolean) => (told.push(wasWrong) < 3 ? Promise.resolve(new Uint8Array(32)) : Promise.reject(new Error('it is gone'))),
  };
  await assert.rejects(DeviceKey.open(home, reset), /it is gone/);
  assert.deepEqual(told, [false, true, true]);
  assert.deepEqual(await fileIn(home), before);
  assert.deepEqual(await readdir(home), ['identity.key']);
});

test('SC-17 another identity is kept by the keychain as the former was', async () => {
  const { home } = await made('another by keychain', KEYCHAIN);
  const key = await DeviceKey.open(home, withKeychain);
  const next = await newIdentity();
  await key.replace(next, 'removed');
  const again = await DeviceKey.open(home, withKeychain);
  assert.deepEqual([again.identity.peerId, again.protectedBy], [next.peerId, 'keychain']);
});

for (const [from, to] of [[null, PASSPHRASE], [PASSPHRASE, 'another horse'], [PASSPHRASE, null], [null, KEYCHAIN], [PASSPHRASE, KEYCHAIN], [KEYCHAIN, PASSPHRASE], [KEYCHAIN, null]] as const) {
  test(`SC-14 a crash at any step from ${from ?? 'a plain key'} to ${to ?? 'a plain key'} leaves a key that opens`, async () => {
    const { home, peerId } = await made(`from ${from} to ${to}`, from);
    for (const step of STEPS) {
      const copy = join(dir, `${from} ${to} ${step}`);
      await cp(home, copy, { recursive: true });
      const died = spawnSync(process.execPath, ['--import', DYING, CHANGER, copy, JSON.stringify({ from, to })], { env: { ...process.env, DIES_AT: step }, encoding: 'utf8' });
      assert.equal(died.signal, 'SIGKILL', `${step}: ${died.stderr}`);
      const isThere = step === 'rename';
      const opens = isThere ? to : from;
      assert.equal(isWrapped(await fileIn(copy)), opens !== null, step);
      const key = await DeviceKey.open(copy, openersOf(opens));
      assert.equal(key.identity.peerId, peerId, step);
      assert.deepEqual(await readdir(copy), ['identity.key'], `${step}: nothing plain is left beside it`);
    }
  });
}
