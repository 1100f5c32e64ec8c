/** Three real members: joining by invite, quorums, one down, a second process, no team. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeDir, startMember, startTeam, temporaryDir } from './member-harness.ts';

test('three members keep a value on three machines, and two of them go on alone', { timeout: 120_000 }, async () => {
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

test('an invite lets one device in, once', { timeout: 60_000 }, async () => {
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

test('without a team: welcome, status and team calls; everything else is 503 NO_TEAM', { timeout: 60_000 }, async () => {
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
