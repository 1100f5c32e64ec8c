import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_CONFIG } from '../../../../p2p/config.ts';
import { paceOf } from '../../../../p2p/membership/pace.ts';

const MESH_MAX = DEFAULT_CONFIG.connectedMembersMax;

interface Row {
  readonly members: number;
  readonly contacts: number;
  readonly broadcastBeats: number;
  readonly connectedBeats: number;
}

const table: readonly Row[] = [
  { members: 1, contacts: 1, broadcastBeats: 5, connectedBeats: 0 },
  { members: 2, contacts: 1, broadcastBeats: 5, connectedBeats: 1.5 },
  { members: 5, contacts: 2, broadcastBeats: 5, connectedBeats: 3 },
  { members: 10, contacts: 3, broadcastBeats: 5, connectedBeats: 4.5 },
  { members: 30, contacts: 4, broadcastBeats: 15, connectedBeats: 16 },
  { members: 50, contacts: 4, broadcastBeats: 25, connectedBeats: 31 },
];

for (const { members, ...expected } of table) {
  test(`MB-22 the pace of a team of ${members}`, () => {
    const { contacts, broadcastBeats, connectedBeats } = paceOf(members, members - 1);
    assert.deepEqual({ contacts, broadcastBeats, connectedBeats: connectedBeats < 10 ? connectedBeats : Math.round(connectedBeats) }, expected);
  });
}

for (const [members, beats] of [[5, 3], [10, 4], [50, 16], [100, 31], [1_000, 469], [10_000, 6_250]] as const) {
  test(`MB-22 the silence of a member of ${members} that is not connected`, () => {
    assert.equal(Math.round(paceOf(members, Math.min(members - 1, 16)).distantBeats), beats);
  });
}

test('MB-22 up to ten members the times hold as they are set', () => {
  const suspectBeats = DEFAULT_CONFIG.suspectAfterMs / DEFAULT_CONFIG.gossipIntervalMs;
  for (let members = 1; members <= 10; members += 1) {
    const { connectedBeats, distantBeats } = paceOf(members, members - 1);
    assert.ok(connectedBeats <= suspectBeats && distantBeats <= suspectBeats, `${members}: ${connectedBeats}, ${distantBeats}`);
  }
});

test('MB-22 neither exchanges nor broadcasts a member grow with the team', () => {
  for (let members = 1; members <= 20_000; members = Math.ceil(members * 1.3)) {
    const { contacts, broadcastBeats } = paceOf(members, Math.min(members - 1, MESH_MAX));
    assert.ok(contacts >= 1 && contacts <= 4);
    assert.ok(members / broadcastBeats <= 2, `${members} members broadcast ${members / broadcastBeats} times a beat`);
  }
});

test('MB-22 the silence that means something never shrinks as the team grows', () => {
  let [connected, distant] = [0, 0];
  for (let members = 16; members <= 20_000; members += 1 + (members >> 3)) {
    const pace = paceOf(members, Math.min(members - 1, MESH_MAX));
    assert.ok(pace.connectedBeats >= connected && pace.distantBeats >= distant);
    [connected, distant] = [pace.connectedBeats, pace.distantBeats];
  }
});
