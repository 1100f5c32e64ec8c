/** A data folder that was copied and runs twice: stopped on both sides, and the way out of it. */
import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { removeDir, samePlace, startMember, startTeam, temporaryDir, until, type RunningMember } from './member-harness.ts';

const KEYS = '/v1/buckets/b/keys';

async function quarantineOf(member: RunningMember): Promise<string | null> {
  return (await member.ask('GET', '/v1/status')).json().quarantine;
}

async function textOf(member: RunningMember, key: string): Promise<string> {
  return (await member.ask('GET', `${KEYS}/${key}`)).text;
}

describe('a copied data folder', { timeout: 240_000 }, () => {
  test('SC-5 both copies say so and take no writes; with a new identity both go on, and nothing is lost', async () => {
    const dir = await temporaryDir();
    const running = new Set<RunningMember>();
    const start = async (name: string, machine: string, args: readonly string[] = []): Promise<RunningMember> => {
      const member = await startMember(join(dir, name), machine, args);
      running.add(member);
      return member;
    };
    try {
      const [ada, ben, cleo] = (await startTeam(dir, 3)) as [RunningMember, RunningMember, RunningMember];
      for (const member of [ada, ben, cleo]) running.add(member);
      await ben.stop();
      await cp(join(dir, 'm2'), join(dir, 'copy'), { recursive: true, preserveTimestamps: true, filter: (path) => !path.endsWith('.sock') });

      // The original writes alone; the copy, which its files tell, does not before it has met the team.
      await Promise.all([ada.stop(), cleo.stop()]);
      for (const name of ['m2', 'copy']) {
        const alone = await start(name, 'm2');
        const { status } = await alone.ask('PUT', `${KEYS}/only-${name}?w=any`, { body: name });
        assert.ok(name === 'copy' ? status === 503 : status < 300, `${name}: ${status}`);
        await alone.stop();
      }

      const [again, third] = await Promise.all([start('m1', 'm1', samePlace(ada)), start('m3', 'm3', samePlace(cleo))]);
      const copies = await Promise.all([start('m2', 'm2'), start('copy', 'm2')]);
      for (const copy of copies) {
        await until('the copy knows', async () => /copy of this one's data folder.*--new-identity/.test((await quarantineOf(copy)) ?? ''), 60_000);
        const refused = await copy.ask('PUT', `${KEYS}/late?w=any`, { body: 'x' });
        assert.deepEqual([refused.status, refused.json().code], [503, 'QUARANTINED']);
        assert.equal((await copy.ask('GET', '/healthz', { headers: { authorization: undefined } })).status, 503);
      }
      await until('an observer says so', async () => /Two devices are running/.test(String((await again.ask('GET', '/v1/status')).json().warnings)));

      const [original, copy] = copies;
      await copy.stop();
      const { invite } = (await again.ask('POST', '/v1/invites')).json();
      const renewed = await start('copy', 'm4', ['--new-identity', '--join', invite]);
      assert.notEqual(renewed.memberId, original.memberId);
      await until('the other goes on by itself', async () => (await quarantineOf(original)) === null, 150_000);
      await until('everything is everywhere', async () => {
        for (const member of [again, third]) {
          if ((await textOf(member, 'only-m2')) !== 'm2') return false;
        }
        return true;
      }, 60_000);
      await until('the copy writes under its new name', async () => (await renewed.ask('PUT', `${KEYS}/only-copy`, { body: 'copy' })).status < 300, 60_000);
      await until('and is read everywhere', async () => (await textOf(again, 'only-copy')) === 'copy' && (await textOf(original, 'only-copy')) === 'copy', 60_000);
    } finally {
      await Promise.all([...running].map((member) => member.kill()));
      await removeDir(dir);
    }
  });

  test('records of one team are not taken into another with a new identity', async () => {
    const dir = await temporaryDir();
    const running: RunningMember[] = [];
    try {
      const first = await startMember(join(dir, 'a'), 'm1', ['--create-team', 'One']);
      running.push(first);
      await first.stop();
      const renewed = await startMember(join(dir, 'a'), 'm1', ['--new-identity']);
      running.push(renewed);
      assert.deepEqual([renewed.teamId, renewed.memberId === first.memberId], [null, false]);
      const made = await renewed.ask('POST', '/v1/team', { body: JSON.stringify({ name: 'Two' }) });
      assert.deepEqual([made.status, made.json().code], [409, 'FOREIGN_RECORDS']);
    } finally {
      await Promise.all(running.map((member) => member.kill()));
      await removeDir(dir);
    }
  });
});
