import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admitMember, signRecord } from '../../../../p2p/membership/admission.ts';
import type { Command, Outcome } from '../../../../p2p/node/commands.ts';
import type { Effect } from '../../../../p2p/node/events.ts';
import type { Node } from '../../../../p2p/node/node.ts';
import { decodeRecord, encodeRecord } from '../../../../p2p/membership/member-record.ts';
import { MEMBER_ROW } from '../../../../p2p/node/member-desk.ts';
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
  const effects = begin(node, command);
  // The disk takes everything at once.
  for (const effect of effects) if (effect.kind === 'commit') effects.push(...node.step({ kind: 'committed', token: effect.token }, NOW));
  const replies = effects.flatMap((effect) => (effect.kind === 'reply' ? [effect.outcome] : []));
  return { outcome: replies[0], effects };
}

function begin(node: Node, command: Command): Effect[] {
  return [...node.step({ kind: 'client', token: 9, command }, NOW)];
}

/** The disk has kept all that the last effects asked for. */
function commitAll(node: Node, effects: readonly Effect[]): readonly Effect[] {
  return effects.flatMap((effect) => (effect.kind === 'commit' ? node.step({ kind: 'committed', token: effect.token }, NOW) : []));
}

const PUT: Command = { kind: 'put', bucket: 'b', key: 'k', value: new Uint8Array([1]), contentType: 't/x' };

function isHeard(effects: readonly Effect[]): boolean {
  return effects.some((effect) => effect.kind === 'send' && effect.to === 'ben' && effect.message.kind === 'gossip-delta');
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
  commitAll(node, node.core.takeEffects());
  assert.deepEqual([node.members.status, node.core.roster.get('ada')?.said], ['left', 'left']);
  assert.equal(ask(node, PUT).outcome?.kind, 'no-team');
});

test('TR-32 that it has left is on its disk before anybody hears of it, whatever it said of itself meanwhile', () => {
  const node = testNode({ profile: { introduced: [recordOf('ada', 1, 'up'), recordOf('ben', 1, 'up')] } });
  node.start(NOW);
  node.step({ kind: 'peer', event: { kind: 'connected', member: 'ben', address: '/x' } }, NOW);
  ask(node, { kind: 'leave', force: false });
  node.members.departures.handedOver();
  const asked = [...node.core.takeEffects(), ...begin(node, { kind: 'rename', name: 'other', person: undefined })];
  assert.deepEqual([node.members.status, node.core.roster.get('ada')?.said, isHeard(asked)], ['leaving', 'leaving', false]);
  // What it said meanwhile is the later word on the disk, so it says once more that it leaves.
  const again = commitAll(node, asked);
  assert.deepEqual([node.members.status, isHeard(again)], ['leaving', false]);
  assert.ok(isHeard(commitAll(node, again)));
  assert.deepEqual([node.members.status, node.core.roster.get('ada')?.said, node.core.roster.get('ada')?.name], ['left', 'left', 'other']);
});

test('TR-32 a disk that refuses that it has left is asked again, and nothing is said until it has it', () => {
  const node = testNode({ profile: { introduced: [recordOf('ada', 1, 'up'), recordOf('ben', 1, 'up')] } });
  node.start(NOW);
  node.step({ kind: 'peer', event: { kind: 'connected', member: 'ben', address: '/x' } }, NOW);
  const effects = begin(node, { kind: 'leave', force: true });
  const refused = effects.flatMap((effect) =>
    effect.kind === 'commit' ? node.step({ kind: 'store-failed', token: effect.token, failure: 'read-only', message: 'full' }, NOW) : [],
  );
  assert.deepEqual([node.members.status, isHeard([...effects, ...refused])], ['up', false]);
  assert.equal(ask(node, PUT).outcome?.kind, 'no-team');
  const again = node.step({ kind: 'wake' }, { nowMs: NOW.nowMs + 1_000, wallMs: NOW.wallMs + 1_000 });
  assert.ok(isHeard(commitAll(node, again)));
  assert.equal(node.members.status, 'left');
});

test('TR-33 who has left tells so to whoever connects, as a crash may have come before the farewell', () => {
  const node = testNode({
    profile: { introduced: [recordOf('ben', 1, 'up')] },
    remembered: [{ name: `${MEMBER_ROW}ada`, bytes: encodeRecord(recordOf('ada', 7, 'left')) }],
  });
  node.start(NOW);
  assert.equal(node.core.out, 'left');
  const effects = node.step({ kind: 'peer', event: { kind: 'connected', member: 'ben', address: '/x' } }, NOW);
  const told = effects.flatMap((effect) => (effect.kind === 'send' && effect.message.kind === 'gossip-delta' ? effect.message.records.map(decodeRecord) : []));
  assert.deepEqual(told.map(({ member, said }) => [member, said]), [['ada', 'left']]);
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
