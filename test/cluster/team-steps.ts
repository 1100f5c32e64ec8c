/** Steps that several tests of a running team take. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Answer, SeatedMember } from './member-harness.ts';
import { startMemberIn, until } from './member-harness.ts';

/** A member that is asked, however one gets at it. */
export type Asked = Pick<SeatedMember, 'ask'>;

export interface Seat {
  readonly name: string;
  /** The command that runs another in the seat's namespace. */
  readonly prefix: readonly string[];
}

/** The first founds a team, the others join it by invite. All are stopped again when one fails. */
export async function joinTeamIn(dir: string, seats: readonly Seat[], args: readonly string[]): Promise<SeatedMember[]> {
  const members: SeatedMember[] = [];
  try {
    for (const { name, prefix } of seats) {
      const founder = members[0];
      const entry = founder === undefined
        ? ['--create-team', 'Test', '--partitions', '64']
        : ['--join', (await founder.ask('POST', '/v1/invites')).json().invite];
      members.push(await startMemberIn(prefix, join(dir, name), name, [...args, ...entry]));
    }
    await allSeeAll(members);
    return members;
  } catch (error) {
    await Promise.all(members.map((member) => member.kill()));
    throw error;
  }
}

/** Waits until each says of all that they are up and alive. */
export async function allSeeAll(members: readonly Asked[], withinMs?: number): Promise<void> {
  await until('all see all alive', async () => {
    for (const member of members) {
      const known: { status: string; liveness: string }[] = (await member.ask('GET', '/v1/members')).json();
      if (known.filter(({ status, liveness }) => status === 'up' && liveness === 'alive').length !== members.length) return false;
    }
    return true;
  }, withinMs);
}

/** Siblings of a key that a member holds on its own disk; placement asks and repairs nothing. */
export async function copyAt(asked: SeatedMember, holder: string, path: string): Promise<number> {
  const placed = await asked.ask('GET', `${path}/placement`);
  const holders: { member: string; dots: string[] }[] = placed.json().holders ?? [];
  return holders.find(({ member }) => member === holder)?.dots.length ?? 0;
}

export async function timed(run: () => Promise<Answer>): Promise<{ readonly answer: Answer; readonly tookMs: number }> {
  const beganMs = performance.now();
  const answer = await run();
  return { answer, tookMs: Math.round(performance.now() - beganMs) };
}

/** Writes under keys that begin so until the member ends; only what it answered with 200 is noted. */
export async function writeUntilDead(member: Asked, path: string, acknowledged: Map<string, string>): Promise<void> {
  for (let number = 0; number < 10_000; number += 1) {
    const [key, value] = [`${path}-${number}`, `value ${number}`];
    const answer = await member.ask('PUT', key, { body: value }).catch(() => undefined);
    if (answer === undefined) return;
    assert.equal(answer.status, 200, answer.text);
    acknowledged.set(key, value);
  }
}

/** Each of these is there, as it was written. */
export async function allKept(member: Asked, acknowledged: ReadonlyMap<string, string>): Promise<void> {
  for (const [path, value] of acknowledged) {
    const read = await member.ask('GET', path);
    assert.deepEqual([read.status, read.text], [200, value], path);
  }
}
