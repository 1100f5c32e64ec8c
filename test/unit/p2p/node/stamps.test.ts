/** Stamps as a coordinator gives them: the same in every bucket. */
import { DEFAULT_SETTINGS } from '../../../../p2p/membership/bucket-registry.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '@noble/hashes/sha2.js';
import { toBase64url } from '../../../../p2p/bytes/base64url.ts';
import { MalformedError } from '../../../../p2p/bytes/byte-reader.ts';
import { ByteWriter } from '../../../../p2p/bytes/byte-writer.ts';
import { EMPTY_CONTEXT } from '../../../../p2p/causality/causal-context.ts';
import { contextToken, readToken } from '../../../../p2p/causality/context-token.ts';
import { EMPTY_OBJECT, merge, write, writeLatest } from '../../../../p2p/causality/key-object.ts';
import { decodeObject, encodeObject } from '../../../../p2p/causality/object-codec.ts';
import { STAMP_MAX, STAMP_TOLD_MAX, STAMPS_A_MS } from '../../../../p2p/causality/stamp.ts';
import { encodeBucketRecord } from '../../../../p2p/membership/bucket-registry.ts';
import type { Node } from '../../../../p2p/node/node.ts';
import type { KeyRef, Resolution } from '../../../../p2p/types.ts';
import { testNode } from './test-node.ts';

const WALL_MS = Date.UTC(2026, 5, 1);
const AHEAD = (WALL_MS + 30 * 86_400_000) * STAMPS_A_MS;
const NOW = { nowMs: 1_000, wallMs: WALL_MS };

function nodeOf(resolution: Resolution, others: readonly string[] = []): Node {
  const settings = { ...DEFAULT_SETTINGS, resolution };
  const node = testNode({ others, remembered: [{ name: 'bucket/b', bytes: encodeBucketRecord({ bucket: 'b', version: 1, by: 'ada', settings }) }] });
  node.start(NOW);
  node.step({ kind: 'leased', through: 100 }, NOW);
  return node;
}

/** As somebody makes it up who knows how tokens are made, and sealed. */
function forgedToken({ core: { seal } }: Node, ref: KeyRef, stamp: number): string {
  const body = new ByteWriter().u8(2).raw(ref.position.subarray(0, 8)).varint(0).varint(0).varint(stamp).finish();
  return toBase64url(Uint8Array.of(...body, ...sha256(body).subarray(0, 4), ...seal(body)));
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

for (const resolution of ['lww', 'siblings'] as const) test(`CV-10 LW-1 a write is later than what its client was shown, though the coordinator holds none of it: ${resolution}`, () => {
  const node = nodeOf(resolution);
  const { context } = writeLatest(EMPTY_OBJECT, EMPTY_CONTEXT, { dot: { actor: 'other', counter: 1 }, value: undefined, contentType: '', writtenBy: '', writtenAt: 0, writeId: '', stamp: AHEAD });
  const { siblings } = put(node, undefined, contextToken(node.core.keyRef('b', 'k'), context, node.core.seal, { stamp: AHEAD }));
  assert.ok((siblings[0]?.stamp ?? 0) > AHEAD);
  assert.equal(siblings[0]?.writtenAt, WALL_MS, 'and shows the time of its own clock');
});

for (const resolution of ['lww', 'siblings'] as const) test(`CV-10 LW-1 a blind write is later than what its coordinator holds, and its answer carries its stamp: ${resolution}`, () => {
  const node = nodeOf(resolution);
  const { object } = writeLatest(EMPTY_OBJECT, EMPTY_CONTEXT, { dot: { actor: 'other', counter: 1 }, value: undefined, contentType: '', writtenBy: '', writtenAt: 0, writeId: '', stamp: AHEAD });
  const { siblings, context } = put(node, encodeObject(object), undefined);
  assert.equal(siblings.length, resolution === 'lww' ? 1 : 2);
  const made = siblings.find(({ dot }) => dot.actor !== 'other');
  assert.ok((made?.stamp ?? 0) > AHEAD);
  const reading = readToken(node.core.keyRef('b', 'k'), context, node.core.seal);
  assert.ok(reading.kind === 'context' && reading.stamp === made?.stamp);
});

test('CV-19 a context with a stamp beyond all clocks is refused, and the last one that is not leaves room above it', () => {
  const node = nodeOf('lww');
  const ref = node.core.keyRef('b', 'k');
  const forged = (stamp: number): string => forgedToken(node, ref, stamp);
  for (const stamp of [Number.MAX_SAFE_INTEGER, STAMP_MAX, STAMP_TOLD_MAX + 1]) assert.deepEqual(readToken(ref, forged(stamp), node.core.seal), { kind: 'malformed' });

  const first = put(node, undefined, forged(STAMP_TOLD_MAX));
  const object = { context: { upper: new Map([['epoch', 1]]), except: [] }, siblings: first.siblings };
  const second = put(node, encodeObject(object), first.context);
  assert.ok((second.siblings[0]?.stamp ?? 0) > (first.siblings[0]?.stamp ?? 0), 'what was handed out is read, and gone above');
  assert.equal(second.siblings.length, 1);
});

test('CV-19 an object with a stamp that nobody can go above is malformed, from peers too', () => {
  const at = (stamp: number): Uint8Array =>
    new ByteWriter().u8(1).varint(1).text('a').varint(1).varint(0).varint(1).text('a').varint(1).text('').text('').f64(0).text('').varint(0).varint(0).u8(1).varint(stamp).u8(0).finish();
  assert.equal(decodeObject(at(STAMP_MAX)).siblings[0]?.stamp, STAMP_MAX);
  assert.throws(() => decodeObject(at(STAMP_MAX + 1)), MalformedError);
  assert.ok(STAMP_MAX < Number.MAX_SAFE_INTEGER && STAMP_TOLD_MAX < STAMP_MAX);
});

test('LW-7 the row of a key says that it is not all where a late retry may be what is shown', () => {
  const made = { value: new Uint8Array(1), contentType: '', writtenBy: '', writtenAt: 0 };
  const first = write(EMPTY_OBJECT, EMPTY_CONTEXT, { ...made, dot: { actor: 'x', counter: 1 }, stamp: 1, writeId: 'of a client' });
  const deleted = writeLatest(first.object, first.context, { ...made, value: undefined, dot: { actor: 'x', counter: 2 }, stamp: 2, writeId: '~' });
  const retried = write(EMPTY_OBJECT, EMPTY_CONTEXT, { ...made, dot: { actor: 'y', counter: 1 }, stamp: 3, writeId: 'of a client' });
  const rowOf = (resolution: Resolution): readonly [number, number] => {
    const node = nodeOf(resolution, ['ben']);
    node.core.detector.connected('ben', NOW.nowMs);
    const object = encodeObject(merge(deleted.object, retried.object));
    const message = { kind: 'replicate', id: 9, bucket: 'b', key: 'k', object, standsFor: undefined, asPrimary: false, horizon: 0 } as const;
    const read = node.step({ kind: 'message', from: 'ben', message }, NOW).find((effect) => effect.kind === 'read') ?? assert.fail('nothing is read');
    const commit = node.step({ kind: 'read', token: read.token, object: undefined }, NOW).find((effect) => effect.kind === 'commit') ?? assert.fail('nothing is written');
    const { summary } = commit.batch.find((mutation) => mutation.kind === 'object') ?? assert.fail('no object');
    return [summary.live, summary.siblings];
  };
  assert.deepEqual(rowOf('siblings'), [0, 1]);
  assert.deepEqual(rowOf('lww'), [0, 2]);
});
