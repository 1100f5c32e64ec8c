/** Versions that grow too old where nobody writes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_CONFIG } from '../../../../p2p/config.ts';
import { EMPTY_CONTEXT, withWrite } from '../../../../p2p/causality/causal-context.ts';
import type { KeyObject } from '../../../../p2p/causality/key-object.ts';
import { EMPTY_OBJECT, write } from '../../../../p2p/causality/key-object.ts';
import { encodeObject } from '../../../../p2p/causality/object-codec.ts';
import type { Effect, Event } from '../../../../p2p/node/events.ts';
import type { Node } from '../../../../p2p/node/node.ts';
import type { HistoryRow } from '../../../../p2p/ports.ts';
import { testNode } from './test-node.ts';

const DAY_MS = 24 * 3_600_000;
const WALL_MS = 1_000 * DAY_MS;

type Answers = (effect: Effect) => Event | undefined;

/** Steps through `forMs` in seconds, answering effects. @returns all effects. */
function run(node: Node, forMs: number, answer: Answers): Effect[] {
  const all: Effect[] = [];
  for (let nowMs = 0; nowMs <= forMs; nowMs += 1_000) {
    const now = { nowMs, wallMs: WALL_MS + nowMs };
    const waiting = [...(nowMs === 0 ? node.start(now) : node.step({ kind: 'wake' }, now))];
    for (let effect = waiting.shift(); effect !== undefined; effect = waiting.shift()) {
      all.push(effect);
      const event = answer(effect);
      if (event !== undefined) waiting.push(...node.step(event, now));
    }
  }
  return all;
}

function written(object: KeyObject, counter: number): KeyObject {
  const seen = counter === 1 ? EMPTY_CONTEXT : withWrite(EMPTY_CONTEXT, { actor: 'x', counter: 1 });
  return write(object, seen, {
    dot: { actor: 'x', counter }, value: new Uint8Array([counter]), contentType: '', writtenBy: 'ada', writtenAt: 0, writeId: `${counter}`,
  }).object;
}

const row = (key: string, days: number, versions = 1): HistoryRow => ({ bucket: 'b', key, versions, oldestKeptAt: WALL_MS - days * DAY_MS });
const conflict = written(written(written(EMPTY_OBJECT, 1), 2), 3);

function sweep(rows: readonly HistoryRow[]) {
  const asked: (string | undefined)[] = [];
  const effects = run(testNode(), DEFAULT_CONFIG.historySweepRestMs + 20_000, (effect) => {
    if (effect.kind === 'read') return { kind: 'read', token: effect.token, object: encodeObject(conflict) };
    if (effect.kind === 'commit') return { kind: 'committed', token: effect.token };
    if (effect.kind !== 'query' || effect.query.kind !== 'histories') return undefined;
    const { afterId, limit } = effect.query;
    asked.push(afterId);
    const page = rows.filter(({ key }) => afterId === undefined || `b\0${key}` > afterId).slice(0, limit);
    return { kind: 'answered', token: effect.token, answer: { kind: 'histories', rows: page } };
  });
  const dropped = effects.flatMap((effect) => (effect.kind === 'commit' ? effect.batch.filter((one) => one.kind === 'history') : []));
  return { asked, effects, dropped };
}

test('ST-8 versions that are too old or too many are dropped by a sweep, with their conflict in mind', () => {
  const { dropped, effects } = sweep([row('fresh', 29), row('landmarks', 1, 23), row('many', 1, 24), row('old', 31)]);
  assert.deepEqual(dropped.map(({ ref }) => ref.key), ['many', 'old']);
  for (const { added, retention } of dropped) {
    assert.deepEqual([added, retention.versions, retention.siblings.length], [[], 10, 2]);
    assert.ok(Math.abs(retention.keptSince - (WALL_MS - 30 * DAY_MS)) < 2 * DEFAULT_CONFIG.historySweepRestMs);
  }
  assert.ok(!effects.some((effect) => effect.kind === 'notify' && effect.notice.kind !== 'members'), 'nobody is told of a write');
});

test('ST-8 a sweep goes page by page, with a rest between', () => {
  const rows = Array.from({ length: 130 }, (_, index) => row(String(index).padStart(3, '0'), 1));
  const { asked, dropped } = sweep(rows);
  assert.deepEqual(asked, [undefined, ...['063', '127'].map((key) => `b\0${key}`)]);
  assert.deepEqual(dropped, []);
});
