/**
 * Lists over the whole team against an oracle: what every key is, on whatever disks it lies, however
 * the copies differ, whoever is silent, and however small the pages are.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { utf8Encode } from '../../p2p/bytes/utf8.ts';
import type { ConflictsOutcome, ListOutcome, RowName } from '../../p2p/node/commands.ts';
import { CoverageTeam } from '../sim/coverage-team.ts';
import type { Row } from '../sim/row-store.ts';
import { makeRow, writtenOver } from '../sim/row-store.ts';

const PARTITIONS = 8;
const BUCKET = 'notes';
const PAGES_MAX = 400;
const NEEDED = 2;

/** Keys of few letters, so that prefixes are shared, and of planes whose order UTF-16 gets wrong. */
const key = fc.array(fc.constantFrom('a', 'b', 'ab', '\u{e000}', '😀', 'z'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
const query = fc.record({ start: fc.constantFrom('', '', 'a', 'ab', '😀'), limit: fc.integer({ min: 1, max: 7 }), withDeleted: fc.boolean() });

/** One key: what it is now, and which of its copies lag behind. */
const fate = fc.record({
  key,
  live: fc.constantFrom(0, 1, 1, 2),
  /** What it was before; `undefined` = it was not there. */
  was: fc.option(fc.constantFrom(0, 1, 2), { nil: undefined }),
  /** Owners (by place on the list) that still have what it was: never so many that a read would miss the rest. */
  stale: fc.constantFrom<number | undefined>(undefined, 0, 1, 2),
});
const fates = fc.uniqueArray(fate, { selector: (one) => one.key, minLength: 1, maxLength: 40 });

interface Truth {
  readonly now: Row;
  readonly was: Row | undefined;
}

function fill(team: CoverageTeam, all: readonly { readonly key: string; readonly live: number; readonly was: number | undefined; readonly stale: number | undefined }[]): readonly Truth[] {
  return all.map((one) => {
    const was = one.was === undefined ? undefined : makeRow(BUCKET, one.key, PARTITIONS, one.was);
    const now = was === undefined ? makeRow(BUCKET, one.key, PARTITIONS, one.live) : writtenOver(was, one.live);
    team.put(now);
    const owners = team.ownersOf(now);
    const behind = owners.length > NEEDED && one.stale !== undefined ? owners[one.stale] : undefined;
    if (behind !== undefined && was !== undefined) team.store(behind).put(was);
    else if (behind !== undefined) team.store(behind).remove(now.ref);
    return { now, was };
  });
}

const byBytes = (a: string, b: string): number => Buffer.compare(utf8Encode(a), utf8Encode(b));

interface Paged {
  readonly shown: readonly { readonly key: string; readonly live: number }[];
  readonly partials: readonly (readonly number[])[];
}

function pageThrough(team: CoverageTeam, asker: string, query: { readonly prefix: string; readonly limit: number; readonly withDeleted: boolean }, between: () => void = () => undefined): Paged {
  const shown: { readonly key: string; readonly live: number }[] = [];
  const partials: (readonly number[])[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < PAGES_MAX; pages += 1) {
    const { outcome } = team.ask(asker, { kind: 'list', bucket: BUCKET, ...query, ...(after !== undefined && { after }) });
    const { entries, next, partial } = outcome as ListOutcome;
    assert.ok(entries.length <= query.limit);
    assert.ok(next === undefined || after === undefined || byBytes(next, after) > 0, 'paging goes on');
    shown.push(...entries);
    partials.push(partial);
    if (next === undefined) return { shown, partials };
    after = next;
    between();
  }
  throw new Error('paging has no end');
}

test('CQ-1 paging to the end gives each key once, in the order of its bytes, as reads would', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fates, query, fc.nat(5), (members, all, { start, limit, withDeleted }, asker) => {
      const team = new CoverageTeam({ members, partitions: PARTITIONS });
      const truths = fill(team, all);
      const expected = truths
        .map(({ now }) => ({ key: now.ref.key, live: now.entry.live }))
        .filter((one) => one.key.startsWith(start) && (withDeleted || one.live > 0))
        .sort((a, b) => byBytes(a.key, b.key));
      const { shown, partials } = pageThrough(team, `m${(asker % members) + 1}`, { prefix: start, limit, withDeleted });
      assert.deepEqual(shown.map(({ key: name, live }) => ({ key: name, live })), expected);
      assert.deepEqual(partials.flat(), []);
    }),
    { numRuns: 60 },
  );
});

test('CQ-5 with silent members `partial` is exactly what none of its owners answers for, and the rest is right', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 6 }), fates, fc.integer({ min: 1, max: 9 }), fc.array(fc.nat(5), { maxLength: 4 }), fc.boolean(), (members, all, limit, away, isKnown) => {
      const team = new CoverageTeam({ members, partitions: PARTITIONS });
      const truths = fill(team, all);
      // The first member asks, so it is there.
      const gone = new Set(away.map((index) => `m${(index % (members - 1)) + 2}`));
      for (const name of gone) if (isKnown) team.takeAway(name); else team.silence(name);
      const { shown, partials } = pageThrough(team, 'm1', { prefix: '', limit, withDeleted: false });
      const answering = (partition: number): number => team.placement.preferenceList(partition, 3).primaries.filter((owner) => !gone.has(owner)).length;
      const unreached = Array.from({ length: PARTITIONS }, (_, partition) => partition).filter((partition) => answering(partition) === 0);
      for (const partial of partials) assert.deepEqual(partial, unreached);
      const seen = new Map(shown.map((one) => [one.key, one.live]));
      assert.equal(seen.size, shown.length, 'each key once');
      for (const { now, was } of truths) {
        const { ref, entry } = now;
        const reached = answering(ref.partition);
        const live = seen.get(ref.key) ?? 0;
        if (reached >= Math.min(NEEDED, members)) assert.equal(live, entry.live, ref.key);
        else if (reached === 1) assert.ok([entry.live, was?.entry.live ?? 0].includes(live), `${ref.key} is shown as it never was`);
        else assert.equal(live, 0, ref.key);
      }
    }),
    { numRuns: 60 },
  );
});

test('CQ-1 what is written and deleted while one pages leaves the rest where it is', () => {
  const change = fc.record({ key, live: fc.constantFrom(0, 1) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fates, fc.array(change, { minLength: 1, maxLength: 30 }), fc.integer({ min: 1, max: 6 }), (members, all, changes, limit) => {
      const team = new CoverageTeam({ members, partitions: PARTITIONS });
      const truths = fill(team, all);
      const touched = new Set(changes.map((one) => one.key));
      const rows = new Map(truths.map(({ now }) => [now.ref.key, now]));
      const waiting = [...changes];
      const { shown } = pageThrough(team, 'm1', { prefix: '', limit, withDeleted: false }, () => {
        const next = waiting.shift();
        if (next === undefined) return;
        const before = rows.get(next.key);
        const row = before === undefined ? makeRow(BUCKET, next.key, PARTITIONS, next.live) : writtenOver(before, next.live);
        rows.set(next.key, row);
        team.put(row);
      });
      const names = shown.map((one) => one.key);
      assert.deepEqual(names, [...new Set(names)].sort(byBytes), 'each once, in order');
      const untouched = truths.filter(({ now }) => !touched.has(now.ref.key) && now.entry.live > 0).map(({ now }) => now.ref.key);
      assert.deepEqual(names.filter((name) => !touched.has(name)), untouched.sort(byBytes));
    }),
    { numRuns: 60 },
  );
});

test('CQ-6 paging through conflicts gives each open one once, by bucket and key', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fates, fc.integer({ min: 1, max: 5 }), fc.boolean(), (members, all, limit, isOfOne) => {
      const team = new CoverageTeam({ members, partitions: PARTITIONS, settings: { another: { n: 2 } } });
      const truths = fill(team, all);
      const others = ['x', 'y'].map((name) => makeRow('another', name, PARTITIONS, 2));
      for (const row of others) team.put(row);
      const shown: RowName[] = [];
      let after: RowName | undefined;
      for (let pages = 0; pages < PAGES_MAX; pages += 1) {
        const { outcome } = team.ask('m1', { kind: 'conflicts', limit, ...(isOfOne && { bucket: BUCKET }), ...(after !== undefined && { after }) });
        const { entries, next, partial } = outcome as ConflictsOutcome;
        assert.deepEqual(partial, []);
        shown.push(...entries.map(({ bucket, entry }) => ({ bucket, key: entry.key })));
        after = next;
        if (next === undefined) break;
      }
      const open = truths.filter(({ now }) => now.entry.siblings > 1).map(({ now }) => now.ref.key).sort(byBytes);
      const expected = [...(isOfOne ? [] : ['x', 'y'].map((name) => ({ bucket: 'another', key: name }))), ...open.map((name) => ({ bucket: BUCKET, key: name }))];
      assert.deepEqual(shown, expected);
    }),
    { numRuns: 60 },
  );
});
