import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Invites } from '../../../../main/member/invites.ts';
import type { Mutation, Store } from '../../../../p2p/index.ts';

function fixture() {
  const rows = new Map<string, Uint8Array>();
  let fails = false;
  let wallMs = 1_000;
  const store = {
    meta: (prefix: string) => Promise.resolve([...rows].filter(([name]) => name.startsWith(prefix)).map(([name, bytes]) => ({ name, bytes }))),
    commit: async (batch: readonly Mutation[]) => {
      await new Promise((resolve) => setImmediate(resolve));
      if (fails) throw new Error('disk');
      for (const one of batch) if (one.kind === 'meta') one.bytes === undefined ? rows.delete(one.name) : rows.set(one.name, one.bytes);
    },
  } as unknown as Store;
  return { invites: new Invites(store, () => wallMs), rows, wait: (ms: number) => (wallMs += ms), breakDisk: (broken: boolean) => (fails = broken) };
}
const knows = (): boolean => true;

test('lets in one device, which may ask again; nobody else', async () => {
  const { invites } = fixture();
  const { inviteId } = await invites.issue(1_000);
  assert.equal(await invites.redeem(inviteId, () => false, 'eve'), false);
  assert.equal(await invites.redeem(inviteId, knows, 'ada'), true);
  assert.equal(await invites.redeem(inviteId, knows, 'ada'), true);
  assert.equal(await invites.redeem(inviteId, knows, 'ben'), false);
  assert.equal(await invites.redeem('00'.repeat(8), knows, 'ben'), false);
});

test('two devices at the same moment: one gets in', async () => {
  const { invites } = fixture();
  const { inviteId } = await invites.issue(1_000);
  const both = await Promise.all([invites.redeem(inviteId, knows, 'ada'), invites.redeem(inviteId, knows, 'ben')]);
  assert.equal(both.filter(Boolean).length, 1);
});

test('an expired invite lets nobody in and is swept by the next one', async () => {
  const { invites, wait, rows } = fixture();
  const { inviteId } = await invites.issue(1_000);
  wait(1_000);
  assert.equal(await invites.redeem(inviteId, knows, 'ada'), false);
  await invites.issue(1_000);
  assert.deepEqual([...rows.keys()].includes(`invite/${inviteId}`), false);
});

test('when the mark cannot be kept, nobody gets in', async () => {
  const { invites, breakDisk } = fixture();
  const { inviteId } = await invites.issue(1_000);
  breakDisk(true);
  await assert.rejects(invites.redeem(inviteId, knows, 'ada'));
  breakDisk(false);
  assert.equal(await invites.redeem(inviteId, knows, 'ben'), true);
});
