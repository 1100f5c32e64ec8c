/** What lists cost, counted at the stores and on the wire, and who is asked for them. */
import assert from 'node:assert/strict';
import { before, describe, it, test } from 'node:test';
import { DEFAULT_SETTINGS } from '../../../../p2p/membership/bucket-registry.ts';
import type { Command, ConflictsOutcome, ListOutcome } from '../../../../p2p/node/commands.ts';
import { manyRows, pageCosts } from '../../../sim/coverage-report.ts';
import type { PageCost } from '../../../sim/coverage-report.ts';
import { CoverageTeam } from '../../../sim/coverage-team.ts';
import type { Row } from '../../../sim/row-store.ts';
import { makeRow, writtenOver } from '../../../sim/row-store.ts';

const PARTITIONS = 16;
const LIST = { kind: 'list', bucket: 'notes', prefix: '', limit: 100 } as const;
const WINDOW_BYTES = 120;

function teamWith(members: number, keys: readonly string[], settings = {}): CoverageTeam {
  const team = new CoverageTeam({ members, partitions: PARTITIONS, settings: { notes: settings } });
  for (const key of keys) team.put(makeRow('notes', key, PARTITIONS));
  return team;
}

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `k${String(index).padStart(4, '0')}`);

function listed(team: CoverageTeam, asker: string, command: Command = LIST): ListOutcome {
  const { outcome } = team.ask(asker, command);
  assert.equal(outcome.kind, 'listed');
  return outcome;
}

describe('pages of 100 of many keys', () => {
  let [fewRows, manyKeys]: [readonly Row[], readonly Row[]] = [[], []];
  before(() => {
    fewRows = manyRows(1_000);
    manyKeys = manyRows(100_000);
  });
  for (const members of [3, 6]) describe(`in a team of ${members}`, () => {
    let [few, many]: [readonly PageCost[], readonly PageCost[]] = [[], []];
    before(() => {
      few = pageCosts(fewRows, members);
      many = pageCosts(manyKeys, members);
    });

    it('CQ-2 no page reads or sends more of 100,000 keys than of 1,000', () => {
      for (const [index, { name, rows, rowsMost, bytes, frames, shown }] of many.entries()) {
        const small = few[index];
        assert.ok(small);
        assert.ok(rowsMost <= 130 && rows <= members * 130, `${name}: ${rows} rows, ${rowsMost} at one`);
        assert.ok(bytes <= members * 130 * WINDOW_BYTES, `${name}: ${bytes} bytes`);
        // A folder of 1,000 keys has 20, of 100,000 keys 2,000.
        if (shown !== small.shown) continue;
        assert.ok(rows <= 1.2 * small.rows + 10, `${name}: ${rows} rows of many, ${small.rows} of few`);
        assert.ok(bytes <= 1.2 * small.bytes + 1_000, `${name}: ${bytes} bytes of many, ${small.bytes} of few`);
        assert.ok(frames <= small.frames + 2, `${name}: ${frames} frames of many, ${small.frames} of few`);
      }
    });

    it('CQ-6 a page of 20 conflicts in 100,000 keys costs 20 conflicts', () => {
      const conflicts = many.find(({ name }) => name === 'conflicts');
      assert.ok(conflicts);
      assert.equal(conflicts.shown, 20);
      assert.ok(conflicts.rows <= 3 * 20, `${conflicts.rows} rows`);
      assert.ok(conflicts.frames <= 2 * members, `${conflicts.frames} frames`);
    });

    it('CQ-3 not everybody is asked', () => {
      for (const { name, asked } of many) assert.ok(asked < members - 1, `${name}: ${asked} besides the asker`);
    });
  });
});

test('CQ-2 keys that are deleted cost rounds, not without bound, and the page goes on where it ended', () => {
  const team = new CoverageTeam({ members: 3, partitions: PARTITIONS });
  const all = names(2_000);
  for (const [index, key] of all.entries()) team.put(makeRow('notes', key, PARTITIONS, Number(index === 1_999)));
  const { outcome, cost } = team.ask('m1', { ...LIST, limit: 20 });
  assert.equal(outcome.kind, 'listed');
  assert.ok(cost.rowsMost <= 8 * 21, `${cost.rowsMost} rows at one member`);
  const page = outcome;
  assert.deepEqual(page.entries, []);
  assert.equal(page.next, all[159]);
  let [next, shown, pages]: [string | undefined, string[], number] = [page.next, [], 1];
  while (next !== undefined && pages < 100) {
    const more = listed(team, 'm1', { ...LIST, limit: 20, after: next });
    shown = [...shown, ...more.entries.map(({ key }) => key)];
    next = more.next;
    pages += 1;
  }
  assert.deepEqual(shown, ['k1999']);
});

test('CQ-3 a list shows what only one of the owners that a read needs has', () => {
  for (const without of ['m1', 'm2', 'm3']) {
    const team = teamWith(3, names(30));
    const missing = makeRow('notes', 'k0007', PARTITIONS);
    team.store(without).remove(missing.ref);
    for (const asker of team.names) assert.deepEqual(listed(team, asker).entries.map(({ key }) => key), names(30), `${without} lacks it, ${asker} asks`);
  }
});

test('CQ-3 copies that differ are merged', () => {
  const team = teamWith(3, names(5));
  const deleted = writtenOver(makeRow('notes', 'k0002', PARTITIONS), 0);
  for (const name of ['m2', 'm3']) team.store(name).put(deleted);
  assert.deepEqual(listed(team, 'm1').entries.map(({ key }) => key), ['k0000', 'k0001', 'k0003', 'k0004']);
});

test('CQ-3 with r=one this device alone is asked for what it owns', () => {
  const team = teamWith(3, names(30), { r: 'one' });
  const { outcome, cost } = team.ask('m2', LIST);
  assert.equal(outcome.kind === 'listed' && outcome.entries.length, 30);
  assert.deepEqual([cost.asked, cost.bytes], [0, 0]);
});

test('CQ-4 a silent member is replaced, and its partitions are not partial', () => {
  const team = teamWith(6, names(200));
  const asked = new Set<string>();
  team.onFrame = (_, to, kind) => kind === 'list' && asked.add(to);
  listed(team, 'm1');
  const [silent = ''] = asked;
  team.silence(silent);
  const { outcome, cost } = team.ask('m1', { ...LIST, limit: 200 });
  assert.deepEqual(outcome.kind === 'listed' && [outcome.entries.length, outcome.partial], [200, []]);
  assert.ok(cost.tookMs >= 400 && cost.tookMs < 600, `after the hedging time, not after all time: ${cost.tookMs} ms`);
});

test('CQ-4 who has not fetched a partition yet does not answer for it', () => {
  const alone = teamWith(3, names(100), { n: 1 });
  const owned = Array.from({ length: PARTITIONS }, (_, partition) => partition).filter((partition) => alone.placement.preferenceList(partition, 1).primaries.includes('m2'));
  assert.notEqual(owned.length, 0);
  alone.node('m2').ownership.lost();
  for (const asker of alone.names) {
    const { entries, partial } = listed(alone, asker);
    assert.deepEqual(partial, owned);
    assert.equal(entries.length, 100, 'what it has is shown');
  }
  const copied = teamWith(3, names(100));
  copied.node('m2').ownership.lost();
  for (const key of names(100)) copied.store('m2').remove(makeRow('notes', key, PARTITIONS).ref);
  for (const asker of copied.names) {
    const { entries, partial } = listed(copied, asker);
    assert.deepEqual([entries.length, partial], [100, []], `${asker} asks`);
  }
});

test('CQ-4 who sees another team answers for what it owns by its own view', () => {
  const team = teamWith(4, names(100));
  const asked = new Set<string>();
  team.onFrame = (_, to, kind) => kind === 'list' && asked.add(to);
  listed(team, 'm1');
  const [other = ''] = asked;
  const { core } = team.node(other);
  const change = (bucket: string, n: number): boolean => core.buckets.merge({ bucket, version: 1, by: other, settings: { ...DEFAULT_SETTINGS, n } });
  assert.ok(change('elsewhere', 2));
  const before = asked.size;
  assert.deepEqual(listed(team, 'm1').partial, []);
  assert.equal(asked.size, before, 'what it owns is the same');
  assert.ok(change('notes', 1));
  const { entries, partial } = listed(team, 'm1');
  assert.deepEqual([entries.length, partial], [100, []]);
  assert.equal(asked.size, before + 1, 'somebody else is asked for what it does not answer for');
});

test('CQ-5 what nobody answers for is partial, what stand-ins hold of it is shown', () => {
  const team = teamWith(5, names(100), { n: 2 });
  const [gone = '', other = ''] = ['m4', 'm5'];
  for (const name of [gone, other]) team.takeAway(name);
  const lost = Array.from({ length: PARTITIONS }, (_, partition) => partition).filter((partition) =>
    team.placement.preferenceList(partition, 2).primaries.every((member) => [gone, other].includes(member)),
  );
  assert.notEqual(lost.length, 0);
  const orphan = names(100).map((key) => makeRow('notes', key, PARTITIONS)).find(({ ref }) => lost.includes(ref.partition));
  assert.ok(orphan);
  const standIn = team.placement.preferenceList(orphan.ref.partition, 2).fallbacks.find((member) => ![gone, other].includes(member));
  team.store(standIn ?? '').put(orphan);
  for (const asker of ['m1', 'm2', 'm3']) {
    const { entries, partial } = listed(team, asker);
    assert.deepEqual(partial, lost);
    assert.ok(entries.some(({ key }) => key === orphan.ref.key), `${asker} does not list what ${standIn} holds`);
  }
});

test('CQ-6 a conflict that another owner has seen merged is none', () => {
  const team = teamWith(3, names(5));
  const open = makeRow('notes', 'k0003', PARTITIONS, 2);
  team.put(makeRow('notes', 'k0001', PARTITIONS, 2));
  for (const name of team.names) team.store(name).put(name === 'm1' ? open : writtenOver(open));
  const { outcome } = team.ask('m1', { kind: 'conflicts', limit: 10 });
  assert.deepEqual((outcome as ConflictsOutcome).entries.map(({ entry }) => entry.key), ['k0001']);
});

test('CQ-8 the names of buckets come page by page: none is lacking, however many there are', () => {
  const team = new CoverageTeam({ members: 3, partitions: PARTITIONS, settings: {} });
  const buckets = Array.from({ length: 20_001 }, (_, index) => `bucket ${String(index).padStart(5, '0')}`);
  for (const bucket of buckets) team.put(makeRow(bucket, 'k', PARTITIONS));
  const { outcome } = team.ask('m1', { kind: 'buckets' });
  assert.ok(outcome.kind === 'buckets');
  assert.deepEqual(outcome.partial, []);
  assert.deepEqual(outcome.buckets, buckets);
});
