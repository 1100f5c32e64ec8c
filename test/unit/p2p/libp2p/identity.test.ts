import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DeviceKey } from '../../../../p2p/libp2p/device-key.ts';
import { type Identity, publicKeyOf } from '../../../../p2p/libp2p/identity.ts';
import { answering } from './openers.ts';

const loadIdentity = async (dir: string): Promise<Identity> => (await DeviceKey.open(dir, answering())).identity;

test('an identity is made once, kept private, and signs what others verify', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'ringleaf-identity-'));
  const first = await loadIdentity(dir);
  const again = await loadIdentity(dir);
  assert.equal(first.peerId, again.peerId);
  assert.match(first.peerId, /^12D3/);
  assert.equal((await stat(join(dir, 'identity.key'))).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(dir), ['identity.key']);
  const said = new Uint8Array([1, 2, 3]);
  const signature = first.signer.sign(said);
  // libp2p's own keys agree with node:crypto in both directions.
  assert.ok(await first.privateKey.publicKey.verify(said, signature));
  assert.ok(again.signer.verify(first.peerId, said, new Uint8Array(await first.privateKey.sign(said))));
  assert.equal(again.signer.verify(first.peerId, new Uint8Array([1, 2, 4]), signature), false);
  assert.equal(again.signer.verify(first.peerId, said, signature.subarray(1)), false);
  for (const bad of ['', 'x', `${first.peerId} `, '12D3KooW', 'Q'.repeat(10_000)]) {
    assert.equal(again.signer.verify(bad, said, signature), false);
    assert.equal(publicKeyOf(bad), undefined);
  }
  await rm(dir, { recursive: true });
});

test('a damaged identity file is an error, never a new identity', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'ringleaf-identity-'));
  await writeFile(join(dir, 'identity.key'), 'garbage');
  await assert.rejects(loadIdentity(dir), /no Ed25519 key/);
  await rm(dir, { recursive: true });
});
