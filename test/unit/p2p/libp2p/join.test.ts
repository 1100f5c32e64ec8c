import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { encodeInvite } from '../../../../p2p/libp2p/invite.ts';
import type { Invite } from '../../../../p2p/libp2p/invite.ts';
import { joinTeam } from '../../../../p2p/libp2p/join.ts';
import type { JoinDesk } from '../../../../p2p/libp2p/join.ts';
import { newIdentity, quiet, startPeer } from './harness.ts';
import type { Peer } from './harness.ts';

const options = { timeout: 30_000 };
const ANSWER = new Uint8Array(100_000).fill(3);

interface Desk extends JoinDesk {
  readonly redeemed: { joiner: string; payload: Uint8Array }[];
}

function deskFor(inviteId: Uint8Array, secret: Uint8Array, expiresAt: number): Desk {
  const redeemed: Desk['redeemed'] = [];
  return {
    redeemed,
    redeem: async (id, proofCheck, joiner, payload) => {
      const isKnown = Buffer.from(id).equals(inviteId) && Date.now() < expiresAt;
      if (!isKnown || redeemed.length > 0 || !proofCheck(secret)) return undefined;
      redeemed.push({ joiner, payload });
      return ANSWER;
    },
  };
}

async function inviterWith(expiresInMs: number): Promise<{ host: Peer; desk: Desk; invite: Invite }> {
  const inviteId = new Uint8Array(randomBytes(8));
  const secret = new Uint8Array(randomBytes(16));
  const expiresAt = Date.now() + expiresInMs;
  const desk = deskFor(inviteId, secret, expiresAt);
  const host = await startPeer(new Set(), { join: desk });
  const invite = {
    teamId: 'team-1', teamName: 'Team', inviter: host.id,
    addresses: host.host.addresses(), inviteId, secret, expiresAt,
  };
  return { host, desk, invite };
}

async function join(invite: Invite, payload = new Uint8Array([7])): Promise<Uint8Array> {
  const identity = await newIdentity();
  return joinTeam({ identity, invite: encodeInvite(invite), payload, timeoutMs: 5_000, log: quiet });
}

test('who holds an invite joins once', options, async () => {
  const { host, desk, invite } = await inviterWith(60_000);
  const payload = new Uint8Array(64 * 1024).fill(5);
  assert.deepEqual(await join(invite, payload), ANSWER);
  assert.deepEqual(desk.redeemed[0]?.payload, payload);
  await assert.rejects(join(invite), { code: 'INVITE_REFUSED' });
  await host.host.stop();
});

test('a wrong secret, team or id and an expired invite are refused alike', options, async () => {
  const { host, desk, invite } = await inviterWith(60_000);
  const late = await inviterWith(-1);
  const wrong: Invite[] = [
    { ...invite, secret: new Uint8Array(16) },
    { ...invite, teamId: 'team-2' },
    { ...invite, inviteId: new Uint8Array(8) },
    late.invite,
  ];
  for (const one of wrong) {
    const startMs = performance.now();
    await assert.rejects(join(one), { code: 'INVITE_REFUSED' });
    assert.ok(performance.now() - startMs > 240);
  }
  assert.equal(desk.redeemed.length, 0);
  assert.deepEqual(host.events, []);
  await Promise.all([host.host.stop(), late.host.host.stop()]);
});

test('an impostor at the address, or nobody, is unreachable', options, async () => {
  const { host, invite } = await inviterWith(60_000);
  const other = await startPeer(new Set());
  const address = other.host.addresses()[0]?.split('/p2p/')[0] ?? '';
  await assert.rejects(join({ ...invite, addresses: [address] }), { code: 'INVITER_UNREACHABLE' });
  await assert.rejects(join({ ...invite, addresses: ['/ip4/127.0.0.1/tcp/9'] }), { code: 'INVITER_UNREACHABLE' });
  const identity = await newIdentity();
  const bad = { identity, invite: 'ringleaf://join/x', payload: new Uint8Array(), timeoutMs: 100, log: quiet };
  await assert.rejects(joinTeam(bad), { code: 'INVITE_INVALID' });
  await Promise.all([host.host.stop(), other.host.stop()]);
});
