/** CV-3: an answer claims nothing that rests on a sibling which its writer has not seen, as that may be lost. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab } from './lab.ts';

test('CV-3 what only an unseen sibling had replaced is not replaced by the next write of who made one beside it', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  const put = (by: string, value: string, context = ''): string => {
    const outcome = lab.put('notes', 'cart', value, by, { w: by === 'ada' ? 'one' : 'all', context });
    assert.equal(outcome?.kind, 'written');
    return outcome.context;
  };
  const milk = put('ada', 'milk');
  lab.run(5_000);
  const reconnect = lab.isolate('ada');
  lab.run(10_000);
  put('ada', 'oat milk', milk);
  const baker = put('ada', 'bread');
  lab.wipe('ada');
  reconnect();
  lab.member('ada').start();
  lab.until('ada is back', () => lab.status('ada') === 'up');

  put('ben', 'cake', baker);
  const reading = lab.ask('cleo', { kind: 'get', bucket: 'notes', key: 'cart', r: 'all' });
  assert.equal(reading?.kind, 'read');
  assert.deepEqual(reading.siblings.map(({ value }) => new TextDecoder().decode(value)).sort(), ['cake', 'milk']);
});
