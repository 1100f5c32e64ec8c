/** QP-22: how many siblings a user's writes may make of one key. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab } from './lab.ts';

test('QP-22 a blind write beside as many siblings as there may be is refused, one that replaces any is not', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'], config: { siblingsMax: 5 } });
  const contexts = Array.from({ length: 5 }, (_, index) => {
    const outcome = lab.put('notes', 'cart', `${index}`);
    assert.equal(outcome?.kind, 'written');
    return outcome.context;
  });
  const refused = lab.put('notes', 'cart', 'one more');
  assert.ok(refused?.kind === 'too-large' && refused.message.includes('5 siblings'));
  const replaces = lab.put('notes', 'cart', 'instead', 'ben', { context: contexts[2] ?? '' });
  assert.ok(replaces?.kind === 'written' && replaces.siblings === 5);
});
