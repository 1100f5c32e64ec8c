/** Stamps of a last-writer-wins bucket as a coordinator gives them. */
import { DEFAULT_SETTINGS } from '../../../../p2p/membership/bucket-registry.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_CONTEXT } from '../../../../p2p/causality/causal-context.ts';
import { contextToken, readToken } from '../../../../p2p/causality/context-token.ts';
import { EMPTY_OBJECT, writeLatest } from '../../../../p2p/causality/key-object.ts';
import { decodeObject, encodeObject } from '../../../../p2p/causality/object-codec.ts';
import { STAMPS_A_MS } from '../../../../p2p/causality/stamp.ts';
import { encodeBucketRecord } from '../../../../p2p/membership/bucket-registry.ts';
import type { Node } from '../../../../p2p/node/node.ts';
import { testNode } from './test-node.ts';

const WALL_MS = Date.UTC(2026, 5, 1);
const AHEAD = (WALL_MS + 30 * 86_400_000) * STAMPS_A_MS;
const NOW = { nowMs: 1_000, wallMs: WALL_MS };

function lwwNode(): Node {
  const settings = { ...DEFAULT_SETTINGS, resolution: 'lww' } as const;
  const node = testNode({ remembered: [{ name: 'bucket/b', bytes: encodeBucketRecord({ bucket: 'b', version: 1, by: 'ada', settings }) }] });
  node.start(NOW);
  node.step({ kind: 'leased', through: 100 }, NOW);
  return node;
}

/** A write through the node whose disk holds `held`. @returns what it commits, and the context of its answer. */
function put(node: Node, held: Uint8Array | undefined, context: string | undefined) {
  const command = { kind: 'put', bucket: 'b', key: 'k', value: new Uint8Array(1), contentType: 't', ...(context !== undefined && { context }) } as const;
  const [read] = node.step({ kind: 'client', token: 5, command }, NOW).filter((effect) => effect.kind === 'read');
  assert.ok(read?.kind === 'read');
  const effects = node.step({ kind: 'read', token: read.token, object: held }, NOW);
  const commit = effects.find((effect) => effect.kind === 'commit' && effect.batch.some(({ kind }) => kind === 'object'));
  assert.ok(commit?.kind === 'commit');
  const object = commit.batch.find((mutation) => mutation.kind === 'object');
  assert.ok(object?.kind === 'object');
  const [answer] = node.step({ kind: 'committed', token: commit.token }, NOW).filter((effect) => effect.kind === 'reply');
  assert.ok(answer?.kind === 'reply' && answer.outcome.kind === 'written');
  return { siblings: decodeObject(object.object).siblings, context: answer.outcome.context };
}

test('CV-10 a write is later than what its client was shown, though the coordinator holds none of it', () => {
  const node = lwwNode();
  const { context } = writeLatest(EMPTY_OBJECT, EMPTY_CONTEXT, { dot: { actor: 'other', counter: 1 }, value: undefined, contentType: '', writtenBy: '', writtenAt: 0, writeId: '', stamp: AHEAD });
  const { siblings } = put(node, undefined, contextToken(node.core.keyRef('b', 'k'), context, node.core.seal, AHEAD));
  assert.ok((siblings[0]?.stamp ?? 0) > AHEAD);
  assert.equal(siblings[0]?.writtenAt, WALL_MS, 'and shows the time of its own clock');
});

test('CV-10 a blind write is later than what its coordinator holds, and its answer carries its stamp', () => {
  const node = lwwNode();
  const { object } = writeLatest(EMPTY_OBJECT, EMPTY_CONTEXT, { dot: { actor: 'other', counter: 1 }, value: undefined, contentType: '', writtenBy: '', writtenAt: 0, writeId: '', stamp: AHEAD });
  const { siblings, context } = put(node, encodeObject(object), undefined);
  assert.equal(siblings.length, 1);
  assert.ok((siblings[0]?.stamp ?? 0) > AHEAD);
  const reading = readToken(node.core.keyRef('b', 'k'), context, node.core.seal);
  assert.ok(reading.kind === 'context' && reading.stamp === siblings[0]?.stamp);
});
