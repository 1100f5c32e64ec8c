import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admitMember, signRecord } from '../../../../p2p/membership/admission.ts';
import type { Command, Outcome } from '../../../../p2p/node/commands.ts';
import type { Effect } from '../../../../p2p/node/events.ts';
import type { Node } from '../../../../p2p/node/node.ts';
import type { MemberRecord, OwnStatus } from '../../../../p2p/types.ts';
import { fakeSigner } from '../../../sim/fake-signer.ts';
import { testNode } from './test-node.ts';

const NOW = { nowMs: 1_000, wallMs: 50_000 };

function recordOf(member: string, incarnation: number, status: OwnStatus): MemberRecord {
  const { team } = testNode().core;
  const admission = admitMember(team, fakeSigner('ada'), member, 0);
  const unsigned = { member, incarnation, status, name: member, machine: member, zone: undefined, weight: 1, addresses: [], admission };
  return signRecord(unsigned, fakeSigner(member));
}

function ask(node: Node, command: Command): { readonly outcome: Outcome | undefined; readonly effects: readonly Effect[] } {
  const effects = node.step({ kind: 'client', token: 9, command }, NOW);
  const replies = effects.flatMap((effect) => (effect.kind === 'reply' ? [effect.outcome] : []));
  return { outcome: replies[0], effects };
}

test('MB-16 who joins again says so, whatever others remember of its leaving', () => {
  const node = testNode({ profile: { firstStatus: 'joining', introduced: [recordOf('ada', 7, 'left'), recordOf('ben', 1, 'up')] } });
  node.start(NOW);
  const own = node.core.roster.get('ada');
  const said = own?.incarnation ?? 0;
  assert.deepEqual([own?.status, said > 7, node.core.out], ['joining', true, undefined]);
  node.members.offer([recordOf('ada', said + 13, 'left')]);
  assert.deepEqual([node.core.roster.get('ada')?.status, node.core.roster.get('ada')?.incarnation], ['joining', said + 14]);
});

test('MB-16 a leave says who has to be here for it, and ends only from leaving', () => {
  const node = testNode({ profile: { introduced: [recordOf('ada', 1, 'up'), recordOf('ben', 1, 'up'), recordOf('cleo', 1, 'up')] } });
  node.start(NOW);
  node.step({ kind: 'peer', event: { kind: 'connected', member: 'ben', address: '/x' } }, NOW);
  node.members.departures.handedOver();
  assert.deepEqual([node.members.status, node.members.departures.waitingFor()], ['up', []]);
  assert.equal(ask(node, { kind: 'leave', force: false }).outcome?.kind, 'departing');
  assert.deepEqual([node.members.status, node.members.departures.waitingFor()], ['leaving', ['cleo']]);
  node.members.departures.handedOver();
  assert.deepEqual([node.members.status, node.core.roster.get('ada')?.said], ['left', 'left']);
  const put: Command = { kind: 'put', bucket: 'b', key: 'k', value: new Uint8Array([1]), contentType: 't/x' };
  assert.equal(ask(node, put).outcome?.kind, 'no-team');
});

test('MB-15 a removed member is told while it is connected, and its frames count no more', () => {
  const node = testNode({ profile: { introduced: [recordOf('ada', 1, 'up'), recordOf('ben', 1, 'up'), recordOf('cleo', 1, 'up')] } });
  node.start(NOW);
  for (const member of ['ben', 'cleo']) node.step({ kind: 'peer', event: { kind: 'connected', member, address: '/x' } }, NOW);
  const { outcome, effects } = ask(node, { kind: 'remove-member', member: 'ben' });
  assert.equal(outcome?.kind, 'removed');
  assert.ok(effects.some((effect) => effect.kind === 'send' && effect.to === 'ben' && effect.message.kind === 'gossip-delta'));
  const read = { kind: 'read', id: 1, bucket: 'b', key: 'k', digest: false, asPrimary: false } as const;
  assert.deepEqual(node.step({ kind: 'message', from: 'ben', message: read }, NOW), []);
  assert.ok(node.step({ kind: 'message', from: 'cleo', message: read }, NOW).length > 0);
  const introduced = effects.findLast((effect) => effect.kind === 'introduce');
  assert.deepEqual(introduced?.peers.map(({ member }) => member), ['cleo']);
});

test('MB-13 unknown is not found, oneself is a bad request, and twice is once', () => {
  const node = testNode({ profile: { introduced: [recordOf('ada', 1, 'up'), recordOf('ben', 1, 'up')] } });
  node.start(NOW);
  assert.equal(ask(node, { kind: 'remove-member', member: 'zoe' }).outcome?.kind, 'not-found');
  assert.equal(ask(node, { kind: 'remove-member', member: 'ada' }).outcome?.kind, 'bad-request');
  assert.equal(ask(node, { kind: 'remove-member', member: 'ben' }).outcome?.kind, 'removed');
  const removal = node.core.roster.get('ben')?.removal;
  assert.equal(ask(node, { kind: 'remove-member', member: 'ben' }).outcome?.kind, 'removed');
  assert.equal(node.core.roster.get('ben')?.removal, removal);
  assert.equal(ask(node, { kind: 'leave', force: false }).outcome?.kind, 'bad-request', 'nobody stays');
});

test('MB-15 who is out has no peers, though it remembers who is of the team', () => {
  const node = testNode({ others: ['ben'] });
  node.start(NOW);
  assert.deepEqual(node.core.peers(), ['ben']);
  node.core.out = 'removed';
  assert.deepEqual([node.core.peers(), node.core.roster.members()], [[], ['ada', 'ben']]);
});
