/** How long a request takes room: until it is answered and the own disk is done with it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from '../../../../p2p/node/commands.ts';
import type { Effect } from '../../../../p2p/node/events.ts';
import type { Message } from '../../../../p2p/wire/message.ts';
import { outcomes, sent, tokenOf, trio } from './trio.ts';

type Trio = ReturnType<typeof trio>;

const ACKED = { kind: 'replicate-reply', durable: true, isOther: false } as const;

function put(key: string, bytes = 1): Command {
  return { kind: 'put', bucket: 'b', key, value: new Uint8Array(bytes), contentType: 't' };
}

function acks({ answer }: Trio, effects: readonly Effect[]): readonly string[] {
  return sent(effects, 'replicate').flatMap(({ to, id }) => outcomes(answer(to, { ...ACKED, id })));
}

/** A write that the others acknowledge, while the own disk stands still. @returns The commit's token. */
function answered(team: Trio, command: Command): number {
  const committing = team.step({ kind: 'read', token: tokenOf(team.ask(command), 'read'), object: undefined });
  assert.deepEqual(acks(team, committing), ['written']);
  return tokenOf(committing, 'commit');
}

test('AC-20 a write that others acknowledged keeps its room until the own disk has it, or refused it', () => {
  const team = trio({ requestsMax: 2 });
  const first = answered(team, put('k1'));
  const second = answered(team, put('k2'));
  assert.equal(team.node.load().clientRequests, 2);
  assert.deepEqual(outcomes(team.ask(put('k3'))), ['overloaded']);
  team.step({ kind: 'committed', token: first });
  assert.deepEqual(outcomes(team.ask(put('k4'))), []);
  assert.deepEqual(outcomes(team.ask(put('k5'))), ['overloaded']);
  team.step({ kind: 'store-failed', token: second, failure: 'read-only', message: 'full' });
  assert.deepEqual(outcomes(team.ask(put('k6'))), []);
});

test('AC-20 writes that wait behind one of their key keep their room after their time', () => {
  const team = trio({ requestsMax: 2 });
  const commit = answered(team, put('k'));
  assert.deepEqual(outcomes(team.ask({ ...put('k'), timeoutMs: 200 } as Command)), []);
  assert.deepEqual(outcomes(team.expire()), ['unreachable']);
  assert.deepEqual(outcomes(team.ask(put('other'))), ['overloaded']);
  const next = team.step({ kind: 'committed', token: commit });
  assert.equal(team.node.load().clientRequests, 1, 'its read is under way');
  team.step({ kind: 'read', token: tokenOf(next, 'read'), object: undefined });
  assert.equal(team.node.load().clientRequests, 0, 'too late to be written');
});

test('AC-20 a read that others answered keeps its room until the own disk has answered', () => {
  const team = trio({ requestsMax: 1 });
  const asking = team.ask({ kind: 'get', bucket: 'b', key: 'k' });
  const replies = sent(asking, 'read').flatMap(({ to, id }) =>
    outcomes(team.answer(to, { kind: 'read-reply', id, refused: false, hash: undefined, object: undefined, horizon: 0 })),
  );
  assert.deepEqual(replies, ['read']);
  assert.deepEqual(outcomes(team.ask({ kind: 'get', bucket: 'b', key: 'k' })), ['overloaded']);
  team.step({ kind: 'read', token: tokenOf(asking, 'read'), object: undefined });
  assert.equal(team.node.load().clientRequests, 0);
});

test('AC-20 writes that wait for a dot keep their room', () => {
  const team = trio({ requestsMax: 1, dotLease: 2 });
  for (let index = 0; index < 100; index += 1) team.step({ kind: 'committed', token: answered(team, put(`k${index}`)) });
  assert.deepEqual(outcomes(team.ask({ ...put('late'), timeoutMs: 200 } as Command)), []);
  assert.deepEqual(outcomes(team.expire()), ['unreachable']);
  assert.deepEqual(outcomes(team.ask(put('k'))), ['overloaded']);
  team.step({ kind: 'leased', through: 200 });
  assert.equal(team.node.load().clientRequests, 0);
});

test('AC-21 values and what the disk has not taken yet are bounded in bytes; one request always fits', () => {
  const team = trio({ requestsBytesMax: 10_000 });
  const large = answered(team, put('large', 20_000));
  assert.deepEqual(outcomes(team.ask(put('small'))), ['overloaded']);
  team.step({ kind: 'committed', token: large });
  const small = answered(team, put('small', 4_000));
  assert.deepEqual(outcomes(team.ask(put('another', 4_000))), ['overloaded'], 'what is to be written counts as well');
  assert.deepEqual(outcomes(team.ask({ kind: 'get', bucket: 'b', key: 'k' })), [], 'a read has no value');
  team.step({ kind: 'committed', token: small });
  assert.deepEqual(outcomes(team.ask(put('another', 4_000))), []);
});

test('AC-22 a write that a peer handed on keeps its room until this disk has it', () => {
  const team = trio({ peerRequestsMax: 1 });
  const forward = (id: number): Message => ({
    kind: 'forward-put', id, bucket: 'b', key: `k${id}`, value: new Uint8Array(1), contentType: 't', context: undefined, w: 'quorum', sloppy: true, timeoutMs: 200,
    writeId: `w${id}`, writtenBy: 'ben', imported: undefined,
  });
  const toBen = (effects: readonly Effect[]): readonly string[] =>
    effects.flatMap((effect) => (effect.kind === 'send' && effect.to === 'ben' && effect.message.kind.endsWith('-reply') ? [effect.message.kind] : []));
  const committing = team.step({ kind: 'read', token: tokenOf(team.answer('ben', forward(1)), 'read'), object: undefined });
  const told = sent(committing, 'replicate').flatMap(({ to, id }) => toBen(team.answer(to, { ...ACKED, id })));
  assert.deepEqual(told, ['forward-put-reply']);
  assert.deepEqual(toBen(team.answer('ben', forward(2))), ['overloaded-reply']);
  team.step({ kind: 'committed', token: tokenOf(committing, 'commit') });
  assert.equal(team.node.load().peerRequests, 0);
  assert.deepEqual(toBen(team.answer('ben', forward(3))), []);
});
