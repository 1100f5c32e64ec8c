/** Runs with faults, each from its seed. `node test/sim/run.ts --seed N --trace` replays one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawOptions } from './options.ts';
import { REGRESSIONS } from './regressions.ts';
import { runSeed } from './run-seed.ts';

const SEEDS = 300;
const SEEDS_A_TEST = 50;

for (let first = 1; first <= SEEDS; first += SEEDS_A_TEST) {
  test(`seeds ${first} to ${first + SEEDS_A_TEST - 1} keep every invariant`, () => {
    for (let seed = first; seed < first + SEEDS_A_TEST; seed += 1) runOne(seed);
  });
}

for (const { seed, found } of REGRESSIONS) {
  test(`seed ${seed}: ${found}`, () => runOne(seed));
}

test('the same seed gives the same run', () => {
  for (const seed of [3, 11, 42]) {
    const [first, second] = [runSeed(drawOptions(seed)), runSeed(drawOptions(seed))];
    assert.ok(first.steps > 100, 'something happens');
    assert.equal(first.hash, second.hash);
  }
});

function runOne(seed: number): void {
  const { violation, tail, options } = runSeed(drawOptions(seed));
  assert.equal(violation, undefined, `seed ${seed}: ${violation?.message}\n${JSON.stringify(options)}\n${tail}`);
}
