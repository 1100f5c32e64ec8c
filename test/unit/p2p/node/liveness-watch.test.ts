/** MB-20: who looks through a team that is too large to be connected each to each. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foundTeam } from '../../../../p2p/membership/team.ts';
import { LivenessWatch } from '../../../../p2p/node/liveness-watch.ts';
import type { MemberId } from '../../../../p2p/types.ts';
import { GossipMember, gossipRecord } from '../../../sim/gossip-member.ts';
import { SeededRandom } from '../../../sim/random.ts';

const team = foundTeam({ name: 'team', partitions: 1, founder: 'm0', nonce: new Uint8Array(16) });
const SILENCE = { members: 8, connectedMs: 0, distantMs: 60_000, answerMs: 0 };

/** m0 of a team of eight, connected to m1. */
function watching(): GossipMember {
  const records = Array.from({ length: 8 }, (_, index) => gossipRecord(team, `m${index}`));
  const watcher = new GossipMember({
    team, member: 'm0', random: new SeededRandom(1, 'm0'), config: { connectedMembersMax: 2 },
    records: new Map(records.map((record) => [record.member, record])),
    send: () => undefined, broadcast: () => undefined,
  });
  watcher.core.detector.setSilence(SILENCE);
  watcher.core.detector.connected('m1', 0);
  return watcher;
}

/** One look, and what it told. */
function looked({ core }: GossipMember, watch: LivenessWatch, nowMs: number): readonly string[] {
  core.now = { nowMs, wallMs: nowMs };
  watch.look();
  return core.takeEffects()
    .flatMap((effect) => (effect.kind === 'trace' && effect.event.kind === 'liveness' ? [effect.event] : []))
    .map(({ member, from, to }) => `${member} ${from} ${to}`)
    .sort();
}

test('MB-20 a look tells of each member whose liveness changed, once, and says whom it lost', () => {
  const watcher = watching();
  const lost: MemberId[] = [];
  const watch = new LivenessWatch(watcher.core, (member) => lost.push(member));
  for (const member of ['m2', 'm3', 'm4', 'm5']) watcher.core.detector.heardOf(member, 0);
  assert.deepEqual(looked(watcher, watch, 1_000), ['m1', 'm2', 'm3', 'm4', 'm5'].map((member) => `${member} suspect alive`), 'm6 and m7 were never heard');
  assert.deepEqual(looked(watcher, watch, 2_000), []);
  for (const member of ['m1', 'm2', 'm3']) watcher.core.detector.heardOf(member, 60_000);
  assert.deepEqual(looked(watcher, watch, 60_001), ['m4 alive suspect', 'm5 alive suspect']);
  assert.deepEqual(lost.sort(), ['m4', 'm5']);
});

test('MB-20 what is heard of somebody who is no member is not told', () => {
  const watcher = watching();
  const watch = new LivenessWatch(watcher.core, () => undefined);
  watcher.core.detector.heardOf('a stranger', 0);
  assert.deepEqual(looked(watcher, watch, 1_000), ['m1 suspect alive']);
});
