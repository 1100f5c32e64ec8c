/** CV-10: buckets in which the latest write wins, under clocks that are wrong and jump. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CausalContext } from '../../p2p/causality/causal-context.ts';
import { covers, EMPTY_CONTEXT } from '../../p2p/causality/causal-context.ts';
import { compareDots, dotName } from '../../p2p/causality/dot.ts';
import type { KeyObject, StoredSibling } from '../../p2p/causality/key-object.ts';
import { EMPTY_OBJECT, latestOnly, mergeLatest, write, writeLatest } from '../../p2p/causality/key-object.ts';
import { decodeObject, encodeObject } from '../../p2p/causality/object-codec.ts';
import { latestStamp, stampOf, stampOfWall } from '../../p2p/causality/stamp.ts';
import type { Mutation } from '../../p2p/ports.ts';
import type { Core } from '../../p2p/node/core.ts';
import { SKEW_MAX_MS, StampClock } from '../../p2p/node/stamp-clock.ts';

const ACTORS = ['x', 'y', 'z'];
const NOON_MS = Date.UTC(2026, 5, 1, 12);
const DAYS_30_MS = 30 * 86_400_000;
const replica = fc.nat(2);
/** Near the truth, or off by up to a month either way. */
const wallMs = fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: -DAYS_30_MS, max: DAYS_30_MS })).map((offset) => NOON_MS + offset);
const action = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), at: replica, seen: fc.nat() }),
  fc.record({ kind: fc.constant('read' as const), at: replica }),
  fc.record({ kind: fc.constant('merge' as const), at: replica, from: replica }),
  fc.record({ kind: fc.constant('clock' as const), at: replica, wallMs }),
  fc.record({ kind: fc.constant('restart' as const), at: replica, wallMs }),
);
const script = fc.array(action, { maxLength: 40, size: 'max' });

/** A member's clock, and the row that outlives it. */
class Machine {
  now = { nowMs: 0, wallMs: NOON_MS };
  stamps: StampClock;
  #rows: { name: string; bytes: Uint8Array }[] = [];

  constructor() {
    this.stamps = this.#boot();
  }

  restart(): void {
    this.stamps = this.#boot();
  }

  #boot(): StampClock {
    const commit = (batch: readonly Mutation[]): void => {
      for (const mutation of batch) if (mutation.kind === 'meta' && mutation.bytes !== undefined) this.#rows = [{ name: mutation.name, bytes: mutation.bytes }];
    };
    const machine = this;
    const clock = new StampClock({ get now() { return machine.now; }, commit } as unknown as Core);
    clock.start(this.#rows);
    return clock;
  }
}

interface Seen {
  readonly context: CausalContext;
  readonly stamp: number;
}

interface Run {
  readonly replicas: KeyObject[];
  readonly reached: KeyObject[];
  readonly written: StoredSibling[];
}

/** As the coordinator does it. */
function run(actions: readonly Step[]): Run {
  const machines = ACTORS.map(() => new Machine());
  const replicas = ACTORS.map(() => EMPTY_OBJECT);
  const [reached, written]: [KeyObject[], StoredSibling[]] = [[EMPTY_OBJECT], []];
  const shown: Seen[] = [{ context: EMPTY_CONTEXT, stamp: 0 }];
  for (const [index, step] of actions.entries()) {
    const [before, machine] = [replicas[step.at]!, machines[step.at]!];
    if (step.kind === 'clock' || step.kind === 'restart') machine.now = { nowMs: 0, wallMs: step.wallMs };
    if (step.kind === 'restart') machine.restart();
    if (step.kind === 'read') shown.push({ context: before.context, stamp: latestStamp(before.siblings) });
    if (step.kind === 'merge') {
      const incoming = replicas[step.from]!;
      machine.stamps.observe(latestStamp(incoming.siblings));
      replicas[step.at] = mergeLatest(before, incoming);
    }
    if (step.kind === 'write') {
      const seen = shown[step.seen % shown.length]!;
      const stamp = machine.stamps.stamp(Math.max(seen.stamp, latestStamp(before.siblings)));
      const dot = { actor: ACTORS[step.at]!, counter: index + 1 };
      const result = writeLatest(before, seen.context, { dot, value: new Uint8Array([index]), contentType: '', writtenBy: '', writtenAt: machine.now.wallMs, writeId: '', stamp });
      replicas[step.at] = result.object;
      written.push(result.object.siblings[0]!);
      shown.push({ context: result.context, stamp });
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

test('CV-10 once all replicas met, one write is left: the latest by stamp, then by dot', () => {
  fc.assert(
    fc.property(script, (actions) => {
      const { replicas, written } = run(actions);
      const left = replicas.reduce(mergeLatest).siblings;
      const latest = written.toSorted((a, b) => stampOf(a) - stampOf(b) || compareDots(a.dot, b.dot)).at(-1);
      assert.deepEqual(left, latest === undefined ? [] : [latest]);
    }),
    { numRuns: 1_000 },
  );
});

test('CV-10 a write that was made after seeing another is later, wherever it was coordinated', () => {
  fc.assert(
    fc.property(script, (actions) => {
      const { written } = run(actions);
      for (const after of written) {
        for (const before of written) {
          const hasSeen = covers(after.seen, before.dot);
          if (hasSeen) assert.ok(stampOf(after) > stampOf(before), `${dotName(after.dot)} has seen ${dotName(before.dot)} and loses to it`);
        }
      }
    }),
    { numRuns: 1_000 },
  );
});

test('CV-10 the time that is shown is what the clock said', () => {
  const machine = new Machine();
  machine.stamps.observe(stampOfWall(NOON_MS + SKEW_MAX_MS));
  const stamp = machine.stamps.stamp(0);
  assert.ok(stamp > stampOfWall(NOON_MS + SKEW_MAX_MS));
  const { object } = writeLatest(EMPTY_OBJECT, EMPTY_CONTEXT, { dot: { actor: 'x', counter: 1 }, value: undefined, contentType: '', writtenBy: '', writtenAt: NOON_MS, writeId: '', stamp });
  assert.equal(decodeObject(encodeObject(object)).siblings[0]?.writtenAt, NOON_MS);
});

test('CV-16 a stamp a month ahead does not take the clock with it, and what has seen it is later all the same', () => {
  const machine = new Machine();
  const ahead = stampOfWall(NOON_MS + DAYS_30_MS);
  assert.equal(machine.stamps.stamp(ahead), ahead + 1);
  assert.ok(machine.stamps.stamp(0) < stampOfWall(NOON_MS + SKEW_MAX_MS));
});

test('CV-16 a clock that is set back over a restart gives no earlier stamp than before', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(wallMs, fc.boolean(), fc.nat(20)), { minLength: 2, maxLength: 30 }), (boots) => {
      const machine = new Machine();
      let last = 0;
      for (const [time, isRestart, writes] of boots) {
        machine.now = { nowMs: 0, wallMs: time };
        if (isRestart) machine.restart();
        for (let count = 0; count < writes; count += 1) {
          const stamp = machine.stamps.stamp(0);
          assert.ok(stamp > last, 'the clock went back');
          last = stamp;
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('CV-10 writes of a time when the bucket kept siblings are ordered by their wall time', () => {
  const at = (actor: string, writtenAt: number): KeyObject =>
    write(EMPTY_OBJECT, EMPTY_CONTEXT, { dot: { actor, counter: 1 }, value: new Uint8Array(1), contentType: '', writtenBy: '', writtenAt, writeId: actor }).object;
  const [x, y] = [at('x', NOON_MS + 5), at('y', NOON_MS + 3)];
  assert.deepEqual(mergeLatest(x, y).siblings, latestOnly(mergeLatest(y, x)).siblings);
  assert.deepEqual(mergeLatest(x, y).siblings.map(({ dot }) => dot.actor), ['x']);
});
