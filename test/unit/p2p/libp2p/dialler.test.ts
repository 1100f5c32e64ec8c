import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair } from '@libp2p/crypto/keys';
import type { DiallerInit } from '../../../../p2p/libp2p/dialler.ts';
import { Dialler } from '../../../../p2p/libp2p/dialler.ts';
import { identityOf } from '../../../../p2p/libp2p/identity.ts';
import { DIALS_AT_ONCE_MAX, PEER_BOOK_MAX } from '../../../../p2p/libp2p/limits.ts';

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

/** Nobody answers; `dialled` has the addresses that were tried, in order. */
function silentNetwork(init: Partial<DiallerInit> = {}): { readonly dialler: Dialler; readonly dialled: string[] } {
  const dialled: string[] = [];
  const dialler = new Dialler({
    self: 'self', nowMs: () => 1_000, isMember: () => false, isConnected: () => false,
    dial: async (_, addresses) => {
      dialled.push(String(addresses[0]));
      return new Promise(() => undefined);
    },
    onFailed: () => undefined,
    onDialled: () => undefined,
    ...init,
  });
  return { dialler, dialled };
}

async function peerIds(count: number): Promise<readonly string[]> {
  return Promise.all(Array.from({ length: count }, async () => identityOf(await generateKeyPair('Ed25519')).peerId));
}

test('SC-12 whoever floods mDNS pushes out others that it found, and no peer that a person named', async () => {
  const [named = '', ...found] = await peerIds(PEER_BOOK_MAX + 40);
  const { dialler } = silentNetwork();
  dialler.addByHand(`/ip4/127.0.0.1/tcp/1/p2p/${named}`);
  for (const member of found) dialler.discovered(member, ['/ip4/127.0.0.1/tcp/2']);
  assert.equal(dialler.mayDial(named), true);
  assert.equal(found.filter((member) => dialler.mayDial(member)).length, PEER_BOOK_MAX - 1);
  const [late = ''] = await peerIds(1);
  dialler.addByHand(`/ip4/127.0.0.1/tcp/3/p2p/${late}`);
  assert.deepEqual([dialler.mayDial(named), dialler.mayDial(late)], [true, true]);
});

test('SC-12 what mDNS found takes half of the dials at most, and members come first', async () => {
  const [member = '', ...found] = await peerIds(40);
  const { dialler, dialled } = silentNetwork({ isMember: (who) => who === member });
  for (const who of found) dialler.discovered(who, ['/ip4/127.0.0.1/tcp/2']);
  dialler.addByHand('/ip4/127.0.0.1/tcp/3');
  dialler.introduce(member, ['/ip4/127.0.0.1/tcp/1']);
  dialler.tick();
  assert.match(dialled[0] ?? '', /tcp\/1\//);
  assert.match(dialled[1] ?? '', /tcp\/3$/);
  assert.equal(dialled.length, 2 + DIALS_AT_ONCE_MAX / 2);
});
