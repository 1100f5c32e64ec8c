/** QP-14: what one peer may take up, step by step. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../../../p2p/node/events.ts';
import type { Node } from '../../../../p2p/node/node.ts';
import type { Message } from '../../../../p2p/wire/message.ts';
import { testNode } from './test-node.ts';

const NOW = { nowMs: 1_000, wallMs: 1_000 };
const MAX = 4;
const TOP = { kind: 'tree-top', scope: { n: 3, bucket: undefined }, view: new Uint8Array(8), top: new Uint8Array(8) } as const;

function started(config: { readonly peerRequestsMax?: number; readonly peerBytesMax?: number; readonly peersBytesMax?: number }): Node {
  const node = testNode({ others: ['ben', 'cleo'], config });
  node.start(NOW);
  return node;
}

function ask(node: Node, from: string, message: Message): readonly Effect[] {
  return node.step({ kind: 'message', from, message }, NOW);
}

function read(id: number): Message {
  return { kind: 'read', id, bucket: 'b', key: `k${id}`, digest: false, asPrimary: false };
}

function list(id: number, limit: number): Message {
  return { kind: 'list', id, bucket: 'b', view: new Uint8Array(8), prefix: '', after: undefined, limit };
}

/** What it is told at once, if anything. */
function repliesIn(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((effect) => (effect.kind === 'send' ? [`${effect.to} ${effect.message.kind}`] : []));
}

function isOverloaded(effects: readonly Effect[]): boolean {
  return repliesIn(effects).some((text) => text.endsWith('overloaded-reply'));
}

test('QP-14 one request too many of a peer is refused at once, and takes nobody else’s room', () => {
  const node = started({ peerRequestsMax: MAX });
  const tokens: number[] = [];
  for (let id = 1; id <= MAX; id += 1) {
    const effects = ask(node, 'ben', read(id));
    tokens.push(...effects.flatMap((effect) => (effect.kind === 'read' ? [effect.token] : [])));
    assert.equal(isOverloaded(effects), false);
  }
  assert.deepEqual([tokens.length, node.load().peerRequests], [MAX, MAX]);
  const refused = ask(node, 'ben', read(99));
  assert.deepEqual(repliesIn(refused), ['ben overloaded-reply']);
  assert.equal(refused.some(({ kind }) => kind === 'read'), false, 'it costs no look at the disk');
  assert.equal(isOverloaded(ask(node, 'cleo', read(1))), false, 'another peer has room of its own');
  assert.equal(isOverloaded(ask(node, 'ben', { ...TOP, id: 5 })), false, 'and so has its repair');
  assert.deepEqual(repliesIn(ask(node, 'ben', { kind: 'probe', id: 7 })), ['ben probe-reply'], 'it lives all the same');
  const [token = 0] = tokens;
  assert.deepEqual(repliesIn(node.step({ kind: 'read', token, object: undefined }, NOW)), ['ben read-reply']);
  assert.equal(isOverloaded(ask(node, 'ben', read(100))), false, 'what is answered gives its room back');
  assert.equal(isOverloaded(ask(node, 'ben', read(101))), true);
});

test('QP-14 a connection that ends gives no room back before the work is done', () => {
  const node = started({ peerRequestsMax: MAX });
  for (let id = 1; id <= MAX; id += 1) ask(node, 'ben', read(id));
  for (const kind of ['disconnected', 'connected'] as const) node.step({ kind: 'peer', event: { kind, member: 'ben', address: '' } }, NOW);
  assert.equal(isOverloaded(ask(node, 'ben', read(9))), true);
});

test('QP-14 bytes are bounded, of one peer and of all, and one large request always fits', () => {
  const one = started({ peerBytesMax: 10_000 });
  assert.equal(isOverloaded(ask(one, 'ben', list(1, 1_000))), false, 'larger than all the room, and alone');
  assert.equal(isOverloaded(ask(one, 'ben', list(2, 1))), true);
  assert.equal(isOverloaded(ask(one, 'cleo', list(1, 1))), false);
  const all = started({ peersBytesMax: 10_000 });
  assert.deepEqual(['ben', 'cleo', 'ben', 'cleo'].map((from, id) => isOverloaded(ask(all, from, list(id + 1, 15)))), [false, false, true, true]);
});

test('QP-14 what is malformed, or cannot be answered, gives its room back', () => {
  const node = started({ peerRequestsMax: 1 });
  const object = new Uint8Array([255, 255, 255]);
  ask(node, 'ben', { kind: 'replicate', id: 1, bucket: 'b', key: 'k', object, standsFor: undefined, asPrimary: true, horizon: 0 });
  const effects = ask(node, 'ben', list(2, 5));
  assert.equal(node.load().peerRequests, 1);
  const query = effects.find((effect) => effect.kind === 'query');
  assert.ok(query?.kind === 'query');
  node.step({ kind: 'store-failed', token: query.token, failure: 'passing', message: 'gone' }, NOW);
  assert.equal(node.load().peerRequests, 0);
});

test('QP-19 a peer that comes again and again is compared with once more, not once each time', () => {
  const node = started({});
  const come = (): readonly Effect[] => node.step({ kind: 'peer', event: { kind: 'connected', member: 'ben', address: '' } }, NOW);
  const questions = come().flatMap((effect) => (effect.kind === 'query' && effect.query.kind === 'leaves' ? [effect.token] : []));
  assert.ok(questions.length > 0);
  for (let times = 0; times < 100; times += 1) come();
  let rounds = 0;
  const count = (effects: readonly Effect[]): void => {
    for (const effect of effects) {
      if (effect.kind === 'trace' && effect.event.kind === 'exchange') rounds += 1;
      if (effect.kind === 'query' && effect.query.kind === 'leaves') count(node.step({ kind: 'answered', token: effect.token, answer: { kind: 'leaves', leaves: [] } }, NOW));
    }
  };
  for (const token of questions) count(node.step({ kind: 'answered', token, answer: { kind: 'leaves', leaves: [] } }, NOW));
  for (let times = 0; times < 5; times += 1) count(node.step({ kind: 'peer', event: { kind: 'disconnected', member: 'ben' } }, NOW));
  for (let nowMs = 2_000; nowMs < 12_000; nowMs += 1_000) count(node.step({ kind: 'wake' }, { nowMs, wallMs: nowMs }));
  assert.ok(rounds >= 1 && rounds <= 2, `${rounds} rounds`);
});

test('QP-20 while people ask, an answer that cost a look through many keys waits a moment; theirs do not, nor does any when nobody asks', () => {
  const node = started({});
  /** A peer's look at a tree, with all that the disk is asked answered at once. */
  const look = (id: number, nowMs: number): readonly string[] => {
    const now = { nowMs, wallMs: nowMs };
    const told: string[] = [];
    const answerAll = (effects: readonly Effect[]): void => {
      told.push(...repliesIn(effects).filter((text) => text.endsWith('tree-leaves-reply')));
      for (const effect of effects) {
        if (effect.kind === 'query') answerAll(node.step({ kind: 'answered', token: effect.token, answer: { kind: 'leaves', leaves: [] } }, now));
      }
    };
    answerAll(node.step({ kind: 'message', from: 'ben', message: { kind: 'tree-leaves', id, scope: { n: 3, bucket: undefined }, partitions: [0, 1] } }, now));
    return told;
  };
  const wake = (nowMs: number): readonly string[] => repliesIn(node.step({ kind: 'wake' }, { nowMs, wallMs: nowMs })).filter((text) => text.endsWith('tree-leaves-reply'));
  assert.equal(look(1, 1_010).length, 1, 'nobody has asked yet');
  node.step({ kind: 'client', token: 1, command: { kind: 'get', bucket: 'b', key: 'k' } }, { nowMs: 1_020, wallMs: 1_020 });
  assert.deepEqual([look(2, 1_030).length, wake(1_040).length, wake(1_056).length], [0, 0, 1]);
  const [read] = ask(node, 'cleo', { kind: 'read', id: 9, bucket: 'b', key: 'k9', digest: true, asPrimary: false }).filter((effect) => effect.kind === 'read');
  assert.ok(read?.kind === 'read');
  assert.deepEqual(repliesIn(node.step({ kind: 'read', token: read.token, object: undefined }, { nowMs: 1_060, wallMs: 1_060 })), ['cleo read-reply']);
  assert.equal(look(3, 1_300).length, 1, 'some time after the last of them');
});
