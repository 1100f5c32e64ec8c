/** The pace of the scrub, and what it asks for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_CONFIG } from '../../../../p2p/config.ts';
import { EMPTY_CONTEXT } from '../../../../p2p/causality/causal-context.ts';
import { EMPTY_OBJECT, write } from '../../../../p2p/causality/key-object.ts';
import { decodeObject, encodeObject } from '../../../../p2p/causality/object-codec.ts';
import type { Effect, Event } from '../../../../p2p/node/events.ts';
import type { Node } from '../../../../p2p/node/node.ts';
import { SCRUB_ROW } from '../../../../p2p/node/scrub.ts';
import type { LeafPlace, ScanPage } from '../../../../p2p/ports.ts';
import { keyRef } from '../../../../p2p/ring/position.ts';
import { testNode } from './test-node.ts';

const PACE_MS = DEFAULT_CONFIG.scrubIntervalMs;
const REST_MS = DEFAULT_CONFIG.scrubRestMs;
const START_MS = 10 * REST_MS;
const EMPTY_PAGE: ScanPage = { records: 64, damaged: [], unlisted: [], miscounted: [], next: undefined };
const OBJECT = encodeObject(write(EMPTY_OBJECT, EMPTY_CONTEXT, {
  dot: { actor: 'x', counter: 1 }, value: new Uint8Array([1]), contentType: '', writtenBy: 'ada', writtenAt: 0, writeId: 'w',
}).object);

interface Asked {
  readonly atMs: number;
  readonly from: LeafPlace | undefined;
}

interface Told {
  readonly each?: () => void;
  /** Rows are lost while this page is looked for. */
  readonly loses?: (from: LeafPlace | undefined) => boolean;
  readonly startMs?: number;
}

/** Steps through `forMs`; scans are answered by `page`, the rest as a store of good records would. */
function run(node: Node, forMs: number, page: (from: LeafPlace | undefined) => ScanPage, { each = () => undefined, loses = () => false, startMs = START_MS }: Told = {}) {
  const [asked, effects]: [Asked[], Effect[]] = [[], []];
  const answer = (effect: Effect, atMs: number): Event | undefined => {
    if (effect.kind === 'commit') return { kind: 'committed', token: effect.token };
    if (effect.kind === 'read') return { kind: 'read', token: effect.token, object: OBJECT };
    if (effect.kind !== 'query' || effect.query.kind !== 'scan') return undefined;
    asked.push({ atMs, from: effect.query.from });
    return { kind: 'answered', token: effect.token, answer: { kind: 'scan', ...page(effect.query.from) } };
  };
  for (let nowMs = 0; nowMs <= forMs; nowMs += 100) {
    const now = { nowMs, wallMs: startMs + nowMs };
    each();
    const waiting = [...(nowMs === 0 ? node.start(now) : node.step({ kind: 'wake' }, now))];
    for (let effect = waiting.shift(); effect !== undefined; effect = waiting.shift()) {
      effects.push(effect);
      const isLost = effect.kind === 'query' && effect.query.kind === 'scan' && loses(effect.query.from);
      if (isLost) waiting.push(...node.step({ kind: 'rows-lost' }, now));
      const event = answer(effect, nowMs);
      if (event !== undefined) waiting.push(...node.step(event, now));
    }
  }
  return { asked, effects };
}

const endless = (from: LeafPlace = { partition: 0, leaf: 0 }): ScanPage => ({ ...EMPTY_PAGE, next: { partition: 0, leaf: from.leaf + 1 } });
const rowsOf = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'commit' ? effect.batch.flatMap((one) => (one.kind === 'meta' && one.name === SCRUB_ROW ? [{ name: one.name, bytes: one.bytes! }] : [])) : []));

test('AE-10 a page at a time, none at the start, and at a quarter of the pace while requests come in', () => {
  const quiet = run(testNode(), 10 * PACE_MS, endless);
  assert.equal(quiet.asked.length, 10);
  assert.ok(quiet.asked.every(({ atMs }) => atMs >= PACE_MS));
  assert.deepEqual(quiet.asked.slice(0, 3).map(({ from }) => from?.leaf), [undefined, 1, 2]);
  const busy = testNode();
  const { asked } = run(busy, 40 * PACE_MS, endless, { each: () => (busy.core.foreground += 1) });
  assert.ok(asked.length >= 9 && asked.length <= 11, `${asked.length} pages`);
});

test('AE-10 its place is kept now and then, and a restart goes on from there', () => {
  const { effects } = run(testNode(), 130 * PACE_MS, endless);
  const rows = rowsOf(effects);
  assert.equal(rows.length, 2, 'not with every page');
  const { asked } = run(testNode({ remembered: rows.slice(-1) }), 2 * PACE_MS, endless);
  assert.deepEqual(asked[0]?.from, { partition: 0, leaf: 120 });
});

test('AE-10 after a walk it rests, over a restart too; a clock that was set back does not stop it for ever', () => {
  const { asked, effects } = run(testNode(), 60 * PACE_MS, () => EMPTY_PAGE);
  assert.equal(asked.length, 1);
  const rows = rowsOf(effects);
  const askedFrom = (startMs: number, remembered = rows) => run(testNode({ remembered }), 60 * PACE_MS, () => EMPTY_PAGE, { startMs }).asked.length;
  assert.equal(askedFrom(START_MS + REST_MS / 2), 0);
  assert.equal(askedFrom(START_MS + REST_MS), 1);
  assert.equal(askedFrom(START_MS - REST_MS), 1);
  assert.equal(askedFrom(START_MS, [{ name: SCRUB_ROW, bytes: new Uint8Array([7, 7]) }]), 1, 'a broken note is none');
});

test('AE-10 what an opening has lost is looked for at once, whatever was looked at before, and still after a start that was cut short', () => {
  const rows = rowsOf(run(testNode(), 60 * PACE_MS, () => EMPTY_PAGE).effects);
  const startMs = START_MS + REST_MS / 2;
  const cutShort = run(testNode({ remembered: rows, identity: { hasLost: true } }), 2 * PACE_MS, endless, { startMs });
  assert.deepEqual(cutShort.asked[0]?.from, undefined);
  assert.ok(cutShort.asked.length > 0);
  const remembered = [...rows, ...rowsOf(cutShort.effects)].slice(-1);
  assert.equal(run(testNode({ remembered }), 60 * PACE_MS, () => EMPTY_PAGE, { startMs }).asked.length, 1);
});

test('AE-10 what is lost in the middle of a pass makes it begin anew, also after a restart', () => {
  const { asked, effects } = run(testNode(), 8 * PACE_MS, endless, { loses: (from) => from?.leaf === 3 });
  assert.deepEqual(asked.slice(0, 6).map(({ from }) => from?.leaf), [undefined, 1, 2, 3, undefined, 1]);
  const { asked: again } = run(testNode({ remembered: rowsOf(effects).slice(-1) }), 2 * PACE_MS, endless);
  assert.deepEqual(again[0]?.from, undefined);
});

test('AE-12 AE-10 what is lost while it rests, or waits for its turn, ends the rest', () => {
  const node = testNode();
  const lost = { steps: 0 };
  const { asked } = run(node, 60 * PACE_MS, () => EMPTY_PAGE, {
    each: () => {
      lost.steps += 1;
      if (lost.steps === 200) node.step({ kind: 'rows-lost' }, { nowMs: 19_900, wallMs: START_MS + 19_900 });
    },
  });
  assert.deepEqual(asked.map(({ atMs }) => atMs), [PACE_MS, 19_900 + PACE_MS]);
});

test('CV-1 AE-12 after rows were lost, writes are made under another actor', () => {
  const node = testNode();
  const now = { nowMs: 0, wallMs: START_MS };
  node.start(now);
  node.step({ kind: 'leased', through: 1_000 }, now);
  const actorOf = (key: string): string => {
    const effects = [...node.step({ kind: 'client', token: 1, command: { kind: 'put', bucket: 'b', key, value: new Uint8Array(1), contentType: '' } }, now)];
    const read = effects.find((effect) => effect.kind === 'read') ?? assert.fail('nothing is read');
    const commit = node.step({ kind: 'read', token: read.token, object: undefined }, now).find((effect) => effect.kind === 'commit') ?? assert.fail('nothing is written');
    const written = commit.batch.find((one) => one.kind === 'object') ?? assert.fail('no object');
    return decodeObject(written.object).siblings[0]?.dot.actor ?? '';
  };
  const before = actorOf('k1');
  assert.equal(actorOf('k2'), before);
  node.step({ kind: 'rows-lost' }, now);
  assert.notEqual(actorOf('k3'), before);
});

test('AE-9 index rows are written anew, leaves counted anew, and a name that is damaged itself is left alone', () => {
  const ref = keyRef('b', 'k', 8);
  const strange = { ...keyRef('b', 'other', 8), leaf: 63, partition: 7 };
  const page: ScanPage = { ...EMPTY_PAGE, damaged: [strange], unlisted: [ref, strange], miscounted: [{ partition: 3, leaf: 9 }] };
  const node = testNode();
  const { effects } = run(node, PACE_MS, () => page);
  const batch = effects.flatMap((effect) => (effect.kind === 'commit' ? effect.batch : []));
  const objects = batch.flatMap((one) => (one.kind === 'object' ? [one] : []));
  assert.deepEqual(objects.map((one) => [one.ref.key, one.object, one.leafDelta.every((byte) => byte === 0), one.keysDelta]), [['k', OBJECT, true, 0]]);
  assert.deepEqual(batch.filter(({ kind }) => kind === 'recount'), [{ kind: 'recount', partition: 3, leaf: 9 }]);
  assert.deepEqual(node.mender.counts, { found: 0, mended: 0, refused: 0 });
});
