/** What helps a person to tell versions apart. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, excerpt, firstDifference } from '../../../../renderer/merge/bytes.ts';
import { clockEvidence } from '../../../../renderer/merge/clock-evidence.ts';
import { mergeModel } from '../../../../renderer/merge/merge-model.ts';
import { variantsOf } from '../../../../renderer/merge/variants.ts';
import { Numbers } from '../../../../renderer/views/conflicts/merge-keys.ts';
import { jsonReading } from './support.ts';

const author = (at: string) => ({ dot: 'a:1', memberId: 'a', name: 'Ada', at });
const NOON = '2026-11-20T12:00:00.000Z';
const nowMs = Date.parse(NOON);

test('a clock is doubted by what its times say, not by their age', () => {
  assert.equal(clockEvidence(author('2020-01-01T00:00:00Z'), undefined, nowMs), undefined);
  assert.equal(clockEvidence(author('2026-11-20T12:00:04Z'), undefined, nowMs), undefined);
  assert.deepEqual(clockEvidence(author('2026-11-20T12:01:00Z'), undefined, nowMs), { kind: 'ahead', byMs: 60_000 });
  assert.deepEqual(clockEvidence(author('2026-11-20T11:00:00Z'), author('2026-11-20T11:10:00Z'), nowMs), { kind: 'before-base', byMs: 600_000 });
  assert.equal(clockEvidence(author('not a time'), author(NOON), nowMs), undefined);
});

test('each variant once, what nobody touched with the base', () => {
  const [row] = mergeModel(jsonReading({ n: 4 }, [{ n: 5 }, { n: 4, m: 1 }, { n: 5, m: 2 }, { n: 7 }])).decisions;
  assert.deepEqual(
    variantsOf(row ?? assert.fail()).map(({ cell, columns, unchanged }) => [cell.is === 'value' ? cell.value : cell.is, columns, unchanged]),
    [[4, [1], true], [5, [0, 2], false], [7, [3], false]],
  );
});

test('bytes are shown where they part', () => {
  const one = bytesOf(btoa(`${'x'.repeat(100)}A`));
  const two = bytesOf(btoa(`${'x'.repeat(100)}BC`));
  assert.equal(firstDifference(one, two), 100);
  assert.equal(firstDifference(one, one), 101);
  assert.deepEqual(excerpt(two, one, 4).map(({ offset, text }) => [offset, text]), [[88, 'xxxxxxxx'], [96, 'xxxxBC']]);
  assert.deepEqual(excerpt(bytesOf(btoa('\u0000a')), undefined, 4), [{ offset: 0, hex: ['00', '61'], text: '·a' }]);
});

test('two digits make a number while there are so many versions', () => {
  const numbers = new Numbers();
  assert.deepEqual([numbers.read(1, 0, 25), numbers.read(2, 500, 25), numbers.read(3, 600, 25)], [1, 12, 3]);
  assert.deepEqual([numbers.read(1, 5_000, 25), numbers.read(2, 6_000, 25)], [1, 2]);
  assert.deepEqual([numbers.read(2, 9_000, 25), numbers.read(7, 9_100, 25)], [2, 7]);
  assert.deepEqual([numbers.read(1, 20_000, 5), numbers.read(0, 20_100, 5)], [1, 0]);
});
