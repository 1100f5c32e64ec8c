/** SC-33: what a peer may ask of trees. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COPIES_MAX } from '../../../../p2p/bounds.ts';
import type { Effect } from '../../../../p2p/node/events.ts';
import { testNode } from './test-node.ts';

const NOW = { nowMs: 1_000, wallMs: 50_000 };

test('SC-33 a question about an n that no bucket has is malformed, and works nothing out', () => {
  const node = testNode({ others: ['ben', 'cleo', 'dan', 'eve', 'fay'] });
  node.start(NOW);
  for (const effect of node.step({ kind: 'client', token: 1, command: { kind: 'set-bucket', bucket: 'wide', settings: { n: 5 } } }, NOW)) {
    if (effect.kind === 'commit') node.step({ kind: 'committed', token: effect.token }, NOW);
  }
  node.step({ kind: 'peer', event: { kind: 'connected', member: 'ben', address: '' } }, NOW);
  const worked = new Set<number | 'all'>();
  const preferenceList = node.core.placement.preferenceList.bind(node.core.placement);
  node.core.placement.preferenceList = (partition, n) => {
    worked.add(n);
    return preferenceList(partition, n);
  };
  const ask = (n: number): readonly Effect[] =>
    node.step({ kind: 'message', from: 'ben', message: { kind: 'tree-top', id: 5, scope: { n, bucket: undefined }, view: node.core.view(), top: new Uint8Array(8) } }, NOW);
  for (const n of [0, 1, 2, 4, 6, COPIES_MAX]) {
    const rejected = ask(n).flatMap((effect) => (effect.kind === 'trace' && effect.event.kind === 'rejected' ? [effect.event.reason] : []));
    assert.deepEqual(rejected, ['no bucket has so many copies'], `n=${n}`);
  }
  assert.deepEqual([...worked], []);
  for (const n of [3, 5]) ask(n);
  assert.deepEqual([...worked], [3, 5]);
  assert.equal(node.core.peerWork.underWay, 2);
});
