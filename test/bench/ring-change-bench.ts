/**
 * `npm run bench:ringchange`: what people feel while a team changes under them. Four members with
 * their keys, a quarter of the load that one of them carries, and then two joins (one joiner killed half-way)
 * and two leaves. Read the ratio to the quiet time of the same run: it fails above `RATIO_MAX`, and
 * when an acknowledged write is gone. Loopback only. With a number: that many keys instead of 20,000.
 */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startMember, removeDir, temporaryDir, until, type RunningMember } from '../cluster/member-harness.ts';
import type { ChangingTeam } from '../cluster/ring-change-steps.ts';
import { CHANGES, ringChanges, settled } from '../cluster/ring-change-steps.ts';
import type { Stretch } from '../cluster/steady-load.ts';
import { percentile, SteadyLoad } from '../cluster/steady-load.ts';

const MEMBERS = 4;
const KEYS = Number(process.argv[2] ?? 20_000);
const VALUE_BYTES = 200;
const PARTITIONS = 256;
/**
 * Of what one member carries when nothing else runs. Here up to six members and the load share two cores: with a
 * quarter they are half busy, as nobody's machine on a LAN is, and there is something left to change a ring with.
 */
const SHARE = 0.25;
const LANES = 64;
const CAPACITY_MS = 6_000;
const WARM_UP_MS = 3_000;
/** Several rounds of exchanges, so that what is compared with is no lucky moment. */
const QUIET_MS = 60_000;
const KEYS_AT_KILL = KEYS / 20;
const RATIO_MAX = 3;

const dir = await temporaryDir();
const running: RunningMember[] = [];
try {
  await startTeam();
  process.exitCode = await measured({ dir, running, first: firstOf(running) });
} finally {
  await Promise.all(running.map((member) => member.kill()));
  await removeDir(dir);
}

async function measured(team: ChangingTeam): Promise<number> {
  const load = new SteadyLoad(team.first, { keys: KEYS, valueBytes: VALUE_BYTES });
  await load.fill(LANES);
  await settled(team.running);
  const changes = await ringChanges(team, KEYS_AT_KILL);
  const carries = await load.capacity(LANES, CAPACITY_MS);
  const perSecond = Math.round(carries * SHARE);
  console.log(`${MEMBERS} members, ${KEYS} keys, ${PARTITIONS} partitions. One carries ${carries.toFixed(0)} puts and gets a second; offered: ${perSecond}.\n`);
  load.start(perSecond);
  await delay(WARM_UP_MS);
  const quiet = load.next();
  await delay(QUIET_MS);
  const changing: Stretch[] = [];
  for (const [index, change] of changes.entries()) {
    console.error(`${CHANGES[index]} …`);
    changing.push(load.next());
    await change();
  }
  load.next();
  await load.stop();
  await settled(team.running);
  const lost = await load.lost(LANES);
  load.close();
  const all = joined(changing);
  console.log('| | s | answered/s | refused | failed | get p50, p99 ms | put p50, p99 ms |\n| --- | --- | --- | --- | --- | --- | --- |');
  print('quiet', quiet);
  for (const [index, stretch] of changing.entries()) print(CHANGES[index] ?? '', stretch);
  print('all changes', all);
  for (const { failures } of changing) for (const [words, times] of failures) console.log(`${times} × ${words}`);
  const ratios = (['get', 'put'] as const).map((kind) => p99(all, kind) / p99(quiet, kind));
  console.log(`\np99 to quiet: get ${ratios[0]?.toFixed(1)}, put ${ratios[1]?.toFixed(1)} (at most ${RATIO_MAX}). Acknowledged keys ${load.acknowledged}, lost ${lost.length}.`);
  for (const key of lost.slice(0, 10)) console.log(key);
  return lost.length > 0 || ratios.some((ratio) => ratio > RATIO_MAX) ? 1 : 0;
}

async function startTeam(): Promise<void> {
  running.push(await startMember(join(dir, 'm1'), 'm1', ['--create-team', 'Ring change', '--partitions', String(PARTITIONS)]));
  for (let number = 2; number <= MEMBERS; number += 1) {
    const { invite } = (await firstOf(running).ask('POST', '/v1/invites')).json();
    running.push(await startMember(join(dir, `m${number}`), `m${number}`, ['--join', invite]));
  }
  await until('all are up', async () => {
    const all: { status: string }[] = (await firstOf(running).ask('GET', '/v1/members')).json();
    return all.filter(({ status }) => status === 'up').length === MEMBERS;
  });
}

function firstOf(members: readonly RunningMember[]): RunningMember {
  const [first] = members;
  if (first === undefined) throw new Error('nobody runs');
  return first;
}

function joined(stretches: readonly Stretch[]): Stretch {
  const sum = (of: (stretch: Stretch) => number): number => stretches.reduce((total, stretch) => total + of(stretch), 0);
  return {
    startMs: stretches[0]?.startMs ?? 0,
    endMs: stretches.at(-1)?.endMs ?? 0,
    tookMs: { get: stretches.flatMap(({ tookMs }) => tookMs.get), put: stretches.flatMap(({ tookMs }) => tookMs.put) },
    refused: sum(({ refused }) => refused),
    failed: sum(({ failed }) => failed),
    failures: new Map(stretches.flatMap(({ failures }) => [...failures])),
  };
}

function p99({ tookMs }: Stretch, kind: 'get' | 'put'): number {
  return percentile(tookMs[kind].toSorted((a, b) => a - b), 0.99);
}

function print(name: string, { startMs, endMs, tookMs, refused, failed }: Stretch): void {
  const seconds = (endMs - startMs) / 1_000;
  const times = (['get', 'put'] as const).map((kind) => {
    const sorted = tookMs[kind].toSorted((a, b) => a - b);
    return `${percentile(sorted, 0.5).toFixed(1)}, ${percentile(sorted, 0.99).toFixed(1)}`;
  });
  const answered = (tookMs.get.length + tookMs.put.length) / seconds;
  console.log(`| ${name} | ${seconds.toFixed(0)} | ${answered.toFixed(0)} | ${refused} | ${failed} | ${times.join(' | ')} |`);
}
