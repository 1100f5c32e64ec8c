/** QP-13, TR-8: a copy that somebody may still be told of stays, however soon its owners have it too. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyRef } from '../../p2p/ring/position.ts';
import type { KeyRef } from '../../p2p/types.ts';
import { Lab, PARTITIONS } from './lab.ts';
import type { Undo } from './network.ts';
import { SeededRandom } from './random.ts';

const REQUEST_MAX_MS = 60_000;
const REF = keyRef('notes', 'k', PARTITIONS);

/** One owner was away, somebody stood in for it, and it has all since. */
function afterStandIn(): { readonly lab: Lab; readonly standIn: string; readonly writtenMs: number } {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan', 'eve'], config: { requestTimeoutMaxMs: REQUEST_MAX_MS } });
  const [coordinator = '', , away = ''] = lab.primaries(REF);
  lab.member(away).crash();
  lab.until('it is known to be away', () => lab.core(coordinator).liveness(away) !== 'alive');
  lab.put('notes', 'k', 'x', coordinator);
  lab.run(200);
  const writtenMs = lab.queue.nowMs;
  const standIn = lab.holders(REF).find((name) => !lab.primaries(REF).includes(name)) ?? assert.fail('nobody stood in');
  lab.member(away).start();
  lab.until('all owners have it', () => lab.difference() === undefined);
  return { lab, standIn, writtenMs };
}

const isGone = (lab: Lab, standIn: string) => (): boolean => !lab.holders(REF).includes(standIn);

test('QP-13 a stand-in keeps its copy for as long as any request may run, and then gives it up', () => {
  const { lab, standIn, writtenMs } = afterStandIn();
  lab.until('it was given up', isGone(lab, standIn), 2 * REQUEST_MAX_MS);
  assert.ok(lab.queue.nowMs - writtenMs > REQUEST_MAX_MS, `after ${lab.queue.nowMs - writtenMs} ms`);
});

test('QP-13 so does one that was started again meanwhile', () => {
  const { lab, standIn, writtenMs } = afterStandIn();
  lab.member(standIn).crash();
  lab.member(standIn).start();
  lab.until('it was given up', isGone(lab, standIn), 3 * REQUEST_MAX_MS);
  assert.ok(lab.queue.nowMs - writtenMs > REQUEST_MAX_MS, `after ${lab.queue.nowMs - writtenMs} ms`);
});

test('TR-8 a key that a member is to keep again, as its bucket has more copies now, is not dropped', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan'], buckets: { notes: 2 }, config: { requestTimeoutMs: 500, requestTimeoutMaxMs: 500 } });
  lab.fill('notes', 300);
  lab.join('eve');
  let first: { readonly by: string; readonly after: string[] } | undefined;
  for (const { name, disk } of lab.members.values()) {
    const before = disk.onDrop;
    disk.onDrop = (id, bytes) => {
      before(id, bytes);
      if (first?.by === name) first.after.push(id);
      if (first !== undefined) return;
      first = { by: name, after: [] };
      lab.member(name).execute({ kind: 'set-bucket', bucket: 'notes', settings: { n: 'all', r: 1 } }, () => undefined);
    };
  }
  lab.until('somebody drops what moved', () => first !== undefined);
  lab.run(100);
  // What was under way together with the first is gone with it, and owed; nothing that the window had not begun.
  assert.ok((first?.after.length ?? 0) < 32, `${first?.after.length} keys were dropped after it had become their owner`);
  lab.until('every key is at all of its primaries', () => lab.difference() === undefined);
});

test('TR-8 what an owner showed before it began another life does not count either when it is told of afterwards', () => {
  const { lab, shown, lacked } = standIn();
  let unheard: Undo | undefined;
  lab.onMessage = (from, to, { kind }) => {
    if (unheard !== undefined || from !== 'ben' || to !== 'ada' || kind !== 'tree-entries-reply') return;
    // What ben lacks is on its way when it goes, and comes back with nothing.
    const undos = ['ben', 'cleo'].map((name) => lab.network.mute('ada', name));
    unheard = () => void undos.forEach((undo) => undo());
    lab.queue.after(0, () => {
      lab.wipe('ben');
      lab.member('ben').start();
    });
  };
  lab.until('ben has shown that it lacks one of two', () => unheard !== undefined);
  lab.run(14_000);
  assert.deepEqual(lab.holders(shown), ['ada']);
  unheard?.();
  lab.until('ben has both', () => [shown, lacked].every((ref) => lab.holders(ref).includes('ben')));
});

/** Ada has two keys of one partition that belong to ben, who has lost one of them. */
function standIn(): { readonly lab: Lab; readonly shown: KeyRef; readonly lacked: KeyRef } {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'], buckets: { notes: 1 } });
  const owned = Array.from({ length: 400 }, (_, index) => keyRef('notes', `k${index}`, PARTITIONS)).filter((ref) => lab.primaries(ref)[0] === 'ben');
  const [shown, lacked] = owned.flatMap((ref) => {
    const other = owned.find(({ id, partition, leaf }) => id !== ref.id && partition === ref.partition && leaf !== ref.leaf);
    return other === undefined ? [] : [ref, other];
  });
  assert.ok(shown !== undefined && lacked !== undefined);
  const isolated = lab.isolate('ben');
  lab.until('ben is known to be away', () => lab.core('ada').liveness('ben') !== 'alive');
  for (const { key } of [shown, lacked]) lab.put('notes', key, 'x', 'ada', { w: 'any' });
  isolated();
  lab.until('ben has what is its', () => [shown, lacked].every((ref) => lab.holders(ref).includes('ben')));
  lab.run(4_000);
  assert.ok([shown, lacked].every((ref) => lab.holders(ref).includes('ada')), 'no longer than ada keeps its copies');
  lab.member('ben').feed({ kind: 'rows-lost' });
  lab.member('ben').disk.lose(lacked.id, new SeededRandom(1, 'lost'));
  return { lab, shown, lacked };
}

test('TR-8 an owner that began another life since it showed its copy may have none: the key stays', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'], buckets: { notes: 1 } });
  const keyOf = (owner: string, from: number): KeyRef =>
    Array.from({ length: 200 }, (_, index) => keyRef('notes', `k${index}`, PARTITIONS)).find((ref) => lab.primaries(ref)[0] === owner && ref.partition >= from) ??
    assert.fail(`${owner} owns nothing`);
  const first = keyOf('ben', 0);
  const second = keyOf('cleo', first.partition + 1);
  const others = ['ben', 'cleo'].map((name) => lab.isolate(name));
  lab.until('both are known to be away', () => ['ben', 'cleo'].every((name) => lab.core('ada').liveness(name) !== 'alive'));
  for (const { key } of [first, second]) lab.put('notes', key, 'x', 'ada', { w: 'any' });
  for (const undo of others) undo();
  lab.until('both have what was theirs', () => [first, second].every((ref) => lab.holders(ref).length === 2));
  lab.run(7_000);
  // Ada compares what it stood in with for ben, then for cleo, whose answer does not come.
  let isSeen = false;
  lab.onMessage = (from, to, { kind }) => {
    if (isSeen || from !== 'ben' || to !== 'ada' || kind !== 'tree-roots-reply') return;
    isSeen = true;
    lab.network.mute('cleo', 'ada');
  };
  lab.until('ben has shown its copy', () => isSeen);
  lab.run(20);
  lab.wipe('ben');
  lab.member('ben').start();
  const unheard = ['ben', 'cleo'].map((name) => lab.network.mute('ada', name));
  lab.run(10_000);
  assert.deepEqual(lab.holders(first), ['ada']);
  for (const undo of unheard) undo();
  lab.until('ben has it again', () => lab.holders(first).includes('ben'));
});

test('AE-31 a copy stays while its only owner knows that its own is damaged, and the owner has it from there', () => {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'], buckets: { notes: 1 }, config: { requestTimeoutMs: 500, requestTimeoutMaxMs: 500, scrubIntervalMs: 3_600_000 } });
  const [owner = ''] = lab.primaries(REF);
  const [standIn = ''] = [...lab.members.keys()].filter((name) => name !== owner);
  lab.member(owner).crash();
  lab.until('it is known to be away', () => lab.core(standIn).liveness(owner) !== 'alive');
  lab.put('notes', 'k', 'x', standIn, { w: 'any' });
  lab.member(owner).start();
  lab.until('its owner has it', () => lab.holders(REF).includes(owner));
  const { disk } = lab.member(owner);
  disk.flip(REF.id);
  assert.ok(lab.holders(REF).includes(standIn), 'it has not been given up yet');
  lab.ask(owner, { kind: 'get', bucket: 'notes', key: 'k' });
  lab.run(60_000);
  assert.equal(disk.damaged.size, 0);
  assert.deepEqual(lab.holders(REF), [owner], 'and then it is given up');
});
