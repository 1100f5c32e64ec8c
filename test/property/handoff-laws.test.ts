/** TR: what a member owes, against a model that remembers every key's way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MalformedError } from '../../p2p/bytes/byte-reader.ts';
import { classOf } from '../../p2p/antientropy/scope.ts';
import type { Debt, Stand } from '../../p2p/handoff/debts.ts';
import { debtsOfNothing, grow, isPaid, owned, paid, sourcesOf } from '../../p2p/handoff/debts.ts';
import { decodeLedger, encodeLedger } from '../../p2p/handoff/debts-codec.ts';
import { Placement } from '../../p2p/ring/placement.ts';
import { mutated } from './arbitraries.ts';

const Q = 8;
const SELF = 'ada';
const NAMES = [SELF, 'ben', 'cleo', 'dan', 'eve', 'fay'];
const BUCKETS = ['a', 'b', 'c'];
const DEFAULT_N = 3;

const ring = fc.subarray(NAMES, { minLength: 1 }).map(ringOf);
const classes = fc.dictionary(fc.constantFrom(...BUCKETS), fc.constantFrom(1, 2, 3, 'all' as const)).map((of) => new Map(Object.entries(of).map(([bucket, n]) => [bucket, classOf(n)])));
const stand: fc.Arbitrary<Stand> = fc.record({ current: ring, pending: ring, classes });

function ringOf(names: readonly string[]): Placement {
  return new Placement(names.map((member) => ({ member, machine: member, zone: undefined, weight: 1 })), Q);
}

function classIn({ classes: known }: Stand, bucket: string): number {
  return known.get(bucket) ?? DEFAULT_N;
}

function owes(debts: readonly Debt[], at: Stand, bucket: string, partition: number): boolean {
  const n = classIn(at, bucket);
  return debts.some(({ scope, partitions }) => scope.n === n && (scope.bucket === undefined || scope.bucket === bucket) && partitions.has(partition));
}

/** What this member truly lacks, key by key: a bucket's partition is complete from payment until it is lost. */
class Model {
  readonly #complete = new Set<string>();

  pay(at: Stand, partition: number): void {
    for (const bucket of BUCKETS) if (owned(at, SELF, classIn(at, bucket)).has(partition)) this.#complete.add(`${bucket} ${partition}`);
  }

  move(after: Stand): void {
    for (const bucket of BUCKETS) {
      const mine = owned(after, SELF, classIn(after, bucket));
      for (let partition = 0; partition < Q; partition += 1) if (!mine.has(partition)) this.#complete.delete(`${bucket} ${partition}`);
    }
  }

  lacks(at: Stand, bucket: string, partition: number): boolean {
    return owned(at, SELF, classIn(at, bucket)).has(partition) && !this.#complete.has(`${bucket} ${partition}`);
  }
}

function payPartition(debts: readonly Debt[], partition: number): readonly Debt[] {
  return debts.reduce<readonly Debt[]>((left, debt) => {
    const same = left.find((one) => one === debt);
    return same === undefined ? left : paid(left, same, new Set([partition]));
  }, debts);
}

const step = fc.oneof(stand.map((to) => ({ to, pay: undefined })), fc.nat(Q - 1).map((pay) => ({ to: undefined, pay })));

test('TR-1 what is lacking is owed, and only what is owned', () => {
  fc.assert(
    fc.property(stand, fc.array(step, { maxLength: 12 }), (first, steps) => {
      let [at, debts] = [first, debtsOfNothing(first, SELF)];
      const model = new Model();
      for (const { to, pay } of steps) {
        if (to !== undefined) {
          debts = grow(debts, at, to, SELF);
          model.move(to);
          at = to;
        } else {
          debts = payPartition(debts, pay);
          model.pay(at, pay);
        }
        for (const bucket of BUCKETS) {
          for (let partition = 0; partition < Q; partition += 1) {
            if (model.lacks(at, bucket, partition)) assert.ok(owes(debts, at, bucket, partition), `${bucket}/${partition} is lacking and not owed`);
          }
        }
        for (const { scope, partitions } of debts) for (const partition of partitions) assert.ok(owned(at, SELF, scope.n).has(partition));
      }
    }),
    { numRuns: 300 },
  );
});

test('TR-1 while no bucket moves, nothing is owed that is not lacking', () => {
  fc.assert(
    fc.property(classes, fc.array(fc.oneof(fc.tuple(ring, ring), fc.nat(Q - 1)), { maxLength: 12 }), (fixed, steps) => {
      let at: Stand = { current: ringOf(NAMES), pending: ringOf(NAMES), classes: fixed };
      let debts = debtsOfNothing(at, SELF);
      const model = new Model();
      for (const one of steps) {
        if (typeof one === 'number') {
          debts = payPartition(debts, one);
          model.pay(at, one);
        } else {
          const to = { current: one[0], pending: one[1], classes: fixed };
          debts = grow(debts, at, to, SELF);
          model.move(to);
          at = to;
        }
        for (const bucket of BUCKETS) {
          for (let partition = 0; partition < Q; partition += 1) assert.equal(owes(debts, at, bucket, partition), model.lacks(at, bucket, partition));
        }
      }
    }),
  );
});

test('TR-1 a debt keeps the ring that it began with', () => {
  const [r0, r1, r2] = [ringOf(['ben', 'cleo', 'dan']), ringOf(['ada', 'ben', 'cleo', 'dan']), ringOf(['ada', 'ben', 'cleo', 'dan', 'eve'])];
  const at = (current: Placement, pending: Placement): Stand => ({ current, pending, classes: new Map() });
  const joining = grow([], at(r0, r0), at(r0, r1), SELF);
  assert.deepEqual(joining.map(({ source }) => source), [r0]);
  const later = grow(joining, at(r0, r1), at(r1, r2), SELF);
  assert.ok(later.every(({ source }) => source === r0 || source === r1));
  assert.ok(later.some(({ source }) => source === r0));
});

test('TR-6 a paid partition has met every write that a majority of its sources acknowledged', () => {
  const subset = fc.subarray(NAMES);
  fc.assert(
    fc.property(ring, fc.nat(Q - 1), subset, subset, (source, partition, whole, writers) => {
      const debt: Debt = { scope: { n: 3, bucket: undefined }, source, sourceClass: 3, partitions: new Set([partition]) };
      const { primaries } = source.preferenceList(partition, 3);
      const sources = sourcesOf(debt, partition, SELF, () => true);
      const heard = { whole: new Set(whole.filter((member) => sources.includes(member))), partial: new Set<string>() };
      const acked = writers.filter((member) => primaries.includes(member));
      if (!isPaid(debt, partition, sources, heard) || acked.length * 2 <= primaries.length) return;
      const isOnlyOurs = acked.every((member) => member === SELF);
      assert.ok(isOnlyOurs || acked.some((member) => heard.whole.has(member)));
    }),
  );
});

test('TR-6 sources that owe themselves count when nobody else is left, and not before', () => {
  const source = ringOf(['ada', 'ben', 'cleo']);
  const debt: Debt = { scope: { n: 3, bucket: undefined }, source, sourceClass: 3, partitions: new Set([0]) };
  const none = new Set<string>();
  const all = (): boolean => true;
  const sources = sourcesOf(debt, 0, SELF, all);
  assert.equal(sources.length, 2);
  assert.equal(isPaid(debt, 0, sources, { whole: none, partial: new Set(['ben']) }), false);
  assert.equal(isPaid(debt, 0, sources, { whole: new Set(['ben']), partial: none }), false);
  assert.equal(isPaid(debt, 0, sources, { whole: none, partial: new Set(['ben', 'cleo']) }), true);
  assert.equal(isPaid(debt, 0, sources, { whole: new Set(['ben']), partial: new Set(['cleo']) }), true);
  assert.equal(isPaid(debt, 0, sourcesOf(debt, 0, SELF, () => false), { whole: none, partial: none }), true, 'nobody left to ask');
});

test('TR-6 when all are joining, each asks all the others: nobody else knows what there is', () => {
  const [ring, nobody] = [ringOf(['ada', 'ben', 'cleo']), ringOf([])];
  const stand: Stand = { current: nobody, pending: ring, classes: new Map() };
  const [debt] = debtsOfNothing(stand, SELF);
  assert.ok(debt !== undefined && debt.partitions.size > 0);
  for (const partition of debt.partitions) {
    const sources = sourcesOf(debt, partition, SELF, () => true);
    assert.equal(sources.length, 2);
    const heard = (...partial: readonly string[]) => ({ whole: new Set<string>(), partial: new Set(partial) });
    assert.equal(isPaid(debt, partition, sources, heard()), false);
    assert.equal(isPaid(debt, partition, sources, heard(...sources.slice(1))), false);
    assert.equal(isPaid(debt, partition, sources, heard(...sources)), true);
  }
});

test('TR-6 the ledger comes back from its bytes, and other bytes are refused or harmless', () => {
  const ledger = fc.tuple(stand, stand, fc.boolean()).map(([before, after, isNew]) => {
    return { stand: after, debts: grow(debtsOfNothing(before, SELF), before, after, SELF), isNew };
  });
  const plain = ({ stand: at, debts, isNew }: { readonly stand: Stand; readonly debts: readonly Debt[]; readonly isNew: boolean }): unknown => [
    at.current.version, at.pending.version, [...at.classes], isNew,
    debts.map(({ scope, source, sourceClass, partitions }) => [scope, source.version, sourceClass, [...partitions].sort((a, b) => a - b)]),
  ];
  fc.assert(
    fc.property(ledger, (one) => {
      assert.deepEqual(plain(decodeLedger(encodeLedger(one), Q)), plain(one));
    }),
  );
  fc.assert(
    fc.property(mutated(ledger.map(encodeLedger)), (bytes) => {
      try {
        decodeLedger(bytes, Q);
      } catch (error) {
        assert.ok(error instanceof MalformedError, String(error));
      }
    }),
  );
});
