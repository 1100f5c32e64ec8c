/** WR-8: how long repair waits for an answer, over virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from '../../../../p2p/node/ask.ts';
import type { Node } from '../../../../p2p/node/node.ts';
import { testNode } from './test-node.ts';

const STEP_MS = 100;
const TOP = { kind: 'tree-top', scope: { n: 3, bucket: undefined }, view: new Uint8Array(8), top: new Uint8Array(8) } as const;

/** A gift of so many bytes; without them, a question. */
function givenUpAfterMs(bytes: number | undefined, isMoving: (nowMs: number) => boolean): number {
  const node: Node = testNode({ others: ['ben'] });
  const at = (nowMs: number) => ({ nowMs, wallMs: nowMs });
  node.start(at(0));
  node.step({ kind: 'peer', event: { kind: 'connected', member: 'ben', address: '' } }, at(0));
  let isOver = false;
  const gift = (object: Uint8Array) => ({ kind: 'replicate', bucket: 'b', key: 'k', object, standsFor: undefined, asPrimary: false, horizon: 0 }) as const;
  ask(node.core, 'ben', bytes === undefined ? TOP : gift(new Uint8Array(bytes)), () => {
    isOver = true;
  });
  for (let nowMs = STEP_MS; nowMs < 3_600_000; nowMs += STEP_MS) {
    if (isMoving(nowMs)) node.step({ kind: 'peer', event: { kind: 'moving', member: 'ben' } }, at(nowMs));
    node.step({ kind: 'wake' }, at(nowMs));
    if (isOver) return nowMs;
  }
  return Infinity;
}

test('WR-8 an answer is waited for while something to or from the peer gets on, and ten seconds more', () => {
  assert.equal(givenUpAfterMs(undefined, () => false), 10_000);
  assert.equal(givenUpAfterMs(undefined, (nowMs) => nowMs <= 60_000 && nowMs % 5_000 === 0), 70_000);
  assert.equal(givenUpAfterMs(undefined, (nowMs) => nowMs > 12_000), 10_000, 'it was given up before');
});

test('WR-8 it is not waited for without end', () => {
  assert.equal(givenUpAfterMs(undefined, () => true), 610_000);
});

test('WR-8 a large gift may be out of sight for a while after it has left, and no longer for being larger', () => {
  const [small, large, huge] = [100, 8, 32].map((mib, index) => givenUpAfterMs(index === 0 ? mib : mib * 1024 * 1024, () => false));
  assert.equal(small, 10_000 + STEP_MS);
  assert.ok(large !== undefined && large > 20_000 && large < 40_000, `${large}`);
  assert.equal(huge, large);
});
