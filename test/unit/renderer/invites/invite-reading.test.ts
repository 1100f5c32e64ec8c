/** What an invitation says while it is typed, and what the list of invitations does. */
import '../merge/svelte-modules.ts';
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import type { InviteFacts, InviteInfo } from '../../../../main/api/contract.ts';

const { InviteReading } = await import('../../../../renderer/state/invite-reading.svelte.ts');
const { Invitation, Invitations } = await import('../../../../renderer/state/invitation.svelte.ts');
const { CallError } = await import('../../../../renderer/state/client.ts');

const factsOf = (teamName: string): InviteFacts => ({ teamId: 't', teamName, inviter: 'm', words: [], expiresAt: '' });
const settle = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => mock.timers.reset());

test('WN-22 the invitation given last is told of, however the answers come', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const waiting: { readonly invite: string; readonly answer: (facts: InviteFacts) => void }[] = [];
  const reading = new InviteReading({ readInvite: ({ invite }) => new Promise((answer) => waiting.push({ invite, answer })) });
  reading.read('a');
  reading.read('ab');
  mock.timers.tick(300);
  reading.read('abc');
  mock.timers.tick(300);
  assert.deepEqual(waiting.map(({ invite }) => invite), ['ab', 'abc'], 'not each letter is asked about');
  waiting[1]?.answer(factsOf('late'));
  await settle();
  waiting[0]?.answer(factsOf('early'));
  await settle();
  assert.equal(reading.facts?.teamName, 'late');
  reading.read('  ');
  mock.timers.tick(300);
  assert.deepEqual([reading.facts, reading.error, waiting.length], [null, null, 2]);
});

test('WN-22 what is no invitation is said in words', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  const reading = new InviteReading({ readInvite: ({ invite }) => Promise.reject(new CallError(invite.length > 9 ? 'BAD_REQUEST' : 'INVITE_INVALID', 'This is not a Ringleaf invite.')) });
  for (const text of ['hello', 'x'.repeat(10)]) {
    reading.read(text);
    mock.timers.tick(300);
    await settle();
    assert.match(reading.error ?? '', /not a Ringleaf invite/);
    assert.equal(reading.facts, null);
  }
});

const infoOf = (inviteId: string, by?: string): InviteInfo => ({ inviteId, madeAt: '', expiresAt: '', used: by === undefined ? null : { by, byName: by, byPerson: null, at: '' } });
type Client = ConstructorParameters<typeof Invitations>[0]['client'];

test('WN-23 who came by an invitation is that of this invitation', async () => {
  let all: readonly InviteInfo[] = [];
  let made = 0;
  const client = { invite: () => Promise.resolve({ invite: 'ringleaf://join/x', inviteId: `i${(made += 1)}`, expiresAt: '' }), invites: () => Promise.resolve(all) } as unknown as Client;
  const invitation = new Invitation(client);
  await invitation.look();
  await invitation.create();
  all = [infoOf('i0', 'eve'), infoOf('i1')];
  await invitation.look();
  assert.deepEqual([invitation.used], [null]);
  all = [infoOf('i1', 'ben')];
  await invitation.look();
  assert.equal(invitation.used?.by, 'ben');
  await invitation.create();
  assert.deepEqual([invitation.made?.inviteId, invitation.used], ['i2', null]);
});

test('WN-23 a withdrawal that comes too late shows what became of the invitation', async () => {
  const used = [infoOf('i1', 'ben')];
  const client = { invites: () => Promise.resolve(used), withdrawInvite: () => Promise.reject(new CallError('INVITE_USED', 'It was used already.')) } as unknown as Client;
  const invitations = new Invitations({ client, onWithdrawn: () => assert.fail() });
  await invitations.withdraw('i1');
  assert.deepEqual([invitations.all, invitations.error, invitations.busy], [used, 'It was used already.', null]);
});
