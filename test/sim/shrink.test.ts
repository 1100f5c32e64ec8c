/** A failing run is cut down to a scenario that fails in the same way when it is played. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { playScenario } from '../scenarios/scenario.ts';
import { shrunkText } from './commands/shrink.ts';
import { MUTANTS } from './mutants.ts';
import { drawPlan } from './plan.ts';
import { runPlan } from './run-plan.ts';
import { shrink } from './shrink.ts';
import { planText } from './step-text.ts';
import { drawSwarm } from './swarm.ts';

const WITHIN_MS = 20_000;

test('a lost sibling is cut down to two writes, and the text plays', () => {
  const mutant = MUTANTS.find(({ name }) => name === 'a sibling is dropped at a merge');
  assert.ok(mutant !== undefined);
  const plan = drawPlan(drawSwarm(mutant.atSeed, mutant.more));
  const { plan: small, result } = shrink(plan, () => mutant.tamper, WITHIN_MS);
  assert.ok(result.violation !== undefined && mutant.caughtBy.includes(result.violation.invariant), result.violation?.message);
  assert.ok(plan.steps.length > 20 && small.steps.length <= 4, `${plan.steps.length} steps became ${small.steps.length}`);
  assert.equal(runPlan(small, mutant.tamper).violation?.message, result.violation.message, 'it fails again');
  assert.match(playScenario(planText(small)), /^judge\n----\nall holds$/m);
});

test('a run that holds is not cut down', () => {
  assert.equal(shrunkText(1, { more: {}, tamper: () => ({}), withinMs: 1 }), undefined);
});
