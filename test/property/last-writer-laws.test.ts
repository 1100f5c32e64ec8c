/**
 * LW: buckets in which the latest write wins, or did for a while, under clocks that are wrong and jump. Each replica
 * learns of the bucket's setting when it likes.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CausalContext } from '../../p2p/causality/causal-context.ts';
import { covers, EMPTY_CONTEXT } from '../../p2p/causality/causal-context.ts';
import { compareDots, dotName, sameDot } from '../../p2p/causality/dot.ts';
import type { KeyObject, StoredSibling } from '../../p2p/causality/key-object.ts';
import { EMPTY_OBJECT, latestOnly, merge, write, writeLatest } from '../../p2p/causality/key-object.ts';
import { decodeObject, encodeObject } from '../../p2p/causality/object-codec.ts';
import { latestStamp, stampOf, stampOfWall } from '../../p2p/causality/stamp.ts';
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
  fc.record({ kind: fc.constant('setting' as const), at: replica, isLatestOnly: fc.boolean() }),
  fc.record({ kind: fc.constant('clock' as const), at: replica, wallMs }),
  fc.record({ kind: fc.constant('restart' as const), at: replica, wallMs }),
);
const script = fc.array(action, { maxLength: 40, size: 'max' });

class Machine {
  now = { nowMs: 0, wallMs: NOON_MS };
  stamps = this.#boot();
  isLatestOnly = true;

  restart(): void {
    this.stamps = this.#boot();
  }

  #boot(): StampClock {
    const machine = this;
    return new StampClock({ get now() { return machine.now; } } as unknown as Core);
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
    if (step.kind === 'setting') machine.isLatestOnly = step.isLatestOnly;
    if (step.kind === 'read') shown.push({ context: before.context, stamp: latestStamp(before.siblings) });
    if (step.kind === 'merge') {
      const incoming = replicas[step.from]!;
      machine.stamps.observe(latestStamp(incoming.siblings));
      replicas[step.at] = merge(before, incoming);
    }
    if (step.kind === 'write') {
      const seen = shown[step.seen % shown.length]!;
      const stamp = machine.stamps.stamp(Math.max(seen.stamp, latestStamp(before.siblings)));
      const dot = { actor: ACTORS[step.at]!, counter: index + 1 };
      const result = (machine.isLatestOnly ? writeLatest : write)(before, seen.context, { dot, value: new Uint8Array([index]), contentType: '', writtenBy: '', writtenAt: machine.now.wallMs, writeId: '', stamp });
      replicas[step.at] = result.object;
      written.push(result.object.siblings.find((sibling) => sameDot(sibling.dot, dot))!);
      shown.push({ context: result.context, stamp });
    }
    reached.push(replicas[step.at]!);
  }
  return { replicas, reached, written };
}

type Step = typeof script extends fc.Arbitrary<readonly (infer S)[]> ? S : never;

test('CV-4 LW-2 merge is commutative, associative and idempotent, whatever the clocks and the settings say', () => {
  fc.assert(
    fc.property(script, fc.infiniteStream(fc.nat()), (actions, picks) => {
      const { reached } = run(actions);
      const pick = (): KeyObject => reached[Number(picks.next().value) % reached.length]!;
      const same = (a: KeyObject, b: KeyObject): void => assert.deepEqual(encodeObject(a), encodeObject(b));
      for (let round = 0; round < 12; round += 1) {
        const [a, b, c] = [pick(), pick(), pick()];
        same(merge(a, b), merge(b, a));
        same(merge(merge(a, b), c), merge(a, merge(b, c)));
        same(merge(a, a), a);
      }
    }),
    { numRuns: 500 },
  );
});

test('CV-10 LW-1 once all replicas met, one write is shown: the latest by stamp, then by dot, whatever the setting was when it was made', () => {
  fc.assert(
    fc.property(script, (actions) => {
      const { replicas, written } = run(actions);
      const left = latestOnly(replicas.reduce(merge)).siblings;
      const latest = written.toSorted((a, b) => stampOf(a) - stampOf(b) || compareDots(a.dot, b.dot)).at(-1);
      assert.deepEqual(left, latest === undefined ? [] : [latest]);
    }),
    { numRuns: 1_000 },
  );
});

test('CV-10 LW-1 a write that was made after seeing another is later, wherever it was coordinated', () => {
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

test('LW-2 no merge drops what nothing replaced: a write gives way to one that had seen it, or to a later one where the latest wins', () => {
  fc.assert(
    fc.property(script, (actions) => {
      const { replicas, written } = run(actions);
      const { siblings } = replicas.reduce(merge);
      for (const { dot, ...made } of written) {
        const isLeft = siblings.some((sibling) => sameDot(sibling.dot, dot));
        const isReplaced = written.some(({ seen }) => covers(seen, dot));
        const isBeaten = written.some((other) => stampOf(other) > stampOf(made));
        assert.ok(isLeft || isReplaced || isBeaten, `${dotName(dot)} is gone`);
        assert.ok(!(isLeft && isReplaced), `${dotName(dot)} is back`);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('LW-2 without a write, a bucket that showed the latest only for a while shows all siblings again', () => {
  const at = (actor: string, stamp: number): KeyObject =>
    write(EMPTY_OBJECT, EMPTY_CONTEXT, { dot: { actor, counter: 1 }, value: new Uint8Array(1), contentType: '', writtenBy: '', writtenAt: 0, writeId: actor, stamp }).object;
  const both = merge(at('x', 2), at('y', 1));
  assert.deepEqual(latestOnly(both).siblings.map(({ dot }) => dot.actor), ['x']);
  assert.equal(merge(both, at('y', 1)).siblings.length, 2);
});

test('LW-3 a late retry of what another write has replaced counts by its own stamp, as it may itself have replaced what is later than that', () => {
  const made = { value: new Uint8Array(1), contentType: '', writtenBy: '', writtenAt: 0 };
  const first = write(EMPTY_OBJECT, EMPTY_CONTEXT, { ...made, dot: { actor: 'x', counter: 1 }, stamp: 1, writeId: 'of a client' });
  const next = writeLatest(first.object, first.context, { ...made, dot: { actor: 'x', counter: 2 }, stamp: 2, writeId: '~' });
  const later = writeLatest(EMPTY_OBJECT, EMPTY_CONTEXT, { ...made, dot: { actor: 'y', counter: 1 }, stamp: 3, writeId: 'other' });
  const retry = writeLatest(later.object, EMPTY_CONTEXT, { ...made, dot: { actor: 'y', counter: 2 }, stamp: 4, writeId: 'of a client' });
  assert.deepEqual(latestOnly(merge(next.object, retry.object)).siblings.map(({ stamp }) => stamp), [4]);
});

test('LW-6 what development versions of before left of a key, where each replica had seen and dropped what the other kept, is not lost', () => {
  const one = (actor: string, writtenAt: number): KeyObject => ({
    ...write(EMPTY_OBJECT, EMPTY_CONTEXT, { dot: { actor, counter: 1 }, value: new Uint8Array(1), contentType: '', writtenBy: '', writtenAt, writeId: actor }).object,
    context: { upper: new Map([['x', 1], ['y', 1]]), except: [] },
  });
  const [x, y] = [one('x', NOON_MS), one('y', NOON_MS + 1)];
  assert.deepEqual(merge(x, y).siblings.map(({ dot }) => dot.actor), ['y']);
  assert.deepEqual(encodeObject(merge(x, y)), encodeObject(merge(y, x)));
  assert.deepEqual(merge(x, { context: x.context, siblings: [] }), x);
});

test('CV-16 as long as the clock is set back by less than a minute, no stamp is earlier than the one before', () => {
  const step = fc.record({ byMs: fc.integer({ min: 1 - SKEW_MAX_MS, max: DAYS_30_MS }), writes: fc.nat(20), hearsMs: fc.nat(SKEW_MAX_MS) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 2, maxLength: 30 }), (steps) => {
      const machine = new Machine();
      let [last, latestMs] = [0, NOON_MS];
      for (const { byMs, writes, hearsMs } of steps) {
        latestMs += Math.max(0, byMs);
        machine.now = { nowMs: 0, wallMs: latestMs + Math.min(0, byMs) };
        machine.stamps.observe(stampOfWall(machine.now.wallMs + hearsMs));
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

test('CV-16 LW-4 whatever the clock was before, a write that has seen nothing is stamped near the time that it shows now', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(wallMs, fc.boolean(), fc.nat(20)), { minLength: 2, maxLength: 30 }), (boots) => {
      const machine = new Machine();
      for (const [time, isRestart, writes] of boots) {
        machine.now = { nowMs: 0, wallMs: time };
        if (isRestart) machine.restart();
        for (let count = 0; count < writes; count += 1) {
          assert.ok(machine.stamps.stamp(0) <= stampOfWall(time + 2 * SKEW_MAX_MS) + 1, 'it lives in the future');
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('LW-5 a clock that is set back does not take back what was promised to those who forget a deletion', () => {
  const machine = new Machine();
  const deletion = machine.stamps.stamp(0);
  assert.ok(machine.stamps.promisePast(deletion));
  assert.ok(!machine.stamps.promisePast(stampOfWall(NOON_MS + SKEW_MAX_MS)));
  machine.now = { nowMs: 0, wallMs: NOON_MS - DAYS_30_MS };
  assert.ok(machine.stamps.stamp(0) > deletion);
});

test('CV-10 writes of a time when writes of the bucket had no stamps are ordered by their wall time', () => {
  const at = (actor: string, writtenAt: number): KeyObject =>
    write(EMPTY_OBJECT, EMPTY_CONTEXT, { dot: { actor, counter: 1 }, value: new Uint8Array(1), contentType: '', writtenBy: '', writtenAt, writeId: actor }).object;
  const [x, y] = [at('x', NOON_MS + 5), at('y', NOON_MS + 3)];
  assert.deepEqual(latestOnly(merge(x, y)), latestOnly(merge(y, x)));
  assert.deepEqual(latestOnly(merge(x, y)).siblings.map(({ dot }) => dot.actor), ['x']);
});
