/** TR-30 to TR-33: what a leaver acknowledged, or is counted for, stays with those who stay. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../../p2p/node/commands.ts';
import { Placement } from '../../p2p/ring/placement.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import type { KeyRef } from '../../p2p/types.ts';
import { Lab, PARTITIONS } from './lab.ts';

const TEXT = 'precious';

/** Dan owns a key alone, and who is to own it after him is away, with nothing else to take over. */
function leaver(slowness = 1): { readonly lab: Lab; readonly ref: KeyRef; readonly back: () => void } {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan'], buckets: { notes: 1 }, seed: 5 });
  const next = new Placement(lab.core('ada').roster.all().filter(({ member }) => member !== 'dan'), PARTITIONS);
  const heirOf = ({ partition }: KeyRef): string => next.preferenceList(partition, 1).primaries[0] ?? '';
  const owned = Array.from({ length: 400 }, (_, index) => keyRef('notes', `k${index}`, PARTITIONS)).filter((one) => lab.primaries(one)[0] === 'dan');
  const [ref] = owned;
  assert.ok(ref !== undefined);
  const heir = heirOf(ref);
  for (const { key } of owned.filter((one) => heirOf(one) !== heir).slice(0, 20)) lab.put('notes', key, 'x', 'dan');
  lab.run(3_000);
  const back = lab.isolate(heir);
  lab.until('the heir is known to be away', () => lab.core('dan').liveness(heir) === 'down');
  lab.member('dan').disk.slowness = slowness;
  lab.leave('dan');
  return { lab, ref, back };
}

function shown(lab: Lab, by: string, { bucket, key }: KeyRef): readonly string[] {
  const outcome = lab.ask(by, { kind: 'get', bucket, key, r: 'all' });
  assert.equal(outcome?.kind, 'read');
  return outcome.siblings.map(({ value }) => new TextDecoder().decode(value));
}

/** When a leaver with nothing to wait for goes, after it was told to. */
function leftAfterMs(slowness = 1): number {
  const { lab } = leaver(slowness);
  for (let ms = 0; ms < 20_000; ms += 1) {
    if (lab.core('dan').out === 'left') return ms;
    lab.run(1);
  }
  return assert.fail('dan has not left');
}

test('TR-30 a write that a leaver acknowledges, at whatever moment of its leaving, is there when it has gone', () => {
  const endMs = leftAfterMs();
  let acknowledged = 0;
  for (let beforeMs = 160; beforeMs >= 0; beforeMs -= 4) {
    const { lab, ref, back } = leaver();
    lab.run(endMs - beforeMs);
    if (lab.core('dan').out === 'left') break;
    let outcome: Outcome | undefined;
    lab.member('dan').execute({ kind: 'put', bucket: 'notes', key: ref.key, value: new TextEncoder().encode(TEXT), contentType: 't/p' }, (answer) => {
      outcome = answer;
    });
    lab.run(8_000);
    back();
    lab.until('dan has left', () => lab.core('dan').out === 'left');
    lab.run(20_000);
    if (outcome?.kind !== 'written') continue;
    acknowledged += 1;
    assert.deepEqual(shown(lab, 'ada', ref), [TEXT], `put ${beforeMs} ms before it left`);
  }
  assert.ok(acknowledged > 0);
});

for (const sloppy of [true, false]) {
  test(`TR-31 a leaver that is about to go is no copy of a ${sloppy ? 'sloppy' : 'strict'} write, nor its coordinator`, () => {
    const lab = new Lab({ up: ['ada', 'ben', 'cleo', 'dan'], buckets: { notes: 2 } });
    const ref = Array.from({ length: 200 }, (_, index) => keyRef('notes', `k${index}`, PARTITIONS)).find((one) => lab.primaries(one).join() === 'dan,ada');
    assert.ok(ref !== undefined);
    lab.member('dan').node?.members.departures.close();
    const put = (by: string): Outcome | undefined =>
      lab.ask(by, { kind: 'put', bucket: 'notes', key: ref.key, value: new TextEncoder().encode(TEXT), contentType: 't/p', w: 2, sloppy });
    assert.equal(put('dan')?.kind, 'no-team');
    for (const by of ['ben', 'ada']) {
      const outcome = put(by);
      assert.equal(outcome?.kind, sloppy ? 'written' : 'unreachable', `by ${by}`);
      if (outcome?.kind === 'written') assert.ok(outcome.copies.every(({ member }) => member !== 'dan'));
    }
    assert.ok(!lab.holders(ref).includes('dan'));
    lab.member('dan').node?.members.departures.open();
    assert.equal(put('dan')?.kind, 'written');
  });
}

test('TR-32 a leaver that loses power as it goes has left, or goes on with it, and nothing acknowledged is lost', () => {
  const SLOWNESS = 8;
  const endMs = leftAfterMs(SLOWNESS);
  const ends = new Set<string>();
  for (let beforeMs = 24; beforeMs >= -24; beforeMs -= 2) {
    const { lab, ref, back } = leaver(SLOWNESS);
    lab.run(endMs - beforeMs);
    lab.member('dan').losePower();
    const isHeard = ['ada', 'ben', 'cleo'].some((name) => lab.core(name).roster.get('dan')?.said === 'left');
    lab.member('dan').start();
    const hasLeft = lab.core('dan').out === 'left';
    ends.add(`${isHeard ? 'heard' : 'unheard'}, ${hasLeft ? 'left' : 'leaving'}`);
    assert.ok(hasLeft || !isHeard, `power lost ${beforeMs} ms before it left: others take it for gone, and it does not`);
    const outcome = hasLeft ? undefined : lab.put('notes', ref.key, TEXT, 'dan');
    back();
    lab.until('all know that it has left', () => ['ada', 'ben', 'cleo'].every((name) => lab.core(name).roster.get('dan')?.said === 'left'));
    lab.run(20_000);
    if (outcome?.kind === 'written') assert.deepEqual(shown(lab, 'ada', ref), [TEXT], `power lost ${beforeMs} ms before it left`);
  }
  assert.deepEqual([...ends].sort(), ['heard, left', 'unheard, leaving', 'unheard, left']);
});
