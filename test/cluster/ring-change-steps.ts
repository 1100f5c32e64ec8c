/** A team changes under its people: two join, one of them killed half-way, and two leave. */
import { basename, join as pathOf } from 'node:path';
import { startMember, until, type RunningMember } from './member-harness.ts';

export interface ChangingTeam {
  readonly dir: string;
  /** Stays; people work here. */
  readonly first: RunningMember;
  /** All that run, to be stopped in the end. */
  readonly running: RunningMember[];
}

const STEP_WITHIN_MS = 300_000;

export const CHANGES = ['join', 'join, killed half-way', 'leave', 'leave'] as const;

/**
 * The steps in their order, each ends when it has settled. Those who are to join run already: to start a
 * program is no change of a ring, and on a LAN it takes another machine's time.
 * @param keysAtKill Keys that a joiner has when it is killed.
 */
export async function ringChanges(team: ChangingTeam, keysAtKill: number): Promise<readonly (() => Promise<void>)[]> {
  const { first, running } = team;
  const [, second, third] = running;
  if (second === undefined || third === undefined) throw new Error('three members at least');
  const next = running.length + 1;
  const newcomer = await started(team, `m${next}`, []);
  const other = await started(team, `m${next + 1}`, []);
  return [
    () => comes(team, newcomer),
    () => comesInTwoGoes(team, other, keysAtKill),
    () => goes(first, second),
    () => goes(first, third),
  ];
}

/** Nobody has anything to fetch or a hint to deliver. */
export async function settled(members: readonly RunningMember[]): Promise<void> {
  await until('nothing is owed and no hint is left', async () => {
    for (const member of members) {
      const { team, transfers, hints } = (await member.ask('GET', '/v1/status')).json();
      if (team === null) continue;
      if (transfers.owed > 0 || Object.values(hints).some((count) => Number(count) > 0)) return false;
    }
    return true;
  }, STEP_WITHIN_MS);
}

async function comes({ first }: ChangingTeam, joiner: RunningMember): Promise<void> {
  await join(first, joiner);
  await listed(first, joiner.memberId, 'up');
}

/** Killed as it fetches, and started again. */
async function comesInTwoGoes(team: ChangingTeam, joiner: RunningMember, keysAtKill: number): Promise<void> {
  await join(team.first, joiner);
  await until('it fetches', async () => (await joiner.ask('GET', '/v1/status')).json().counts.keys >= keysAtKill, STEP_WITHIN_MS);
  const { membership } = (await joiner.ask('GET', '/v1/status')).json();
  await joiner.kill();
  if (membership.status !== 'joining') throw new Error('the joiner was done before it was killed');
  team.running.splice(team.running.indexOf(joiner), 1);
  await started(team, basename(joiner.dataDir), ['--peer', team.first.listen[0] ?? '']);
  await listed(team.first, joiner.memberId, 'up');
}

async function goes(witness: RunningMember, leaver: RunningMember): Promise<void> {
  const answer = await leaver.ask('POST', '/v1/leave', { body: '{"timeoutMs":1000}' });
  if (answer.status !== 200 && answer.status !== 202) throw new Error(answer.text);
  await listed(witness, leaver.memberId, 'left');
}

async function started({ dir, running }: ChangingTeam, name: string, args: readonly string[]): Promise<RunningMember> {
  const member = await startMember(pathOf(dir, name), name, args);
  running.push(member);
  return member;
}

async function join(inviter: RunningMember, joiner: RunningMember): Promise<void> {
  const { invite } = (await inviter.ask('POST', '/v1/invites')).json();
  const answer = await joiner.ask('POST', '/v1/join', { body: JSON.stringify({ invite }) });
  if (answer.status !== 200) throw new Error(answer.text);
}

async function listed(member: RunningMember, memberId: string, status: string): Promise<void> {
  await until(`${memberId} is listed as ${status}`, async () => {
    const all: { memberId: string; status: string }[] = (await member.ask('GET', '/v1/members')).json();
    return all.find((one) => one.memberId === memberId)?.status === status;
  }, STEP_WITHIN_MS);
}
