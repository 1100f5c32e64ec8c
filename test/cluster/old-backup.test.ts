/** An old copy of a device's data folder comes back, after its team has forgotten what it deleted meanwhile. */
import assert from 'node:assert/strict';
import { cp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openStore } from '../../storage/index.ts';
import { removeDir, startMember, temporaryDir, until, type RunningMember } from './member-harness.ts';
import { allSeeAll, copyAt } from './team-steps.ts';

const SHORT_DAYS = fileURLToPath(new URL('./short-days.ts', import.meta.url));
const KEYS = '/v1/buckets/b/keys';
const NAMES = ['m1', 'm2', 'm3'];

async function write(member: RunningMember, key: string): Promise<void> {
  const written = await member.ask('PUT', `${KEYS}/${key}?w=all`, { body: key });
  assert.equal(written.status, 200, written.text);
}

async function listed(member: RunningMember): Promise<readonly string[]> {
  const { keys } = (await member.ask('GET', KEYS)).json() as { readonly keys: readonly { readonly key: string }[] };
  return keys.map(({ key }) => key);
}

/** A team of three, one a data folder. */
async function startTeam(dir: string): Promise<RunningMember[]> {
  const founder = await startMember(join(dir, 'm1'), 'm1', ['--create-team', 'Test', '--partitions', '16'], SHORT_DAYS);
  const members = [founder];
  for (const name of NAMES.slice(1)) {
    const { invite } = (await founder.ask('POST', '/v1/invites')).json();
    members.push(await startMember(join(dir, name), name, ['--join', invite], SHORT_DAYS));
  }
  await allSeeAll(members);
  return members;
}

/** Nobody has so much as the deletion any more. */
async function isForgotten(members: readonly RunningMember[], key: string): Promise<boolean> {
  for (const member of members) {
    const { status, headers } = await member.ask('GET', `${KEYS}/${key}`);
    const { reaped } = (await member.ask('GET', '/v1/status')).json().reaping;
    if (status !== 404 || headers['x-causal-context'] !== undefined || reaped === 0) return false;
  }
  return true;
}

test('RP-6 an old data folder is put beside, refilled by the others, and brings nothing deleted back', { timeout: 180_000 }, async () => {
  const dir = await temporaryDir();
  const running = new Set<RunningMember>();
  const begin = (member: RunningMember): RunningMember => {
    running.add(member);
    return member;
  };
  const end = async (member: RunningMember): Promise<void> => {
    await member.stop();
    running.delete(member);
  };
  const restart = async (): Promise<RunningMember> => begin(await startMember(join(dir, 'm3'), 'm3', [], SHORT_DAYS));
  try {
    const [first, second, third] = (await startTeam(dir)).map(begin) as [RunningMember, RunningMember, RunningMember];
    for (const key of ['kept', 'gone']) await write(first, key);
    await end(third);
    await cp(join(dir, 'm3'), join(dir, 'backup'), { recursive: true, filter: (path) => !path.endsWith('.sock') });
    let other = await restart();
    await allSeeAll([first, second, other]);

    const shown = await first.ask('GET', `${KEYS}/gone`);
    const context = String(shown.headers['x-causal-context']);
    assert.equal((await first.ask('DELETE', `${KEYS}/gone?w=all`, { headers: { 'x-causal-context': context } })).status, 200);
    await until('the deletion is forgotten', () => isForgotten([first, second, other], 'gone'), 60_000);
    await write(second, 'later');

    await end(other);
    await rm(join(dir, 'm3'), { recursive: true });
    await cp(join(dir, 'backup'), join(dir, 'm3'), { recursive: true });
    other = await restart();
    await until('it says what became of its store', async () => {
      const { warnings } = (await other.ask('GET', '/v1/status')).json() as { readonly warnings: readonly string[] };
      return warnings.some((warning) => /from before deletions that the team has forgotten since.*What it held is in .*store\.behind-/.test(warning));
    }, 60_000);
    const aside = (await readdir(join(dir, 'm3'))).filter((name) => name.startsWith('store.behind-'));
    assert.equal(aside.length, 1);

    await until('it is the same member, and has all that it is to keep', async () => {
      const { transfers, quarantine, membership } = (await other.ask('GET', '/v1/status')).json();
      const has = await Promise.all(['kept', 'later'].map((key) => copyAt(first, other.memberId, `${KEYS}/${key}`)));
      return transfers.owed === 0 && quarantine === null && membership.status === 'up' && has.every((copies) => copies === 1);
    }, 60_000);
    assert.equal(other.memberId, third.memberId);
    await allSeeAll([first, second, other]);
    for (const member of [first, second, other]) {
      assert.equal((await member.ask('POST', '/v1/repair')).status, 200);
      assert.deepEqual(await listed(member), ['kept', 'later']);
      assert.equal((await member.ask('GET', `${KEYS}/gone`)).status, 404);
      assert.equal(await copyAt(member, other.memberId, `${KEYS}/gone`), 0);
    }
    await write(other, 'written%20anew');

    await end(other);
    const store = await openStore({ dir: join(dir, 'm3', aside[0] ?? '') });
    const rows = await store.list({ bucket: 'b', prefix: '', after: undefined, limit: 10, conflictsOnly: false });
    await store.close();
    assert.deepEqual(rows.map(({ key, live }) => [key, live]), [['gone', 1], ['kept', 1]], 'what was put beside is unharmed');
  } finally {
    await Promise.all([...running].map((member) => member.stop()));
    await removeDir(dir);
  }
});
