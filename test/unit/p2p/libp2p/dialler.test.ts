import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { Dialler } from '../../../../p2p/libp2p/dialler.ts';
import { identityOf } from '../../../../p2p/libp2p/identity.ts';

test('new addresses that come while the old ones are dialled are tried at once, not after the back-off', async () => {
  const { peerId: member } = identityOf(await generateKeyPair('Ed25519'));
  const dialled: string[] = [];
  const fails: ((error: Error) => void)[] = [];
  const dialler = new Dialler({
    self: 'self',
    nowMs: () => 1_000,
    isMember: () => true,
    isConnected: () => false,
    dial: (_, addresses) => {
      dialled.push(String(addresses[0]));
      return new Promise((_resolve, reject) => fails.push(reject));
    },
    onFailed: () => undefined,
    onDialled: () => undefined,
  });
  dialler.introduce(member, ['/ip4/127.0.0.1/tcp/1']);
  dialler.tick();
  dialler.introduce(member, ['/ip4/127.0.0.1/tcp/2']);
  fails[0]?.(new Error('refused'));
  await new Promise((resolve) => setImmediate(resolve));
  dialler.tick();
  assert.equal(dialled.length, 2);
  assert.match(dialled[1] ?? '', /tcp\/2/);
});
