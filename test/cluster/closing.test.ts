/** "Safe to close this device?" over real members, and over a restart of the one that is asked. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { removeDir, samePlace, startMember, startTeam, temporaryDir, until, type RunningMember } from './member-harness.ts';

let dir: string;
let members: RunningMember[] = [];

before(async () => {
  dir = await temporaryDir();
  members = await startTeam(dir, 2);
});

after(async () => {
  await Promise.all(members.map((member) => member.kill()));
  await removeDir(dir);
});

function member(index: number): RunningMember {
  return members[index] ?? assert.fail();
}

async function verdict(): Promise<string> {
  return (await member(0).ask('GET', '/v1/status')).json().closing.verdict as string;
}

async function again(index: number): Promise<void> {
  members[index] = await startMember(member(index).dataDir, `m${index + 1}`, samePlace(member(index)));
}

test('TS-3 TS-4 a write that only this device has is said, also after a restart, until another has it', { timeout: 300_000 }, async () => {
  const put = (key: string) => member(0).ask('PUT', `/v1/buckets/b/keys/${key}?w=any`, { headers: { 'content-type': 'text/plain' }, body: 'v' });
  await put('first');
  await until('both have it', async () => (await verdict()) === 'safe');
  await member(1).kill();
  await put('second');
  await until('it is here only', async () => (await verdict()) === 'here-only');
  const { closing } = (await member(0).ask('GET', '/v1/status')).json();
  assert.deepEqual([closing.isSafe, closing.hereOnly, closing.unconfirmed], [false, 1, 1]);
  await member(0).stop();
  await again(0);
  const { closing: after } = (await member(0).ask('GET', '/v1/status')).json();
  assert.deepEqual([after.verdict, after.isSafe, after.hereOnly, after.inherited], ['waiting', false, 0, 1]);
  await again(1);
  await until('the hint has gone out', async () => (await verdict()) === 'safe', 60_000);
});
