/** Runs with faults, each from its seed. `npm run sim -- seed N` replays one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawPlan } from './plan.ts';
import { REGRESSIONS } from './regressions.ts';
import { runPlan } from './run-plan.ts';
import { parseStep, parseTeam, planText, stepText, wordsOf } from './step-text.ts';
import { drawSwarm } from './swarm.ts';
import { runSeed } from './sweep.ts';
import { sweepInParallel } from './workers.ts';

const SEEDS = 2_000;
const WORKERS = 2;

test(`seeds 1 to ${SEEDS} keep every invariant`, async () => {
  const { failures, seeds, demanded } = await sweepInParallel({ first: 1, count: SEEDS, workers: WORKERS, more: {} });
  assert.equal(seeds, SEEDS);
  assert.ok(demanded > SEEDS, 'requests are made while all is well');
  assert.deepEqual(failures.map(({ seed, message }) => `seed ${seed}: ${message}`), []);
});

for (const { seed, more, found } of REGRESSIONS) {
  test(`seed ${seed}: ${found}`, () => {
    const { violation, tail } = runSeed(seed, more, {}, 'kept');
    assert.equal(violation, undefined, `${violation?.message}\n${tail}`);
  });
}

test('the same seed gives the same run, and another one another', () => {
  const hashes = [3, 11, 42].map((seed) => {
    const [first, second] = [runSeed(seed), runSeed(seed, {}, {}, 'kept')];
    assert.ok(first.steps > 100, 'something happens');
    assert.equal(first.hash, second.hash, 'looking on changes nothing');
    return first.hash;
  });
  assert.equal(new Set(hashes).size, hashes.length);
});

test('a plan is read from its text as it was', () => {
  for (const seed of [1, 7, 30, 64]) {
    const plan = drawPlan(drawSwarm(seed));
    const [team = '', ...lines] = planText(plan).split('\n');
    assert.deepEqual({ ...parseTeam(wordsOf(team)), buckets: plan.options.buckets }, plan.options);
    const steps = lines.filter((line) => line.startsWith('at ')).map((line) => {
      const { plain, named } = wordsOf(line);
      return parseStep(Math.round(Number(plain[1]) * 1_000), { plain: plain.slice(2), named });
    });
    assert.deepEqual(steps.map((step) => step && stepText(step)), plan.steps.map(stepText));
    assert.deepEqual(steps, plan.steps);
  }
});

test('a plan without members, operations and faults holds', () => {
  assert.equal(runPlan({ options: drawPlan(drawSwarm(1)).options, steps: [] }).violation, undefined);
});
