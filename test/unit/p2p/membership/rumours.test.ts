import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rumours } from '../../../../p2p/membership/rumours.ts';

test('MB-20 a rumour is told twice a doubling of the team, and then no more', () => {
  for (const [members, tells] of [[1, 2], [7, 6], [8, 8], [1_000, 20], [10_000, 28]] as const) {
    const rumours = new Rumours();
    rumours.tell('ada', members);
    let told = 0;
    while (rumours.take(8).includes('ada')) told += 1;
    assert.equal(told, tells, `${members} members`);
  }
});

test('MB-20 what was told least goes first', () => {
  const rumours = new Rumours();
  rumours.tell('ada', 3);
  assert.deepEqual(rumours.take(1), ['ada']);
  rumours.tell('ben', 3);
  assert.deepEqual(rumours.take(1), ['ben']);
  assert.deepEqual(rumours.take(8).toSorted(), ['ada', 'ben']);
});

test('MB-20 told anew, it begins again', () => {
  const rumours = new Rumours();
  rumours.tell('ada', 1);
  rumours.take(1);
  rumours.tell('ada', 1);
  assert.deepEqual([rumours.take(1), rumours.take(1), rumours.take(1)], [['ada'], ['ada'], []]);
});

test('MB-20 a thousand at once are kept, the oldest beyond are forgotten', () => {
  const rumours = new Rumours();
  for (let number = 0; number < 3_000; number += 1) rumours.tell(`m${number}`, 1);
  const taken = rumours.take(5_000);
  assert.equal(taken.length, 1_024);
  assert.ok(!taken.includes('m0') && taken.includes('m2999'));
});
