/** DR: round trip, clock and release of peers, over virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect, Now } from '../../../../p2p/node/events.ts';
import type { Node } from '../../../../p2p/node/node.ts';
import { ABOUT_EVERY_MS } from '../../../../p2p/node/vitals.ts';
import { testNode } from './test-node.ts';

const WALL = 1_800_000_000_000;
const at = (nowMs: number): Now => ({ nowMs, wallMs: WALL + nowMs });

const asked = (effects: readonly Effect[]) => effects.flatMap((effect) => (effect.kind === 'send' && effect.message.kind === 'about' ? [{ to: effect.to, id: effect.message.id }] : []));
const connect = (node: Node, member: string, nowMs = 0): readonly Effect[] => node.step({ kind: 'peer', event: { kind: 'connected', member, address: '' } }, at(nowMs));
const answer = (node: Node, id: number, wallMs: number, nowMs: number) =>
  node.step({ kind: 'message', from: 'ben', message: { kind: 'about-reply', id, wallMs, release: '9.9.9' } }, at(nowMs));
const vitalsOf = (node: Node, member: string) => node.members.snapshot().find(({ record }) => record.member === member) ?? assert.fail();

function started(others: readonly string[] = ['ben']): Node {
  const node = testNode({ others });
  node.start(at(0));
  return node;
}

test('DR-4 a peer is asked when it connects; half of the round trip is taken off its clock', () => {
  const node = started();
  const [question] = asked(connect(node, 'ben'));
  assert.equal(question?.to, 'ben');
  answer(node, question.id, WALL + 50 + 120_000, 100);
  const { roundTripMs, clockOffsetMs, release } = vitalsOf(node, 'ben');
  assert.deepEqual([roundTripMs, clockOffsetMs, release], [100, 120_000, '9.9.9']);
  node.step({ kind: 'peer', event: { kind: 'disconnected', member: 'ben' } }, at(200));
  assert.deepEqual([vitalsOf(node, 'ben').roundTripMs, vitalsOf(node, 'ben').clockOffsetMs], [undefined, 120_000], 'the way is gone, the clock is not');
});

test('DR-4 a round trip is smoothed, and any prompt answer counts', () => {
  const node = started();
  const effects = connect(node, 'ben');
  answer(node, asked(effects)[0]?.id ?? 0, WALL, 8);
  const beat = effects.find((effect) => effect.kind === 'send' && effect.message.kind === 'gossip-beat');
  assert.ok(beat?.kind === 'send' && beat.message.kind === 'gossip-beat');
  node.step({ kind: 'message', from: 'ben', message: { ...beat.message, kind: 'gossip-beat-reply', news: [] } }, at(16));
  assert.equal(vitalsOf(node, 'ben').roundTripMs, 9);
});

test('DR-4 one peer is asked at a time, all in turn, however many there are', () => {
  const others = Array.from({ length: 40 }, (_, index) => `m${index}`);
  const node = started(others);
  for (const member of others) connect(node, member);
  const turns: string[] = [];
  for (let turn = 1; turn <= 41; turn += 1) {
    const effects: Effect[] = [];
    for (let nowMs = (turn - 1) * ABOUT_EVERY_MS + 500; nowMs <= turn * ABOUT_EVERY_MS; nowMs += 500) effects.push(...node.step({ kind: 'wake' }, at(nowMs)));
    assert.equal(asked(effects).length, 1);
    turns.push(...asked(effects).map(({ to }) => to));
  }
  assert.equal(new Set(turns).size, 40);
  assert.ok(node.load().requests < 60, 'who does not answer is forgotten');
});

test('DR-4 it answers with its own clock and release, and keeps what cannot be said to itself', () => {
  const node = started();
  connect(node, 'ben');
  const effects = node.step({ kind: 'message', from: 'ben', message: { kind: 'about', id: 7 } }, at(5));
  const reply = effects.find((effect) => effect.kind === 'send');
  assert.deepEqual(reply?.kind === 'send' && reply.message, { kind: 'about-reply', id: 7, wallMs: WALL + 5, release: '' });
  answer(node, 12_345, WALL, 6);
  assert.equal(vitalsOf(node, 'ben').release, undefined, 'nobody asked for this answer');
  const self = vitalsOf(node, 'ada');
  assert.deepEqual([self.roundTripMs, self.clockOffsetMs, self.release], [undefined, undefined, undefined]);
  assert.deepEqual(node.step({ kind: 'message', from: 'eve', message: { kind: 'about', id: 8 } }, at(7)).filter(({ kind }) => kind === 'send'), [], 'a stranger is told nothing');
});
