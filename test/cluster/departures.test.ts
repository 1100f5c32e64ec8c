/** Leaving and being removed, with real processes: over HTTP and the command line, across restarts. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { LAUNCHER, removeDir, startMember, startTeam, temporaryDir, until, type RunningMember } from './member-harness.ts';
import { copyAt } from './team-steps.ts';

const KEYS = '/v1/buckets/b/keys';
const COUNT = 24;

interface Listed {
  readonly memberId: string;
  readonly status: string;
  readonly removed: { readonly byName: string } | null;
}

async function withTeam(count: number, run: (members: RunningMember[], dir: string) => Promise<void>): Promise<void> {
  const dir = await temporaryDir();
  const members: RunningMember[] = [];
  try {
    members.push(...(await startTeam(dir, count)));
    await run(members, dir);
  } finally {
    await Promise.all(members.map((member) => member.kill()));
    await removeDir(dir);
  }
}

async function cli(member: RunningMember, ...args: string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const child = spawn(process.execPath, [LAUNCHER, ...args], { env: { ...process.env, RINGLEAF_DATA_DIR: member.dataDir }, stdio: ['ignore', 'pipe', 'pipe'] });
  const code = new Promise<number>((resolve) => child.once('close', (ended) => resolve(ended ?? -1)));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out, err };
}

async function fill(member: RunningMember): Promise<void> {
  for (let number = 0; number < COUNT; number += 1) {
    const written = await member.ask('PUT', `${KEYS}/k${number}?w=all`, { body: `${number}` });
    assert.equal(written.status, 200, written.text);
  }
}

async function listedAt(member: RunningMember, memberId: string): Promise<Listed | undefined> {
  const all: Listed[] = (await member.ask('GET', '/v1/members')).json();
  return all.find((one) => one.memberId === memberId);
}

async function isListed(member: RunningMember, memberId: string, status: string): Promise<void> {
  await until(`listed as ${status}`, async () => (await listedAt(member, memberId))?.status === status);
}

describe('leaving', { timeout: 300_000 }, () => {
  test('MB-16 who leaves takes nothing along, keeps its store aside, and can join again as itself', async () => {
    await withTeam(4, async (members, dir) => {
      const [first, second, third, fourth] = members as [RunningMember, RunningMember, RunningMember, RunningMember];
      await fill(first);
      const left = await cli(fourth, 'leave');
      assert.deepEqual([left.code, left.err], [0, ''], left.out);
      assert.match(left.out, /store\.left-1/);
      const path = join(dir, 'm4', 'store.left-1');
      assert.ok(existsSync(path));
      assert.equal(existsSync(join(dir, 'm4', 'team.charter')), false);
      for (const member of [first, second, third]) {
        await isListed(member, fourth.memberId, 'left');
        for (let number = 0; number < COUNT; number += 1) {
          assert.equal(await copyAt(first, member.memberId, `${KEYS}/k${number}`), 1, `k${number}`);
        }
      }
      const status = (await fourth.ask('GET', '/v1/status')).json();
      assert.deepEqual([status.team, status.membership, status.counts.keys], [null, null, 0]);
      assert.match(status.warnings.join(), /has left the team "Test".*store\.left-1/);
      assert.equal((await fourth.ask('GET', `${KEYS}/k1`)).json().code, 'NO_TEAM');
      assert.equal((await fourth.ask('POST', '/v1/leave')).json().code, 'NO_TEAM');
      const { invite } = (await second.ask('POST', '/v1/invites')).json();
      assert.equal((await fourth.ask('POST', '/v1/join', { body: JSON.stringify({ invite }) })).status, 200);
      await isListed(first, fourth.memberId, 'up');
      assert.equal((await fourth.ask('GET', `${KEYS}/k1`)).text, '1');
    });
  });

  test('MB-16 a leave that nobody can take over goes on, also after a restart, until somebody can', async () => {
    await withTeam(2, async (members, dir) => {
      const [first, second] = members as [RunningMember, RunningMember];
      await second.kill();
      assert.equal((await first.ask('PUT', `${KEYS}/late?w=any`, { body: 'v' })).status, 202);
      const begun = await first.ask('POST', '/v1/leave', { body: '{"timeoutMs":1500}' });
      assert.deepEqual([begun.status, begun.json().status, begun.json().setAside], [202, 'leaving', null], begun.text);
      assert.equal((await first.ask('GET', '/v1/status')).json().membership.status, 'leaving');
      assert.equal((await first.ask('GET', `${KEYS}/late?r=one`)).text, 'v', 'it serves on');
      assert.equal(await first.stop(), 0);
      const again = await startMember(join(dir, 'm1'), 'm1');
      members[0] = again;
      const heir = await startMember(join(dir, 'm2'), 'm2', ['--peer', again.listen[0] ?? '']);
      members[1] = heir;
      await until('it has left', async () => (await again.ask('GET', '/v1/status')).json().team === null);
      await isListed(heir, first.memberId, 'left');
      assert.equal((await heir.ask('GET', `${KEYS}/late`)).text, 'v');
    });
  });

  test('MB-17 the last member leaves only by force, and then can found another team', async () => {
    await withTeam(1, async (members, dir) => {
      const [only] = members as [RunningMember];
      assert.equal((await only.ask('PUT', `${KEYS}/k`, { body: 'v' })).status, 200);
      const refused = await cli(only, 'leave');
      assert.deepEqual([refused.code, refused.out], [1, '']);
      assert.match(refused.err, /No member stays/);
      assert.equal((await only.ask('GET', `${KEYS}/k`)).text, 'v');
      assert.equal((await cli(only, 'leave', '--force')).code, 0);
      assert.ok(existsSync(join(dir, 'm1', 'store.left-1')));
      assert.equal((await only.ask('POST', '/v1/team', { body: '{"name":"Next","partitions":8}' })).status, 200);
      assert.equal((await only.ask('GET', `${KEYS}/k`)).status, 404);
    });
  });
});

describe('removal', { timeout: 300_000 }, () => {
  test('MB-13 MB-15 a removed member is refused by all, says so, keeps its data, and comes back as another', async () => {
    await withTeam(3, async (members, dir) => {
      const [first, second, third] = members as [RunningMember, RunningMember, RunningMember];
      await fill(first);
      assert.equal((await first.ask('POST', `/v1/members/${first.memberId}/remove`)).json().code, 'BAD_REQUEST');
      assert.deepEqual([(await cli(first, 'remove', 'nobody')).code, (await cli(first, 'remove')).code], [2, 1]);
      const { invite: pending } = (await third.ask('POST', '/v1/invites')).json();
      assert.equal((await cli(first, 'remove', 'm3')).code, 0);
      assert.equal((await first.ask('POST', `/v1/members/${third.memberId}/remove`)).status, 200, 'again changes nothing');
      for (const member of [first, second, third]) await isListed(member, third.memberId, 'removed');
      assert.equal((await listedAt(second, third.memberId))?.removed?.byName, 'm1');

      const status = (await third.ask('GET', '/v1/status')).json();
      assert.deepEqual([status.membership.status, status.membership.removed.byName, status.team.name], ['removed', 'm1', 'Test']);
      assert.match(status.warnings.join(), /removed from the team by m1/);
      const health = await third.ask('GET', '/healthz');
      assert.deepEqual([health.status, health.json().message], [503, 'removed from the team by m1']);
      const refused = await third.ask('PUT', `${KEYS}/k1`, { body: 'x' });
      assert.deepEqual([refused.status, refused.json().code], [503, 'NO_TEAM'], refused.text);
      assert.equal((await third.ask('POST', '/v1/invites')).json().code, 'NO_TEAM');
      for (let number = 0; number < COUNT; number += 1) assert.equal((await third.ask('GET', `${KEYS}/k${number}`)).text, `${number}`);
      assert.equal((await third.ask('GET', '/v1/export')).text.trim().split('\n').length >= COUNT, true);
      assert.equal((await first.ask('PUT', `${KEYS}/after?w=all`, { body: 'v' })).json().acks, 2);
      await assert.rejects(startMember(join(dir, 'm9'), 'm9', ['--join', pending]), /ended with [15] /);

      assert.equal(await third.stop(), 0);
      const again = await startMember(join(dir, 'm3'), 'm3');
      members[2] = again;
      assert.equal((await again.ask('GET', '/v1/status')).json().membership.status, 'removed');
      assert.equal((await again.ask('GET', `${KEYS}/after`)).status, 404);
      const { invite } = (await second.ask('POST', '/v1/invites')).json();
      assert.equal((await again.ask('POST', '/v1/join', { body: '{"invite":"ringleaf://join/AAAA"}' })).status, 400, 'a bad invite costs nothing');
      assert.equal((await again.ask('GET', `${KEYS}/k1`)).text, '1');
      assert.equal((await again.ask('POST', '/v1/join', { body: JSON.stringify({ invite }) })).status, 200);
      const now = (await again.ask('GET', '/v1/status')).json();
      assert.notEqual(now.memberId, third.memberId);
      assert.match(now.warnings.join(), /another member now.*store\.removed-1.*identity\.key\.removed-1/);
      await isListed(first, now.memberId, 'up');
      assert.equal((await again.ask('GET', `${KEYS}/after`)).text, 'v');
      const names = await readdir(join(dir, 'm3'));
      assert.ok(names.includes('store.removed-1') && names.includes('identity.key.removed-1'), names.join());
    });
  });

  test('MB-15 a member that was away at the removal refuses as well, and tells the removed one', async () => {
    await withTeam(4, async (members, dir) => {
      const [first, second, third, fourth] = members as [RunningMember, RunningMember, RunningMember, RunningMember];
      await Promise.all([third.kill(), fourth.kill()]);
      assert.equal((await first.ask('POST', `/v1/members/${third.memberId}/remove`)).status, 200);
      await isListed(second, third.memberId, 'removed');
      const witness = await startMember(join(dir, 'm4'), 'm4');
      members[3] = witness;
      await isListed(witness, third.memberId, 'removed');
      await until('the witness fetched what the removal gave it', async () => (await witness.ask('GET', '/v1/status')).json().transfers.owed === 0);
      await Promise.all([first.kill(), second.kill()]);
      const removed = await startMember(join(dir, 'm3'), 'm3', ['--peer', witness.listen[0] ?? '']);
      members[2] = removed;
      await isListed(removed, third.memberId, 'removed');
      assert.equal((await removed.ask('PUT', `${KEYS}/k?w=any`, { body: 'x' })).json().code, 'NO_TEAM');
      assert.equal((await witness.ask('GET', `${KEYS}/k?r=one&timeoutMs=1000`)).status, 404);
    });
  });
});

test('a device that lost its store enters its team again by its charter file', { timeout: 300_000 }, async () => {
  await withTeam(2, async (members, dir) => {
    const [founder, second] = members as [RunningMember, RunningMember];
    await fill(founder);
    const charter = join(dir, 'm1', 'team.charter');
    assert.equal((await stat(charter)).mode & 0o777, 0o600);
    assert.equal(await founder.stop(), 0);
    await removeDir(join(dir, 'm1', 'store'));
    const again = await startMember(join(dir, 'm1'), 'm1');
    members[0] = again;
    assert.deepEqual([again.memberId, again.teamId], [founder.memberId, founder.teamId]);
    const own = await listedAt(again, founder.memberId);
    assert.ok(own?.status === 'joining' || (await copyAt(second, founder.memberId, `${KEYS}/k${COUNT - 1}`)) === 1);
    await isListed(again, founder.memberId, 'up');
    await isListed(second, founder.memberId, 'up');
    for (let number = 0; number < COUNT; number += 1) assert.equal(await copyAt(second, founder.memberId, `${KEYS}/k${number}`), 1);
    const { invite } = (await again.ask('POST', '/v1/invites')).json();
    members.push(await startMember(join(dir, 'm3'), 'm3', ['--join', invite]));
    await isListed(second, members[2]?.memberId ?? '', 'up');
  });
});
