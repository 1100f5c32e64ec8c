/** A disk that answers when the time of the request is over: nothing more is asked, and nothing more is said. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '../../../../p2p/node/commands.ts';
import type { Effect } from '../../../../p2p/node/events.ts';
import { testNode } from './test-node.ts';
import { outcomes, sent, START, TIMEOUT_MS, tokenOf, trio } from './trio.ts';

const PUT: Command = { kind: 'put', bucket: 'b', key: 'k', value: new Uint8Array(1), contentType: 't', w: 1, timeoutMs: TIMEOUT_MS };
const GET: Command = { kind: 'get', bucket: 'b', key: 'k', timeoutMs: TIMEOUT_MS };

function told(effects: readonly Effect[]): readonly (readonly string[])[] {
  return effects.flatMap((effect) => (effect.kind === 'notify' && effect.notice.kind === 'copies' ? [effect.notice.copies.map(({ member }) => member)] : []));
}

test('QP-13 what a disk in doubt takes too late is asked of nobody, and nothing of it stays under way', () => {
  const { node, step, ask, expire } = trio();
  node.core.readOnly = 'the disk was full';
  const committing = step({ kind: 'read', token: tokenOf(ask(PUT), 'read'), object: undefined });
  assert.deepEqual(sent(committing, 'replicate'), [], 'a disk in doubt is asked first');
  assert.deepEqual(outcomes(expire()), ['unreachable']);
  const late = step({ kind: 'committed', token: tokenOf(committing, 'commit') });
  assert.deepEqual(sent(late, 'replicate'), []);
  assert.equal(node.confirmations.snapshot().underWay, 0);
});

test('QP-13 copies are told of while the request runs, and not after', () => {
  const { step, ask, answer, expire } = trio();
  const writing = step({ kind: 'read', token: tokenOf(ask(PUT), 'read'), object: undefined });
  const [ben, cleo] = sent(writing, 'replicate');
  assert.ok(ben !== undefined && cleo !== undefined);
  const reply = { kind: 'replicate-reply', durable: true, isOther: false } as const;
  assert.deepEqual(outcomes(answer(ben.to, { ...reply, id: ben.id })), ['written']);
  assert.deepEqual(told(answer(cleo.to, { ...reply, id: cleo.id })), [['ben', 'cleo']]);
  expire();
  assert.deepEqual(told(step({ kind: 'committed', token: tokenOf(writing, 'commit') })), []);
});

test('QP-13 no write is told of for longer than copies are sure to stay', () => {
  const { step, ask, answer, wait } = trio();
  const writing = step({ kind: 'read', token: tokenOf(ask({ ...PUT, timeoutMs: 600_000 }), 'read'), object: undefined });
  const [ben, cleo] = sent(writing, 'replicate');
  assert.ok(ben !== undefined && cleo !== undefined);
  const reply = { kind: 'replicate-reply', durable: true, isOther: false } as const;
  assert.deepEqual(outcomes(answer(ben.to, { ...reply, id: ben.id })), ['written']);
  wait(59_000);
  assert.deepEqual(told(answer(cleo.to, { ...reply, id: cleo.id })), [['ben', 'cleo']]);
  wait(2_000);
  assert.deepEqual(told(step({ kind: 'committed', token: tokenOf(writing, 'commit') })), [], 'also before a timer has come');
});

test('QP-13 a read whose own disk fails too late asks nobody in its place', () => {
  const { step, ask, answer, expire } = trio();
  const reading = ask(GET);
  for (const { to, id } of sent(reading, 'read')) {
    const hash = new Uint8Array(16).fill(to.length);
    answer(to, { kind: 'read-reply', id, refused: false, hash, object: undefined, horizon: 0 });
  }
  assert.deepEqual(outcomes(expire()), ['unreachable']);
  const late = step({ kind: 'store-failed', token: tokenOf(reading, 'read'), failure: 'damaged', message: 'damaged' });
  assert.deepEqual(sent(late, 'read').map(({ to }) => to), ['ben', 'cleo'], 'to mend the record, once each');
});

test('QP-9 a write that was sent when the own disk refused it is answered by those who have it', () => {
  const { step, ask, answer } = trio();
  const writing = step({ kind: 'read', token: tokenOf(ask({ ...PUT, w: 2 }), 'read'), object: undefined });
  const [ben, cleo] = sent(writing, 'replicate');
  assert.ok(ben !== undefined && cleo !== undefined);
  const refused = step({ kind: 'store-failed', token: tokenOf(writing, 'commit'), failure: 'read-only', message: 'full' });
  assert.deepEqual(outcomes(refused), [], 'it lives on elsewhere: how far is not known yet');
  const reply = { kind: 'replicate-reply', durable: true, isOther: false } as const;
  assert.deepEqual(outcomes(answer(ben.to, { ...reply, id: ben.id })), []);
  const done = answer(cleo.to, { ...reply, id: cleo.id }).find((effect) => effect.kind === 'reply');
  assert.ok(done?.kind === 'reply' && done.outcome.kind === 'written');
  assert.deepEqual(done.outcome.copies.map(({ member }) => member), ['ben', 'cleo']);
});

test('QP-9 a write that was sent when the own disk refused it, and met too few, says how many copies it left', () => {
  const { step, ask, answer } = trio();
  const writing = step({ kind: 'read', token: tokenOf(ask({ ...PUT, w: 2 }), 'read'), object: undefined });
  const [ben, cleo] = sent(writing, 'replicate');
  assert.ok(ben !== undefined && cleo !== undefined);
  step({ kind: 'store-failed', token: tokenOf(writing, 'commit'), failure: 'read-only', message: 'full' });
  answer(ben.to, { kind: 'replicate-reply', durable: true, isOther: false, id: ben.id });
  const failed = answer(cleo.to, { kind: 'replicate-reply', durable: false, isOther: false, id: cleo.id }).find((effect) => effect.kind === 'reply');
  assert.deepEqual(failed?.kind === 'reply' && failed.outcome, { kind: 'unreachable', needed: 2, acks: 1, durable: 1 });
});

test('QP-9 a write that nobody else was sent, and the own disk refused, left nothing', () => {
  const node = testNode();
  node.start(START);
  node.step({ kind: 'leased', through: 100 }, START);
  const writing = node.step({ kind: 'read', token: tokenOf(node.step({ kind: 'client', token: 7, command: PUT }, START), 'read'), object: undefined }, START);
  const refused = node.step({ kind: 'store-failed', token: tokenOf(writing, 'commit'), failure: 'read-only', message: 'full' }, START);
  assert.deepEqual(outcomes(refused), ['read-only']);
});
