import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RingMember } from '../../../../p2p/ring/ring-member.ts';
import { chooseSeed } from '../../../../p2p/ring/seed-choice.ts';
import { grownTeam, ours } from '../../../sim/placement-report.ts';

const PARTITIONS = 1_024;

for (const size of [4, 5, 7, 12, 30, 60, 100]) {
  test(`RG-11 among ${size} the most loaded has at most 1.10 of the mean, and a join or a leave moves at most 1.25 fair shares`, () => {
    const { most, least, joinMoves, leaveMoves } = ours(size);
    assert.ok(most <= 1.1, `most ${most}`);
    assert.ok(least >= 0.9, `least ${least}`);
    assert.ok(joinMoves <= 1.25, `join ${joinMoves}`);
    assert.ok(leaveMoves <= 1.25, `leave ${leaveMoves}`);
  });
}

test('RG-11 a seed follows from the records, in any order, and from nothing of the joiner but its place', () => {
  const team = grownTeam(9);
  const joiner: RingMember = { member: 'new', machine: 'new', zone: undefined, weight: 1 };
  const seed = chooseSeed(team, joiner, PARTITIONS);
  assert.equal(chooseSeed([...team].reverse(), joiner, PARTITIONS), seed);
  assert.equal(chooseSeed([...team, { ...joiner, seed: 7 }], joiner, PARTITIONS), seed, 'its own older record does not count');
  assert.ok(seed > 0, 'of five hundred the first is hardly the best');
});

test('RG-11 there is nothing to choose where everybody keeps everything, or the joiner nothing', () => {
  const joiner: RingMember = { member: 'new', machine: 'new', zone: undefined, weight: 1 };
  assert.equal(chooseSeed(grownTeam(2), joiner, PARTITIONS), 0);
  assert.equal(chooseSeed(grownTeam(9), { ...joiner, weight: 0 }, PARTITIONS), 0);
  const housemates = grownTeam(9).map((member) => ({ ...member, machine: 'one' }));
  assert.equal(chooseSeed(housemates, joiner, PARTITIONS), 0, 'machines count, not members');
});
