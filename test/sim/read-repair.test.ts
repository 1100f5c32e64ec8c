/** QP-7, QP-16: a read that finds a replica behind brings it up, also when that one has no room at the moment. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer } from '../../p2p/node/peer-work.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import type { KeyRef } from '../../p2p/types.ts';
import { Lab, PARTITIONS } from './lab.ts';

const NOTES = 'notes';

interface Behind {
  readonly lab: Lab;
  readonly keys: readonly KeyRef[];
  /** Ben has room for repair by ada again. */
  readonly makeRoom: () => void;
  /** Keys that ada has offered to ben. */
  readonly offered: Set<string>;
  readonly refused: () => number;
}

/** Three members keep every key. Ben lost these, with leaves that say otherwise, and has no room for upkeep of ada. */
function behind(count: number): Behind {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'], config: { peerRequestsMax: 1 } });
  const keys = Array.from({ length: count }, (_, index) => keyRef(NOTES, `k${index}`, PARTITIONS));
  lab.fill(NOTES, count);
  lab.run(1_000);
  for (const { id } of keys) lab.member('ben').disk.objects.delete(id);
  const offered = new Set<string>();
  let refused = 0;
  lab.onMessage = (from, to, message) => {
    if (message.kind === 'replicate' && from === 'ada' && to === 'ben') offered.add(message.key);
    refused += Number(message.kind === 'overloaded-reply' && from === 'ben');
  };
  let makeRoom: Answer | undefined;
  lab.core('ben').peerWork.take('ada', { kind: 'tree-top', id: 1, scope: { n: 3, bucket: undefined }, view: new Uint8Array(8), top: new Uint8Array(8) }, (answer) => {
    makeRoom = answer;
  });
  assert.ok(makeRoom !== undefined);
  return { lab, keys, makeRoom, offered, refused: () => refused };
}

const lacks = (lab: Lab, keys: readonly KeyRef[]): number => keys.filter(({ id }) => !lab.member('ben').disk.objects.has(id)).length;

test('QP-16 a read repair that is refused comes again, later each time', () => {
  const { lab, keys, makeRoom, offered, refused } = behind(1);
  assert.equal(lab.ask('ada', { kind: 'get', bucket: NOTES, key: 'k0', r: 'all' })?.kind, 'read');
  lab.run(1_000);
  assert.deepEqual([...offered], ['k0']);
  assert.ok(refused() >= 3 && refused() < 8, `it was refused ${refused()} times`);
  assert.equal(lacks(lab, keys), 1);
  makeRoom();
  lab.until('ben has it', () => lacks(lab, keys) === 0, 3_000);
});

test('QP-16 read repairs that wait are bounded; what is beyond is offered by the next read', () => {
  const { lab, keys, makeRoom, offered } = behind(100);
  const readAll = (): void => {
    for (const { key } of keys) lab.ask('ada', { kind: 'get', bucket: NOTES, key, r: 'all' });
  };
  readAll();
  lab.run(500);
  assert.equal(offered.size, 32);
  makeRoom();
  lab.until('those are there', () => lacks(lab, keys) <= 68, 5_000);
  readAll();
  lab.run(3_000);
  assert.ok(lacks(lab, keys) < 68);
  lab.run(15_000);
  assert.equal(lab.core('ada').load().requests, 0, 'nothing is left under way');
});
