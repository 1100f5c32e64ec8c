/** QP-5, QP-8, TR-9: whatever view of the ring a strict write meets with, primaries alone are counted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../../p2p/node/commands.ts';
import { Placement } from '../../p2p/ring/placement.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import type { Message, MessageOf } from '../../p2p/wire/message.ts';
import { Lab, PARTITIONS } from './lab.ts';

const TEAM = ['ada', 'ben', 'cleo', 'dan', 'eve'];
const REF = keyRef('notes', 'k', PARTITIONS);
const TEXT = new TextEncoder().encode('v');

/** Two of five members keep no copy of the key. */
function team(): { readonly lab: Lab; readonly primaries: readonly string[]; readonly others: readonly [string, string] } {
  const lab = new Lab({ up: TEAM });
  lab.keys.set(REF.id, REF);
  const primaries = lab.primaries(REF);
  const [one, other] = TEAM.filter((name) => !primaries.includes(name));
  assert.ok(one !== undefined && other !== undefined);
  return { lab, primaries, others: [one, other] };
}

/** Takes the members for the whole team, until it is undone. */
function believe(lab: Lab, name: string, members: readonly string[]): () => void {
  const core = lab.core(name);
  const { placement, pendingPlacement } = core;
  core.placement = new Placement(placement.members.filter(({ member }) => members.includes(member)), PARTITIONS);
  core.pendingPlacement = core.placement;
  return () => Object.assign(core, { placement, pendingPlacement });
}

function put(lab: Lab, by: string, w: number): { readonly outcome: () => Outcome | undefined } {
  let outcome: Outcome | undefined;
  lab.member(by).execute({ kind: 'put', bucket: 'notes', key: 'k', value: TEXT, contentType: 'text/plain', w, sloppy: false }, (answer) => {
    outcome = answer;
  });
  return { outcome: () => outcome };
}

test('QP-8 who is handed a strict write and is no primary refuses it, keeps nothing of it and tells of its view', () => {
  const { lab, primaries, others: [one, other] } = team();
  const replies: MessageOf<'forward-put-reply'>[] = [];
  const gossip: Message['kind'][] = [];
  lab.onMessage = (from, to, message) => {
    if (message.kind === 'forward-put-reply') replies.push(message);
    if (from === one && to === other && message.kind.startsWith('gossip-')) gossip.push(message.kind);
  };
  lab.network.block([[one, primaries[1]!], [one, primaries[2]!]]);
  lab.member(one).feed({
    kind: 'message', from: other,
    message: { kind: 'forward-put', id: 77, bucket: 'notes', key: 'k', value: TEXT, contentType: 'text/plain', context: undefined, w: '2', sloppy: false, timeoutMs: 2_000, writeId: 'w1', writtenBy: other, imported: undefined },
  });
  lab.run(100);
  assert.deepEqual(replies.map(({ outcome, needed, acks, copies }) => ({ outcome, needed, acks, copies })), [{ outcome: 'unreachable', needed: 2, acks: 0, copies: [] }]);
  assert.deepEqual(lab.holders(REF), []);
  assert.ok(gossip.length > 0, 'its view is sent');
});

test('QP-8 a strict write goes on to the next primary when the first says that it is none', () => {
  const { lab, primaries: [first = '', ...rest], others: [one, other] } = team();
  believe(lab, first, [...rest, one]);
  const asked: string[] = [];
  lab.onMessage = (_, to, { kind }) => {
    if (kind === 'forward-put') asked.push(to);
  };
  const outcome = lab.ask(other, { kind: 'put', bucket: 'notes', key: 'k', value: TEXT, contentType: 'text/plain', w: 2, sloppy: false });
  assert.ok(outcome?.kind === 'written', JSON.stringify(outcome));
  assert.deepEqual(outcome.copies.map(({ member }) => member).toSorted(), rest.toSorted());
  assert.deepEqual(asked, [first, rest[0]]);
});

test('TR-9 a strict write that found only members who are no primaries is tried once more', () => {
  const { lab, primaries, others: [one, other] } = team();
  const undo = believe(lab, other, [one]);
  const { outcome } = put(lab, other, 2);
  lab.run(60);
  assert.equal(outcome(), undefined);
  undo();
  lab.until('it is answered', () => outcome() !== undefined, 3_000);
  const written = outcome();
  assert.ok(written?.kind === 'written' && written.acks === 2, JSON.stringify(written));
  assert.ok(written.copies.every(({ member }) => primaries.includes(member)));
});

test('QP-8 a strict write that meets no primary says how many it needed', () => {
  const { lab, primaries, others: [one] } = team();
  for (const name of primaries) lab.member(name).crash();
  lab.until('they are down', () => primaries.every((name) => lab.core(one).liveness(name) === 'down'), 120_000);
  const { outcome } = put(lab, one, 3);
  lab.until('it is answered', () => outcome() !== undefined);
  assert.deepEqual(outcome(), { kind: 'unreachable', needed: 3, acks: 0, durable: 0 });
});

test('QP-5 a coordinator that is no primary any more when it tries a strict write again does not count itself', () => {
  const { lab, primaries, others: [one, other] } = team();
  const [first = '', second = '', third = ''] = primaries;
  lab.network.block([[first, second], [first, third]]);
  const { outcome } = put(lab, first, 2);
  lab.until('its commit is under way', () => lab.holders(REF).includes(first), 1_000);
  lab.run(500);
  believe(lab, first, [second, one, other]);
  lab.until('it is answered', () => outcome() !== undefined);
  assert.deepEqual(outcome(), { kind: 'unreachable', needed: 2, acks: 1, durable: 1 });
});
