/** Who merges what now, as one member hears and tells it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect, Now } from '../../../../p2p/node/events.ts';
import { MERGING_FORGET_MS, MERGING_PER_MEMBER_MAX, MERGING_SAY_MS } from '../../../../p2p/node/merging-now.ts';
import type { Node } from '../../../../p2p/node/node.ts';
import { testNode } from './test-node.ts';

const at = (nowMs: number): Now => ({ nowMs, wallMs: nowMs });

function team(): Node {
  const node = testNode({ others: ['ben', 'cleo'] });
  node.start(at(0));
  node.core.isWatched = true;
  for (const member of ['ben', 'cleo']) node.step({ kind: 'peer', event: { kind: 'connected', member, address: '' } }, at(0));
  return node;
}

function hears(node: Node, from: string, key: string, isOn: boolean, nowMs = 0): readonly Effect[] {
  return node.step({ kind: 'message', from, message: { kind: 'merging', bucket: 'b', key, isOn } }, at(nowMs));
}

function says(node: Node, isOn: boolean, nowMs = 0): readonly Effect[] {
  return node.step({ kind: 'client', token: 1, command: { kind: 'say-merging', bucket: 'b', key: 'k', isOn } }, at(nowMs));
}

const noticed = (effects: readonly Effect[]): unknown[] =>
  effects.flatMap((effect) => (effect.kind === 'notify' && effect.notice.kind === 'merging' ? [[effect.notice.key, effect.notice.by]] : []));

test('MG-11 who merges here is told to every member that is here, and hears who else does', () => {
  const node = team();
  hears(node, 'cleo', 'k', true);
  const effects = says(node, true);
  const told = effects.flatMap((effect) => (effect.kind === 'send' && effect.message.kind === 'merging' ? [[effect.to, effect.message.isOn]] : []));
  assert.deepEqual(told, [['ben', true], ['cleo', true]]);
  assert.deepEqual(effects.find((effect) => effect.kind === 'reply')?.outcome, { kind: 'merging', by: ['cleo'] });
  assert.ok(effects.every((effect) => effect.kind !== 'commit'), 'never stored');
});

test('MG-11 a change is noticed, a repetition is not', () => {
  const node = team();
  assert.deepEqual(noticed(hears(node, 'ben', 'k', true)), [['k', ['ben']]]);
  assert.deepEqual(noticed(hears(node, 'ben', 'k', true, 10)), []);
  assert.deepEqual(noticed(hears(node, 'cleo', 'k', true, 20)), [['k', ['ben', 'cleo']]]);
  assert.deepEqual(noticed(hears(node, 'ben', 'k', false, 30)), [['k', ['cleo']]]);
  assert.deepEqual(noticed(hears(node, 'ben', 'k', false, 40)), []);
  assert.deepEqual(node.merging.snapshot(), [{ bucket: 'b', key: 'k', by: ['cleo'] }]);
});

test('MG-11 what is not said again is over, and that is noticed too', () => {
  const node = team();
  hears(node, 'ben', 'k', true);
  hears(node, 'ben', 'k', true, MERGING_SAY_MS);
  const later: unknown[] = [];
  const until = MERGING_SAY_MS + MERGING_FORGET_MS;
  for (let nowMs = MERGING_SAY_MS; nowMs <= until + MERGING_SAY_MS; nowMs += 1_000) {
    node.step({ kind: 'message', from: 'ben', message: { kind: 'probe', id: nowMs } }, at(nowMs));
    later.push(...noticed(node.step({ kind: 'wake' }, at(nowMs))));
    assert.deepEqual(node.merging.by('b', 'k'), nowMs < until ? ['ben'] : [], String(nowMs));
  }
  assert.deepEqual(later, [['k', []]]);
});

test('MG-11 a member is believed a bounded number of keys, a stranger none', () => {
  const node = team();
  for (let number = 0; number < 2 * MERGING_PER_MEMBER_MAX; number += 1) hears(node, 'ben', `k${number}`, true);
  hears(node, 'cleo', 'k', true);
  hears(node, 'zoe', 'k', true);
  assert.equal(node.merging.snapshot().length, MERGING_PER_MEMBER_MAX + 1);
  assert.deepEqual(node.merging.by('b', 'k'), ['cleo']);
});
