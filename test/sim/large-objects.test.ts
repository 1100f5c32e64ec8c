/** What grows beyond a user's limits by merging still travels: to the replicas, to readers, and back out of the history. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lab } from './lab.ts';

const VALUE_BYTES = 1024 * 1024;
const SIBLINGS = 4;

const NAMES = ['ada', 'ben', 'cleo', 'dan'];

/** Each part of the team writes four values of 1 MiB that know nothing of the others, and they meet one after the other. */
function writeApart(lab: Lab, parts: readonly string[]): void {
  const heal = NAMES.map((name) => lab.isolate(name));
  lab.run(5_000);
  for (const name of parts) {
    for (let at = 0; at < SIBLINGS; at += 1) {
      const outcome = lab.put('notes', 'large', value(`${name}${at}`), name, { w: 'any' });
      assert.equal(outcome?.kind, 'written', JSON.stringify(outcome));
    }
  }
  for (const together of heal) {
    together();
    lab.run(20_000);
  }
}

for (const parts of [['ada', 'ben'], ['ada', 'ben', 'cleo']]) {
  test(`WR-8 ${parts.length} parts of a team with four siblings of 1 MiB each come together, and everybody reads all`, () => {
    const lab = new Lab({ up: NAMES });
    writeApart(lab, parts);
    const all = parts.length * SIBLINGS;
    const [ref] = lab.keys.values();
    assert.ok(ref !== undefined);
    const sizes = (): readonly number[] => lab.primaries(ref).map((name) => lab.member(name).disk.objects.get(ref.id)?.bytes.length ?? 0);
    lab.until('all have all', () => lab.difference() === undefined && sizes().every((size) => size > all * VALUE_BYTES));
    for (const name of NAMES) {
      const outcome = lab.ask(name, { kind: 'get', bucket: 'notes', key: 'large', r: 'all' });
      assert.equal(outcome?.kind === 'read' ? outcome.siblings.length : outcome?.kind, all);
    }
  });
}

test('WR-8 ten earlier versions of 1 MiB come back from a replica', () => {
  const lab = new Lab({ up: NAMES });
  let context: string | undefined;
  for (let at = 0; at < 11; at += 1) {
    const outcome = lab.put('notes', 'k', value(`${at}`), 'ada', context === undefined ? {} : { context });
    assert.equal(outcome?.kind, 'written');
    if (outcome?.kind === 'written') context = outcome.context;
  }
  const outsider = NAMES.find((name) => ![...lab.keys.values()].some((ref) => lab.primaries(ref).includes(name)));
  const outcome = lab.ask(outsider ?? '', { kind: 'history', bucket: 'notes', key: 'k' });
  assert.equal(outcome?.kind, 'history');
  if (outcome?.kind !== 'history') return;
  assert.deepEqual([outcome.versions.length, outcome.silent, outcome.isWhole], [10, [], true]);
});

function value(of: string): string {
  return of.padEnd(VALUE_BYTES, '.');
}
