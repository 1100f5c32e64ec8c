/** A member against what its team remembers of it: restarts, backups that were put back, copies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEARTBEAT_MAX, INCARNATION_MAX, LIVES_MAX } from '../../../../p2p/bounds.ts';
import { ByteWriter } from '../../../../p2p/bytes/byte-writer.ts';
import { admitMember, signRecord } from '../../../../p2p/membership/admission.ts';
import { encodeRecord } from '../../../../p2p/membership/member-record.ts';
import type { Effect, Now } from '../../../../p2p/node/events.ts';
import type { Node } from '../../../../p2p/node/node.ts';
import { LIFE_ROW, QUIET_MS } from '../../../../p2p/node/own-life.ts';
import { decodeMessage, encodeMessage } from '../../../../p2p/wire/codec.ts';
import { fakeSigner } from '../../../sim/fake-signer.ts';
import { testNode } from './test-node.ts';

const LIFE = 1_000_000_000;
const NO_HASH = new Uint8Array(8);
const at = (nowMs: number): Now => ({ nowMs, wallMs: nowMs });
const beat = (heartbeat: number, life: string) =>
  ({ kind: 'gossip-beat', id: 1, heartbeat: 1, life: 'ben-1', root: NO_HASH, raised: 0, fence: 0, isSure: true, news: [{ member: 'ada', heartbeat, life, isLost: false }] }) as const;

function started(boots: number, remembered: { name: string; bytes: Uint8Array }[] = []): Node {
  const node = testNode({ identity: { boots }, others: ['ben'], remembered });
  node.start(at(1_000));
  node.step({ kind: 'peer', event: { kind: 'connected', member: 'ben', address: '' } }, at(1_000));
  return node;
}

function hears(node: Node, heartbeat: number, life: string, now = at(1_000)): readonly Effect[] {
  return node.step({ kind: 'message', from: 'ben', message: beat(heartbeat, life) }, now);
}

const ownBeat = (node: Node): number => node.core.heartbeats.of('ada');
const putOutcome = (node: Node, now: Now) => {
  const effects = node.step({ kind: 'client', token: 9, command: { kind: 'put', bucket: 'b', key: 'k', value: new Uint8Array(1), contentType: 't' } }, now);
  return effects.find((effect) => effect.kind === 'reply')?.outcome.kind;
};

test('MB-26 a restart is above all that its earlier life can have said, and takes nothing for a later one', () => {
  const node = started(6);
  const own = ownBeat(node);
  hears(node, 5 * LIFE + 900_000_000, 'the run before');
  assert.ok(own > 5 * LIFE + 900_000_000);
  assert.deepEqual([node.core.life.isStale, node.core.life.isCopied, ownBeat(node)], [false, false, own]);
});

test('MB-26 a store that is behind goes on above the life that the team has heard of, also after a restart', () => {
  const node = started(3);
  const effects = hears(node, 42 * LIFE + 7, 'later');
  assert.ok(ownBeat(node) > 42 * LIFE + 7);
  assert.equal(node.core.life.isStale, true);
  const row = effects.flatMap((effect) => (effect.kind === 'commit' ? effect.batch : [])).findLast((mutation) => mutation.kind === 'meta' && mutation.name === LIFE_ROW);
  assert.ok(row?.kind === 'meta' && row.bytes !== undefined);
  const again = started(4, [{ name: LIFE_ROW, bytes: row.bytes }]);
  assert.ok(ownBeat(again) > ownBeat(node));
  assert.equal(again.core.life.isStale, true, 'not forgotten by a restart');
});

test('MB-26 a later record of its own tells a store that is behind, when no heartbeat is remembered', () => {
  const node = started(3);
  const { team } = node.core;
  const later = signRecord(
    { member: 'ada', incarnation: 42_001, status: 'up', name: 'Ada', machine: 'm', zone: undefined, weight: 1, addresses: [], admission: admitMember(team, fakeSigner('ada'), 'ada', 0) },
    fakeSigner('ada'),
  );
  const delta = { kind: 'gossip-delta', records: [encodeRecord(later)], buckets: [], root: NO_HASH, wanted: [] } as const;
  node.step({ kind: 'message', from: 'ben', message: delta }, at(1_000));
  assert.equal(node.core.life.isStale, true);
  assert.ok((node.core.roster.get('ada')?.incarnation ?? 0) > 42_001);
});

test('MB-27 a store that is behind hands over no hint and offers no partition', () => {
  const node = started(3);
  hears(node, 42 * LIFE, 'later');
  const top = new Uint8Array(8).fill(1);
  const effects = node.step({ kind: 'message', from: 'ben', message: { kind: 'tree-top', id: 5, scope: { n: 3, bucket: undefined }, view: node.core.view(), top } }, at(1_100));
  const reply = effects.flatMap((effect) => (effect.kind === 'send' && effect.message.kind === 'tree-top-reply' ? [effect.message] : []));
  assert.deepEqual(reply.map(({ verdict }) => verdict), ['other-view']);
  assert.ok(node.ownership.owed > 0, 'and it is to fetch everything');
  const reconnected = node.step({ kind: 'peer', event: { kind: 'connected', member: 'ben', address: '' } }, at(1_200));
  assert.equal(reconnected.some((effect) => effect.kind === 'query' && effect.query.kind === 'hints'), false);
});

test('MB-28 one word of an observer stops a copy: no writes, no answers but gossip', () => {
  const node = started(3);
  node.step({ kind: 'peer', event: { kind: 'refused-as-copy', member: 'ben' } }, at(2_000));
  assert.equal(putOutcome(node, at(2_001)), 'quarantined');
  const read = node.step({ kind: 'message', from: 'ben', message: { kind: 'read', id: 1, bucket: 'b', key: 'k', digest: false, asPrimary: true } }, at(2_002));
  assert.deepEqual(read.filter((effect) => effect.kind === 'read' || effect.kind === 'send'), []);
  assert.ok(hears(node, 1, 'x', at(2_003)).every((effect) => effect.kind !== 'send' || effect.message.kind.startsWith('gossip-')));
});

test('MB-28 a copy asks nobody for anything and hands nothing on, but for gossip', () => {
  const node = testNode({ identity: { boots: 3 }, others: ['ben'] });
  node.start(at(1_000));
  node.step({ kind: 'peer', event: { kind: 'refused-as-copy', member: 'ben' } }, at(2_000));
  const kinds = new Set<string>();
  const look = (effects: readonly Effect[], now: Now): void => {
    for (const effect of effects) {
      if (effect.kind === 'send') kinds.add(effect.message.kind);
      if (effect.kind !== 'query') continue;
      const { query, token } = effect;
      if (query.kind === 'leaves') look(node.step({ kind: 'answered', token, answer: { kind: 'leaves', leaves: [] } }, now), now);
      if (query.kind === 'hints') look(node.step({ kind: 'answered', token, answer: { kind: 'hints', hints: [] } }, now), now);
    }
  };
  look(node.step({ kind: 'peer', event: { kind: 'connected', member: 'ben', address: '' } }, at(2_500)), at(2_500));
  for (let nowMs = 3_000; nowMs < 40_000; nowMs += 500) {
    look(hears(node, 0, '', at(nowMs)), at(nowMs));
    look(node.step({ kind: 'wake' }, at(nowMs)), at(nowMs));
  }
  assert.deepEqual([...kinds].filter((kind) => !kind.startsWith('gossip-')), []);
  assert.ok(kinds.has('gossip-beat'));
});

test('MB-28 a life that passes the bound we went above is alive; the same word from two members is not', () => {
  const node = started(3);
  hears(node, 42 * LIFE + 7, 'later');
  hears(node, 42 * LIFE + 9, 'later');
  assert.equal(node.core.life.isCopied, false, 'ben and another knew different ends of a dead life');
  hears(node, ownBeat(node) + LIFE, 'later', at(3_000));
  assert.equal(node.core.life.isCopied, true);
});

test('MB-28 a copy goes on when the other has been silent for long enough, and not before', () => {
  const node = started(3);
  node.step({ kind: 'peer', event: { kind: 'refused-as-copy', member: 'ben' } }, at(2_000));
  for (let nowMs = 3_000; nowMs < 2_000 + QUIET_MS; nowMs += 1_000) node.step({ kind: 'wake' }, at(nowMs));
  assert.equal(node.core.life.isCopied, true);
  node.step({ kind: 'peer', event: { kind: 'connected', member: 'ben', address: '' } }, at(2_000 + QUIET_MS));
  for (let nowMs = 2_000 + QUIET_MS; nowMs < 5_000 + QUIET_MS; nowMs += 1_000) node.step({ kind: 'wake' }, at(nowMs));
  assert.equal(node.core.life.isCopied, false);
});

test('MB-31 a life beyond all reason is not believed: the member beats on, and starts again', () => {
  const node = started(3);
  const own = ownBeat(node);
  for (const heartbeat of [Number.MAX_SAFE_INTEGER, HEARTBEAT_MAX, (LIVES_MAX + 1) * LIFE]) hears(node, heartbeat, `to ${heartbeat}`);
  assert.deepEqual([ownBeat(node), node.core.life.isStale], [own, false]);
  const effects = node.step({ kind: 'wake' }, at(2_500));
  for (const effect of effects) if (effect.kind === 'broadcast' || effect.kind === 'send') decodeMessage(encodeMessage(effect.message));
  assert.ok(effects.some((effect) => effect.kind === 'send' && effect.message.kind === 'gossip-beat'));
  // A row that an earlier version kept after such a word.
  const kept = new ByteWriter().varint(9_007_196).u8(0).finish();
  const again = started(4, [{ name: LIFE_ROW, bytes: kept }]);
  assert.ok(ownBeat(again) > own && ownBeat(again) < 6 * LIFE);
});

test('MB-31 the last life that is believed is gone above, in numbers that others read', () => {
  const node = started(3);
  hears(node, LIVES_MAX * LIFE + LIFE - 1, 'the last');
  assert.ok(ownBeat(node) > LIVES_MAX * LIFE + LIFE && ownBeat(node) < HEARTBEAT_MAX);
  for (const effect of node.step({ kind: 'addresses', addresses: ['/ip4/10.0.0.1/tcp/1'] }, at(2_500))) {
    if (effect.kind === 'broadcast' || effect.kind === 'send') decodeMessage(encodeMessage(effect.message));
  }
  assert.ok((node.core.roster.get('ada')?.incarnation ?? 0) <= INCARNATION_MAX);
});
