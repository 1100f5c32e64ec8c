/** RG-31: how often news of members make this one work out who keeps what. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admitMember, signRecord } from '../../../../p2p/membership/admission.ts';
import type { Node } from '../../../../p2p/node/node.ts';
import { CREDIT_EVERY_MS, CREDIT_MAX } from '../../../../p2p/node/ring-changes.ts';
import type { MemberRecord, OwnStatus } from '../../../../p2p/types.ts';
import { fakeSigner } from '../../../sim/fake-signer.ts';
import { testNode } from './test-node.ts';

let incarnation = 10;

function recordOf(node: Node, member: string, weight: number, status: OwnStatus = 'up'): MemberRecord {
  const admission = admitMember(node.core.team, fakeSigner('ada'), member, 0);
  incarnation += 1;
  return signRecord({ member, incarnation, status, name: member, machine: member, zone: undefined, weight, addresses: [], admission }, fakeSigner(member));
}

/** A node of a team that has been quiet, and how time goes on for it. */
function quietTeam(): { readonly node: Node; readonly offer: (record: MemberRecord) => void; readonly wait: (ms: number) => void; readonly rings: () => number } {
  const node = testNode({ others: ['ben', 'cleo'] });
  let [nowMs, rings, ring] = [1_000, 0, node.core.placement];
  const look = (): void => {
    rings += Number(node.core.placement !== ring);
    ring = node.core.placement;
  };
  const wait = (ms: number): void => {
    for (const endMs = nowMs + ms; nowMs < endMs; nowMs += 100) node.step({ kind: 'wake' }, { nowMs, wallMs: nowMs });
    look();
  };
  node.start({ nowMs, wallMs: nowMs });
  wait(20_000);
  rings = 0;
  return {
    node,
    wait,
    rings: () => rings,
    offer: (record) => {
      node.members.offer([record]);
      look();
    },
  };
}

const weightOf = (node: Node, member: string): number | undefined => node.core.placement.members.find((one) => one.member === member)?.weight;

test('RG-31 the first changes of the ring count at once, those on their heels together, and the last one in the end', () => {
  const { node, offer, wait, rings } = quietTeam();
  for (let index = 1; index <= 100; index += 1) offer(recordOf(node, 'ben', 1 + index / 8));
  assert.deepEqual([rings(), weightOf(node, 'ben')], [CREDIT_MAX, 1 + CREDIT_MAX / 8]);
  wait(CREDIT_EVERY_MS + 200);
  assert.deepEqual([rings(), weightOf(node, 'ben')], [CREDIT_MAX + 1, 13.5]);
  assert.equal(node.core.roster.get('ben')?.weight, 13.5, 'the record was known all the time');
  for (let second = 0; second < 60; second += 1) {
    for (let index = 0; index < 10; index += 1) offer(recordOf(node, 'ben', 1 + ((second + index) % 7)));
    wait(1_000);
  }
  assert.ok(rings() <= CREDIT_MAX + 2 + 60_000 / CREDIT_EVERY_MS, `${rings()} rings`);
});

test('RG-31 after a while at rest changes count at once again; a record that changes no ring costs nothing', () => {
  const { node, offer, wait, rings } = quietTeam();
  for (let index = 1; index <= CREDIT_MAX; index += 1) offer(recordOf(node, 'ben', 1 + index));
  for (let index = 0; index < 50; index += 1) offer(recordOf(node, 'ben', 1 + CREDIT_MAX));
  wait((CREDIT_MAX + 1) * CREDIT_EVERY_MS);
  for (let index = 1; index <= CREDIT_MAX; index += 1) offer(recordOf(node, 'cleo', 1 + index));
  assert.equal(rings(), 2 * CREDIT_MAX);
});

test('RG-31 what this member says of itself, or is told of it, counts at once', () => {
  const { node, offer } = quietTeam();
  for (let index = 1; index <= 50; index += 1) offer(recordOf(node, 'ben', 1 + index));
  offer(recordOf(node, 'cleo', 1, 'left'));
  assert.ok(weightOf(node, 'cleo') !== undefined);
  node.step({ kind: 'client', token: 1, command: { kind: 'leave', force: false } }, node.core.now);
  assert.deepEqual(node.core.pendingPlacement.members.map(({ member, weight }) => [member, weight]), [['ben', 51]]);
});
