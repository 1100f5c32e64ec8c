/** RP-6, RP-7: a store that was put back, while its team shrinks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { admitMember, signRecord } from '../../../../p2p/membership/admission.ts';
import { ByteWriter } from '../../../../p2p/bytes/byte-writer.ts';
import { HORIZON_ROW } from '../../../../p2p/node/horizon.ts';
import type { RaiseProof } from '../../../../p2p/node/raise-proofs.ts';
import { RAISED_ROW, signRaise } from '../../../../p2p/node/raise-proofs.ts';
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
  node.core.horizon.proofs.take([signRaise(node.core.team, fakeSigner('ada'), 9)]);
  node.core.horizon.heard('ben', { raised: 9, fence: 9, isSure: true });
  leaves(node, 'ben');
  node.core.horizon.settle();
  assert.equal(node.core.horizon.standing, 'behind');
});

test('SC-30 a fence counts only as far as the member itself has signed that it was there', () => {
  const told = { raised: 9, fence: 9, isSure: true };
  const behind = (proofs: (node: Node) => readonly RaiseProof[]): string => {
    const node = restored();
    node.core.horizon.proofs.take(proofs(node));
    node.core.horizon.heard('ben', told);
    return node.core.horizon.standing;
  };
  assert.equal(behind(() => []), 'unsure');
  assert.equal(behind(({ core }) => [signRaise(core.team, fakeSigner('ada'), 8)]), 'unsure', 'an earlier one');
  assert.equal(behind(({ core }) => [signRaise(core.team, fakeSigner('ben'), 9)]), 'unsure', 'of somebody else');
  assert.equal(behind(({ core }) => [{ ...signRaise(core.team, fakeSigner('ben'), 9), member: 'ada' }]), 'unsure', 'signed by somebody else');
  assert.equal(behind(() => [signRaise({ id: 'other' }, fakeSigner('ada'), 9)]), 'unsure', 'for another team');
  assert.equal(behind(({ core }) => [signRaise(core.team, fakeSigner('ada'), 9)]), 'behind');
});

test('RP-11 who was not known when the team reaped raises its horizon, once its own word would have been shown, and keeps its store', () => {
  const node = restored();
  const { horizon } = node.core;
  const told = { raised: 9, fence: 9, isSure: true };
  const hearAt = (nowMs: number): void => {
    beatAt(node, nowMs);
    horizon.heard('ben', told);
    for (const effect of node.core.takeEffects()) if (effect.kind === 'commit') node.step({ kind: 'committed', token: effect.token }, { nowMs, wallMs: NOW.wallMs });
  };
  hearAt(2_000);
  hearAt(11_999);
  assert.deepEqual([horizon.raised, horizon.standing], [5, 'unsure']);
  hearAt(12_000);
  assert.deepEqual([horizon.raised, horizon.fence, horizon.proofs.epochOf('ada')], [9, 5, 9]);
  hearAt(13_000);
  assert.equal(horizon.standing, 'sure');
});

test('SC-32 what members have signed is remembered over a restart, and a row that was changed is not', () => {
  const node = restored();
  node.core.horizon.proofs.take([signRaise(node.core.team, fakeSigner('ben'), 9), signRaise(node.core.team, fakeSigner('ada'), 7)]);
  const rows = node.core.takeEffects().flatMap((effect) => (effect.kind === 'commit' ? effect.batch : []));
  const remembered = rows.flatMap((row) => (row.kind === 'meta' && row.bytes !== undefined ? [{ name: row.name, bytes: row.bytes }] : []));
  const [ben, ada] = remembered;
  assert.ok(ben !== undefined && ada !== undefined);
  const again = testNode({ others: ['ben'], remembered: [ben, { ...ada, bytes: ada.bytes.with(0, 8) }, { name: `${RAISED_ROW}cleo`, bytes: new Uint8Array(1) }] });
  again.start(NOW);
  assert.deepEqual(['ben', 'ada', 'cleo'].map((name) => again.core.horizon.proofs.epochOf(name)), [9, 0, 0]);
});
