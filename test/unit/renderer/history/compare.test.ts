/** Comparing an earlier version with what is there now. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compare } from '../../../../renderer/history/compare.ts';
import { fieldDiff, FIELDS_MAX } from '../../../../renderer/history/field-diff.ts';
import { lineDiff, ROWS_MAX, type LineRow } from '../../../../renderer/history/line-diff.ts';
import { linesOf } from '../../../../renderer/merge/text-diff.ts';
import { json, sibling } from '../merge/support.ts';

const shown = (row: LineRow): string => {
  if (row.kind === 'fold') return `… ${row.lines}`;
  return `${{ same: ' ', removed: '-', added: '+' }[row.kind]}${row.line} ${row.parts.map(({ text, changed }) => (changed ? `[${text}]` : text)).join('')}`;
};
const rowsOf = (before: string, after: string): string[] => lineDiff(before, after).rows.map(shown);
const numbered = (count: number): string => Array.from({ length: count }, (_, at) => `line ${at + 1}\n`).join('');

test('TS-5 lines: what is gone and what is new stand together, long equal runs are folded', () => {
  assert.deepEqual(rowsOf(`${numbered(9)}old word\n${numbered(9)}`, `${numbered(9)}new word\n${numbered(9)}`), [
    '… 6', ' 7 line 7', ' 8 line 8', ' 9 line 9', '-10 [old] word', '+10 [new] word', ' 11 line 1', ' 12 line 2', ' 13 line 3', '… 6',
  ]);
  assert.deepEqual(rowsOf('b\nc\nd\ne\nz', 'b\nc\nd\ne\ny'), [' 1 b', ' 2 c', ' 3 d', ' 4 e', '-5 z', '+5 y'], 'a fold of one line is the line');
  assert.deepEqual(rowsOf('', 'a\nb'), ['+1 a', '+2 b']);
  assert.deepEqual(rowsOf('a\n', ''), ['-1 a']);
  assert.deepEqual(rowsOf('one\n', 'two\n'), ['-1 one', '+1 two'], 'lines with nothing in common are not marked word by word');
  assert.deepEqual(rowsOf('a\r\n', 'a\n'), ['-1 a', '+1 a'], 'another line end is a change');
  assert.deepEqual(rowsOf('same', 'same'), []);
});

test('TS-5 lines: shown and folded ones are those of both texts, whatever they are', () => {
  const text = fc.array(fc.constantFrom('a', 'b', 'c', 'dd dd', ''), { maxLength: 40 }).map((lines) => lines.join('\n'));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const { rows, removed, added, cut } = lineDiff(before, after);
      if (before === after) return assert.deepEqual([rows, removed, added], [[], 0, 0]);
      const count = (kind: LineRow['kind']): number => rows.filter((row) => row.kind === kind).length;
      const folded = rows.reduce((sum, row) => sum + (row.kind === 'fold' ? row.lines : 0), 0);
      assert.equal(cut, 0);
      assert.deepEqual([count('removed'), count('added')], [removed, added]);
      assert.equal(count('same') + folded + removed, linesOf(before).length);
      assert.equal(count('same') + folded + added, linesOf(after).length);
    }),
  );
});

test('TS-5 lines: what is shown is bounded, and the rest is counted', () => {
  const { rows, cut } = lineDiff('', numbered(ROWS_MAX + 5));
  assert.deepEqual([rows.length, cut], [ROWS_MAX, 5]);
});

test('TS-5 fields: only those that differ, rows by their id', () => {
  const paths = (before: unknown, after: unknown): string[] => fieldDiff(before as never, after as never).fields.map(({ path }) => path);
  assert.deepEqual(paths({ a: 1, b: { c: 2, d: 3 }, e: 1 }, { a: 1, b: { c: 4, d: 3 }, f: 1 }), ['b › c', 'e', 'f']);
  assert.deepEqual(paths([{ id: 'x', n: 1 }, { id: 'y', n: 1 }], [{ id: 'x', n: 2 }, { id: 'z', n: 1 }]), ['#"x" › n', '#"y"', '#"z"']);
  assert.deepEqual(paths([1, 2], [1, 3]), ['2']);
  assert.deepEqual(paths({ l: [1] }, { l: [1, 2] }), ['l']);
  assert.deepEqual(paths([{ id: 1 }, { id: 2 }], [{ id: 2 }, { id: 1 }, { id: 3 }]), [''], 'another order is shown whole');
  assert.deepEqual(paths('a', { a: 1 }), ['']);
  assert.deepEqual(paths(JSON.parse('{"__proto__": 1}'), {}), ['__proto__']);
  assert.deepEqual(fieldDiff({ a: 1 }, {}).fields, [{ path: 'a', before: 1, after: undefined }]);
  const many = Object.fromEntries(Array.from({ length: FIELDS_MAX + 3 }, (_, at) => [`k${at}`, at]));
  const { fields, cut } = fieldDiff(many, {});
  assert.deepEqual([fields.length, cut], [FIELDS_MAX, 3]);
});

test('TS-5 the kind of a comparison follows from both sides', () => {
  const kind = (...sides: Parameters<typeof compare>): string => compare(...sides).difference.kind;
  const bytes = (dot: string, value: string) => sibling(dot, value, { encoding: 'base64', contentType: 'image/png' });
  assert.equal(kind(json('a:1', { x: 1 }), json('b:1', { x: 2 })), 'fields');
  assert.equal(kind(sibling('a:1', '{"x":1}', { contentType: 'application/json' }), sibling('b:1', '{"x": 1}', { contentType: 'application/json' })), 'text', 'another spelling of the same');
  assert.equal(kind(sibling('a:1', '{oops', { contentType: 'application/json' }), json('b:1', { x: 2 })), 'text');
  assert.equal(kind(sibling('a:1', 'x'), sibling('b:1', 'x')), 'same');
  assert.equal(kind(bytes('a:1', 'AAAA'), bytes('b:1', 'AAAA')), 'same');
  assert.deepEqual(compare(bytes('a:1', 'AAAA'), bytes('b:1', 'AAA=')).difference, {
    kind: 'bytes',
    then: { bytes: 3, hash: compare(bytes('a:1', 'AAAA'), null).difference.kind === 'bytes' ? hashOf('AAAA') : '', contentType: 'image/png' },
    now: { bytes: 2, hash: hashOf('AAA='), contentType: 'image/png' },
  });
  assert.equal(kind(bytes('a:1', 'AAAA'), sibling('b:1', 'text')), 'bytes');

  function hashOf(value: string): string {
    const { difference } = compare(bytes('a:1', value), null);
    return difference.kind === 'bytes' ? (difference.then?.hash ?? '') : '';
  }
});

test('TS-5 deletions and types are said apart', () => {
  const gone = compare(sibling('a:1', 'x'), sibling('b:1', null));
  assert.deepEqual([gone.nowDeleted, gone.thenDeleted, gone.difference.kind], [true, false, 'text']);
  assert.equal(compare(sibling('a:1', null), sibling('b:1', null)).difference.kind, 'same');
  assert.equal(compare(sibling('a:1', null), sibling('b:1', 'x')).thenDeleted, true);
  const retyped = compare(sibling('a:1', 'x'), sibling('b:1', 'x', { contentType: 'text/markdown' }));
  assert.deepEqual([retyped.type, retyped.difference.kind], [{ then: 'text/plain', now: 'text/markdown' }, 'same']);
});
