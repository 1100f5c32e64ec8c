/** When a list has to say that it is not whole, as the checker sees it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { watchPartial } from './checkers/partial.ts';
import { QUIET } from './options.ts';
import { quietTeam } from './quiet-team.ts';
import type { Simulator } from './simulator.ts';

test('a list that names no partition of an owner who was away all the time is found out', () => {
  const sim = quietTeam();
  sim.member('ben').crash();
  const judge = watchPartial(sim, sim.member('cleo'), 'notes');
  sim.run(2_000);
  assert.throws(() => judge([]), /none of ben runs/);
  judge(Array.from({ length: QUIET.partitions }, (_, partition) => partition));
});

test('a copied folder may have answered for its member: such a list is not judged', () => {
  const ways: Readonly<Record<string, (sim: Simulator) => void>> = {
    'it runs at the question': (sim) => sim.endClone('ben'),
    'it runs at the answer': (sim) => sim.startClone('ben'),
    'it runs in between': (sim) => {
      sim.startClone('ben');
      sim.endClone('ben');
    },
  };
  for (const [name, meanwhile] of Object.entries(ways)) {
    const sim = quietTeam();
    if (name === 'it runs at the question') sim.startClone('ben');
    sim.member('ben').crash();
    const judge = watchPartial(sim, sim.member('cleo'), 'notes');
    meanwhile(sim);
    assert.equal(sim.member('ben').isRunning, false);
    assert.doesNotThrow(() => judge([]), name);
  }
});
