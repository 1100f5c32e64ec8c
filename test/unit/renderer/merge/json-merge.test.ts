import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeModel } from '../../../../renderer/merge/merge-model.ts';
import { outcomeOf } from '../../../../renderer/merge/outcome.ts';
import { parseLossless } from '../../../../renderer/merge/json-value.ts';
import { jsonReading } from './support.ts';

interface Example {
  readonly what: string;
  readonly base: unknown;
  readonly siblings: readonly unknown[];
  /** `label: state`, in order. */
  readonly rows: readonly string[];
  /** JSON text that the rules alone give; absent when somebody must choose. */
  readonly result?: string;
}

const EXAMPLES: readonly Example[] = [
  { what: 'one changed', base: { a: 1 }, siblings: [{ a: 2 }, { a: 1 }], rows: ['a: one-changed'], result: '{"a":2}' },
  { what: 'alike by several', base: { a: 1, b: 1 }, siblings: [{ a: 2, b: 1 }, { a: 2, b: 3 }], rows: ['a: changed-alike', 'b: one-changed'], result: '{"a":2,"b":3}' },
  { what: 'changed differently', base: { a: 1 }, siblings: [{ a: 2 }, { a: 3 }], rows: ['a: changed-differently'] },
  { what: 'edited against removed', base: { a: 1 }, siblings: [{ a: 2 }, {}], rows: ['a: edited-removed'] },
  { what: 'removed by one', base: { a: 1, b: 1 }, siblings: [{ b: 1 }, { a: 1, b: 2 }], rows: ['a: one-changed', 'b: one-changed'], result: '{"b":2}' },
  { what: 'no base', base: undefined, siblings: [{ a: 1, b: 1 }, { a: 2, b: 1 }], rows: ['a: no-base'] },
  { what: 'edited against deleted', base: { a: 1 }, siblings: [{ a: 2 }, undefined], rows: ['keep or delete: edited-deleted', 'a: one-changed'] },
  { what: 'nested', base: { o: { x: 1, y: 1 } }, siblings: [{ o: { x: 2, y: 1 } }, { o: { x: 1, y: 2 } }], rows: ['o › x: one-changed', 'o › y: one-changed'], result: '{"o":{"x":2,"y":2}}' },
  { what: 'plain arrays are atoms', base: { t: [1] }, siblings: [{ t: [1, 2] }, { t: [1, 3] }], rows: ['t: changed-differently'] },
  { what: 'rows by id', base: [{ id: 1, q: 1 }], siblings: [[{ id: 1, q: 2 }], [{ id: 1, q: 1 }, { id: 2, q: 5 }]], rows: ['#1 › q: one-changed', '#2: one-changed'], result: '[{"id":1,"q":2},{"id":2,"q":5}]' },
  { what: 'row edited and removed', base: [{ id: 1, q: 1 }], siblings: [[{ id: 1, q: 2 }], []], rows: ['#1: edited-removed'] },
  { what: 'reordered by one', base: [{ id: 1 }, { id: 2 }], siblings: [[{ id: 2 }, { id: 1 }], [{ id: 1 }, { id: 2 }, { id: 3 }]], rows: ['order of rows: one-changed', '#3: one-changed'], result: '[{"id":2},{"id":3},{"id":1}]' },
  { what: 'two ids alike make it an atom', base: [], siblings: [[{ id: 1 }, { id: 1 }], [{ id: 2 }]], rows: ['the whole value: changed-differently'] },
  { what: 'an added empty object is not lost', base: {}, siblings: [{ a: {} }, { b: 1 }], rows: ['a: one-changed', 'b: one-changed'], result: '{"a":{},"b":1}' },
];

for (const { what, base, siblings, rows, result } of EXAMPLES) {
  test(`record: ${what}`, () => {
    const model = mergeModel(jsonReading(base, siblings));
    assert.deepEqual(
      model.decisions.map(({ label, verdict }) => `${label}: ${verdict.state === 'auto' ? verdict.rule : verdict.why}`),
      rows,
    );
    const outcome = outcomeOf(model, {});
    assert.equal(outcome.ready && outcome.plan.do === 'put' ? outcome.plan.value : undefined, result);
  });
}

test('keys that name prototypes are data', () => {
  const base = JSON.parse('{"__proto__":{"a":1}}') as unknown;
  const one = JSON.parse('{"__proto__":{"a":2}}') as unknown;
  const two = JSON.parse('{"__proto__":{"a":1},"constructor":3}') as unknown;
  const outcome = outcomeOf(mergeModel(jsonReading(base, [one, two])), {});
  assert.ok(outcome.ready && outcome.plan.do === 'put');
  assert.equal(outcome.plan.value, '{"__proto__":{"a":2},"constructor":3}');
  assert.equal(({} as { a?: number }).a, undefined);
});

test('a sum is offered, never taken: base plus each change', () => {
  const [row] = mergeModel(jsonReading({ n: 10 }, [{ n: 12 }, { n: 7.5 }])).decisions;
  assert.equal(row?.sum, 9.5);
  assert.equal(row?.verdict.state, 'choose');
});

test('what JSON.parse would lose is not taken as JSON', () => {
  for (const text of ['12345678901234567890', '{"a":1,"a":2}', '1e400', '{', `${'['.repeat(200)}${']'.repeat(200)}`, '0.12345678901234567890123']) {
    assert.equal(parseLossless(text), undefined, text.slice(0, 30));
  }
  for (const text of ['1.50e2', '0', '-0.0', '{"a:":"\\"b\\":"}', '0.1', '1E3', '9007199254740991', '0.00012']) {
    assert.notEqual(parseLossless(text), undefined, text);
  }
});

test('MG-10 a name is read as it is written, whatever was read before it', () => {
  for (const [before, text] of [
    ['{"n":0,"\\\\":1}', '{"n":0,"\\u00e9":1}'],
    ['{"room":"B12","\\\\":1}', '{"room":"B14","\\"":1}'],
    ['{"p":0,"\\\\nx":1}', '{"p":0,"\\nxy":1}'],
  ] as const) {
    JSON.parse(before);
    const names = [...text.matchAll(/"(?:[^"\\]|\\.)*"(?=:)/g)].map(([written]) => JSON.parse(written) as string);
    assert.deepEqual(Object.keys(parseLossless(text) as object), names, text);
  }
});
