/** Records that nobody reads are looked at all the same, on simulated disks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab } from './lab.ts';

const NOTES = 'notes';
/** As often as in a simulated run. */
const OFTEN = { scrubIntervalMs: 500, scrubRestMs: 5_000 };

function filled(config = OFTEN): { readonly lab: Lab; readonly ids: readonly string[] } {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'], config });
  lab.fill(NOTES, 12);
  lab.until('the third copy of the last key is written too', () => lab.difference() === undefined);
  return { lab, ids: [...lab.member('ben').disk.objects.keys()] };
}

function counts(lab: Lab, name: string) {
  return lab.member(name).node?.mender.counts;
}

test('AE-9 a damaged record that nobody reads is found, counted, and written anew from others, with its leaf', () => {
  const { lab, ids } = filled();
  const { disk } = lab.member('ben');
  for (const id of [ids[2], ids[7]]) disk.flip(id ?? '');
  assert.equal(disk.damaged.size, 2);
  lab.until('nothing is damaged', () => disk.damaged.size === 0, 20_000);
  assert.equal(lab.difference(), undefined);
  assert.deepEqual(counts(lab, 'ben'), { found: 2, mended: 2, refused: 0 });
  lab.run(10_000);
  let isDeep = false;
  lab.onMessage = (_from, _to, { kind }) => {
    isDeep ||= kind === 'tree-leaves';
  };
  lab.ask('ada', { kind: 'repair' });
  assert.ok(!isDeep, 'its part of the tree is right');
});

test('AE-9 what nobody else has stays refused and counted once, however often it is come across', () => {
  const { lab, ids } = filled();
  const id = ids[4] ?? '';
  for (const name of ['ada', 'ben', 'cleo']) lab.member(name).disk.flip(id);
  lab.run(60_000);
  for (const name of ['ada', 'ben', 'cleo']) {
    assert.deepEqual(counts(lab, name), { found: 1, mended: 0, refused: 1 });
    assert.ok(lab.member(name).disk.damaged.has(id), 'it is not replaced by nothing');
  }
  const read = lab.ask('ada', { kind: 'get', bucket: NOTES, key: id.slice(NOTES.length + 1) });
  assert.equal(read?.kind, 'unreachable', 'and nobody takes it for a key that never was');
});

test('AE-9 a leaf that counts otherwise than the records under it is counted anew, and what is lacking is fetched', () => {
  const { lab, ids } = filled();
  const { disk } = lab.member('ben');
  disk.objects.delete(ids[5] ?? '');
  lab.until('it is there again', () => lab.difference() === undefined, 30_000);
  assert.deepEqual(counts(lab, 'ben'), { found: 0, mended: 0, refused: 0 }, 'no record was damaged');
});

test('AE-9 a scrub goes on where it was before a restart, and rests as long as before', () => {
  const { lab } = filled({ scrubIntervalMs: 500, scrubRestMs: 60_000 });
  const scrubOf = () => lab.member('ben').node?.scrub;
  lab.until('it was through once', () => scrubOf()?.finishedMs !== undefined);
  const finishedMs = scrubOf()?.finishedMs;
  lab.run(1_000);
  lab.member('ben').crash();
  lab.member('ben').start();
  assert.equal(scrubOf()?.finishedMs, finishedMs);
  lab.run(20_000);
  assert.equal(scrubOf()?.records, 0, 'it rests');
  lab.run(60_000);
  assert.ok((scrubOf()?.finishedMs ?? 0) > (finishedMs ?? 0));
});
