/** The checkers can fail: each deliberate defect is caught, by a checker that is meant for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { huntMutant } from './hunt.ts';
import { MUTANTS } from './mutants.ts';

const SEEDS_MAX = 2_000;

for (const mutant of MUTANTS) {
  test(`caught: ${mutant.name}`, () => {
    const caught = huntMutant(mutant, mutant.atSeed, 1) ?? huntMutant(mutant, 1, SEEDS_MAX);
    assert.ok(caught !== undefined, `not noticed in ${SEEDS_MAX} seeds`);
    assert.ok(mutant.caughtBy.includes(caught.violation.invariant), `seed ${caught.seed}: noticed as ${caught.violation.message}`);
  });
}

test('there are at least 25 of them, and each invariant has one that only it is meant for', () => {
  assert.ok(MUTANTS.length >= 25);
  const meant = new Set(MUTANTS.flatMap(({ caughtBy }) => caughtBy));
  for (const invariant of ['I1', 'I2', 'I3', 'I4', 'I5', 'I6', 'I7', 'I8']) assert.ok(meant.has(invariant), invariant);
});
