/** The checkers can fail: each deliberate defect is caught, by a checker that is meant for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MUTANTS } from './mutants.ts';
import { drawOptions } from './options.ts';
import { runSeed } from './run-seed.ts';

const SEEDS_MAX = 300;

for (const { name, caughtBy, tamper, suits } of MUTANTS) {
  test(`caught: ${name}`, () => {
    for (let seed = 1; seed <= SEEDS_MAX; seed += 1) {
      const options = drawOptions(seed);
      if (!suits(options)) continue;
      const { violation } = runSeed(options, tamper);
      if (violation === undefined) continue;
      assert.ok(caughtBy.includes(violation.invariant), `seed ${seed}: noticed as ${violation.message}`);
      return;
    }
    assert.fail(`not noticed in ${SEEDS_MAX} seeds`);
  });
}
