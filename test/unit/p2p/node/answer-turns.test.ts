/** AC-23: answers that hold objects are made within bounds. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeObject } from '../../../../p2p/causality/object-codec.ts';
import { EMPTY_OBJECT } from '../../../../p2p/causality/key-object.ts';
import type { Turn } from '../../../../p2p/node/answer-turns.ts';
import { AnswerTurns } from '../../../../p2p/node/answer-turns.ts';
import type { Effect } from '../../../../p2p/node/events.ts';
import type { Message } from '../../../../p2p/wire/message.ts';
import { trio } from './trio.ts';

/** Turns that were given, by name, in order. */
function turns(peerBytesMax: number, peersBytesMax: number) {
  const given = new Map<string, Turn>();
  const all = new AnswerTurns({ config: { peerBytesMax, peersBytesMax } });
  return {
    given,
    names: (): readonly string[] => [...given.keys()],
    take: (from: string, name: string, bytes: number): void => all.take(from, bytes, (turn) => given.set(name, turn)),
  };
}

test('AC-23 what answers to a peer may hold is set aside before they are made; others wait in order', () => {
  const { given, names, take } = turns(100, 1_000);
  for (const name of ['b1', 'b2', 'b3', 'b4']) take('ben', name, 40);
  take('cleo', 'c1', 40);
  assert.deepEqual(names(), ['b1', 'b2', 'c1'], 'another peer has room of its own');
  given.get('b1')?.is(10);
  assert.deepEqual(names(), ['b1', 'b2', 'c1', 'b3'], 'what it holds is known to be less');
  given.get('b2')?.end();
  given.get('b2')?.end();
  given.get('b2')?.is(90);
  assert.deepEqual(names(), ['b1', 'b2', 'c1', 'b3', 'b4'], 'once');
});

test('AC-23 one answer is always made, however large, and what is larger than was thought counts', () => {
  const { given, names, take } = turns(100, 1_000);
  take('ben', 'large', 5_000);
  take('ben', 'small', 1);
  assert.deepEqual(names(), ['large']);
  given.get('large')?.end();
  given.get('small')?.is(101);
  take('ben', 'next', 1);
  assert.deepEqual(names(), ['large', 'small']);
});

test('AC-23 answers to all peers are bounded together, and peers take turns', () => {
  const { given, names, take } = turns(100, 200);
  for (const name of ['b1', 'b2', 'b3']) take('ben', name, 50);
  for (const name of ['c1', 'c2', 'c3']) take('cleo', name, 50);
  take('dan', 'd1', 100);
  assert.deepEqual(names(), ['b1', 'b2', 'c1', 'c2']);
  for (const name of ['b1', 'c1', 'c2']) given.get(name)?.end();
  assert.deepEqual(names().slice(4), ['b3', 'c3']);
  take('eve', 'e1', 10);
  assert.deepEqual(names().slice(6), [], 'a large one is not passed over for ever');
  given.get('b2')?.end();
  assert.deepEqual(names().slice(6), ['d1'], 'and then there is no room left');
});

test('AC-23 answers that are made at once do not nest', () => {
  const all = new AnswerTurns({ config: { peerBytesMax: 1, peersBytesMax: 1 } });
  const turn: Turn[] = [];
  all.take('ben', 1, (first) => turn.push(first));
  let made = 0;
  for (let index = 0; index < 10_000; index += 1) {
    all.take('ben', 1, (own) => {
      made += 1;
      own.end();
    });
  }
  turn[0]?.end();
  assert.equal(made, 10_000);
});

test('AC-23 a peer that asks for many objects has few of them in memory at a time, and is given all', () => {
  const { node, step, answer } = trio({ peerBytesMax: 1_000, objectBytesMax: 400 });
  const ids = Array.from({ length: 20 }, (_, index) => index + 1);
  const asking = ids.map((id): Message => ({ kind: 'read', id, bucket: 'b', key: `k${id}`, digest: false, asPrimary: false }));
  const reading: number[] = [];
  let replies = 0;
  const look = (effects: readonly Effect[]): void => {
    for (const effect of effects) {
      if (effect.kind === 'read') reading.push(effect.token);
      replies += Number(effect.kind === 'send' && effect.message.kind === 'read-reply');
    }
  };
  for (const message of asking) look(answer('ben', message));
  assert.deepEqual([reading.length, node.load().peerRequests], [2, 20]);
  const object = encodeObject(EMPTY_OBJECT);
  for (let token = reading.shift(); token !== undefined; token = reading.shift()) {
    look(step({ kind: 'read', token, object }));
    assert.ok(reading.length <= 2);
  }
  assert.deepEqual([replies, node.load().peerRequests], [20, 0]);
});

test('AC-23 what is malformed gives its turn back', () => {
  const { step, answer } = trio({ peerBytesMax: 1, objectBytesMax: 1 });
  const first = answer('ben', { kind: 'read', id: 1, bucket: 'b', key: 'k', digest: false, asPrimary: false });
  const history: Message = { kind: 'history', id: 2, bucket: 'b', key: 'k', seen: [new Uint8Array([255])] };
  assert.deepEqual(answer('ben', history).filter(({ kind }) => kind === 'query'), []);
  answer('ben', { ...history, id: 3, seen: [] });
  const [read] = first.filter((effect) => effect.kind === 'read');
  assert.ok(read?.kind === 'read');
  const effects = step({ kind: 'read', token: read.token, object: undefined });
  assert.deepEqual(effects.flatMap((effect) => (effect.kind === 'trace' && effect.event.kind === 'rejected' ? [effect.event.from] : [])), ['ben']);
  assert.equal(effects.filter(({ kind }) => kind === 'query').length, 1, 'the next is worked on');
});
