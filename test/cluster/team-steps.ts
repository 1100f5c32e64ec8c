/** Steps that several tests of a running team take. */
import { join } from 'node:path';
import type { Answer, SeatedMember } from './member-harness.ts';
import { startMemberIn, until } from './member-harness.ts';

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
export async function allSeeAll(members: readonly SeatedMember[], withinMs?: number): Promise<void> {
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
