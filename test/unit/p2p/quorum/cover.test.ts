import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Slot } from '../../../../p2p/quorum/cover.ts';
import { extendCover } from '../../../../p2p/quorum/cover.ts';

const slot = (primaries: string, lacking: number, fallbacks = ''): Slot => ({ primaries: [...primaries], fallbacks: [...fallbacks], lacking });
const anybody = (): boolean => true;

test('CQ-3 few members are asked, those first who answer for most', () => {
  assert.deepEqual(extendCover([slot('AB', 1), slot('BC', 1), slot('BD', 1)], anybody), ['B']);
  assert.deepEqual(extendCover([slot('AB', 1), slot('CB', 1), slot('CD', 1), slot('DC', 1)], anybody), ['C', 'A']);
  assert.deepEqual(extendCover([slot('ABC', 2), slot('BCA', 2)], anybody), ['A', 'B']);
});

test('CQ-3 nobody is asked for what is answered for', () => {
  assert.deepEqual(extendCover([slot('AB', 0), slot('BC', -1)], anybody), []);
});

test('CQ-4 stand-ins are asked only where owners are lacking', () => {
  const notB = (member: string): boolean => member !== 'B';
  assert.deepEqual(extendCover([slot('AB', 2, 'XY')], anybody), ['A', 'B']);
  assert.deepEqual(extendCover([slot('AB', 2, 'XY')], notB), ['A', 'X']);
  assert.deepEqual(extendCover([slot('B', 1, 'XY'), slot('A', 1, 'XY')], notB), ['X', 'A']);
});

test('CQ-4 what nobody can answer for is left', () => {
  assert.deepEqual(extendCover([slot('AB', 2), slot('CD', 1)], (member) => member === 'A'), ['A']);
});
