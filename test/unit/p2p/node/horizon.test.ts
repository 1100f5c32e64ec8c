/** RP-6, RP-7: a store that was put back, while its team shrinks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admitMember, signRecord } from '../../../../p2p/membership/admission.ts';
import { ByteWriter } from '../../../../p2p/bytes/byte-writer.ts';
import { HORIZON_ROW } from '../../../../p2p/node/horizon.ts';
import type { Node } from '../../../../p2p/node/node.ts';
import { fakeSigner } from '../../../sim/fake-signer.ts';
import { testNode } from './test-node.ts';

const NOW = { nowMs: 1_000, wallMs: 50_000 };

/** Ada's store at horizon 5, put back since, in a team with Ben. */
function restored(): Node {
  const bytes = new ByteWriter().varint(5).varint(5).varint(2).u8(0).finish();
  const node = testNode({ identity: { boots: 3, restoredAt: 3 }, others: ['ben'], remembered: [{ name: HORIZON_ROW, bytes }] });
  node.start(NOW);
  return node;
}

function leaves({ core, members }: Node, member: string): void {
  const admission = admitMember(core.team, fakeSigner('ada'), member, 0);
  const unsigned = { member, incarnation: 2, status: 'left', name: member, machine: member, zone: undefined, weight: 1, addresses: [], admission } as const;
  members.offer([signRecord(unsigned, fakeSigner(member))]);
}

function beatAt(node: Node, nowMs: number): void {
  node.step({ kind: 'wake' }, { nowMs, wallMs: NOW.wallMs });
}

test('RP-7 who is alone has nobody to be behind, and sees it at the next beat', () => {
  const node = restored();
  beatAt(node, 2_000);
  assert.equal(node.core.horizon.standing, 'unsure');
  leaves(node, 'ben');
  beatAt(node, 3_000);
  assert.equal(node.core.horizon.standing, 'sure');
});

test('RP-6 a store that is behind stays so, also when nobody else is left', () => {
  const node = restored();
  node.core.horizon.heard('ben', { raised: 9, fence: 9, isSure: true });
  leaves(node, 'ben');
  node.core.horizon.settle();
  assert.equal(node.core.horizon.standing, 'behind');
});
