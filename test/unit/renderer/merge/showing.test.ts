/** What helps a person to tell versions apart. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, excerpt, firstDifference } from '../../../../renderer/merge/bytes.ts';
import { clockEvidence } from '../../../../renderer/merge/clock-evidence.ts';
import { mergeModel } from '../../../../renderer/merge/merge-model.ts';
import { variantsOf } from '../../../../renderer/merge/variants.ts';
import { lookAt } from '../../../../renderer/merge/look.ts';
import { isOff, ownClockWords } from '../../../../renderer/views/conflicts/words.ts';
import { Numbers } from '../../../../renderer/views/conflicts/merge-keys.ts';
import { jsonReading } from './support.ts';

const author = (at: string) => ({ dot: 'a:1', memberId: 'a', device: 'Desk', person: 'Ada', at });
const NOON = '2026-11-20T12:00:00.000Z';
const nowMs = Date.parse(NOON);

test('a clock is doubted by what its times say, not by their age', () => {
  assert.equal(clockEvidence(author('2020-01-01T00:00:00Z'), undefined, nowMs), undefined);
  assert.equal(clockEvidence(author('2026-11-20T12:00:04Z'), undefined, nowMs), undefined);
  assert.deepEqual(clockEvidence(author('2026-11-20T12:01:00Z'), undefined, nowMs), { kind: 'ahead', byMs: 60_000 });
  assert.deepEqual(clockEvidence(author('2026-11-20T11:00:00Z'), author('2026-11-20T11:10:00Z'), nowMs), { kind: 'before-base', byMs: 600_000 });
  assert.equal(clockEvidence(author('not a time'), author(NOON), nowMs), undefined);
});

test('MG-12 how far a writer\'s clock is off is said of everybody, and marked where it matters', () => {
  const words = (clockOffsetMs: number | null, self = false): string => ownClockWords({ clockOffsetMs, self });
  assert.deepEqual([words(null, true), words(null), words(900), words(-4_000)], ['own clock', 'clock not known', 'clock agrees', 'clock agrees']);
  assert.deepEqual([words(180_000), words(-7_200_000)], ['clock 3 min ahead now', 'clock 2 h behind now']);
  assert.equal(ownClockWords(undefined), 'clock not known');
  assert.deepEqual([isOff({ clockOffsetMs: 4_000 }), isOff({ clockOffsetMs: -6_000 }), isOff(undefined)], [false, true, false]);
});

test('MG-13 the inbox counts what merges by itself beside what a person has to choose', () => {
  const row = { bucket: 'b', key: 'k', siblings: 2, contentType: 'application/json', size: 1, writtenBy: 'a', writtenAt: NOON };
  const look = lookAt(row, jsonReading({ n: 4, room: 'a', owner: 'x' }, [{ n: 5, room: 'b', owner: 'x' }, { n: 6, room: 'a', owner: 'y' }]));
  assert.deepEqual([look.questions, look.settled, look.plan], [1, 2, null]);
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
