/** Records that cannot be read when their deletion is to be forgotten: by then nobody else has them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LabOptions } from './lab.ts';
import { ALL, CONFIG, everywhere, ReapingLab, refOf } from './reaping-lab.ts';

/** A lab with a deletion that is old enough, and who proposes to forget it. */
function labWithDeletion(config: LabOptions['config'] = {}): { readonly lab: ReapingLab; readonly proposer: string; readonly others: readonly string[] } {
  const lab = new ReapingLab({ config: { ...CONFIG, ...config } });
  lab.put('notes', 'k', 'milk');
  lab.delete('k');
  lab.days(29);
  const [proposer = '', ...others] = lab.primaries(refOf('k'));
  return { lab, proposer, others };
}

/** Calls back once, before a member is told to drop the deletion: the first of them, or `who`. */
function beforeDrop(lab: ReapingLab, act: () => void, who?: string): void {
  let isOver = false;
  lab.onMessage = (_, to, message) => {
    if (isOver || message.kind !== 'reap' || message.phase !== 'drop' || (who ?? to) !== to) return;
    isOver = true;
    act();
  };
}

for (const role of ['proposer', 'other'] as const) {
  test(`AE-30 a deletion that is damaged after the last consent goes all the same, at the ${role}`, () => {
    const { lab, proposer, others } = labWithDeletion();
    const { disk } = lab.member(role === 'proposer' ? proposer : (others.at(-1) ?? ''));
    beforeDrop(lab, () => disk.flip(refOf('k').id));
    lab.days(3);
    assert.deepEqual(lab.on('k'), everywhere('nothing'));
    assert.equal(disk.damaged.size, 0);
    for (const name of ALL) {
      const { leaves } = lab.member(name).disk.image();
      assert.equal(lab.member(name).node?.mender.counts.refused, 0, name);
      const sums = [...leaves.values()].flatMap((buckets) => [...buckets.values()]);
      assert.ok(sums.every((sum) => sum.every((byte) => byte === 0)), `${name} counts nothing`);
    }
  });
}

test('AE-30 a record that is damaged and was written since is not dropped: it is mended', () => {
  const { lab, others: [other = ''] } = labWithDeletion();
  const { disk } = lab.member(other);
  let isWritten = false;
  let dropped = 0;
  disk.onDrop = () => (dropped += 1);
  beforeDrop(lab, () => {
    lab.member(other).execute({ kind: 'put', bucket: 'notes', key: 'k', value: new TextEncoder().encode('eggs'), contentType: 't' }, () => (isWritten = true));
    lab.until('it is on disk there', () => lab.on('k').some((held) => held.startsWith(other) && held.includes('eggs')));
    disk.flip(refOf('k').id);
  }, other);
  lab.days(3);
  assert.deepEqual([isWritten, dropped], [true, 0]);
  assert.ok(lab.on('k').every((held) => held.includes('eggs')), lab.on('k').join());
});

test('RP-4 the proposer keeps a deletion that somebody could not read, and it goes the next time', () => {
  const { lab, proposer, others: [other = ''] } = labWithDeletion();
  const { disk } = lab.member(other);
  let kept: readonly string[] = [];
  beforeDrop(lab, () => {
    disk.readErrors = 1;
    lab.queue.after(1_000, () => {
      disk.readErrors = 0;
      kept = lab.on('k').filter((held) => held.endsWith('(deleted)'));
    });
  });
  lab.days(3);
  assert.deepEqual([...kept].sort(), [`${other} (deleted)`, `${proposer} (deleted)`].sort());
  assert.deepEqual(lab.on('k'), everywhere('nothing'));
});

test('RP-4 who dropped a deletion and whose answer was lost says so again', () => {
  // No exchange brings it back before the second question.
  const { lab, proposer, others: [other = ''] } = labWithDeletion({ exchangeIntervalMs: 30_000 });
  const member = lab.member(proposer);
  const receive = member.receive.bind(member);
  let drops = 0;
  let isLost = false;
  lab.onMessage = (from, to, message) => {
    if (message.kind === 'reap' && message.phase === 'drop' && to === other) drops += 1;
    const isFirst = message.kind === 'reap-reply' && from === other && drops === 1 && !isLost;
    member.receive = isFirst && to === proposer ? () => (isLost = true) : receive;
  };
  lab.days(3);
  assert.ok(isLost);
  assert.equal(drops, 2, 'asked again, and then it is over');
  assert.deepEqual(lab.on('k'), everywhere('nothing'));
});
