import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CausalContext } from '../../../../p2p/causality/causal-context.ts';
import { EMPTY_CONTEXT } from '../../../../p2p/causality/causal-context.ts';
import type { Retention, VersionMark } from '../../../../p2p/causality/retention.ts';
import { retained } from '../../../../p2p/causality/retention.ts';

const mark = (counter: number, keptAt = counter): VersionMark => ({ dot: { actor: 'x', counter }, keptAt });
const upTo = (counter: number): CausalContext => ({ upper: new Map([['x', counter]]), except: [] });
const MARKS = [1, 2, 3, 4, 5].map((counter) => mark(counter));

function kept(marks: readonly VersionMark[], retention: Partial<Retention>): number[] {
  return retained(marks, { versions: 10, keptSince: 0, siblings: [], ...retention }).map(({ dot }) => dot.counter);
}

test('CV-13 beyond the count or too old: whichever comes first', () => {
  assert.deepEqual(kept(MARKS, { versions: 2 }), [4, 5]);
  assert.deepEqual(kept(MARKS, { keptSince: 3 }), [3, 4, 5]);
  assert.deepEqual(kept(MARKS, { versions: 2, keptSince: 5 }), [5]);
  assert.deepEqual(kept(MARKS, { versions: 0 }), []);
  assert.deepEqual(kept(MARKS, { versions: 5 }), [1, 2, 3, 4, 5]);
});

test('CV-13 a clock that jumps does not change which versions are the newest', () => {
  const marks = [mark(1, 9_000), mark(2, 9_001), mark(3, 10), mark(4, 11)];
  assert.deepEqual(kept(marks, { versions: 2 }), [3, 4]);
});

test('CV-13 the latest version that all siblings come from stays while they conflict', () => {
  assert.deepEqual(kept(MARKS, { versions: 1, siblings: [upTo(2), upTo(4)] }), [2, 5]);
  assert.deepEqual(kept(MARKS, { versions: 0, keptSince: 99, siblings: [upTo(3), upTo(3)] }), [3]);
  assert.deepEqual(kept(MARKS, { versions: 0, siblings: [upTo(3), EMPTY_CONTEXT] }), [], 'who saw nothing comes from nothing');
});

test('CV-13 never more than the count and one base, and each of the newest that is young enough', () => {
  const marks = fc.array(fc.nat(50), { maxLength: 12 }).map((times) => times.map((keptAt, index) => mark(index + 1, keptAt)));
  fc.assert(
    fc.property(marks, fc.nat(12), fc.nat(50), fc.array(fc.nat(12), { maxLength: 3 }), (all, versions, keptSince, seen) => {
      const numbers = kept(all, { versions, keptSince, siblings: seen.map(upTo) });
      const young = all.slice(Math.max(0, all.length - versions)).filter(({ keptAt }) => keptAt >= keptSince).map(({ dot }) => dot.counter);
      const base = seen.length === 0 ? 0 : Math.min(...seen, all.length);
      assert.deepEqual(numbers, [...new Set([...(base > 0 ? [base] : []), ...young])].sort((a, b) => a - b));
    }),
  );
});
