/** A member against what its team remembers of it: restarts, backups that were put back, copies. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEARTBEAT_MAX, INCARNATION_MAX, LIVES_MAX } from '../../../../p2p/bounds.ts';
import { ByteWriter } from '../../../../p2p/bytes/byte-writer.ts';
import { admitMember, signRecord } from '../../../../p2p/membership/admission.ts';
import { encodeRecord } from '../../../../p2p/membership/member-record.ts';
import type { Effect, Now } from '../../../../p2p/node/events.ts';
import type { Node } from '../../../../p2p/node/node.ts';
import { signLife } from '../../../../p2p/node/life-proofs.ts';
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

/** Of a life that was shown before. */
function hears(node: Node, heartbeat: number, life: string, now = at(1_000)): readonly Effect[] {
  showsLife(node, life, Math.floor(heartbeat / LIFE), now);
  return isTold(node, heartbeat, life, now);
}

function isTold(node: Node, heartbeat: number, life: string, now = at(1_000)): readonly Effect[] {
  return node.step({ kind: 'message', from: 'ben', message: beat(heartbeat, life) }, now);
}

function showsLife(node: Node, life: string, number: number, now = at(1_000), by = 'ada'): void {
  const proof = { ...signLife(node.core.team, fakeSigner(by), life, number), member: 'ada' };
  node.step({ kind: 'message', from: 'ben', message: { kind: 'gossip-life', isPassedOn: false, ...proof } }, now);
}

const lifeMessages = (effects: readonly Effect[]): readonly unknown[] =>
  effects.flatMap((effect) => {
    if (effect.kind !== 'send' || effect.message.kind !== 'gossip-life') return [];
    const { member, life, number, isPassedOn, signature } = effect.message;
    return [{ to: effect.to, member, life, number, isPassedOn, isSigned: signature !== undefined }];
  });

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

for (const when of ['when no heartbeat is remembered', 'also after a heartbeat that nobody showed', 'also when it was started again since']) {
  test(`MB-26 a later record of its own tells a store that is behind, ${when}`, () => tellsByRecord(when));
}

function tellsByRecord(when: string): void {
  let node = started(3);
  const { team } = node.core;
  const effects = when.includes('no heartbeat') ? [] : isTold(node, 60 * LIFE + 7, 'later');
  if (when.includes('again')) node = started(4, effects.flatMap((effect) => (effect.kind === 'commit' ? effect.batch : [])).flatMap((row) => (row.kind === 'meta' && row.name === LIFE_ROW && row.bytes !== undefined ? [{ name: row.name, bytes: row.bytes }] : [])));
  assert.equal(node.core.life.isStale, false);
  const later = signRecord(
    { member: 'ada', incarnation: 42_001, status: 'up', name: 'Ada', machine: 'm', zone: undefined, weight: 1, addresses: [], admission: admitMember(team, fakeSigner('ada'), 'ada', 0) },
    fakeSigner('ada'),
  );
  const delta = { kind: 'gossip-delta', records: [encodeRecord(later)], buckets: [], root: NO_HASH, wanted: [] } as const;
  node.step({ kind: 'message', from: 'ben', message: delta }, at(1_000));
  assert.equal(node.core.life.isStale, true);
  assert.ok((node.core.roster.get('ada')?.incarnation ?? 0) > 42_001);
  assert.ok(ownBeat(node) > (effects.length === 0 ? 42 : 60) * LIFE);
}

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

test('SC-34 a later life that nobody shows stops nothing: it is asked for, and gone above now and then', () => {
  const node = started(3);
  const effects = isTold(node, 42 * LIFE + 7, 'made up');
  assert.deepEqual(lifeMessages(effects).at(0), { to: 'ben', member: 'ada', life: 'made up', number: 42, isPassedOn: false, isSigned: false });
  assert.ok(ownBeat(node) > 43 * LIFE);
  let own = ownBeat(node);
  for (let nowMs = 2_000; nowMs < 20_000; nowMs += 1_000) {
    isTold(node, ownBeat(node) + 1_000 + LIFE, 'made up', at(nowMs));
    showsLife(node, 'made up', 50, at(nowMs), 'ben');
  }
  assert.equal(ownBeat(node), own, 'not at each word');
  isTold(node, own + LIFE, 'another', at(22_000));
  assert.ok(ownBeat(node) > own);
  own = ownBeat(node);
  assert.deepEqual([node.core.life.isStale, node.core.life.isCopied, node.core.horizon.standing], [false, false, 'sure']);
  assert.equal(putOutcome(node, at(23_000)), undefined, 'it is under way');
});

test('SC-34 what is shown afterwards counts from then on, as far as it was shown', () => {
  const node = started(3);
  isTold(node, 42 * LIFE + 7, 'later');
  showsLife(node, 'later', 41);
  assert.equal(node.core.life.isStale, false, 'that life has not got so far');
  showsLife(node, 'later', 42);
  assert.deepEqual([node.core.life.isStale, node.core.life.isCopied], [true, false]);
  isTold(node, ownBeat(node) + LIFE, 'later', at(3_000));
  assert.equal(node.core.life.isCopied, false, 'it is not shown to have passed');
  showsLife(node, 'later', Math.floor(ownBeat(node) / LIFE) + 4, at(4_000));
  assert.equal(node.core.life.isCopied, true);
});

test('SC-35 a member shows its life to whoever comes, and again when it goes on above another', () => {
  const node = testNode({ identity: { boots: 3 }, others: ['ben'] });
  node.start(at(1_000));
  const met = node.step({ kind: 'peer', event: { kind: 'connected', member: 'ben', address: '' } }, at(1_000));
  assert.deepEqual(lifeMessages(met), [{ to: 'ben', member: 'ada', life: 'n', number: 3, isPassedOn: false, isSigned: true }]);
  const [again] = lifeMessages(hears(node, 42 * LIFE + 7, 'later'));
  assert.deepEqual(again, { to: 'ben', member: 'ada', life: 'n', number: 43, isPassedOn: false, isSigned: true });
});

test('SC-35 who is asked for a life of another shows it, or passes the question on, once and not too often', () => {
  const node = testNode({ others: ['ben', 'cleo', 'dan'] });
  node.start(at(1_000));
  for (const member of ['ben', 'cleo', 'dan']) node.step({ kind: 'peer', event: { kind: 'connected', member, address: '' } }, at(1_000));
  const question = { kind: 'gossip-life', member: 'ben', life: 'b2', number: 6, isPassedOn: false, signature: undefined } as const;
  const asks = (from: string, isPassedOn: boolean, nowMs: number): readonly unknown[] =>
    lifeMessages(node.step({ kind: 'message', from, message: { ...question, isPassedOn } }, at(nowMs)));
  const passedOn = ['cleo', 'dan'].map((to) => ({ to, member: 'ben', life: 'b2', number: 6, isPassedOn: true, isSigned: false }));
  assert.deepEqual(asks('ben', true, 2_000), [], 'it was passed on already');
  assert.deepEqual(asks('ben', false, 2_001), passedOn);
  assert.deepEqual(asks('ben', false, 2_002), []);
  const shows = (number: number): unknown => node.step({ kind: 'message', from: 'dan', message: { kind: 'gossip-life', isPassedOn: true, ...signLife(node.core.team, fakeSigner('ben'), 'b2', number) } }, at(2_100));
  shows(5);
  assert.deepEqual(asks('ben', true, 2_200), [], 'an earlier word of it');
  shows(7);
  assert.deepEqual(asks('ben', true, 2_300), [{ to: 'ben', member: 'ben', life: 'b2', number: 7, isPassedOn: true, isSigned: true }]);
});
