/** What happens to processes: killed, hung, stopped, started twice, and back with an empty disk. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { removeDir, startMember, startTeam, temporaryDir, until, type RunningMember } from './member-harness.ts';
import { allKept, allSeeAll, copyAt, timed, writeUntilDead } from './team-steps.ts';

const KEYS = '/v1/buckets/b/keys';
const KILL_ROUNDS = 3;
const WRITERS = 4;
const WRITES_BEFORE_KILL = 40;
const ONE_REQUEST_MAX_MS = 2_000;
const STOP_MAX_MS = 5_000;

type Three = [RunningMember, RunningMember, RunningMember];

async function withTeam(run: (members: Three, dir: string) => Promise<void>): Promise<void> {
  const dir = await temporaryDir();
  const members = (await startTeam(dir, 3).catch(async (error: unknown) => {
    await removeDir(dir);
    throw error;
  })) as Three;
  try {
    await run(members, dir);
  } finally {
    for (const member of members) member.child.kill('SIGCONT');
    await Promise.all(members.map((member) => member.kill()));
    await removeDir(dir);
  }
}

describe('faults of a process', { timeout: 300_000 }, () => {
  test('killed in the midst of writes, a member alone keeps every one that it acknowledged', async () => {
    const dir = await temporaryDir();
    let member = await startMember(dir, 'm1', ['--create-team', 'Test', '--partitions', '64']);
    const acknowledged = new Map<string, string>();
    try {
      for (let round = 0; round < KILL_ROUNDS; round += 1) {
        const before = acknowledged.size;
        const writing = Array.from({ length: WRITERS }, (_, writer) => writeUntilDead(member, `${KEYS}/${round}-${writer}`, acknowledged));
        await until('enough writes', () => Promise.resolve(acknowledged.size >= before + WRITES_BEFORE_KILL));
        await member.kill();
        await Promise.all(writing);
        member = await startMember(dir, 'm1');
        await allKept(member, acknowledged);
      }
    } finally {
      await member.kill();
      await removeDir(dir);
    }
  });

  test('one hung member of three delays nobody by 2 s, and gets what it missed when it wakes', async () => {
    await withTeam(async (members) => {
      const [first, second, third] = members;
      third.child.kill('SIGSTOP');
      for (let round = 0; round < 4; round += 1) {
        const [writer, reader] = round % 2 === 0 ? [first, second] : [second, first];
        const put = await timed(() => writer.ask('PUT', `${KEYS}/hung-${round}`, { body: `${round}` }));
        const get = await timed(() => reader.ask('GET', `${KEYS}/hung-${round}`));
        assert.deepEqual([put.answer.status, get.answer.status, get.answer.text], [200, 200, `${round}`]);
        assert.ok(put.tookMs < ONE_REQUEST_MAX_MS && get.tookMs < ONE_REQUEST_MAX_MS, `put ${put.tookMs} ms, get ${get.tookMs} ms`);
      }
      third.child.kill('SIGCONT');
      for (let round = 0; round < 4; round += 1) {
        await until(`hung-${round} is there`, async () => (await copyAt(first, third.memberId, `${KEYS}/hung-${round}`)) === 1);
      }
      await allSeeAll(members);
    });
  });

  test('the same device with an empty store enters again, is refilled unread, and its writes kill none', async () => {
    await withTeam(async (members, dir) => {
      const [first, second, third] = members;
      const contexts: string[] = [];
      for (let number = 0; number < 12; number += 1) {
        const written = await third.ask('PUT', `${KEYS}/kept-${number}?w=all`, { body: `${number}` });
        assert.equal(written.status, 200, written.text);
        contexts.push(written.json().context);
      }
      await third.kill();
      await rm(join(dir, 'm3', 'store'), { recursive: true });
      const again = await startMember(join(dir, 'm3'), 'm3', ['--peer', first.listen[0] ?? '']);
      members[2] = again;
      assert.equal(again.memberId, third.memberId);
      const own = (await again.ask('GET', '/v1/members')).json().find((one: { self: boolean }) => one.self);
      const kept = await copyAt(second, again.memberId, `${KEYS}/kept-11`);
      assert.ok(own.status === 'joining' || kept === 1, 'up only once it has what it is to answer for');
      for (let number = 0; number < 12; number += 1) {
        await until(`kept-${number} is back`, async () => (await copyAt(second, again.memberId, `${KEYS}/kept-${number}`)) === 1);
      }
      await allSeeAll(members);
      // A dot used twice would make one of these two writes vanish in the merge.
      for (let number = 0; number < 12; number += 1) {
        assert.equal((await again.ask('PUT', `${KEYS}/kept-${number}?w=all`, { body: `new ${number}` })).status, 200);
        const shown = await second.ask('GET', `${KEYS}/kept-${number}`);
        assert.equal(shown.status, 300, shown.text);
        assert.deepEqual(shown.json().siblings.map((one: { value: string }) => one.value).sort(), [`${number}`, `new ${number}`]);
      }
    });
  });

  test('SIGTERM ends it with 0 within 5 s; a second process on its folder ends with 5', async () => {
    const dir = await temporaryDir();
    const member = await startMember(dir, 'm1', ['--create-team', 'Test', '--partitions', '8']);
    try {
      await assert.rejects(startMember(dir, 'm1'), /ended with 5 .*already/s);
      assert.equal((await member.ask('GET', '/healthz')).status, 200);
      const beganMs = performance.now();
      assert.equal(await member.stop(), 0);
      assert.ok(performance.now() - beganMs < STOP_MAX_MS);
    } finally {
      await member.kill();
      await removeDir(dir);
    }
  });
});
