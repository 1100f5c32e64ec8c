import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeModel } from '../../../../renderer/merge/merge-model.ts';
import { outcomeOf, type Outcome } from '../../../../renderer/merge/outcome.ts';
import { carryOver, reduce, UNTOUCHED, type Choice, type Resolution } from '../../../../renderer/merge/resolution.ts';
import { jsonReading } from './support.ts';

const choose = (state: Resolution, id: string, choice: Choice): Resolution => reduce(state, { type: 'choose', id, choice });
const valueOf = (outcome: Outcome): string | undefined => (outcome.ready && outcome.plan.do === 'put' ? outcome.plan.value : undefined);

const model = mergeModel(jsonReading({ n: 10, s: 'x', t: [1] }, [{ n: 12, s: 'y', t: [1, 2] }, { n: 9, s: 'z', t: [1, 3] }]));
const [N, S, T] = model.decisions.map(({ id }) => id) as [string, string, string];

test('choices make the result; open ones are reported', () => {
  let state = choose(UNTOUCHED, N, { take: 'sum' });
  assert.deepEqual(outcomeOf(model, state.choices), { ...outcomeOf(model, state.choices), ready: false, open: [S, T] });
  state = choose(choose(state, S, { take: 'edit', text: 'w' }), T, { take: 'both' });
  assert.equal(valueOf(outcomeOf(model, state.choices)), '{"n":11,"s":"w","t":[1,2,3]}');
  assert.equal(valueOf(outcomeOf(model, choose(state, N, { take: 'sibling', dot: 'bo:1' }).choices)), '{"n":9,"s":"w","t":[1,2,3]}');
});

test('an edit that is not JSON leaves the row open', () => {
  const outcome = outcomeOf(model, { [N]: { take: 'edit', text: '{' }, [S]: { take: 'base' }, [T]: { take: 'base' } });
  assert.deepEqual(outcome.ready ? [] : outcome.open, [N]);
});

test('undo goes back a step; typing is one step', () => {
  const typed = ['a', 'ab', 'abc'].reduce((state, text) => choose(state, S, { take: 'edit', text }), choose(UNTOUCHED, N, { take: 'base' }));
  const once = reduce(typed, { type: 'undo' });
  assert.deepEqual(once.choices, { [N]: { take: 'base' } });
  assert.deepEqual(reduce(once, { type: 'undo' }).choices, {});
});

test('a newer reading keeps the answers whose variants stayed', () => {
  const state = choose(choose(UNTOUCHED, N, { take: 'sum' }), S, { take: 'base' });
  const after = mergeModel(jsonReading({ n: 10, s: 'x', t: [1] }, [{ n: 12, s: 'y', t: [1, 2] }, { n: 9, s: 'z', t: [1, 3] }, { n: 50, s: 'y', t: [1] }]));
  assert.deepEqual(carryOver(model, after, state).choices, { [S]: { take: 'base' } });
});
