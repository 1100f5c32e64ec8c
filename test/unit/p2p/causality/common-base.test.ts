import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commonBase } from '../../../../p2p/causality/common-base.ts';
import { EMPTY_CONTEXT, only, union } from '../../../../p2p/causality/causal-context.ts';
import type { StoredSibling } from '../../../../p2p/causality/key-object.ts';
import { latestOnly, liveSiblings } from '../../../../p2p/causality/key-object.ts';
import { distinctWrites } from '../../../../p2p/causality/replaced-writes.ts';

/** Numbers below the last that are not among them. */
const dot = (counter: number): { actor: string; counter: number } => ({ actor: 'x', counter });

/** A write whose writer had seen exactly the numbered writes. */
function version(counter: number, numbers: readonly number[], more: Partial<StoredSibling> = {}): StoredSibling {
  const value = new Uint8Array([counter]);
  const seen = numbers.map((number) => only(dot(number))).reduce(union, EMPTY_CONTEXT);
  return { dot: dot(counter), value, contentType: '', writtenBy: 'ada', writtenAt: counter, writeId: String(counter), seen, ...more };
}

test('CV-9 the base is the latest version that all siblings come from', () => {
  const [v1, v2, v3] = [version(1, []), version(2, [1]), version(3, [1, 2])];
  const siblings = [version(4, [1, 2]), version(5, [1, 2, 3])];
  assert.equal(commonBase(siblings, [v3, v2, v1]), v2);
});

test('CV-9 no base without a common ancestor, or when it is no longer kept', () => {
  assert.equal(commonBase([version(4, []), version(5, [])], [version(1, [])]), undefined);
  assert.equal(commonBase([version(4, [2]), version(5, [2])], []), undefined);
});

test('CV-9 versions between that were never kept here do not hide the base', () => {
  const v1 = version(1, []);
  assert.equal(commonBase([version(4, [1]), version(5, [1, 2, 3])], [v1]), v1);
});

test('CV-10 a last-writer-wins bucket keeps the latest by time, then by dot', () => {
  const context = { upper: new Map([['x', 3]]), except: [] };
  const latest = (siblings: readonly StoredSibling[]): number | undefined => latestOnly({ context, siblings }).siblings[0]?.dot.counter;
  assert.equal(latest([version(1, [], { writtenAt: 9 }), version(2, [], { writtenAt: 5 })]), 1);
  assert.equal(latest([version(1, [], { writtenAt: 9 }), version(2, [], { writtenAt: 9 })]), 2);
  assert.equal(latest([]), undefined);
});

test('CV-11 a write that was retried at two coordinators is shown once', () => {
  const twice = [version(1, [], { writeId: 'w' }), version(2, [], { writeId: 'w', value: new Uint8Array([1]) }), version(3, [])];
  assert.deepEqual(distinctWrites(twice).map(({ dot: { counter } }) => counter), [1, 3]);
});

test('CV-12 a deletion is a sibling without a value', () => {
  const context = { upper: new Map([['x', 3]]), except: [] };
  const siblings = [version(1, [], { value: undefined }), version(2, [])];
  assert.deepEqual(liveSiblings({ context, siblings }), [siblings[1]]);
});
