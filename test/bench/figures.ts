/**
 * Prints figures that people feel: `node test/bench/figures.ts [start|search|idle]`
 *   - how long a member with 100,000 keys takes from start to ready (target: under 2 s);
 *   - how long a page of a search by prefix takes in them over HTTP, alone and in a team of three
 *     (target: under 100 ms);
 *   - what an idle member of a team of five takes of a core (target: under 2 %).
 * Loopback only. Run it with little else running.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EMPTY_OBJECT, write } from '../../p2p/causality/key-object.ts';
import { EMPTY_CONTEXT } from '../../p2p/causality/causal-context.ts';
import { clockHash, encodeObject } from '../../p2p/causality/object-codec.ts';
import { summarize } from '../../p2p/node/replica.ts';
import type { Mutation } from '../../p2p/ports.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import { openStore } from '../../storage/index.ts';
import { removeDir, startMember, temporaryDir, until, type RunningMember } from '../cluster/member-harness.ts';

const KEYS = 100_000;
const KEYS_A_BATCH = 2_000;
const VALUE_BYTES = 200;
const PARTITIONS = 1_024;
const STARTS = 3;
const SEARCHES = 200;
const SEARCH_LIMIT = 100;
const TEAM = 5;
const WRITTEN_AT = Date.UTC(2026, 0, 1);
const SETTLE_MS = 10_000;
const IDLE_MS = 20_000;
/** Of `/proc/<pid>/stat` on Linux. */
const TICKS_PER_SECOND = 100;

const FIGURES: Readonly<Record<string, () => Promise<void>>> = { start: startToReady, search: prefixSearch, idle: idleCpu };
const [only] = process.argv.slice(2);
for (const [name, measure] of Object.entries(FIGURES)) if (only === undefined || only === name) await measure();

async function startToReady(): Promise<void> {
  const dir = await temporaryDir();
  try {
    const founder = await startMember(dir, 'm1', ['--create-team', 'Figures', '--partitions', String(PARTITIONS)]);
    const { memberId } = founder;
    await founder.stop();
    await fill(join(dir, 'store'), memberId);
    for (let run = 1; run <= STARTS; run += 1) {
      // The last run follows a kill: an unclean end must not cost a scan.
      const beganMs = performance.now();
      const member = await startMember(dir, 'm1');
      const readyMs = Math.round(performance.now() - beganMs);
      const counted = (await member.ask('GET', '/v1/status')).json().counts.keys;
      if (run !== STARTS - 1) await member.stop();
      else await member.kill();
      console.log(`start to ready with ${counted} keys, run ${run}: ${readyMs} ms`);
    }
  } finally {
    await removeDir(dir);
  }
}

async function prefixSearch(): Promise<void> {
  for (const count of [1, 3]) {
    const dir = await temporaryDir();
    let members: RunningMember[] = [];
    try {
      members = await startTeam(dir, count);
      const [founder] = members;
      if (founder === undefined) return;
      await Promise.all(members.map((member) => member.stop()));
      // The same writes on each disk, as if each member had got them all.
      for (const { dataDir } of members) await fill(join(dataDir, 'store'), founder.memberId);
      const first = await startMember(founder.dataDir, 'm1');
      const peers = first.listen.flatMap((address) => ['--peer', address]);
      members = [first, ...(await Promise.all(members.slice(1).map(({ dataDir }, index) => startMember(dataDir, `m${index + 2}`, peers))))];
      await untilUp(members);
      const asked = members[count - 1] ?? first;
      const beganMs = cpuMs(asked);
      const tookMs = await searchTimes(asked);
      const cpu = ((cpuMs(asked) - beganMs) / SEARCHES).toFixed(1);
      const [median, p99, worst] = [0.5, 0.99, 1].map((share) => tookMs[Math.ceil(share * tookMs.length) - 1]?.toFixed(1));
      console.log(`search by prefix in ${KEYS} keys, a page of ${SEARCH_LIMIT} over HTTP, ${count} members: median ${median} ms, p99 ${p99} ms, worst ${worst} ms (${cpu} ms of CPU each)`);
    } finally {
      await Promise.all(members.map((member) => member.kill()));
      await removeDir(dir);
    }
  }
}

/** @returns ms of each search, shortest first. */
async function searchTimes(member: RunningMember): Promise<readonly number[]> {
  const tookMs: number[] = [];
  for (let search = 0; search < SEARCHES; search += 1) {
    // 111 keys begin with three digits, 11 with four, as somebody types on.
    const prefix = `key-${100 + ((search * 37) % 900)}${search % 2 === 0 ? '' : '5'}`;
    const beganMs = performance.now();
    const answer = await member.ask('GET', `/v1/buckets/figures/keys?prefix=${prefix}&limit=${SEARCH_LIMIT}`);
    tookMs.push(performance.now() - beganMs);
    const { keys, partial } = answer.json() as { readonly keys: readonly unknown[]; readonly partial?: readonly number[] };
    if (keys.length !== (search % 2 === 0 ? SEARCH_LIMIT : 11) || partial !== undefined) throw new Error(`${prefix}: ${keys.length} keys`);
  }
  return tookMs.sort((a, b) => a - b);
}

async function fill(dir: string, writtenBy: string): Promise<void> {
  const store = await openStore({ dir });
  const value = new Uint8Array(VALUE_BYTES).fill(0x61);
  const mutation = (index: number): Mutation => {
    const ref = keyRef('figures', `key-${index}`, PARTITIONS);
    const dot = { actor: 'AAAAAAAAAAA', counter: index + 1 };
    const sibling = { dot, value, contentType: 'text/plain', writtenBy, writtenAt: WRITTEN_AT, writeId: `w${index}` };
    const { object } = write(EMPTY_OBJECT, EMPTY_CONTEXT, sibling);
    const hash = clockHash(ref, object);
    return { kind: 'object', ref, object: encodeObject(object), summary: summarize(object, hash), leafDelta: hash, keysDelta: 1, conflictsDelta: 0 };
  };
  for (let from = 0; from < KEYS; from += KEYS_A_BATCH) {
    await store.commit(Array.from({ length: KEYS_A_BATCH }, (_, index) => mutation(from + index)));
  }
  await store.close();
}

async function idleCpu(): Promise<void> {
  const dir = await temporaryDir();
  const members: RunningMember[] = [];
  try {
    members.push(...(await startTeam(dir, TEAM)));
    await delay(SETTLE_MS);
    const before = members.map(cpuMs);
    await delay(IDLE_MS);
    const shares = members.map((member, index) => ((cpuMs(member) - (before[index] ?? 0)) / IDLE_MS) * 100);
    console.log(`CPU of an idle member in a team of ${TEAM}: ${shares.map((share) => share.toFixed(1)).join(', ')} % of a core`);
  } finally {
    await Promise.all(members.map((member) => member.kill()));
    await removeDir(dir);
  }
}

/** Members of a new team, all up. */
async function startTeam(dir: string, count: number): Promise<RunningMember[]> {
  const members = [await startMember(join(dir, 'm1'), 'm1', ['--create-team', 'Figures', '--partitions', String(PARTITIONS)])];
  for (let number = 2; number <= count; number += 1) {
    const { invite } = (await members[0]?.ask('POST', '/v1/invites'))?.json() ?? {};
    members.push(await startMember(join(dir, `m${number}`), `m${number}`, ['--join', invite]));
  }
  await untilUp(members);
  return members;
}

async function untilUp(members: readonly RunningMember[]): Promise<void> {
  await until('all are up', async () => {
    const lists = await Promise.all(members.map((member) => member.ask('GET', '/v1/members')));
    return lists.every((list) => {
      const rows = list.json() as readonly { readonly status: string; readonly liveness: string }[];
      return rows.filter(({ status, liveness }) => status === 'up' && liveness === 'alive').length === members.length;
    });
  });
}

/** User and system time of a process. */
function cpuMs({ child }: RunningMember): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}
