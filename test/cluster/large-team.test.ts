/** A team larger than gossipsub takes for honest on one address, and than one beat can ask. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proveLargeTeam } from './large-team.ts';

const MEMBERS = 12;
/** Measured: about 2. A bound for machines that do other things as well. */
const IDLE_PERCENT_MAX = 10;

test(`${MEMBERS} members on one machine settle, rest, and notice a kill`, { timeout: 300_000 }, async (context) => {
  const { settledMs, idlePercent, noticedMs } = await proveLargeTeam(MEMBERS);
  context.diagnostic(`settled after ${Math.round(settledMs)} ms; idle ${idlePercent.toFixed(1)} % of a core each; a kill noticed in ${Math.round(noticedMs)} ms`);
  assert.ok(idlePercent < IDLE_PERCENT_MAX, `${idlePercent} % of a core each`);
});
