/** Three real members: joining by invite, quorums, one down, a second process, no team. */
import assert from 'node:assert/strict';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeDir, startMember, startTeam, temporaryDir, until } from './member-harness.ts';

test('three members keep a value on three machines, and two of them go on alone', { timeout: 300_000 }, async () => {
  const dir = await temporaryDir();
  const members = await startTeam(dir, 3);
  try {
    const [first, second, third] = members as [typeof members[0], typeof members[0], typeof members[0]];
    const written = await first.ask('PUT', '/v1/buckets/b/keys/k?w=all', { body: 'v' });
    assert.equal(written.status, 200, written.text);
    assert.equal(written.json().acks, 3);
    assert.equal((await second.ask('GET', '/v1/buckets/b/keys/k')).text, 'v');
    await third.kill();
    await first.ask('PUT', '/v1/buckets/b/keys/two', { body: 'v' });
    assert.equal((await second.ask('GET', '/v1/buckets/b/keys/two')).text, 'v');
    await second.kill();
    const refused = await first.ask('PUT', '/v1/buckets/b/keys/three?timeoutMs=1500', { body: 'v' });
    assert.deepEqual([refused.status, refused.json().code, refused.json().needed], [503, 'QUORUM_UNREACHABLE', 2]);
    const here = await first.ask('PUT', '/v1/buckets/b/keys/three?w=any', { body: 'v' });
    assert.equal(here.status, 202, here.text);
    assert.equal('hereOnly' in here.json(), false);
  } finally {
    await Promise.all(members.map((member) => member.kill()));
    await removeDir(dir);
  }
});

test('an invite lets one device in, once', { timeout: 300_000 }, async () => {
  const dir = await temporaryDir();
  const members = await startTeam(dir, 1);
  try {
    const [founder] = members as [typeof members[0]];
    const { invite } = (await founder.ask('POST', '/v1/invites')).json();
    members.push(await startMember(join(dir, 'a'), 'a', ['--join', invite]));
    await assert.rejects(startMember(join(dir, 'b'), 'b', ['--join', invite]), /ended with 1 /);
    const { invite: short } = (await founder.ask('POST', '/v1/invites', { body: '{"expiresInS":1}' })).json();
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    await assert.rejects(startMember(join(dir, 'c'), 'c', ['--join', short]), /ended with 1 /);
  } finally {
    await Promise.all(members.map((member) => member.kill()));
    await removeDir(dir);
  }
});

test('SC-7 a withdrawn invite is refused at the door, also after the inviter was killed', { timeout: 300_000 }, async () => {
  const dir = await temporaryDir();
  const members = await startTeam(dir, 1);
  try {
    const [founder] = members as [typeof members[0]];
    const made = async (from: typeof founder) => (await from.ask('POST', '/v1/invites')).json() as { invite: string; inviteId: string; expiresAt: string };
    const [withdrawn, used] = [await made(founder), await made(founder)];
    const answer = await founder.ask('DELETE', `/v1/invites/${withdrawn.inviteId}`);
    assert.deepEqual([answer.status, answer.json().map((one: { inviteId: string }) => one.inviteId)], [200, [used.inviteId]]);
    await founder.kill();
    const again = await startMember(founder.dataDir, 'm1', ['--listen', founder.listen[0]?.replace(/\/p2p\/.*/, '') ?? assert.fail()]);
    members.push(again);
    await assert.rejects(startMember(join(dir, 'a'), 'a', ['--join', withdrawn.invite]), /ended with 1 .*refused/s);
    members.push(await startMember(join(dir, 'b'), 'b', ['--join', used.invite.slice('ringleaf://join/'.length)]));
    await until('the name of who came is known', async () => (await again.ask('GET', '/v1/invites')).json()[0].used.byName !== '');
    const listed = await again.ask('GET', '/v1/invites');
    assert.deepEqual(listed.json().map((one: { inviteId: string; used: { byName: string } }) => [one.inviteId, one.used.byName]), [[used.inviteId, 'b']]);
    for (const { invite } of [withdrawn, used]) assert.equal(listed.text.includes(invite.slice(-24)), false);
    for (const [id, status, code] of [[withdrawn.inviteId, 404, 'NOT_FOUND'], [used.inviteId, 409, 'INVITE_USED'], ['zz', 400, 'BAD_REQUEST']] as const) {
      const refused = await again.ask('DELETE', `/v1/invites/${id}`);
      assert.deepEqual([refused.status, refused.json().code], [status, code]);
    }
  } finally {
    await Promise.all(members.map((member) => member.kill()));
    await removeDir(dir);
  }
});

test('SC-8 what an invite says is read with no team and no network', { timeout: 300_000 }, async () => {
  const dir = await temporaryDir();
  const members = await startTeam(join(dir, 'team'), 1);
  try {
    const [founder] = members as [typeof members[0]];
    const { invite, expiresAt } = (await founder.ask('POST', '/v1/invites')).json();
    const [self] = (await founder.ask('GET', '/v1/members')).json();
    assert.deepEqual([self.role, self.words.length], ['founder', 6]);
    await founder.kill();
    const stranger = await startMember(join(dir, 'stranger'), 'stranger');
    members.push(stranger);
    const read = await stranger.ask('POST', '/v1/invites/read', { body: JSON.stringify({ invite: ` ${invite.slice(16, 60)}\n${invite.slice(60)}` }) });
    assert.deepEqual(read.json(), { teamId: founder.teamId, teamName: 'Test', inviter: founder.memberId, words: self.words, expiresAt });
    const refused = await stranger.ask('POST', '/v1/invites/read', { body: '{"invite":"hello"}' });
    assert.deepEqual([refused.status, refused.json().code], [400, 'INVITE_INVALID']);
    assert.equal((await stranger.ask('GET', '/v1/invites')).json().code, 'NO_TEAM');
  } finally {
    await Promise.all(members.map((member) => member.kill()));
    await removeDir(dir);
  }
});

test('WN-24 status says where HTTP and its token are, and how open the key is, and tells neither token nor key', { timeout: 300_000 }, async () => {
  const dir = await temporaryDir();
  const member = await startMember(dir, 'm1');
  try {
    const access = async () => (await member.ask('GET', '/v1/status')).json().access;
    const keyFile = join(dir, 'identity.key');
    const said = await access();
    assert.deepEqual(said, { http: { address: member.url, tokenFile: join(dir, 'http-token') }, key: { file: keyFile, mode: '600', isProtected: false, protectedBy: null } });
    assert.equal(JSON.stringify(said).includes(member.token), false);
    await chmod(keyFile, 0o644);
    assert.equal((await access()).key.mode, '644');
  } finally {
    await member.kill();
    await removeDir(dir);
  }
});

test('without a team: welcome, status and team calls; everything else is 503 NO_TEAM', { timeout: 300_000 }, async () => {
  const dir = await temporaryDir();
  const member = await startMember(dir, 'm1');
  try {
    assert.equal(member.teamId, null);
    assert.equal((await member.ask('GET', '/v1/status')).json().team, null);
    for (const path of ['/v1/members', '/v1/ring', '/v1/buckets', '/v1/buckets/b/keys/k', '/v1/export', '/v1/conflicts']) {
      const answer = await member.ask('GET', path);
      assert.deepEqual([answer.status, answer.json().code], [503, 'NO_TEAM'], path);
    }
    const bad = await member.ask('POST', '/v1/join', { body: '{"invite":"ringleaf://join/AAAA"}' });
    assert.deepEqual([bad.status, bad.json().code], [400, 'INVITE_INVALID']);
    await assert.rejects(startMember(dir, 'm1'), /ended with 5 .*already/s);
    assert.equal((await member.ask('POST', '/v1/team', { body: '{"name":"T","partitions":8}' })).status, 200);
    assert.equal((await member.ask('PUT', '/v1/buckets/b/keys/k', { body: 'v' })).status, 200);
    assert.equal(await member.stop(), 0);
    const again = await startMember(dir, 'm1');
    assert.equal((await again.ask('GET', '/v1/buckets/b/keys/k')).text, 'v');
    assert.equal(await again.stop(), 0);
  } finally {
    await member.kill();
    await removeDir(dir);
  }
});
