/** MB-35, MB-36: two real members, and what each says of who works at the other. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeDir, samePlace, startMember, temporaryDir, until, type RunningMember } from './member-harness.ts';

const KEY = '/v1/buckets/b/keys/k';

interface Named {
  readonly memberId: string;
  readonly name: string;
  readonly person: string | null;
}

/** What `at` calls `member`. */
async function calledAt(at: RunningMember, member: RunningMember): Promise<readonly unknown[]> {
  const known = (await at.ask('GET', '/v1/members')).json() as readonly Named[];
  const found = known.find(({ memberId }) => memberId === member.memberId);
  return [found?.name, found?.person];
}

async function untilCalled(at: RunningMember, member: RunningMember, name: string, person: string | null): Promise<void> {
  await until(`${name}, ${person ?? 'nobody'}`, async () => JSON.stringify(await calledAt(at, member)) === JSON.stringify([name, person]));
}

async function writerAt(at: RunningMember): Promise<readonly unknown[]> {
  const read = (await at.ask('GET', KEY, { headers: { accept: 'application/json' } })).json();
  return [read.siblings[0].writtenByName, read.siblings[0].writtenByPerson];
}

async function rename(member: RunningMember, change: object): Promise<unknown> {
  const answer = await member.ask('PUT', '/v1/names', { body: JSON.stringify(change) });
  return answer.status === 200 ? answer.json() : answer.json().code;
}

test('MB-36 who works at a device is known at the other, in members, siblings and history, also after a change and a restart', { timeout: 300_000 }, async () => {
  const dir = await temporaryDir();
  const members: RunningMember[] = [];
  try {
    const founder = await startMember(join(dir, 'a'), 'a', ['--name', 'Front desk', '--person', 'Anna Berg', '--create-team', 'Orchard', '--partitions', '64']);
    members.push(founder);
    const other = await startMember(join(dir, 'b'), 'b');
    members.push(other);
    assert.equal((await other.ask('GET', '/v1/status')).json().person, null);
    const { invite } = (await founder.ask('POST', '/v1/invites')).json();
    const joined = await other.ask('POST', '/v1/join', { body: JSON.stringify({ invite, person: ' Ben Ōtani ' }) });
    assert.equal(joined.status, 200, joined.text);
    await untilCalled(other, founder, 'Front desk', 'Anna Berg');
    await untilCalled(founder, other, 'b', 'Ben Ōtani');
    const [used] = (await founder.ask('GET', '/v1/invites')).json();
    assert.deepEqual([used.used.byName, used.used.byPerson], ['b', 'Ben Ōtani']);

    assert.equal((await founder.ask('PUT', `${KEY}?w=all`, { body: 'one' })).status, 200);
    assert.deepEqual(await writerAt(other), ['Front desk', 'Anna Berg']);
    const { context } = (await other.ask('GET', KEY, { headers: { accept: 'application/json' } })).json();
    assert.equal((await other.ask('PUT', `${KEY}?w=all`, { body: 'two', headers: { 'x-causal-context': context } })).status, 200);
    const { versions } = (await other.ask('GET', `${KEY}/history`)).json();
    assert.deepEqual([versions[0].writtenByName, versions[0].writtenByPerson], ['Front desk', 'Anna Berg']);

    assert.deepEqual(await rename(other, { person: 'Ben Smith', name: 'Hall' }), { name: 'Hall', person: 'Ben Smith' });
    await untilCalled(founder, other, 'Hall', 'Ben Smith');
    assert.deepEqual(await writerAt(founder), ['Hall', 'Ben Smith'], 'who wrote is who it is now');
    assert.deepEqual(await rename(other, {}), { name: 'Hall', person: 'Ben Smith' }, 'asks, changes nothing');
    for (const wrong of [{ person: '' }, { person: 'a\u0000' }, { person: '\u202eneB' }, { name: '' }, { name: null }, { person: 7 }, { persons: 'x' }]) {
      assert.equal(await rename(other, wrong), 'BAD_REQUEST', JSON.stringify(wrong));
    }
    const { listen } = (await other.ask('GET', '/v1/status')).json();
    await other.stop();
    const again = await startMember(join(dir, 'b'), 'b', ['--name', 'b', ...samePlace({ ...other, listen })]);
    members.push(again);
    assert.deepEqual((await again.ask('GET', '/v1/status')).json().person, 'Ben Smith');
    await untilCalled(founder, again, 'b', 'Ben Smith');
    assert.deepEqual(await rename(again, { person: null }), { name: 'b', person: null });
    await untilCalled(founder, again, 'b', null);
  } finally {
    await Promise.all(members.map((member) => member.kill()));
    await removeDir(dir);
  }
});

test('MB-35 a team is founded in somebody’s name, and a refused entry changes nobody’s', { timeout: 300_000 }, async () => {
  const dir = await temporaryDir();
  const member = await startMember(join(dir, 'a'), 'a');
  try {
    const found = (body: object): ReturnType<RunningMember['ask']> => member.ask('POST', '/v1/team', { body: JSON.stringify(body) });
    assert.equal((await found({ name: 'Orchard', person: 'a\u2028b' })).json().code, 'BAD_REQUEST');
    assert.equal((await member.ask('POST', '/v1/join', { body: JSON.stringify({ invite: 'nonsense', person: 'Eve' }) })).status, 400);
    assert.equal((await member.ask('GET', '/v1/status')).json().person, null);
    assert.equal((await found({ name: 'Orchard', partitions: 64, person: 'Anna' })).status, 200);
    assert.equal((await found({ name: 'Orchard', person: 'Eve' })).status, 409);
    assert.deepEqual(await calledAt(member, member), ['a', 'Anna']);
  } finally {
    await member.kill();
    await removeDir(dir);
  }
});
