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
  const open = (): Invites => new Invites(store, () => wallMs);
  return { invites: open(), reopen: open, rows, wait: (ms: number) => (wallMs += ms), breakDisk: (broken: boolean) => (fails = broken) };
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

test('SC-7 the list tells which invites are open and which were used, and no secret', async () => {
  const { invites, wait } = fixture();
  const first = await invites.issue(5_000);
  wait(10);
  const second = await invites.issue(5_000);
  wait(10);
  const short = await invites.issue(1);
  await invites.redeem(first.inviteId, knows, 'ada');
  wait(1);
  const listed = await invites.list();
  assert.deepEqual(listed, [
    { inviteId: second.inviteId, madeAt: 1_010, expiresAt: 6_010, usedBy: null, usedAt: null },
    { inviteId: first.inviteId, madeAt: 1_000, expiresAt: 6_000, usedBy: 'ada', usedAt: 1_020 },
  ], 'the newest first, without what expired unused');
  for (const { secret } of [first, second, short]) assert.equal(JSON.stringify(listed).includes(Buffer.from(secret).toString('hex')), false);
});

test('SC-7 a withdrawn invite lets nobody in, also after a restart', async () => {
  const { invites, reopen, rows } = fixture();
  const { inviteId } = await invites.issue(1_000);
  await invites.withdraw(inviteId);
  assert.equal(rows.size, 0, 'gone from the disk before it was answered');
  assert.equal(await invites.redeem(inviteId, knows, 'ada'), false);
  assert.equal(await reopen().redeem(inviteId, knows, 'ada'), false);
  assert.deepEqual(await invites.list(), []);
  await assert.rejects(invites.withdraw(inviteId), { code: 'NOT_FOUND' });
});

test('SC-7 a withdrawal and a use at the same moment: one of them counts', async () => {
  for (const withdrawFirst of [true, false]) {
    const { invites } = fixture();
    const { inviteId } = await invites.issue(1_000);
    const use = (): Promise<boolean> => invites.redeem(inviteId, knows, 'ada');
    const withdraw = (): Promise<string> => invites.withdraw(inviteId).then(() => 'withdrawn', (error: { code: string }) => error.code);
    const [used, withdrawn] = withdrawFirst ? await both(withdraw, use).then(([one, two]) => [two, one]) : await both(use, withdraw);
    assert.deepEqual([used, withdrawn], withdrawFirst ? [false, 'withdrawn'] : [true, 'INVITE_USED']);
  }
});

test('SC-7 a withdrawal that the disk refuses is not answered as done', async () => {
  const { invites, breakDisk } = fixture();
  const { inviteId } = await invites.issue(1_000);
  breakDisk(true);
  await assert.rejects(invites.withdraw(inviteId), /disk/);
  breakDisk(false);
  assert.equal((await invites.list()).length, 1);
});

test('an invite of an earlier version, which kept fewer times, still works and is listed', async () => {
  const { invites, rows } = fixture();
  rows.set('invite/00ff00ff00ff00ff', Buffer.from('{"secret":"00","expiresAt":2000,"usedBy":null}'));
  assert.deepEqual(await invites.list(), [{ inviteId: '00ff00ff00ff00ff', madeAt: null, expiresAt: 2_000, usedBy: null, usedAt: null }]);
  assert.equal(await invites.redeem('00ff00ff00ff00ff', knows, 'ada'), true);
});

test('too many open invites are refused as such; a withdrawal makes room', async () => {
  const { invites } = fixture();
  const made = await Promise.all(Array.from({ length: 1_000 }, () => invites.issue(1_000)));
  await assert.rejects(invites.issue(1_000), { code: 'OVERLOADED' });
  await invites.withdraw(made[0]?.inviteId ?? assert.fail());
  await invites.issue(1_000);
});

function both<A, B>(one: () => Promise<A>, two: () => Promise<B>): Promise<[A, B]> {
  return Promise.all([one(), two()]);
}
