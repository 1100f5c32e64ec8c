/** A team that changes while people work, with real processes: `npm run bench:ringchange` in short, without its times. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { removeDir, startTeam, temporaryDir, type RunningMember } from './member-harness.ts';
import { ringChanges, settled } from './ring-change-steps.ts';
import { SteadyLoad } from './steady-load.ts';

const KEYS = 600;
const PER_SECOND = 40;
const LANES = 8;

test('TR-10 two join, one of them killed half-way, and two leave, while people write: no acknowledged write is lost', { timeout: 600_000 }, async () => {
  const dir = await temporaryDir();
  const running: RunningMember[] = [];
  try {
    running.push(...(await startTeam(dir, 4)));
    const [first] = running as [RunningMember];
    const load = new SteadyLoad(first, { keys: KEYS, valueBytes: 20 });
    await load.fill(LANES);
    load.start(PER_SECOND);
    for (const change of await ringChanges({ dir, first, running }, 1)) await change();
    await load.stop();
    await settled(running);
    assert.equal(load.acknowledged, KEYS);
    assert.deepEqual(await load.lost(LANES), []);
    load.close();
  } finally {
    await Promise.all(running.map((member) => member.kill()));
    await removeDir(dir);
  }
});
