/** What an import may do to a key, over random histories: exactly what a merge would, and no more. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contextsEqual, covers, difference, EMPTY_CONTEXT, only, union } from '../../p2p/causality/causal-context.ts';
import { dotName, parseDot, sameDot } from '../../p2p/causality/dot.ts';
import { planImport } from '../../p2p/causality/import-plan.ts';
import type { KeyObject, StoredSibling } from '../../p2p/causality/key-object.ts';
import { EMPTY_OBJECT, holds, latestOnly, merge, write, writeLatest } from '../../p2p/causality/key-object.ts';
import { distinctWrites } from '../../p2p/causality/replaced-writes.ts';
import { stampOf } from '../../p2p/causality/stamp.ts';
import { decodeObject, encodeObject } from '../../p2p/causality/object-codec.ts';
import { context, dot, keyObject } from './arbitraries.ts';
import { actions, run } from './replica-model.ts';

const RUNS = { numRuns: 500 };

/** Carries the plan out as a coordinator does, under dots of an actor that nobody knows yet. */
function imported(now: KeyObject, backup: KeyObject, isLww = false, actor = 'import'): { readonly object: KeyObject; readonly written: number } {
  const { writes } = planImport(now, backup, isLww);
  let object = now;
  for (const [index, { sibling, replaces }] of writes.entries()) {
    const renamed = { ...sibling, dot: { actor, counter: index + 1 } };
    const make = isLww ? writeLatest : write;
    ({ object } = make(object, replaces, { ...renamed, stamp: stampOf(sibling) }, { writerSaw: sibling.seen }));
  }
  return { object, written: writes.length };
}

function shown(object: KeyObject): readonly string[] {
  return distinctWrites(object.siblings).map(({ value, contentType }) => `${contentType} ${value === undefined ? 'deleted' : [...value].join()}`).sort();
}

const history = actions.map((script) => run(script));

test('BK-1 an export imported again where it was made writes nothing', () => {
  fc.assert(fc.property(history, ({ reached }) => {
    for (const object of reached) assert.equal(planImport(object, object, false).writes.length, 0);
  }), RUNS);
});

test('BK-2 into nothing it gives every sibling and deletion, and a second import writes nothing', () => {
  fc.assert(fc.property(history, ({ reached }) => {
    for (const backup of reached) {
      const { object } = imported(EMPTY_OBJECT, backup);
      assert.deepEqual(shown(object), shown(backup));
      assert.deepEqual(decodeObject(encodeObject(object)), object, 'it is an object as any other');
      assert.equal(imported(object, backup, false, 'again').written, 0);
    }
  }), RUNS);
});

test('BK-3 an older export never brings back what was replaced since', () => {
  fc.assert(fc.property(history, ({ reached, replicas }) => {
    const newest = replicas.reduce(merge, EMPTY_OBJECT);
    for (const backup of reached) assert.equal(planImport(newest, backup, false).writes.length, 0);
  }), RUNS);
});

test('BK-4 imported where the key went another way, it gives what a merge would', () => {
  fc.assert(fc.property(history, fc.nat(), fc.nat(), ({ reached }, a, b) => {
    const [here, backup] = [reached[a % reached.length]!, reached[b % reached.length]!];
    const { object } = imported(here, backup);
    assert.deepEqual(shown(object), shown(merge(here, backup)));
    assert.deepEqual(shown(merge(object, backup)), shown(object), 'meeting the old state again changes nothing');
    assert.equal(imported(object, backup, false, 'again').written, 0);
  }), { numRuns: 2_000 });
});

test('BK-4 half of an import, and then the whole, gives what a merge would', () => {
  fc.assert(fc.property(history, fc.nat(), fc.nat(), fc.nat(), ({ reached }, a, b, cut) => {
    const [here, backup] = [reached[a % reached.length]!, reached[b % reached.length]!];
    const { writes } = planImport(here, backup, false);
    const half = writes.slice(0, cut % (writes.length + 1)).reduce(
      (object, { sibling, replaces }, index) => write(object, replaces, { ...sibling, dot: { actor: 'half', counter: index + 1 } }, { writerSaw: sibling.seen }).object,
      here,
    );
    assert.deepEqual(shown(imported(half, backup).object), shown(merge(here, backup)));
  }), { numRuns: 1_000 });
});

test('BK-5 a file that was changed replaces nothing, and is added once', () => {
  const change = (object: KeyObject): KeyObject => ({
    ...object,
    siblings: object.siblings.map((sibling) => ({ ...sibling, seen: object.context, value: new Uint8Array([...(sibling.value ?? []), 77]) })),
  });
  fc.assert(fc.property(history, ({ reached }) => {
    for (const now of reached) {
      const { object, written } = imported(now, change(now));
      assert.equal(written, now.siblings.length);
      assert.ok(now.siblings.every(({ dot: held }) => holds(object, held)));
      assert.equal(shown(object).length, 2 * shown(now).length, 'changed values hide behind no write id');
      assert.equal(imported(object, change(now), false, 'again').written, 0);
      const elsewhere = imported(EMPTY_OBJECT, now).object;
      assert.equal(imported(elsewhere, change(now), false, 'change').written, now.siblings.length, 'an import is known again');
    }
  }), RUNS);
});

test('BK-5 whatever a file says, only what its context covers is replaced', () => {
  fc.assert(fc.property(keyObject, keyObject, (now, backup) => {
    const { object } = imported(now, backup);
    for (const { dot: held } of now.siblings) assert.ok(holds(object, held) || covers(backup.context, held));
    assert.ok(now.context.upper.size === 0 || contextsEqual(union(object.context, now.context), object.context), 'nothing is forgotten');
  }), RUNS);
});

test('BK-6 in a last-writer-wins bucket an import never wins over what is later', () => {
  const latest = keyObject.map((object) => (object.siblings.length === 0 ? EMPTY_OBJECT : latestOnly(object)));
  fc.assert(fc.property(latest, latest, (now, backup) => {
    const { object, written } = imported(now, backup, true);
    const time = (one: KeyObject): number => latestOnly(one).siblings.reduce((_, sibling) => stampOf(sibling), -1);
    assert.equal(latestOnly(object).siblings.length, Math.min(1, now.siblings.length + backup.siblings.length));
    assert.ok(time(object) >= time(now), 'it did not go back');
    if (time(now) >= time(backup)) assert.equal(written, 0);
    const isNews = backup.siblings.some(({ dot: made }) => !covers(now.context, made));
    if (isNews) assert.equal(time(object), Math.max(time(now), time(backup)));
    assert.equal(imported(object, backup, true, 'again').written, 0);
  }), RUNS);
});

test('BK-6 nor when the later write came while it was under way', () => {
  fc.assert(fc.property(dot, fc.nat(9), fc.nat(9), (at, early, late) => {
    const sibling = (writtenAt: number): StoredSibling => ({
      dot: at, value: new Uint8Array(), contentType: 't', writtenBy: 'm', writtenAt, writeId: 'w', seen: EMPTY_CONTEXT,
    });
    const now: KeyObject = { context: { upper: new Map([[at.actor, at.counter]]), except: [] }, siblings: [sibling(early + late + 1)] };
    const backup = sibling(early);
    const made = writeLatest(now, now.context, { ...backup, dot: { actor: 'import', counter: 1 }, stamp: stampOf(backup) });
    assert.deepEqual(latestOnly(made.object).siblings, now.siblings);
  }));
});

test('BK-7 one write that was made at two coordinators stays one after an import', () => {
  const twin = (actor: string): StoredSibling => ({
    dot: { actor, counter: 1 }, value: new Uint8Array([1]), contentType: 't', writtenBy: 'm', writtenAt: 1, writeId: 'w', seen: EMPTY_CONTEXT,
  });
  const both: KeyObject = { context: { upper: new Map([['x', 1], ['y', 1]]), except: [] }, siblings: [twin('x'), twin('y')] };
  const one: KeyObject = { context: { upper: new Map([['x', 1]]), except: [] }, siblings: [twin('x')] };
  assert.equal(shown(imported(EMPTY_OBJECT, both).object).length, 1);
  assert.equal(shown(imported(one, both).object).length, 1);
});

test('CV-2 a context without some writes covers all others, in its one form', () => {
  fc.assert(fc.property(context, fc.array(dot, { maxLength: 6 }), fc.array(dot), (seen, removed, others) => {
    const less = difference(seen, removed.map(only).reduce(union, EMPTY_CONTEXT));
    for (const one of [...removed, ...others]) {
      assert.equal(covers(less, one), covers(seen, one) && !removed.some((gone) => sameDot(gone, one)));
    }
    if (removed.some((gone) => covers(seen, gone))) {
      assert.ok(less.except.every((hole) => hole.to < (less.upper.get(hole.actor) ?? 0)), 'a bound is a write that was seen');
    }
    assert.deepEqual(decodeObject(encodeObject({ context: less, siblings: [] })).context, less);
  }), RUNS);
});

test('CV-1 the name of a dot says which it is', () => {
  fc.assert(fc.property(dot, (one) => assert.deepEqual(parseDot(dotName(one)), one)), RUNS);
  for (const text of ['', ':', 'a:', 'a', ':1', 'a:0', 'a:01', 'a:-1', 'a:1.5', 'a: 1', 'a:9999999999999999', 'a:1e3']) assert.equal(parseDot(text), undefined, text);
  assert.deepEqual(parseDot('a:b:3'), { actor: 'a:b', counter: 3 });
});
