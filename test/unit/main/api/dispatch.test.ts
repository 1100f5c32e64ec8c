import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDispatch } from '../../../../main/api/dispatch.ts';
import { errorBody } from '../../../../main/api/api-error.ts';
import type { Backend } from '../../../../main/api/backend.ts';
import type { ApiEvent, ServerFrame } from '../../../../main/api/contract.ts';
import { openSession } from '../../../../main/api/frames.ts';
import { ActivityLog } from '../../../../main/member/activity.ts';
import type { Engine } from '../../../../main/member/engine.ts';
import type { Command, Notice, Outcome } from '../../../../p2p/index.ts';

/** A member whose core answers as told and remembers what it was asked. */
function fakeMember(answer: (command: Command) => Outcome) {
  const asked: Command[] = [];
  const handlers = new Set<() => void>();
  const listeners = new Set<(notice: Notice) => void>();
  const state = { inTeam: true };
  const engine = {
    execute: (command: Command) => {
      asked.push(command);
      return Promise.resolve(answer(command));
    },
    onNotice: (handler: (notice: Notice) => void) => {
      listeners.add(handler);
      return () => listeners.delete(handler);
    },
    nameOf: (member: string) => (member === 'm1' ? 'Front desk' : ''),
    personOf: (member: string) => (member === 'm1' ? 'Ada' : undefined),
  } as unknown as Engine;
  const activity = new ActivityLog(() => 0);
  const backend = {
    memberId: 'm1',
    engine: () => (state.inTeam ? engine : undefined),
    metrics: { observeCall: () => undefined },
    activity,
    onTeam: (handler: () => void) => {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
  } as unknown as Backend;
  return { dispatch: createDispatch(backend), asked, state, handlers, listeners, activity };
}

const written: Outcome = { kind: 'written', context: 'c', copies: [], needed: 1, acks: 1, siblings: 1, hereOnly: false };

test('a put becomes a command with NFC names and bytes', async () => {
  const { dispatch, asked } = fakeMember(() => written);
  await dispatch.call('put', { bucket: 'b', key: 'e\u0301', value: 'YQ==', encoding: 'base64', contentType: 't/x', w: 2 });
  const [command] = asked;
  assert.ok(command?.kind === 'put');
  assert.deepEqual([command.key, command.w, [...(command.value ?? [])]], ['\u00e9', 2, [97]]);
  assert.equal('encoding' in command, false);
});

test('CV-11 a write id reaches the core from every door, and a wrong one does not', async () => {
  const { dispatch, asked } = fakeMember(() => written);
  const put = { bucket: 'b', key: 'k', value: 'v', encoding: 'utf8', contentType: 't/x' };
  await dispatch.call('put', { ...put, writeId: 'w-1_A' });
  await dispatch.call('delete', { bucket: 'b', key: 'k', context: 'c', writeId: 'w2' });
  assert.deepEqual(asked.map((command) => command.kind === 'put' && command.writeId), ['w-1_A', 'w2']);
  for (const writeId of ['', 'a b', 'x'.repeat(65), 'é']) await assert.rejects(dispatch.call('put', { ...put, writeId }), { code: 'BAD_REQUEST' });
});

test('a blind delete is refused before the core; a seen one deletes', async () => {
  const { dispatch, asked } = fakeMember(() => written);
  await assert.rejects(dispatch.call('delete', { bucket: 'b', key: 'k' }), { code: 'CONTEXT_REQUIRED' });
  assert.equal(asked.length, 0);
  await dispatch.call('delete', { bucket: 'b', key: 'k', context: 'c' });
  assert.ok(asked[0]?.kind === 'put' && asked[0].value === undefined);
});

test('unknown fields, wrong types and hostile shapes are bad requests', async () => {
  const { dispatch, asked } = fakeMember(() => written);
  for (const params of [null, [], 'x', 1, { bucket: 'b' }, { bucket: 'b', key: 1 }, { bucket: 'b', key: 'k', x: 1 }, { bucket: 'b', key: 'k', r: 0 }]) {
    await assert.rejects(dispatch.call('get', params), { code: 'BAD_REQUEST' }, JSON.stringify(params));
  }
  assert.equal(asked.length, 0);
});

test('refusals of the core keep their code and numbers', async () => {
  const { dispatch } = fakeMember(() => ({ kind: 'unreachable', needed: 2, acks: 1, durable: 1 }));
  const error: unknown = await dispatch.call('get', { bucket: 'b', key: 'k' }).catch((thrown: unknown) => thrown);
  const { code, needed, acks, durable } = errorBody(error);
  assert.deepEqual({ code, needed, acks, durable }, { code: 'QUORUM_UNREACHABLE', needed: 2, acks: 1, durable: 1 });
});

test('without a team everything about data is NO_TEAM', async () => {
  const member = fakeMember(() => written);
  member.state.inTeam = false;
  for (const call of ['members', 'ring', 'buckets'] as const) await assert.rejects(member.dispatch.call(call, {}), { code: 'NO_TEAM' });
});

test('a watcher from before the team hears of the team and of what follows', () => {
  const member = fakeMember(() => written);
  member.state.inTeam = false;
  const events: ApiEvent[] = [];
  const stop = member.dispatch.onEvent((event) => events.push(event));
  member.state.inTeam = true;
  for (const handler of member.handlers) handler();
  for (const listener of member.listeners) listener({ kind: 'put', bucket: 'b', key: 'k', context: () => 'c', by: 'm1', writtenAt: 0 });
  assert.deepEqual(events.map(({ type }) => type), ['team', 'put']);
  stop();
  assert.deepEqual([member.handlers.size, member.listeners.size], [0, 0]);
});

test('activity is asked for by revision, and watchers hear that there is some', async () => {
  const { dispatch, activity, state } = fakeMember(() => written);
  const events: ApiEvent[] = [];
  const stop = dispatch.onEvent((event) => events.push(event));
  for (const key of ['a', 'b']) activity.notice({ kind: 'put', bucket: 'b', key, context: () => '', by: 'm1', writtenAt: 0 });
  const { entries, latest } = await dispatch.call('activity', { after: 1 });
  assert.deepEqual([entries.map((entry) => 'key' in entry && entry.key), latest], [['b'], 2]);
  for (const params of [{ after: -1 }, { limit: 0 }, { limit: 1_001 }, { since: 1 }]) await assert.rejects(dispatch.call('activity', params), { code: 'BAD_REQUEST' });
  await new Promise((resolve) => setTimeout(resolve, 700));
  assert.deepEqual(events, [{ type: 'activity' }]);
  stop();
  activity.notice({ kind: 'put', bucket: 'b', key: 'c', context: () => '', by: 'm1', writtenAt: 0 });
  await new Promise((resolve) => setTimeout(resolve, 700));
  assert.equal(events.length, 1);
  state.inTeam = false;
  await assert.rejects(dispatch.call('activity', {}), { code: 'NO_TEAM' });
});

test('an unexpected failure stays inside; a frame without an id is dropped', async () => {
  const { dispatch } = fakeMember(() => {
    throw new Error('secret /path');
  });
  const sent: ServerFrame[] = [];
  const inside: unknown[] = [];
  const session = openSession(dispatch, (frame) => sent.push(frame), (error) => inside.push(error));
  for (const frame of [null, 1, {}, { id: 'x' }, { id: 1.5 }]) session.receive(frame);
  session.receive({ id: 7, call: 'buckets', params: {} });
  session.receive({ id: 8, call: '__proto__', params: {} });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(sent.length, 2);
  assert.doesNotMatch(JSON.stringify(sent), /secret/);
  assert.equal(inside.length, 1);
});

test('CQ-7 the names of writers are looked up one by one: no answer goes through all members and partitions for them', async () => {
  const sibling = (writtenBy: string) => ({ value: new Uint8Array(1), contentType: 't/x', dot: `${writtenBy}:1`, writtenBy, writtenAt: 0 });
  const read = { kind: 'read', context: 'c', siblings: [sibling('m1'), sibling('m2')], replies: [], needed: 1, acks: 1 } as unknown as Outcome;
  // The engine of this member has no list of members to go through.
  const { dispatch } = fakeMember(() => read);
  const { siblings } = await dispatch.call('get', { bucket: 'b', key: 'k' });
  assert.deepEqual(siblings.map(({ writtenByName, writtenByPerson }) => [writtenByName, writtenByPerson]), [['Front desk', 'Ada'], ['', null]]);
});
