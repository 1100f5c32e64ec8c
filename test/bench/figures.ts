/**
 * Prints two figures that people feel: `node test/bench/figures.ts`
 *   - how long a member with 100,000 keys takes from start to ready (target: under 2 s);
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
const TEAM = 5;
const SETTLE_MS = 10_000;
const IDLE_MS = 20_000;
/** Of `/proc/<pid>/stat` on Linux. */
const TICKS_PER_SECOND = 100;

await startToReady();
await idleCpu();

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

async function fill(dir: string, writtenBy: string): Promise<void> {
  const store = await openStore({ dir });
  const { actor, nextCounter } = store.identity;
  await store.leaseDots(nextCounter + KEYS);
  const value = new Uint8Array(VALUE_BYTES).fill(0x61);
  const mutation = (index: number): Mutation => {
    const ref = keyRef('figures', `key-${index}`, PARTITIONS);
    const dot = { actor, counter: nextCounter + index };
    const sibling = { dot, value, contentType: 'text/plain', writtenBy, writtenAt: Date.now(), writeId: `w${index}` };
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
    members.push(await startMember(join(dir, 'm1'), 'm1', ['--create-team', 'Figures', '--partitions', String(PARTITIONS)]));
    for (let number = 2; number <= TEAM; number += 1) {
      const { invite } = (await members[0]?.ask('POST', '/v1/invites'))?.json() ?? {};
      members.push(await startMember(join(dir, `m${number}`), `m${number}`, ['--join', invite]));
    }
    await until('all are up', async () => {
      const lists = await Promise.all(members.map((member) => member.ask('GET', '/v1/members')));
      return lists.every((list) => list.json().filter((row: { status: string }) => row.status === 'up').length === TEAM);
    });
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

/** User and system time of a process. */
function cpuMs({ child }: RunningMember): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}
