import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CausalContext } from '../../../../p2p/causality/causal-context.ts';
import { EMPTY_CONTEXT } from '../../../../p2p/causality/causal-context.ts';
import type { Retention, VersionMark } from '../../../../p2p/causality/retention.ts';
import { LANDMARKS_MAX, retained } from '../../../../p2p/causality/retention.ts';

const mark = (counter: number, keptAt = counter): VersionMark => ({ dot: { actor: 'x', counter }, keptAt });
const upTo = (counter: number): CausalContext => ({ upper: new Map([['x', counter]]), except: [] });
const MARKS = [1, 2, 3, 4, 5].map((counter) => mark(counter));

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

function kept(marks: readonly VersionMark[], retention: Partial<Retention>, nowMs = 50): number[] {
  return retained(marks, { versions: 10, keptSince: 0, siblings: [], ...retention }, nowMs).map(({ dot }) => dot.counter);
}

test('CV-13 beyond the count or too old: whichever comes first', () => {
  assert.deepEqual(kept(MARKS, { versions: 2 }), [1, 4, 5], 'the newest, and the landmark of the last minute');
  assert.deepEqual(kept(MARKS, { keptSince: 3 }), [3, 4, 5]);
  assert.deepEqual(kept(MARKS, { versions: 2, keptSince: 5 }), [5]);
  assert.deepEqual(kept(MARKS, { versions: 0 }), []);
  assert.deepEqual(kept(MARKS, { versions: 5 }), [1, 2, 3, 4, 5]);
});

test('CV-13 a clock that jumps does not change which versions are the newest', () => {
  const marks = [mark(1, 9_000), mark(2, 9_001), mark(3, 10), mark(4, 11)];
  assert.deepEqual(kept(marks, { versions: 2 }), [1, 3, 4]);
});

test('CV-13 of older versions the first of each span of ages stays, spans growing fourfold', () => {
  const ages = [40, 22, 20, 6, 4, 2, 0.5, 0.25].map((minutes) => minutes * MINUTE_MS);
  const marks = ages.map((age, index) => mark(index + 1, DAY_MS - age));
  assert.deepEqual(kept(marks, { versions: 1 }, DAY_MS), [1, 3, 5, 7, 8]);
  assert.deepEqual(kept(marks, { versions: 1, keptSince: DAY_MS - 5 * MINUTE_MS }, DAY_MS), [5, 7, 8]);
  assert.deepEqual(kept(marks, { versions: 0 }, DAY_MS), []);
});

test('CV-13 saves of thirty days, one every ten minutes, leave a version from before any time apart, and not many', () => {
  let marks: readonly VersionMark[] = [];
  const saves = (30 * DAY_MS) / (10 * MINUTE_MS);
  for (let counter = 1; counter <= saves; counter += 1) {
    const nowMs = counter * 10 * MINUTE_MS;
    marks = retained([...marks, mark(counter, nowMs)], { versions: 10, keptSince: nowMs - 30 * DAY_MS, siblings: [] }, nowMs);
    assert.ok(marks.length <= 10 + LANDMARKS_MAX);
  }
  for (let apart = 20; apart < saves / 20; apart += 1) {
    const base = marks.findLast(({ dot }) => dot.counter <= saves - apart);
    assert.ok(base !== undefined && saves - base.dot.counter <= 20 * apart, `${apart} saves apart`);
  }
});

test('CV-13 the latest version that all siblings come from stays while they conflict', () => {
  assert.deepEqual(kept(MARKS, { versions: 1, siblings: [upTo(2), upTo(4)] }), [1, 2, 5]);
  assert.deepEqual(kept(MARKS, { versions: 0, keptSince: 99, siblings: [upTo(3), upTo(3)] }), [3]);
  assert.deepEqual(kept(MARKS, { versions: 0, siblings: [upTo(3), EMPTY_CONTEXT] }), [], 'who saw nothing comes from nothing');
});

test('CV-13 one landmark of a minute, one base, and each of the newest that is young enough', () => {
  const marks = fc.array(fc.nat(50), { maxLength: 12 }).map((times) => times.map((keptAt, index) => mark(index + 1, keptAt)));
  fc.assert(
    fc.property(marks, fc.nat(12), fc.nat(50), fc.array(fc.nat(12), { maxLength: 3 }), (all, versions, keptSince, seen) => {
      const numbers = kept(all, { versions, keptSince, siblings: seen.map(upTo) });
      const young = all.slice(Math.max(0, all.length - versions)).filter(({ keptAt }) => keptAt >= keptSince).map(({ dot }) => dot.counter);
      const base = seen.length === 0 ? 0 : Math.min(...seen, all.length);
      const older = all.slice(0, Math.max(0, all.length - versions)).find((one) => one.dot.counter !== base && one.keptAt >= keptSince);
      const landmark = versions === 0 || older === undefined ? [] : [older.dot.counter];
      assert.deepEqual(numbers, [...new Set([...(base > 0 ? [base] : []), ...landmark, ...young])].sort((a, b) => a - b));
    }),
  );
});
