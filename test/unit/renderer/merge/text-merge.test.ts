import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeModel } from '../../../../renderer/merge/merge-model.ts';
import { outcomeOf } from '../../../../renderer/merge/outcome.ts';
import { wordDiff } from '../../../../renderer/merge/text-diff.ts';
import { textReading } from './support.ts';

const EXAMPLES: readonly (readonly [string, string | undefined, readonly string[], string | null])[] = [
  ['two places', 'a\nb\nc\nd\n', ['A\nb\nc\nd\n', 'a\nb\nc\nD\n'], 'A\nb\nc\nD\n'],
  ['the same edit', 'a\nb\n', ['x\nb\n', 'x\nb\ny\n'], 'x\nb\ny\n'],
  ['one place, unlike', 'a\nb\nc\n', ['a\nX\nc\n', 'a\nY\nc\n'], null],
  ['neighbouring lines', 'a\nb\n', ['A\nb\n', 'a\nB\n'], null],
  ['two insertions at one place', 'a\n', ['a\nx\n', 'a\ny\n'], null],
  ['three siblings, three places', 'a\n1\nb\n2\nc\n', ['A\n1\nb\n2\nc\n', 'a\n1\nB\n2\nc\n', 'a\n1\nb\n2\nC\n'], 'A\n1\nB\n2\nC\n'],
  ['a removal and an edit elsewhere', 'a\nb\nc\n', ['b\nc\n', 'a\nb\nC\n'], 'b\nC\n'],
  ['no last newline', 'a\nb', ['a\nb\n', 'a\nb'], 'a\nb\n'],
  ['no base', undefined, ['a\nb\n', 'a\nc\n'], null],
];

for (const [what, base, siblings, result] of EXAMPLES) {
  test(`text: ${what}`, () => {
    const outcome = outcomeOf(mergeModel(textReading(base, siblings)), {});
    assert.equal(outcome.ready && outcome.plan.do === 'put' ? outcome.plan.value : null, result);
  });
}

test('a clash keeps every variant and the base', () => {
  const [card] = mergeModel(textReading('b\n', ['X\n', 'Y\n', 'b\n'])).decisions;
  assert.deepEqual(card?.cells.map((cell) => cell.is === 'value' && cell.value), ['X\n', 'Y\n', 'b\n']);
  assert.deepEqual(card?.base, { is: 'value', value: 'b\n' });
});

test('words that changed are marked, and the parts give the text back', () => {
  assert.deepEqual(wordDiff('the old cat', 'the new cat'), [
    { text: 'the ', changed: false },
    { text: 'new', changed: true },
    { text: ' cat', changed: false },
  ]);
});

test('a large rewrite is one change, in time', () => {
  const lines = (salt: number): string => Array.from({ length: 20_000 }, (_, i) => `${(i * salt) % 7}\n`).join('');
  const begin = performance.now();
  mergeModel(textReading(lines(3), [lines(5), lines(2)]));
  assert.ok(performance.now() - begin < 3_000);
});
