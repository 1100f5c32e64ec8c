/** QP: who is slow, or silent, costs a request some time and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyRef } from '../../p2p/ring/position.ts';
import type { KeyRef } from '../../p2p/types.ts';
import { Lab, PARTITIONS } from './lab.ts';

const NOTES = 'notes';
const TEAM = ['ada', 'ben', 'cleo', 'dan', 'eve'];

/** A key that ada keeps, and the members that its list names after her. */
function keyOfAda(lab: Lab): { readonly ref: KeyRef; readonly silent: string; readonly standIns: readonly string[] } {
  const ref = Array.from({ length: 50 }, (_, index) => keyRef(NOTES, `k${index}`, PARTITIONS)).find((one) => lab.primaries(one).includes('ada'));
  assert.ok(ref !== undefined);
  const silent = lab.primaries(ref).find((name) => name !== 'ada') ?? '';
  return { ref, silent, standIns: lab.core('ada').placement.preferenceList(ref.partition, 3).fallbacks };
}

for (const kind of ['get', 'put'] as const) {
  test(`QP-12 a ${kind} goes on to the next stand-in when the first is as silent as whom it stands in for`, () => {
    const lab = new Lab({ up: TEAM });
    const { ref, silent, standIns } = keyOfAda(lab);
    lab.put(NOTES, ref.key, 'x');
    lab.run(1_000);
    const [first = '', second = ''] = standIns;
    for (const name of [silent, first]) lab.network.mute('ada', name);
    const outcome = lab.ask('ada', kind === 'get'
      ? { kind, bucket: NOTES, key: ref.key, r: 'all' }
      : { kind, bucket: NOTES, key: ref.key, value: new Uint8Array([1]), contentType: 'text/plain', w: 'all' });
    assert.ok(outcome?.kind === 'read' || outcome?.kind === 'written', JSON.stringify(outcome));
    const counted = outcome.kind === 'read' ? outcome.replies : outcome.copies;
    assert.ok(counted.some(({ member, role }) => member === second && role === 'fallback'), JSON.stringify(counted));
    assert.ok(counted.every(({ member }) => member !== silent && member !== first));
  });
}

test('QP-3 a read that finds nothing at two who stand in for one primary waits for the others', () => {
  const lab = new Lab({ up: TEAM });
  const ref = Array.from({ length: 50 }, (_, index) => keyRef(NOTES, `k${index}`, PARTITIONS)).find((one) => lab.core('ada').placement.preferenceList(one.partition, 3).fallbacks[1] === 'ada');
  assert.ok(ref !== undefined);
  const [away = '', ...present] = lab.primaries(ref);
  lab.put(NOTES, ref.key, 'x', away);
  lab.run(1_000);
  lab.member(away).crash();
  lab.run(10_000);
  // Both of the other owners are slower than the stand-in and the own disk, which have nothing.
  for (const name of present) lab.member(name).disk.slowness = 200;
  const read = lab.ask('ada', { kind: 'get', bucket: NOTES, key: ref.key, r: 'quorum' });
  assert.ok(read?.kind === 'read' && read.siblings.length === 1, JSON.stringify(read));
});

test('QP-12 a read whose own disk hangs is answered by the others', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  const { ref } = keyOfAda(lab);
  lab.put(NOTES, ref.key, 'x');
  lab.member('ada').disk.slowness = 100_000;
  const read = lab.ask('ada', { kind: 'get', bucket: NOTES, key: ref.key, r: 'quorum' });
  assert.ok(read?.kind === 'read' && read.siblings.length === 1, JSON.stringify(read));
});

test('QP-11 what siblings come from is asked of others when the own disk hangs, and left out when they are silent, in time', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'] });
  const { ref } = keyOfAda(lab);
  const first = lab.put(NOTES, ref.key, 'base');
  assert.ok(first?.kind === 'written');
  for (const text of ['a', 'b']) {
    lab.ask('ada', { kind: 'put', bucket: NOTES, key: ref.key, value: new TextEncoder().encode(text), contentType: 'text/plain', context: first.context });
  }
  const read = { kind: 'get', bucket: NOTES, key: ref.key, r: 'quorum', timeoutMs: 1_000 } as const;
  const quick = lab.ask('ada', read);
  assert.ok(quick?.kind === 'read' && quick.siblings.length === 2 && quick.base !== undefined);
  lab.member('ada').disk.slowness = 100_000;
  const askedMs = lab.queue.nowMs;
  const slow = lab.ask('ada', read);
  assert.ok(slow?.kind === 'read' && slow.siblings.length === 2 && slow.base !== undefined, JSON.stringify(slow));
  assert.ok(lab.queue.nowMs - askedMs < 1_100);
  lab.onMessage = (_from, to, message) => {
    // As soon as the values are there, the others fall silent.
    if (to === 'ada' && message.kind === 'read-reply' && message.object !== undefined) for (const name of ['ben', 'cleo']) lab.network.mute('ada', name);
  };
  const silent = lab.ask('ada', read);
  assert.ok(silent?.kind === 'read' && silent.siblings.length === 2 && silent.base === undefined, JSON.stringify(silent));
  assert.ok(lab.queue.nowMs - askedMs < 2_300);
});
