/** CV-10: buckets in which the latest write wins, under clocks that are wrong. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EMPTY_CONTEXT } from '../../p2p/causality/causal-context.ts';
import { compareDots } from '../../p2p/causality/dot.ts';
import type { KeyObject, StoredSibling } from '../../p2p/causality/key-object.ts';
import { EMPTY_OBJECT, latestOnly, mergeLatest, write } from '../../p2p/causality/key-object.ts';
import { encodeObject } from '../../p2p/causality/object-codec.ts';

const ACTORS = ['x', 'y', 'z'];
const replica = fc.nat(2);
const action = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), at: replica, wallMs: fc.nat(9), context: fc.nat() }),
  fc.record({ kind: fc.constant('read' as const), at: replica }),
  fc.record({ kind: fc.constant('merge' as const), at: replica, from: replica }),
);
const script = fc.array(action, { maxLength: 24, size: 'max' });

/** As the coordinator does it: later than whatever it holds. */
function run(actions: readonly Step[]): { readonly replicas: KeyObject[]; readonly reached: KeyObject[]; readonly written: StoredSibling[] } {
  const replicas = ACTORS.map(() => EMPTY_OBJECT);
  const [reached, written, contexts]: [KeyObject[], StoredSibling[], (typeof EMPTY_CONTEXT)[]] = [[EMPTY_OBJECT], [], [EMPTY_CONTEXT]];
  for (const [index, step] of actions.entries()) {
    const before = replicas[step.at]!;
    if (step.kind === 'read') contexts.push(before.context);
    if (step.kind === 'merge') replicas[step.at] = mergeLatest(before, replicas[step.from]!);
    if (step.kind === 'write') {
      const writtenAt = before.siblings.reduce((time, sibling) => Math.max(time, sibling.writtenAt + 1), step.wallMs);
      const dot = { actor: ACTORS[step.at]!, counter: index + 1 };
      const seen = contexts[step.context % contexts.length]!;
      const result = write(before, seen, { dot, value: new Uint8Array([index]), contentType: '', writtenBy: '', writtenAt, writeId: String(index) });
      replicas[step.at] = latestOnly(result.object);
      written.push(replicas[step.at]!.siblings[0]!);
      contexts.push(result.context);
    }
    reached.push(replicas[step.at]!);
  }
  return { replicas, reached, written };
}

type Step = typeof script extends fc.Arbitrary<readonly (infer S)[]> ? S : never;

test('CV-10 merge of the latest is commutative, associative and idempotent, whatever the clocks say', () => {
  fc.assert(
    fc.property(script, fc.infiniteStream(fc.nat()), (actions, picks) => {
      const { reached } = run(actions);
      const pick = (): KeyObject => reached[Number(picks.next().value) % reached.length]!;
      const same = (a: KeyObject, b: KeyObject): void => assert.deepEqual(encodeObject(a), encodeObject(b));
      for (let round = 0; round < 12; round += 1) {
        const [a, b, c] = [pick(), pick(), pick()];
        same(mergeLatest(a, b), mergeLatest(b, a));
        same(mergeLatest(mergeLatest(a, b), c), mergeLatest(a, mergeLatest(b, c)));
        same(mergeLatest(a, a), a);
      }
    }),
    { numRuns: 500 },
  );
});

test('CV-10 once all replicas met, one write is left: the latest by time, then by dot', () => {
  fc.assert(
    fc.property(script, (actions) => {
      const { replicas, written } = run(actions);
      const left = replicas.reduce(mergeLatest).siblings;
      const latest = written.toSorted((a, b) => a.writtenAt - b.writtenAt || compareDots(a.dot, b.dot)).at(-1);
      assert.deepEqual(left, latest === undefined ? [] : [latest]);
    }),
    { numRuns: 1_000 },
  );
});

test('CV-10 two replicas whose clocks disagree never drop what the other kept', () => {
  const sibling = (actor: string, writtenAt: number): StoredSibling => ({ dot: { actor, counter: 1 }, value: new Uint8Array(1), contentType: '', writtenBy: '', writtenAt, writeId: actor, seen: EMPTY_CONTEXT });
  const x = write(EMPTY_OBJECT, EMPTY_CONTEXT, sibling('x', 5)).object;
  const y = write(EMPTY_OBJECT, EMPTY_CONTEXT, sibling('y', 3)).object;
  // Its writer read x, its coordinator does not hold x and has a clock that is late.
  const z = write(EMPTY_OBJECT, x.context, sibling('z', 2)).object;
  const [one, other] = [mergeLatest(mergeLatest(x, y), z), mergeLatest(mergeLatest(x, z), y)];
  assert.deepEqual(encodeObject(one), encodeObject(other));
  assert.deepEqual(mergeLatest(one, other).siblings.map(({ dot }) => dot.actor), ['x']);
});
