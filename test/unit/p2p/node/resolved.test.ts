/** What a bucket shows where writes were made apart, and its resolution changes, in a team on virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8Decode, utf8Encode } from '../../../../p2p/bytes/utf8.ts';
import { decodeObject } from '../../../../p2p/causality/object-codec.ts';
import type { Command, Notice, Outcome } from '../../../../p2p/node/commands.ts';
import { keyRef } from '../../../../p2p/ring/position.ts';
import type { BucketSettings, Resolution } from '../../../../p2p/types.ts';
import { QUIET } from '../../../sim/options.ts';
import { Simulator, UNWATCHED } from '../../../sim/simulator.ts';

const SETTINGS: BucketSettings = { n: 3, r: 'quorum', w: 'all', sloppy: true, resolution: 'lww', historyVersions: 5, historyDays: 60 };
const REF = keyRef('b', 'k', QUIET.partitions);

/** Ada and ben write at one time; ben's dot is the later one. */
function writtenApart(values: { readonly ada: string | undefined; readonly ben: string | undefined }): { readonly sim: Simulator; readonly notices: readonly Notice['kind'][] } {
  const notices: Notice['kind'][] = [];
  const watch = { ...UNWATCHED, notice: (_: string, notice: Notice) => void notices.push(notice.kind) };
  const sim = new Simulator({ ...QUIET, members: 3, buckets: [{ name: 'b', settings: SETTINGS }] }, watch);
  sim.startAll();
  sim.run(5_000);
  const answers: (Outcome | undefined)[] = [];
  for (const member of ['ada', 'ben'] as const) sim.member(member).execute(put(values[member]), (outcome) => answers.push(outcome));
  sim.run(1_000);
  assert.deepEqual(answers.map((answer) => answer?.kind === 'written' && answer.siblings), [1, 1]);
  assert.equal(decodeObject(sim.member('cleo').disk.objects.get(REF.id)!.bytes).siblings.length, 2, 'both are kept');
  return { sim, notices };
}

function put(text: string | undefined): Command {
  return { kind: 'put', bucket: 'b', key: 'k', value: text === undefined ? undefined : utf8Encode(text), contentType: 't' };
}

function ask(sim: Simulator, command: Command): Outcome {
  let answer: Outcome | undefined;
  sim.member('cleo').execute(command, (outcome) => (answer = outcome));
  for (let ms = 0; answer === undefined && ms < 20_000; ms += 10) sim.run(10);
  assert.ok(answer !== undefined);
  return answer;
}

function change(sim: Simulator, resolution: Resolution): void {
  assert.equal(ask(sim, { kind: 'set-bucket', bucket: 'b', settings: { resolution } }).kind, 'settings');
  sim.run(5_000);
}

/** The values of a read, live siblings of a list's rows, and keys in conflict. */
function looks(sim: Simulator): readonly unknown[] {
  const read = ask(sim, { kind: 'get', bucket: 'b', key: 'k' });
  const list = ask(sim, { kind: 'list', bucket: 'b', prefix: '', limit: 10 });
  const conflicts = ask(sim, { kind: 'conflicts', limit: 10 });
  assert.ok(read.kind === 'read' && list.kind === 'listed' && conflicts.kind === 'conflicts');
  return [
    read.siblings.map(({ value }) => (value === undefined ? 'deleted' : utf8Decode(value))).sort().join(),
    list.entries.map(({ live, siblings, writtenBy }) => `${live} of ${siblings} by ${writtenBy}`).join(),
    conflicts.entries.length,
  ];
}

test('LW-2 LW-7 of writes made apart the latest is read, listed and told of, and all are again once the bucket keeps siblings', () => {
  const { sim, notices } = writtenApart({ ada: 'one', ben: 'two' });
  assert.deepEqual(looks(sim), ['two', '1 of 1 by ben', 0]);
  assert.ok(!notices.includes('conflict'), 'nobody is asked to merge');
  const places = ask(sim, { kind: 'placement', bucket: 'b', key: 'k' });
  assert.ok(places.kind === 'placed');
  assert.deepEqual(places.dots, ['ben1:1'], 'who has the latest has what is there');

  change(sim, 'siblings');
  assert.deepEqual(looks(sim), ['one,two', '2 of 2 by ada', 1]);
  change(sim, 'lww');
  assert.deepEqual(looks(sim), ['two', '1 of 1 by ben', 0]);
  ask(sim, put('three'));
  change(sim, 'siblings');
  assert.deepEqual(looks(sim), ['three', '1 of 1 by cleo', 0], 'a write replaced both');
});

test('LW-7 a deletion that is the latest hides the key, and what it hides is in the history', () => {
  const { sim } = writtenApart({ ada: 'one', ben: undefined });
  assert.deepEqual(looks(sim), ['deleted', '', 0]);
  const history = ask(sim, { kind: 'history', bucket: 'b', key: 'k' });
  assert.ok(history.kind === 'history');
  assert.deepEqual(history.versions.map(({ dot }) => dot), ['ada1:1']);
  const all = ask(sim, { kind: 'list', bucket: 'b', prefix: '', limit: 10, withDeleted: true });
  assert.ok(all.kind === 'listed');
  assert.deepEqual(all.entries.map(({ live, siblings }) => [live, siblings]), [[0, 1]]);
});

test('LW-7 a value that is the latest is listed beside an earlier deletion', () => {
  assert.deepEqual(looks(writtenApart({ ada: undefined, ben: 'two' }).sim), ['two', '1 of 1 by ben', 0]);
});
