/** A peer that answers what cannot be used has failed at once: nobody waits for its time to be over. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '../../../../p2p/node/commands.ts';
import type { Effect, Now } from '../../../../p2p/node/events.ts';
import { testNode } from './test-node.ts';

const NOW: Now = { nowMs: 1_000, wallMs: 1_000 };
const GARBAGE = new Uint8Array([9, 9]);

function asked(command: Command) {
  const node = testNode({ others: ['ben', 'cleo'] });
  node.start(NOW);
  for (const member of ['ben', 'cleo']) node.core.detector.connected(member, NOW.nowMs);
  const effects = node.step({ kind: 'client', token: 7, command }, NOW);
  const reads = effects.flatMap((effect) => (effect.kind === 'read' ? [effect.token] : []));
  for (const token of reads) node.step({ kind: 'read', token, object: undefined }, NOW);
  const answer = (from: string): readonly Effect[] => {
    const read = effects.find((effect) => effect.kind === 'send' && effect.to === from && effect.message.kind === 'read');
    assert.ok(read?.kind === 'send' && read.message.kind === 'read');
    return node.step({ kind: 'message', from, message: { kind: 'read-reply', id: read.message.id, refused: false, hash: undefined, object: GARBAGE, horizon: 0 } }, NOW);
  };
  return { node, answer };
}

const repliesOf = (effects: readonly Effect[]) => effects.flatMap((effect) => (effect.kind === 'reply' ? [effect.outcome] : []));

test('QP-12 a read whose peer answers what is no object does not wait for it', () => {
  const { node, answer } = asked({ kind: 'get', bucket: 'b', key: 'k', r: 2, timeoutMs: 200 });
  const effects = answer('ben');
  assert.deepEqual(repliesOf(effects).map(({ kind }) => kind), ['unreachable']);
  assert.ok(effects.some((effect) => effect.kind === 'trace' && effect.event.kind === 'rejected' && effect.event.from === 'ben'));
  assert.equal(node.core.liveness('ben'), 'alive', 'it lives');
});
