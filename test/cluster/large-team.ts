/**
 * Many real members on one machine, each started with one address of another: they settle, agree,
 * rest, and notice at once when one is killed.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DEFAULT_CONFIG } from '../../p2p/config.ts';
import { removeDir, startMember, temporaryDir, until, type RunningMember } from './member-harness.ts';
import { allSeeAll } from './team-steps.ts';

const BATCH = 3;
const SETTLE_MAX_MS = 60_000;
const REST_MS = 5_000;
const IDLE_MS = 10_000;
/** Of `/proc/<pid>/stat` on Linux. */
const TICKS_PER_SECOND = 100;

export interface LargeTeamFigures {
  readonly settledMs: number;
  /** Of a core, by a member that does nothing, mean. */
  readonly idlePercent: number;
  /** From the kill until nobody takes it for alive. */
  readonly noticedMs: number;
}

export async function proveLargeTeam(count: number): Promise<LargeTeamFigures> {
  const dir = await temporaryDir();
  const members: RunningMember[] = [];
  const beganMs = performance.now();
  try {
    await startAll(dir, count, members);
    await allSeeAll(members, SETTLE_MAX_MS);
    await until('all see one ring', async () => new Set(await Promise.all(members.map(ringOf))).size === 1);
    const settledMs = performance.now() - beganMs;
    const idlePercent = await idleShare(members);
    await allSeeAll(members, 1);
    const noticedMs = await killOne(members);
    return { settledMs, idlePercent, noticedMs };
  } finally {
    await Promise.all(members.map((member) => member.kill()));
    await removeDir(dir);
  }
}

/** In batches: each has its own invite, and dials the one that was started before it. */
async function startAll(dir: string, count: number, members: RunningMember[]): Promise<void> {
  const founder = await startMember(join(dir, 'm1'), 'm1', ['--create-team', 'Large', '--partitions', '64']);
  members.push(founder);
  while (members.length < count) {
    const [first, peer] = [members.length + 1, members.at(-1)?.listen[0] ?? ''];
    const numbers = Array.from({ length: Math.min(BATCH, count - members.length) }, (_, index) => first + index);
    const started = await Promise.allSettled(numbers.map(async (number) => {
      const { invite } = (await founder.ask('POST', '/v1/invites')).json();
      return startMember(join(dir, `m${number}`), `m${number}`, ['--join', invite, '--peer', peer]);
    }));
    for (const result of started) if (result.status === 'fulfilled') members.push(result.value);
    for (const result of started) if (result.status === 'rejected') throw result.reason;
  }
}

async function ringOf(member: RunningMember): Promise<string> {
  return (await member.ask('GET', '/v1/ring')).json().version;
}

async function idleShare(members: readonly RunningMember[]): Promise<number> {
  await delay(REST_MS);
  const before = members.map(cpuMs);
  await delay(IDLE_MS);
  const usedMs = members.reduce((sum, member, index) => sum + cpuMs(member) - (before[index] ?? 0), 0);
  return (usedMs / members.length / IDLE_MS) * 100;
}

/** User and system time of a process. */
function cpuMs({ child }: RunningMember): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}

async function killOne(members: RunningMember[]): Promise<number> {
  const victim = members.pop();
  assert.ok(victim !== undefined);
  await victim.kill();
  const killedMs = performance.now();
  const withinMs = DEFAULT_CONFIG.suspectAfterMs + 2 * DEFAULT_CONFIG.gossipIntervalMs;
  await until('nobody takes the killed one for alive, and everybody the others', async () => {
    const views = await Promise.all(members.map((member) => livenessOf(member, victim.memberId)));
    return views.every(({ ofVictim, othersAlive }) => ofVictim !== 'alive' && othersAlive === members.length);
  }, withinMs);
  return performance.now() - killedMs;
}

interface Row {
  readonly memberId: string;
  readonly liveness: string;
  readonly self: boolean;
  readonly heartbeat: number;
  readonly lastHeardMs: number | null;
}

async function livenessOf(member: RunningMember, victim: string): Promise<{ readonly ofVictim: string | undefined; readonly othersAlive: number }> {
  const rows: readonly Row[] = (await member.ask('GET', '/v1/members')).json();
  const others = rows.filter(({ memberId }) => memberId !== victim);
  for (const { self, heartbeat, lastHeardMs } of others) {
    assert.ok(heartbeat > 0, 'everybody’s heart beats');
    assert.ok(self || (typeof lastHeardMs === 'number' && lastHeardMs >= 0), `last heard ${String(lastHeardMs)} ms ago`);
  }
  return {
    ofVictim: rows.find(({ memberId }) => memberId === victim)?.liveness,
    othersAlive: others.filter(({ liveness }) => liveness === 'alive').length,
  };
}
