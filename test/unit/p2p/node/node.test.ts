import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_CONTEXT } from '../../../../p2p/causality/causal-context.ts';
import { DEFAULT_CONFIG } from '../../../../p2p/config.ts';
import { EMPTY_OBJECT, write } from '../../../../p2p/causality/key-object.ts';
import { decodeObject, encodeObject } from '../../../../p2p/causality/object-codec.ts';
import { DotMint } from '../../../../p2p/node/dot-mint.ts';
import type { Effect, Event, StoreFailure } from '../../../../p2p/node/events.ts';
import { testNode } from './test-node.ts';

const NOW = { nowMs: 1_000, wallMs: 1_000 };
const PUT: Event = {
  kind: 'client', token: 7,
  command: { kind: 'put', bucket: 'b', key: 'k', value: new Uint8Array([1]), contentType: 'text/plain' },
};

function of<K extends Effect['kind']>(effects: readonly Effect[], kind: K): Extract<Effect, { kind: K }>[] {
  return effects.filter((effect): effect is Extract<Effect, { kind: K }> => effect.kind === kind);
}

test('CV-1 a context that claims counters never given out does not swallow the next write', () => {
  const mint = new DotMint(testNode().core);
  const claimed = { upper: new Map([['epoch', 1_000]]), except: [] };
  assert.deepEqual(mint.mint(1, [EMPTY_CONTEXT]), { actor: 'epoch', counter: 1 });
  assert.notEqual(mint.mint(2, [claimed]).actor, 'epoch');
});

test('CV-1 a key that is given away takes the actor that wrote it along, and no other', () => {
  const mint = new DotMint(testNode().core);
  mint.gaveAway({ upper: new Map([['other', 9]]), except: [] });
  assert.equal(mint.mint(1, [EMPTY_CONTEXT]).actor, 'epoch');
  mint.gaveAway({ upper: new Map([['epoch', 1]]), except: [] });
  assert.notEqual(mint.mint(2, [EMPTY_CONTEXT]).actor, 'epoch');
});

test('CV-1 a damaged record refuses the write, and later writes come from a new actor', () => {
  const node = testNode();
  node.start(NOW);
  node.step({ kind: 'leased', through: 100 }, NOW);
  const [read] = of(node.step(PUT, NOW), 'read');
  assert.ok(read !== undefined);
  const refused = node.step({ kind: 'store-failed', token: read.token, failure: 'damaged', message: 'damaged' }, NOW);
  assert.equal(of(refused, 'reply')[0]?.outcome.kind, 'read-only');
  const [again] = of(node.step({ ...PUT, token: 8 }, NOW), 'read');
  assert.ok(again !== undefined);
  const [commit] = of(node.step({ kind: 'read', token: again.token, object: undefined }, NOW), 'commit');
  const mutation = commit?.batch.find((one) => one.kind === 'object');
  assert.ok(mutation?.kind === 'object');
  assert.notEqual(decodeObject(mutation.object).siblings[0]?.dot.actor, 'epoch');
});

test('AE-8 ST-30 a record that cannot be read for now is neither overwritten nor taken for damaged', () => {
  const node = testNode({ others: ['ben'] });
  node.start(NOW);
  node.core.detector.connected('ben', NOW.nowMs);
  const object = encodeObject(write(EMPTY_OBJECT, EMPTY_CONTEXT, { dot: { actor: 'other', counter: 1 }, value: new Uint8Array(1), contentType: 't', writtenBy: 'ben', writtenAt: 1, writeId: '' }).object);
  const replicate: Event = { kind: 'message', from: 'ben', message: { kind: 'replicate', id: 9, bucket: 'b', key: 'k', object, standsFor: undefined, asPrimary: false, horizon: 0 } };
  const failed = (failure: StoreFailure): readonly Effect[] => {
    const [read] = of(node.step(replicate, NOW), 'read');
    assert.ok(read !== undefined);
    return node.step({ kind: 'store-failed', token: read.token, failure, message: 'EMFILE' }, NOW);
  };
  const effects = failed('passing');
  assert.deepEqual(of(effects, 'commit'), []);
  const answers = of(effects, 'send').flatMap(({ message }) => (message.kind === 'replicate-reply' ? [message.durable] : []));
  assert.deepEqual(answers, [false], 'who asked tries again');
  assert.equal(node.mender.counts.found, 0);
  const commits = of(failed('damaged'), 'commit');
  assert.equal(commits.length, 1, 'where a damaged one is replaced');
  const [first, second] = commits[0]?.batch ?? [];
  assert.ok(first?.kind === 'recount' && second?.kind === 'object');
  assert.deepEqual([first.replaced?.key, second.keysDelta], ['k', 1], 'it counts, and what it was does no more');
});

test('CV-1 bytes on the own disk that are no object are damage too, and the key goes on', () => {
  const node = testNode();
  node.start(NOW);
  node.step({ kind: 'leased', through: 100 }, NOW);
  const [read] = of(node.step(PUT, NOW), 'read');
  assert.ok(read !== undefined);
  const effects = node.step({ kind: 'read', token: read.token, object: new Uint8Array([9, 9]) }, NOW);
  assert.equal(of(effects, 'reply')[0]?.outcome.kind, 'read-only');
  assert.equal(of(node.step({ ...PUT, token: 8 }, NOW), 'read').length, 1, 'the key is not locked for ever');
});

test('MB-10 a long sleep is forgiven once, not at every event until the wake', () => {
  const node = testNode();
  node.start(NOW);
  const { detector } = node.core;
  detector.connected('ben', NOW.nowMs);
  const awake = { nowMs: NOW.nowMs + 60_000, wallMs: NOW.wallMs + 60_000 };
  for (let times = 0; times < 5; times += 1) node.step({ kind: 'leased', through: 1 }, awake);
  assert.ok((detector.lastHeardMs('ben') ?? 0) <= awake.nowMs, 'nobody was heard in the future');
  assert.equal(detector.liveness('ben', awake.nowMs), 'alive');
  assert.equal(detector.liveness('ben', awake.nowMs + 40_000), 'down');
});

test('QP-10 one request too many is refused at once, and taken again when another has ended', () => {
  const node = testNode();
  node.start(NOW);
  node.step({ kind: 'leased', through: 10_000 }, NOW);
  const get = (token: number): readonly Effect[] =>
    node.step({ kind: 'client', token, command: { kind: 'get', bucket: 'b', key: `k${token}` } }, NOW);
  const reads = Array.from({ length: DEFAULT_CONFIG.requestsMax }, (_, token) => of(get(token), 'read')[0]);
  const refused = get(9_999);
  assert.equal(of(refused, 'reply')[0]?.outcome.kind, 'overloaded');
  assert.equal(of(refused, 'read').length, 0, 'it costs nothing');
  const token = reads[0]?.token ?? 0;
  assert.equal(of(node.step({ kind: 'read', token, object: undefined }, NOW), 'reply').length, 1);
  assert.equal(of(get(10_000), 'read').length, 1);
});

/** A node that knows ben, connected, and has asked him something that he has not answered yet. */
function nodeThatAsks(): ReturnType<typeof testNode> {
  const node = testNode();
  node.start(NOW);
  node.core.detector.connected('ben', NOW.nowMs);
  node.core.detector.asked('ben', NOW.nowMs);
  return node;
}

test('MB-10 wall time that ran ahead is a sleep that the monotonic clock did not see: owed answers get their time anew', () => {
  const node = nodeThatAsks();
  const { detector } = node.core;
  // Awake for 9 s in which ben is heard and does not answer; then the lid is closed for an hour.
  for (let second = 1; second <= 9; second += 1) {
    node.step({ kind: 'wake' }, { nowMs: NOW.nowMs + second * 1_000, wallMs: NOW.wallMs + second * 1_000 });
    detector.heardDirectly('ben', node.core.now.nowMs);
  }
  const awake = { nowMs: NOW.nowMs + 9_500, wallMs: NOW.wallMs + 3_609_500 };
  node.step({ kind: 'wake' }, awake);
  detector.heardDirectly('ben', awake.nowMs + 2_000);
  assert.equal(detector.liveness('ben', awake.nowMs + 2_000), 'alive');
  assert.equal(detector.liveness('ben', awake.nowMs + 10_001), 'suspect');
});

test('MB-10 a wall clock that is set back forgives nothing', () => {
  const node = nodeThatAsks();
  const { detector } = node.core;
  for (let second = 1; second <= 6; second += 1) {
    node.step({ kind: 'wake' }, { nowMs: NOW.nowMs + second * 1_000, wallMs: NOW.wallMs - second * 86_400_000 });
  }
  assert.equal(detector.liveness('ben', NOW.nowMs + 6_000), 'suspect');
});

test('MB-10 a clock that jumps ahead again and again does not excuse silence', () => {
  const node = nodeThatAsks();
  for (let second = 1; second <= 40; second += 1) {
    node.step({ kind: 'wake' }, { nowMs: NOW.nowMs + second * 1_000, wallMs: NOW.wallMs + second * 60_000 });
  }
  assert.equal(node.core.liveness('ben'), 'down');
});

test('MB-10 sleeps of seconds, again and again, are forgiven for their own length only', () => {
  const node = nodeThatAsks();
  const { detector } = node.core;
  let nowMs = NOW.nowMs;
  const expected: string[] = [];
  for (let sleep = 1; sleep <= 12; sleep += 1) {
    // Asleep for 10 s and awake for 1 s, in which ben says nothing.
    nowMs += 10_000;
    for (let beat = 0; beat < 10; beat += 1) {
      node.step({ kind: 'wake' }, { nowMs, wallMs: nowMs });
      nowMs += 100;
    }
    expected.push(detector.liveness('ben', nowMs));
  }
  assert.deepEqual(expected.slice(0, 3), ['alive', 'alive', 'alive']);
  assert.notEqual(expected.at(-1), 'alive', 'silent for 12 s of waking time');
});

test('MB-9 a probe that comes too late leaves the doubt, however many requests wait for it', () => {
  const node = testNode();
  node.start(NOW);
  node.core.detector.connected('ben', NOW.nowMs);
  node.core.takeEffects();
  node.core.prober.probe('ben');
  node.core.prober.probe('ben');
  const probes = of(node.core.takeEffects(), 'send');
  assert.deepEqual(probes.map(({ message }) => message.kind), ['probe']);
  node.step({ kind: 'wake' }, { nowMs: NOW.nowMs + 1_000, wallMs: NOW.wallMs + 1_000 });
  assert.equal(node.core.liveness('ben'), 'suspect');
});
