/** Hints of before the start, where it is not known yet how many there are. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closingOf } from '../../../../main/api/closing.ts';
import { inheritedHints, withInherited } from '../../../../main/member/inherited-hints.ts';
import type { StoreCounts } from '../../../../p2p/ports.ts';

const NONE: StoreCounts = { keys: 0, conflicts: 0, hints: new Map(), hintBytes: new Map(), knowsHints: true, corrupt: 0, readOnly: undefined };

test('TS-4, HH-23 it is not safe to close while nobody knows which hints are here', () => {
  let counts: StoreCounts = { ...NONE, knowsHints: false };
  const inherited = inheritedHints({ counts: () => counts });
  const verdict = (): string => {
    const writes = withInherited({ underWay: 0, unconfirmed: 0, hereOnly: 0, isWhole: true }, inherited());
    return closingOf({ readOnly: null, members: 2, hints: [], writes }).verdict;
  };
  assert.equal(verdict(), 'waiting');
  counts = { ...NONE, hints: new Map([['ben', 2]]) };
  assert.deepEqual([inherited(), verdict()], [2, 'waiting']);
  counts = NONE;
  assert.deepEqual([inherited(), verdict()], [0, 'safe']);
});

test('TS-4 later hints are none of before the start', () => {
  let counts: StoreCounts = { ...NONE, hints: new Map([['ben', 2]]) };
  const inherited = inheritedHints({ counts: () => counts });
  counts = { ...NONE, hints: new Map([['ben', 5], ['cleo', 1]]) };
  assert.equal(inherited(), 2);
});
