/** Export and import in a whole team, on virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { union } from '../../../../p2p/causality/causal-context.ts';
import { contextToken, readToken, sealOf } from '../../../../p2p/causality/context-token.ts';
import { decodeObject } from '../../../../p2p/causality/object-codec.ts';
import { STAMP_MAX, STAMP_TOLD_MAX, stampOfWall } from '../../../../p2p/causality/stamp.ts';
import type { BackupSibling, Command, ExportOutcome, Outcome } from '../../../../p2p/node/commands.ts';
import { keyRef } from '../../../../p2p/ring/position.ts';
import type { BucketSettings } from '../../../../p2p/types.ts';
import type { SimOptions } from '../../../sim/options.ts';
import { QUIET } from '../../../sim/options.ts';
import { Simulator, UNWATCHED } from '../../../sim/simulator.ts';

const OPTIONS: SimOptions = { ...QUIET, exchangeIntervalMs: 2_000 };
const SETTINGS: BucketSettings = { n: 2, r: 'one', w: 'one', sloppy: false, resolution: 'siblings', historyVersions: 5, historyDays: 60 };
const REF = keyRef('b', 'k', OPTIONS.partitions);
/** That of the simulator's team. */
const SEAL = sealOf({ nonce: new Uint8Array(16) });
const CONTEXT = contextToken(REF, { upper: new Map([['old', 2]]), except: [] }, SEAL);

function teamOf(change: Partial<SimOptions> = {}): Simulator {
  const sim = new Simulator({ ...OPTIONS, ...change }, UNWATCHED);
  sim.startAll();
  sim.run(5_000);
  return sim;
}

/** All at once, each at its member; in the order of the question. */
function ask(sim: Simulator, ...questions: readonly (readonly [string, Command])[]): readonly (Outcome | undefined)[] {
  const answers = new Map<number, Outcome | undefined>();
  for (const [index, [member, command]] of questions.entries()) sim.member(member).execute(command, (outcome) => answers.set(index, outcome));
  for (let ms = 0; answers.size < questions.length && ms < 20_000; ms += 10) sim.run(10);
  return questions.map((_, index) => answers.get(index));
}

const sibling = (change: Partial<BackupSibling> = {}): BackupSibling => ({
  dot: 'old:1', value: new Uint8Array([1]), contentType: 't/x', writtenBy: 'zoe', writtenAt: 123, writeId: 'w1', seen: '', ...change,
});
const importOf = (...siblings: readonly BackupSibling[]): Command => ({ kind: 'import', bucket: 'b', key: 'k', context: CONTEXT, siblings, dryRun: false });

function stored(sim: Simulator, member: string) {
  const object = sim.member(member).disk.objects.get(REF.id);
  return object === undefined ? [] : decodeObject(object.bytes).siblings;
}

function exportOf(sim: Simulator, member: string): ExportOutcome {
  const [outcome] = ask(sim, [member, { kind: 'export', bucket: 'b', key: 'k' }]);
  assert.ok(outcome?.kind === 'exported');
  return outcome;
}

test('BK-2 author, time, write id and what the writer had seen are kept, dots are not', () => {
  const sim = teamOf();
  const deletion = sibling({ dot: 'old:2', value: undefined, contentType: '', writeId: 'w2', seen: CONTEXT });
  assert.deepEqual(ask(sim, ['ada', importOf(sibling(), deletion)]), [{ kind: 'imported', written: 2, present: 0, superseded: 0 }]);
  const { siblings } = exportOf(sim, 'cleo');
  const stamp = stampOfWall(sibling().writtenAt);
  assert.deepEqual(siblings.map(({ dot: _, ...kept }) => kept), [sibling(), deletion].map(({ dot: _, ...kept }) => ({ ...kept, stamp })));
  assert.ok(siblings.every(({ dot }) => dot.startsWith('ada')));
});

test('BK-4 the same import twice at once makes one dot; at two members it shows one sibling', () => {
  const once = teamOf();
  ask(once, ['ada', importOf(sibling())], ['ada', importOf(sibling())]);
  assert.equal(stored(once, 'ada').length, 1);
  let apart = 0;
  for (let seed = 1; seed <= 12; seed += 1) {
    const twice = teamOf({ seed, latencyMs: 50 });
    ask(twice, ['ada', importOf(sibling())], ['ben', importOf(sibling())]);
    twice.run(5_000);
    const [read] = ask(twice, ['cleo', { kind: 'get', bucket: 'b', key: 'k', r: 'all' }]);
    assert.ok(read?.kind === 'read');
    assert.equal(read.siblings.length, 1);
    const { length } = stored(twice, 'cleo');
    assert.equal(exportOf(twice, 'cleo').siblings.length, length, 'an export has all that is stored');
    apart += Number(length === 2);
  }
  assert.ok(apart > 0, 'sometimes neither knew of the other');
});

test('BK-13 a stamp beyond what anybody may make up is imported through a member without the key, and leaves room above it', () => {
  const sim = teamOf({ members: 5, buckets: [{ name: 'b', settings: { ...SETTINGS, w: 'all', resolution: 'lww' } }] });
  const [elsewhere] = [...sim.members.keys()].filter((name) => sim.member(name).node?.core.placement.isPrimary(name, REF.partition, 2) === false);
  assert.ok(elsewhere !== undefined);
  const at = (count: number, stamp: number): Command => {
    const context = contextToken(REF, { upper: new Map([['old', count]]), except: [] }, SEAL);
    return { ...importOf(sibling({ dot: `old:${count}`, writeId: `w${count}`, stamp, value: new Uint8Array([count]) })), context } as Command;
  };
  const kept = (): readonly number[] => [...sim.members.keys()].flatMap((name) => stored(sim, name).map(({ stamp }) => (stamp ?? 0) - STAMP_TOLD_MAX));
  const [older, newer] = [at(1, STAMP_TOLD_MAX + 3), at(2, STAMP_MAX)];
  const written = (count: number, superseded = 0): Outcome => ({ kind: 'imported', written: count, present: 1 - count - superseded, superseded });
  assert.deepEqual(ask(sim, [elsewhere, older]), [written(1)]);
  assert.deepEqual(kept(), [0, 0], 'nothing is there: as far as a file may go');
  assert.deepEqual([...ask(sim, [elsewhere, newer]), ...ask(sim, [elsewhere, newer]), ...ask(sim, [elsewhere, older])], [written(1), written(0), written(0, 1)]);
  assert.deepEqual(kept(), [1, 1], 'just above what is there');
  ask(sim, [elsewhere, { kind: 'put', bucket: 'b', key: 'k', value: new Uint8Array([7]), contentType: 't/x' }]);
  assert.deepEqual([kept(), exportOf(sim, elsewhere).siblings.map(({ value }) => value)], [[2, 2], [new Uint8Array([7])]], 'a write goes above');
});

test('BK-4 a member without the key hands its import on, the time and the dot with it', () => {
  const sim = teamOf({ members: 5, buckets: [{ name: 'b', settings: { ...SETTINGS, w: 'all' } }] });
  const elsewhere = [...sim.members.keys()].find((name) => sim.member(name).node?.core.placement.isPrimary(name, REF.partition, 2) === false);
  assert.ok(elsewhere !== undefined);
  ask(sim, [elsewhere, importOf(sibling({ seen: CONTEXT }))], [elsewhere, importOf(sibling({ seen: CONTEXT }))]);
  const holders = [...sim.members.keys()].filter((name) => stored(sim, name).length > 0);
  assert.equal(holders.length, 2);
  for (const holder of holders) {
    assert.deepEqual(stored(sim, holder).map(({ writtenAt, writtenBy, seen }) => [writtenAt, writtenBy, [...seen.upper]]), [[123, 'zoe', [['old', 2]]]]);
  }
});

test('BK-4 siblings that are larger together than a user may write are imported all the same', () => {
  const sim = teamOf();
  const large = Array.from({ length: 5 }, (_, index) => sibling({ dot: `old:${index + 1}`, writeId: `w${index}`, value: new Uint8Array(1024 * 1024).fill(index) }));
  const context = contextToken(REF, { upper: new Map([['old', 5]]), except: [] }, SEAL);
  const [outcome] = ask(sim, ['ada', { kind: 'import', bucket: 'b', key: 'k', context, siblings: large, dryRun: false }]);
  assert.deepEqual(outcome, { kind: 'imported', written: 5, present: 0, superseded: 0 });
});

test('BK-5 a line that is not what an export writes is refused whole', () => {
  const sim = teamOf();
  const other = contextToken(keyRef('b', 'other', OPTIONS.partitions), { upper: new Map([['old', 1]]), except: [] }, SEAL);
  const own = contextToken(REF, { upper: new Map([['ada1', 1_000_000]]), except: [] }, SEAL);
  const line = importOf(sibling()) as Extract<Command, { kind: 'import' }>;
  const bad: readonly (readonly [string, Command])[] = [
    ['BAD_REQUEST', importOf(sibling(), sibling({ dot: 'old:3' }))],
    ['BAD_REQUEST', importOf(sibling(), sibling({ dot: 'new:1' }))],
    ['BAD_REQUEST', importOf(sibling(), sibling())],
    ['BAD_REQUEST', importOf(sibling(), sibling({ dot: 'old:0' }))],
    ['BAD_REQUEST', importOf(sibling(), sibling({ dot: 'old:2', seen: 'AAAA' }))],
    ['BAD_REQUEST', importOf(sibling(), sibling({ dot: 'old:2', seen: own }))],
    ['CONTEXT_MISMATCH', importOf(sibling(), sibling({ dot: 'old:2', seen: other }))],
    ['CONTEXT_MISMATCH', { ...line, context: other }],
    ['BAD_REQUEST', { ...line, context: own, siblings: [sibling({ dot: 'ada1:5' })] }],
    ['BAD_REQUEST', { ...line, context: '' }],
  ];
  for (const [index, [code, command]] of bad.entries()) {
    const [outcome] = ask(sim, ['ada', command]);
    assert.ok(outcome?.kind === 'bad-request', String(index));
    assert.equal(outcome.code, code, String(index));
  }
  assert.deepEqual(stored(sim, 'ada'), []);
});

test('BK-7 the other half of a write made twice still replaces what it had seen', () => {
  const sim = teamOf();
  ask(sim, ['ada', importOf(sibling())]);
  const [put] = ask(sim, ['ada', { kind: 'put', bucket: 'b', key: 'k', value: new Uint8Array([9]), contentType: 't/x' }]);
  assert.ok(put?.kind === 'written' && put.siblings === 2);
  const reading = readToken(REF, put.context, SEAL);
  assert.ok(reading.kind === 'context');
  const context = contextToken(REF, union(reading.context, { upper: new Map([['twin', 1]]), except: [] }), SEAL);
  const line: Command = { kind: 'import', bucket: 'b', key: 'k', context, siblings: [sibling({ dot: 'twin:1' })], dryRun: false };
  const counts = ask(sim, ['ada', line])[0];
  assert.deepEqual(counts, { kind: 'imported', written: 1, present: 0, superseded: 0 });
  assert.deepEqual(stored(sim, 'ada').map(({ value, writeId }) => [value?.[0], writeId]), [[1, 'w1'], [1, 'w1']]);
  assert.deepEqual(ask(sim, ['ada', line]), [{ kind: 'imported', written: 0, present: 1, superseded: 0 }]);
});

test('BK-8 what may be missing is said: with one copy a bucket, one member away is enough', () => {
  const sim = teamOf({ buckets: [{ name: 'b', settings: { ...SETTINGS, n: 1 } }] });
  sim.member('cleo').stop();
  sim.run(40_000);
  const partial = (outcome: Outcome | undefined): number => (outcome !== undefined && 'partial' in outcome ? outcome.partial.length : -1);
  const list = (bucket: string): Command => ({ kind: 'list', bucket, prefix: '', limit: 10 });
  const [buckets, own, other] = ask(sim, ['ada', { kind: 'buckets' }], ['ada', list('b')], ['ada', list('other')]);
  assert.ok(partial(buckets) > 0 && partial(own) > 0);
  assert.equal(partial(other), 0);
});

test('BK-8 deleted keys are listed when they are asked for', () => {
  const sim = teamOf();
  ask(sim, ['ada', importOf(sibling({ value: undefined, contentType: '' }))]);
  const list: Command = { kind: 'list', bucket: 'b', prefix: '', limit: 10 };
  const [live, all] = ask(sim, ['ben', list], ['ben', { ...list, withDeleted: true }]);
  assert.ok(live?.kind === 'listed' && all?.kind === 'listed');
  assert.deepEqual([live.entries.length, all.entries.map(({ key, live: left }) => [key, left])], [0, [['k', 0]]]);
});

test('BK-9 imported settings lose to what a person set, here or anywhere', () => {
  const sim = teamOf();
  const settings: BucketSettings = { ...SETTINGS, n: 1 };
  const take = (bucket: string, dryRun = false): Command => ({ kind: 'import-bucket', bucket, settings, dryRun });
  const of = (member: string, bucket: string): unknown => sim.member(member).node?.core.buckets.settings(bucket).n;
  assert.deepEqual(ask(sim, ['ada', take('b', true)]), [{ kind: 'bucket-imported', isTaken: true }]);
  assert.equal(of('ada', 'b'), 3);
  ask(sim, ['ada', take('b')], ['cleo', take('c')], ['ada', { kind: 'set-bucket', bucket: 'c', settings: { n: 2 } }]);
  sim.run(20_000);
  for (const member of ['ada', 'ben', 'cleo']) assert.deepEqual([of(member, 'b'), of(member, 'c')], [1, 2], member);
  assert.deepEqual(ask(sim, ['ben', take('c')]), [{ kind: 'bucket-imported', isTaken: false }]);
  assert.equal(ask(sim, ['ben', { kind: 'import-bucket', bucket: 'd', settings: { ...settings, r: 3 }, dryRun: false }])[0]?.kind, 'bad-request');
});

test('BK-10 a dry run says what the import then does, and writes nothing', () => {
  const sim = teamOf();
  const line = importOf(sibling(), sibling({ dot: 'old:2', writeId: 'w2', value: new Uint8Array([2]) })) as Extract<Command, { kind: 'import' }>;
  const [dry] = ask(sim, ['ada', { ...line, dryRun: true }]);
  assert.deepEqual(stored(sim, 'ada'), []);
  assert.deepEqual(ask(sim, ['ada', line]), [dry]);
});

/** A line of a file that no member of the simulator's team has sealed. */
const foreign = (...siblings: readonly BackupSibling[]): Command => ({
  ...(importOf(...siblings) as Extract<Command, { kind: 'import' }>),
  context: contextToken(REF, { upper: new Map([['old', 2]]), except: [] }, sealOf({ nonce: new Uint8Array(16).fill(9) })),
});

test('BK-12 a file of another team is imported once, siblings and deletions, and brings nothing back', () => {
  const sim = teamOf();
  const line = foreign(sibling(), sibling({ dot: 'old:2', writeId: 'w2', value: undefined, contentType: '' }));
  assert.deepEqual(ask(sim, ['ada', line]), [{ kind: 'imported', written: 2, present: 0, superseded: 0 }]);
  assert.deepEqual(ask(sim, ['ben', line]), [{ kind: 'imported', written: 0, present: 2, superseded: 0 }]);
  const [read] = ask(sim, ['cleo', { kind: 'get', bucket: 'b', key: 'k' }]);
  assert.ok(read?.kind === 'read' && read.siblings.length === 2);
  ask(sim, ['cleo', { kind: 'put', bucket: 'b', key: 'k', value: new Uint8Array([5]), contentType: 't/x', context: read.context, w: 'all' }]);
  assert.deepEqual(ask(sim, ['ada', line]), [{ kind: 'imported', written: 0, present: 0, superseded: 2 }]);
  assert.deepEqual(stored(sim, 'ada').map(({ value }) => value?.[0]), [5]);
  assert.deepEqual(ask(sim, ['ada', importOf(sibling())]), [{ kind: 'imported', written: 1, present: 0, superseded: 0 }], 'its names are none of this team');
});

test('CV-18 a context that no member has sealed is refused, whoever coordinates', () => {
  const sim = teamOf();
  const forged = contextToken(REF, { upper: new Map([['ben1', 1_000_000]]), except: [] }, sealOf({ nonce: new Uint8Array(16).fill(9) }));
  for (const member of ['ada', 'ben', 'cleo']) {
    const [outcome] = ask(sim, [member, { kind: 'put', bucket: 'b', key: 'k', value: new Uint8Array([1]), contentType: 't/x', context: forged }]);
    assert.ok(outcome?.kind === 'bad-request' && outcome.code === 'BAD_REQUEST', member);
  }
  assert.deepEqual(stored(sim, 'ada'), []);
});

test('CV-18 nor does a file that was made up claim writes that are still to come', () => {
  const sim = teamOf();
  const holders = sim.member('ada').node?.core.placement.preferenceList(REF.partition, 2).primaries ?? [];
  const [writer = '', other = ''] = holders;
  const undo = sim.network.block([[writer, other]]);
  const actor = sim.member(writer).node?.core.identity.actor ?? '';
  const claims = contextToken(REF, { upper: new Map([[actor, 1_000_000]]), except: [] }, sealOf({ nonce: new Uint8Array(16).fill(9) }));
  const line = { ...(foreign(sibling({ dot: `${actor}:900000` })) as Extract<Command, { kind: 'import' }>), context: claims };
  const put = { kind: 'put', bucket: 'b', key: 'k', value: new Uint8Array([7]), contentType: 't/x', w: 1 } as const;
  // A majority is two of two, so the file goes in before the cut is noticed, and the write where nobody has heard of it.
  const [imported, written] = ask(sim, [other, line], [writer, put]);
  undo();
  if (imported?.kind !== 'imported') assert.deepEqual(ask(sim, [other, line]).map((outcome) => outcome?.kind), ['imported']);
  assert.equal(written?.kind, 'written');
  sim.run(20_000);
  for (const holder of holders) assert.ok(stored(sim, holder).some(({ value }) => value?.[0] === 7), `${holder} has the write`);
});
