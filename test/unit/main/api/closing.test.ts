/** The one answer to "safe to close this device?". */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClosingFacts } from '../../../../main/api/closing.ts';
import { closingOf } from '../../../../main/api/closing.ts';

const QUIET: ClosingFacts = {
  readOnly: null, members: 3, hints: [], writes: { underWay: 0, unconfirmed: 0, hereOnly: 0, isWhole: true, inherited: 0 },
};
const about = (change: Partial<Omit<ClosingFacts, 'writes'>>, writes: Partial<ClosingFacts['writes']> = {}) =>
  closingOf({ ...QUIET, ...change, writes: { ...QUIET.writes, ...writes } });
const verdictOf = (...facts: Parameters<typeof about>): string => `${about(...facts).verdict} ${about(...facts).isSafe}`;
const HINTS = [{ name: 'Cleo', count: 2 }];

test('TS-4 the worst that is true is said', () => {
  assert.equal(verdictOf({}), 'safe true');
  assert.equal(verdictOf({ hints: HINTS }), 'covered true');
  assert.equal(verdictOf({ hints: HINTS }, { unconfirmed: 1 }), 'waiting false');
  assert.equal(verdictOf({ hints: HINTS }, { inherited: 2 }), 'waiting false');
  assert.equal(verdictOf({}, { isWhole: false }), 'waiting false');
  assert.equal(verdictOf({}, { underWay: 1, unconfirmed: 1 }), 'saving false');
  assert.equal(verdictOf({}, { underWay: 1, unconfirmed: 1, hereOnly: 1 }), 'here-only false');
  assert.equal(verdictOf({ members: 1 }, { unconfirmed: 1 }), 'alone true');
  assert.equal(verdictOf({ readOnly: 'The disk is full.', members: 1 }), 'read-only false');
});

test('TS-4 it is said in words that fit the numbers', () => {
  const { detail } = about({ hints: HINTS }, { hereOnly: 1, unconfirmed: 1 });
  assert.equal(detail, 'One record changed here is on no other device yet. 2 copies wait here for Cleo, and go there as soon as it is reachable. Keep this device on until then.');
  assert.equal(about({}, { hereOnly: 3, unconfirmed: 5 }).words, '3 only here');
  assert.match(about({}, { unconfirmed: 10_000, isWhole: false }).detail, /^Without this device 10000 or more records changed here are on fewer devices/);
  assert.match(about({ hints: HINTS }, { inherited: 1 }).detail, /^A copy from before the last start waits here; how many others have it is not known\./);
  const many = [1, 2, 3, 4, 5].map((number) => ({ name: `m${number}`, count: number }));
  assert.match(about({ hints: many }).detail, /15 copies wait here for m1, m2, m3 and 2 more/);
  assert.match(about({ hints: [{ name: 'Cleo', count: 1 }, { name: 'Ben', count: 0 }] }).detail, /A copy waits here for Cleo, and goes there/);
  assert.equal(about({ readOnly: 'The disk is full.' }).detail, 'The disk is full.');
});
