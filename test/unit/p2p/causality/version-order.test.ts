import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { covers, EMPTY_CONTEXT, union, withWrite } from '../../../../p2p/causality/causal-context.ts';
import { commonBase } from '../../../../p2p/causality/common-base.ts';
import type { StoredSibling } from '../../../../p2p/causality/key-object.ts';
import { newestFirst } from '../../../../p2p/causality/version-order.ts';

/** The write `name`, whose writer had seen those and all that they had seen. */
function written(name: string, from: readonly StoredSibling[], writtenAt: number): StoredSibling {
  const seen = from.reduce((context, one) => union(context, withWrite(one.seen, one.dot)), EMPTY_CONTEXT);
  const dot = { actor: name, counter: 1 };
  return { dot, value: new Uint8Array(), contentType: '', writtenBy: 'ada', writtenAt, writeId: name, seen };
}

test('CV-14 a version stands before all that its writer had seen, whatever the clocks say', () => {
  const first = written('a', [], 9_000);
  const second = written('b', [first], 10);
  const [left, right] = [written('c', [second], 20), written('d', [second], 30)];
  const last = written('e', [left, right], 1);
  const names = newestFirst([first, left, last, right, second]).map(({ dot }) => dot.actor);
  assert.deepEqual(names, ['e', 'd', 'c', 'b', 'a']);
});

test('CV-9 of several common versions the causally latest is the base, not the one of the fastest clock', () => {
  const first = written('a', [], 9_000);
  const second = written('b', [first], 10);
  assert.equal(commonBase([written('c', [second], 1), written('d', [second], 2)], [first, second]), second);
});

test('CV-14 the order is the same in whatever order versions came in, and never against causality', () => {
  const histories = fc.array(fc.tuple(fc.nat(100), fc.array(fc.nat(20), { maxLength: 3 })), { maxLength: 9 }).map((writes) =>
    writes.reduce<StoredSibling[]>((all, [time, from], index) => {
      const seen = index === 0 ? [] : from.map((number) => all[number % index]!);
      return [...all, written(String.fromCharCode(97 + index), seen, time)];
    }, []),
  );
  const shuffled = histories.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })));
  fc.assert(
    fc.property(shuffled, ([all, other]) => {
      const order = newestFirst(all);
      assert.deepEqual(newestFirst(other), order);
      for (const [index, version] of order.entries()) {
        for (const later of order.slice(index + 1)) assert.ok(!covers(later.seen, version.dot));
      }
    }),
  );
});
