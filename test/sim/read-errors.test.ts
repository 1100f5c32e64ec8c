/** A record that cannot be read for a while is neither damaged nor absent: nothing is written over it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeObject } from '../../p2p/causality/object-codec.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import { Lab, PARTITIONS } from './lab.ts';

const NOTES = 'notes';
const KEY = 'k';
const REF = keyRef(NOTES, KEY, PARTITIONS);

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function on(lab: Lab, name: string): readonly string[] {
  const stored = lab.member(name).disk.objects.get(REF.id);
  return stored === undefined ? [] : decodeObject(stored.bytes).siblings.map(({ value }) => new TextDecoder().decode(value));
}

/** Ada alone has the second version on hand, Ben is away with it, and Cleo has the first. */
function onlyAdaHasIt(): Lab {
  const lab = new Lab({ up: ['ada', 'ben', 'cleo'], config: { exchangeIntervalMs: 600_000, scrubIntervalMs: 600_000 } });
  const first = lab.put(NOTES, KEY, 'v1');
  assert.ok(first?.kind === 'written');
  lab.run(1_000);
  lab.member('cleo').crash();
  lab.run(40_000);
  const second = lab.ask('ada', { kind: 'put', bucket: NOTES, key: KEY, value: bytesOf('v2'), contentType: 't', context: first.context });
  assert.ok(second?.kind === 'written' && second.acks === 2);
  lab.member('ben').crash();
  lab.member('ada').disk.hints.clear();
  lab.member('ada').disk.readErrors = 1;
  lab.member('cleo').start();
  lab.until('they meet', () => lab.core('ada').liveness('cleo') === 'alive' && lab.core('cleo').liveness('ada') === 'alive');
  return lab;
}

test('AE-8 a read that fails for a while mends nothing: an acknowledged write stays', () => {
  const lab = onlyAdaHasIt();
  const during = lab.ask('ada', { kind: 'get', bucket: NOTES, key: KEY, r: 'all' });
  assert.equal(during?.kind, 'unreachable', 'nobody takes it for a key that never was');
  lab.run(2_000);
  lab.member('ada').disk.readErrors = 0;
  assert.deepEqual([on(lab, 'ada'), on(lab, 'cleo')], [['v2'], ['v1']]);
  assert.deepEqual(lab.member('ada').node?.mender.counts, { found: 0, mended: 0, refused: 0 });
  const after = lab.ask('ada', { kind: 'get', bucket: NOTES, key: KEY, r: 2 });
  assert.deepEqual(after?.kind === 'read' && after.siblings.map(({ value }) => new TextDecoder().decode(value)), ['v2']);
});

test('RP-4 a deletion that cannot be read is not told of as gone', () => {
  const lab = onlyAdaHasIt();
  let answer: readonly boolean[] | undefined;
  lab.member('ada').node?.votes.dropKey(REF, new Uint8Array(8), (isDropped, isGone) => {
    answer = [isDropped, isGone];
  });
  lab.member('ada').feed({ kind: 'wake' });
  lab.run(100);
  assert.deepEqual(answer, [false, false]);
});
