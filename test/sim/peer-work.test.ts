/** QP-15, QP-16: what becomes of a request that a member has no room for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyRef } from '../../p2p/ring/position.ts';
import type { KeyRef } from '../../p2p/types.ts';
import { Lab, PARTITIONS } from './lab.ts';

const NOTES = 'notes';
const TEAM = ['ada', 'ben', 'cleo', 'dan', 'eve'];

/** A member that has no room for ada: its disk hangs, and what she asked fills it. */
function withFullPeer(): { readonly lab: Lab; readonly ref: KeyRef; readonly full: string } {
  const lab = new Lab({ up: TEAM, config: { peerRequestsMax: 2 } });
  const ref = Array.from({ length: 50 }, (_, index) => keyRef(NOTES, `k${index}`, PARTITIONS)).find((one) => lab.primaries(one).includes('ada'));
  assert.ok(ref !== undefined);
  lab.put(NOTES, ref.key, 'x');
  lab.run(1_000);
  const full = lab.primaries(ref).find((name) => name !== 'ada') ?? '';
  lab.member(full).disk.slowness = 100_000;
  for (const id of [1, 2]) {
    lab.member(full).feed({ kind: 'message', from: 'ada', message: { kind: 'read', id, bucket: NOTES, key: `other${id}`, digest: false, asPrimary: false } });
  }
  return { lab, ref, full };
}

test('QP-15 a write goes on to a fallback at once when a replica is overloaded, and a hint waits for it', () => {
  const { lab, ref, full } = withFullPeer();
  const askedMs = lab.queue.nowMs;
  const written = lab.ask('ada', { kind: 'put', bucket: NOTES, key: ref.key, value: new Uint8Array([1]), contentType: 'text/plain', w: 'all' });
  assert.ok(written?.kind === 'written', JSON.stringify(written));
  assert.ok(written.copies.some(({ role, member }) => role === 'fallback' && member !== full));
  assert.ok(written.copies.every(({ member }) => member !== full));
  assert.ok(lab.queue.nowMs - askedMs < 200, 'nobody waited for the hedging time');
  assert.equal(lab.core('ada').liveness(full), 'alive', 'it answered');
  lab.run(1_000);
  assert.ok(TEAM.some((name) => lab.member(name).disk.hints.get(full)?.has(ref.id) === true));
});

test('QP-15 a read does not take an overloaded replica for one that has nothing', () => {
  const { lab, ref, full } = withFullPeer();
  const read = { kind: 'get', bucket: NOTES, key: ref.key, r: 'all' } as const;
  const strict = lab.ask('ada', { ...read, sloppy: false, timeoutMs: 1_000 });
  assert.equal(strict?.kind, 'unreachable');
  const sloppy = lab.ask('ada', read);
  assert.ok(sloppy?.kind === 'read' && sloppy.siblings.length === 1, JSON.stringify(sloppy));
  assert.ok(sloppy.replies.every(({ member }) => member !== full));
});

test('QP-16 a member with room for one request at a time is filled, repaired and given its hints all the same', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'], config: { peerRequestsMax: 1 } });
  let refused = 0;
  lab.onMessage = (_from, _to, message) => {
    refused += Number(message.kind === 'overloaded-reply');
  };
  lab.fill(NOTES, 200);
  const undo = lab.isolate('ben');
  lab.run(40_000);
  for (let index = 0; index < 20; index += 1) lab.put(NOTES, `away${index}`, 'x');
  undo();
  lab.until('no hint is left', () => ['ada', 'cleo'].every((name) => (lab.member(name).disk.hints.get('ben')?.size ?? 0) === 0), 180_000);
  lab.until('hints and exchanges made ben whole', () => lab.difference() === undefined, 180_000);
  assert.ok(refused > 0, 'it was refused now and then');
  lab.wipe('ben');
  lab.member('ben').start();
  lab.until('ben is filled again', () => lab.difference() === undefined, 180_000);
});
