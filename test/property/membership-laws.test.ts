/** MB: member records as a semilattice, and a roster that nothing unauthentic enters. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { admitMember, outlivesRemoval, removeMember } from '../../p2p/membership/admission.ts';
import { BucketRegistry } from '../../p2p/membership/bucket-registry.ts';
import { Heartbeats } from '../../p2p/membership/heartbeats.ts';
import { mergeRecords, recordBody, saysAll } from '../../p2p/membership/member-record.ts';
import { decodeRecords, encodeRecords, Roster } from '../../p2p/membership/roster.ts';
import type { MemberRecord, OwnStatus } from '../../p2p/types.ts';
import { bucketRecord, memberRecord } from './arbitraries.ts';
import { knownTo, learn, NAMES, recordOf, remove, removed, resigned, signerOf, stateOf, team } from './signed-members.ts';

const STATUSES: readonly OwnStatus[] = ['joining', 'up', 'leaving', 'left'];

const said = fc
  .tuple(fc.nat(NAMES.length - 1), fc.nat(3), fc.constantFrom(...STATUSES), fc.constantFrom('x', 'y'))
  .map(([index, incarnation, status, name]) => recordOf(index, incarnation, status, name));

/** Removals dated before and after the admissions, which are all at 7; some say what they knew. Never by the member itself. */
const authentic = fc
  .tuple(said, fc.option(fc.tuple(fc.constantFrom(...NAMES), fc.constantFrom(6, 7, 8), fc.option(fc.subarray(NAMES)))))
  .map(([record, out]) => {
    if (out === null || out[0] === record.member) return record;
    const [by, at, letIn] = out;
    return removed(record, by, at, letIn === null ? undefined : knownTo(by, record.member, letIn.filter((name) => name !== record.member)));
  });

/** As the core signs: the signature follows from the content. */
const oneMembersRecord = memberRecord.map((record) => {
  const mine = { ...record, member: 'ada', incarnation: record.incarnation % 3 };
  const removal = record.removal && removeMember(team, signerOf(record.removal.by), 'ada', record.removal.at % 3, record.removal.known);
  return { ...mine, removal, signature: signerOf('ada').sign(recordBody(mine)) };
});

test('MB-1 merge of member records is commutative, associative and idempotent', () => {
  fc.assert(
    fc.property(oneMembersRecord, oneMembersRecord, oneMembersRecord, (a, b, c) => {
      assert.deepEqual(mergeRecords(a, b), mergeRecords(b, a));
      assert.deepEqual(mergeRecords(mergeRecords(a, b), c), mergeRecords(a, mergeRecords(b, c)));
      assert.deepEqual(mergeRecords(a, a), a);
      assert.ok(saysAll(mergeRecords(a, b), a) && saysAll(mergeRecords(a, b), b));
      assert.equal(saysAll(a, b), isDeepStrictEqual(mergeRecords(a, b), a));
    }),
    { numRuns: 500 },
  );
});

test('MB-2 removal beats every incarnation; else the higher incarnation, then the later status, wins', () => {
  const wins = (winner: MemberRecord, loser: MemberRecord): void => {
    assert.equal(mergeRecords(winner, loser), winner);
    assert.equal(saysAll(loser, winner), false);
  };
  wins(recordOf(1, 2, 'joining'), recordOf(1, 1, 'left'));
  for (let later = 1; later < STATUSES.length; later += 1) {
    wins(recordOf(1, 1, STATUSES[later] ?? 'up'), recordOf(1, 1, STATUSES[later - 1] ?? 'up'));
  }
  const [out, back] = [removed(recordOf(1, 1, 'up'), 'ben'), recordOf(1, 9, 'joining')];
  assert.deepEqual(mergeRecords(out, back), { ...back, status: 'removed', removal: out.removal });
  const later = removed(recordOf(1, 1, 'up'), 'cleo', 9);
  assert.equal(mergeRecords(out, later).removal, later.removal, 'of two removals the later');
  const knowing = removed(recordOf(1, 1, 'up'), 'founder', 7, { admitted: [], path: [] });
  assert.equal(mergeRecords(later, knowing).removal, knowing.removal, 'but first one that says what it knew');
});

test('MB-3 the roster is the same whatever the order and the batches in which records came', () => {
  const run = fc.array(authentic, { maxLength: 14 }).chain((records) =>
    fc.tuple(fc.constant(records), fc.shuffledSubarray(records, { minLength: records.length }), fc.integer({ min: 1, max: 5 })),
  );
  fc.assert(
    fc.property(run, ([records, shuffled, batch]) => {
      const whole = stateOf(learn(records, 99));
      assert.deepEqual(stateOf(learn(shuffled, batch)), whole);
      for (const [member, kept] of whole) {
        const mine = records.filter((record) => record.member === member).map((record) => withKnownRemoval(record, whole));
        assert.deepEqual({ ...kept, status: 'up' }, { ...mine.reduce((a, b) => mergeRecords(a, b)), status: 'up' });
        assert.equal(kept.status, isOut(member, whole) ? 'removed' : kept.said);
      }
    }),
    { numRuns: 300 },
  );
});

/** A removal by somebody who was never let in is none. */
function withKnownRemoval(record: MemberRecord, known: ReadonlyMap<string, MemberRecord>): MemberRecord {
  return known.has(record.removal?.by ?? record.member) ? record : { ...record, removal: undefined };
}

/** Removed, or let in by somebody after that one's removal, or by somebody who was. */
function isOut(member: string, records: ReadonlyMap<string, MemberRecord>): boolean {
  const record = records.get(member);
  if (record === undefined || record.removal !== undefined) return record !== undefined;
  return isLetInByNobody(member, records);
}

/** A removed member's own removal does not undo what it signed before; a void admission does. */
function isLetInByNobody(member: string, records: ReadonlyMap<string, MemberRecord>): boolean {
  const record = records.get(member);
  if (record === undefined || record.admission.by === member) return false;
  const { admission } = record;
  return !outlivesRemoval(member, admission, records.get(admission.by)?.removal) || isLetInByNobody(admission.by, records);
}

test('MB-3 in one batch the admitted may stand before who admits them', () => {
  const records = [recordOf(3, 1, 'up'), recordOf(2, 1, 'up'), recordOf(1, 1, 'up'), recordOf(0, 1, 'up')];
  const roster = new Roster(team, signerOf('ada'));
  assert.equal(roster.offer(records).length, 4);
});

test('MB-3 an older record in the same batch never replaces a newer one, and is no news', () => {
  const [older, newer] = [recordOf(0, 1, 'up'), recordOf(0, 2, 'up')];
  for (const batch of [[older, newer], [newer, older]]) {
    const roster = new Roster(team, signerOf('ada'));
    const news = roster.offer(batch);
    assert.equal(roster.get('founder'), newer);
    assert.equal(news.at(-1), newer);
  }
});

test('MB-4 nothing that was changed, or that nobody admitted, enters', () => {
  const changes: readonly ((record: MemberRecord) => MemberRecord)[] = [
    (record) => ({ ...record, said: record.said === 'up' ? 'left' : 'up' }),
    (record) => ({ ...record, incarnation: record.incarnation + 1 }),
    (record) => ({ ...record, addresses: ['/ip4/6.6.6.6/tcp/1'] }),
    (record) => ({ ...record, weight: 64 }),
    (record) => ({ ...record, member: 'eve' }),
    (record) => resigned({ ...record, admission: { ...record.admission, at: 8 } }),
    (record) => resigned({ ...record, admission: { ...record.admission, by: record.member } }),
    (record) => resigned({ ...record, member: 'eve' }),
    (record) => resigned({ ...record, member: 'eve', admission: admitMember(team, signerOf('eve'), 'eve', 7) }),
    (record) => resigned({ ...record, admission: admitMember({ ...team, id: 'another' }, signerOf(record.admission.by), record.member, 7) }),
  ];
  fc.assert(
    fc.property(fc.array(authentic, { maxLength: 6 }), authentic, fc.constantFrom(...changes), (records, victim, change) => {
      fc.pre(victim.member !== 'founder');
      const roster = learn([recordOf(0, 1, 'up'), ...records], 99);
      const before = stateOf(roster);
      assert.deepEqual(roster.offer([change(victim)]), []);
      assert.deepEqual(stateOf(roster), before);
    }),
    { numRuns: 400 },
  );
});

test('MB-4 a removal counts only if another member of the team signed it, for this member of this team', () => {
  const forgeries: readonly ((record: MemberRecord) => MemberRecord)[] = [
    (record) => removed(record, 'eve'),
    (record) => removed(record, record.member),
    (record) => ({ ...removed(record, 'founder', 9), removal: { by: 'founder', at: 10, signature: removeMember(team, signerOf('founder'), record.member, 9).signature } }),
    (record) => ({ ...record, removal: removeMember(team, signerOf('founder'), 'zoe', 99) }),
    (record) => ({ ...record, removal: removeMember({ ...team, id: 'another' }, signerOf('founder'), record.member, 99) }),
  ];
  const roster = learn([0, 1, 2, 3, 4].map((index) => recordOf(index, 1, 'up')), 99);
  for (const victim of roster.all()) {
    for (const forge of forgeries) assert.deepEqual(roster.offer([forge(victim)]), []);
    assert.ok(roster.isMember(victim.member));
  }
});

test('MB-5 a newcomer believes a team whose founder was removed by somebody that it had let in', () => {
  const roster = new Roster(team, signerOf('zoe'));
  roster.offer([removed(recordOf(0, 1, 'up'), 'ada'), recordOf(1, 1, 'up')]);
  assert.deepEqual([roster.get('founder')?.status, roster.get('ada')?.status], ['removed', 'up']);
});

test('MB-4 only the founder of the team id admits itself', () => {
  const roster = new Roster(team, signerOf('ada'));
  const alone = { ...recordOf(1, 1, 'up'), admission: admitMember(team, signerOf('ada'), 'ada', 7) };
  assert.deepEqual(roster.offer([resigned(alone)]), []);
  const outsider = { ...recordOf(0, 1, 'up'), admission: admitMember(team, signerOf('ada'), 'founder', 7) };
  assert.deepEqual(roster.offer([recordOf(1, 1, 'up'), resigned(outsider)]), []);
});

test('MB-5 credentials hold the whole chain: a stranger who knows only the team id believes them', () => {
  const roster = learn([0, 1, 2, 3, 4].map((index) => recordOf(index, 1, 'up')), 99);
  for (const member of NAMES) {
    const stranger = new Roster(team, signerOf('zoe'));
    stranger.offer(decodeRecords(roster.credentials(member)));
    assert.ok(stranger.isMember(member), member);
  }
});

test('MB-6 who is joining, up or leaving is a member; who left or was removed is none', () => {
  const expected = { joining: true, up: true, leaving: true, left: false };
  for (const status of STATUSES) {
    const roster = learn([recordOf(0, 1, 'up'), recordOf(1, 1, status)], 99);
    assert.equal(roster.isMember('ada'), expected[status], status);
    roster.offer([removed(recordOf(1, 1, status), 'founder')]);
    assert.equal(roster.isMember('ada'), false, `${status}, removed`);
    assert.equal(roster.get('ada')?.status, 'removed');
  }
});

test('MB-13 two members that remove each other are both out, and whoever hears of it agrees', () => {
  const all = [recordOf(0, 1, 'up'), recordOf(1, 1, 'up'), recordOf(2, 1, 'up')];
  const [byAda, byBen] = [removed(recordOf(2, 1, 'up'), 'ada'), removed(recordOf(1, 1, 'up'), 'ben')];
  for (const orders of [[byAda, byBen], [byBen, byAda]]) {
    const roster = learn([...all, ...orders], 1);
    assert.deepEqual(NAMES.map((name) => roster.isMember(name)), [true, false, false, false, false]);
  }
});

test('MB-13 no incarnation and no new admission brings a removed member back', () => {
  const roster = learn([recordOf(0, 1, 'up'), removed(recordOf(1, 1, 'up'), 'founder')], 99);
  roster.offer([recordOf(1, 50, 'up')]);
  roster.offer([resigned({ ...recordOf(1, 60, 'joining'), admission: admitMember(team, signerOf('founder'), 'ada', 1_000) })]);
  assert.equal(roster.get('ada')?.status, 'removed');
  assert.equal(roster.isMember('ada'), false);
});

test('MB-14 whom a removed member lets in afterwards is out, on all alike; whom it let in before stays', () => {
  const [before, after] = [7, 9].map((at, index) => {
    const record = recordOf(3 + index, 1, 'up');
    return resigned({ ...record, admission: admitMember(team, signerOf('ada'), record.member, at) });
  }) as [MemberRecord, MemberRecord];
  const all = [recordOf(0, 1, 'up'), removed(recordOf(1, 1, 'up'), 'founder', 8), before, after];
  for (const order of [all, all.toReversed()]) {
    const roster = learn(order, 1);
    assert.equal(roster.isMember(before.member), true);
    assert.equal(roster.get(after.member)?.status, 'removed');
  }
});

test('MB-14 a removal is dated after everything that its signer knows the removed one to have admitted', () => {
  const wrongClock = 3;
  const roster = new Roster(team, signerOf('founder'));
  roster.offer([0, 1, 2, 3, 4].map((index) => recordOf(index, 1, 'up')));
  const news = remove(roster, 'ada', wrongClock);
  assert.deepEqual(news.map(({ member, status }) => [member, status]), [['ada', 'removed']]);
  assert.ok(NAMES.every((name) => name === 'ada' || roster.isMember(name)), 'nobody else goes with it');
  assert.deepEqual(remove(roster, 'ada', 99), [], 'once');
  assert.deepEqual(remove(roster, 'zoe', 99), []);
});

test('MB-15 the verdict convinces the removed member itself, and is for nobody else', () => {
  const records = [0, 1, 2, 3, 4].map((index) => recordOf(index, 1, 'up'));
  const roster = new Roster(team, signerOf('dan'));
  roster.offer(records);
  remove(roster, 'cleo', 9);
  const told = new Roster(team, signerOf('cleo'));
  told.offer(decodeRecords(roster.credentials('cleo')));
  assert.ok(told.isMember('cleo'));
  told.offer(decodeRecords(encodeRecords(roster.verdict('cleo'))));
  assert.equal(told.get('cleo')?.status, 'removed');
  assert.equal(told.get('cleo')?.removal?.by, 'dan');
  assert.deepEqual(['dan', 'founder', 'zoe'].map((name) => roster.verdict(name).length), [0, 0, 0]);
});

test('MB-7 bucket settings are the same in whatever order they came', () => {
  const changes = fc.array(bucketRecord.map((record) => ({ ...record, bucket: 'b', version: record.version % 3, by: record.by.slice(0, 1) })), { maxLength: 8 });
  fc.assert(
    fc.property(changes.chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))), ([all, shuffled]) => {
      const settled = [all, shuffled].map((some) => {
        const registry = new BucketRegistry();
        for (const record of some) registry.merge(record);
        assert.ok(some.every((record) => !registry.merge(record)), 'known is no news');
        return registry.get('b');
      });
      assert.deepEqual(settled[0], settled[1]);
    }),
  );
});

test('MB-8 heartbeats: {42,39,35} with {43,40,36} is {43,40,36}, in any order', () => {
  const merged = (tables: readonly (readonly number[])[]): number[] => {
    const heartbeats = new Heartbeats();
    for (const table of tables) table.forEach((beat, index) => heartbeats.merge(NAMES[index] ?? '', beat));
    return [0, 1, 2].map((index) => heartbeats.of(NAMES[index] ?? ''));
  };
  assert.deepEqual(merged([[42, 39, 35], [43, 40, 36]]), [43, 40, 36]);
  assert.deepEqual(merged([[43, 40, 36], [42, 39, 35], [43, 40, 36]]), [43, 40, 36]);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(9), fc.nat(9), fc.nat(9)), { minLength: 1 }), (tables) => {
      const expected = [0, 1, 2].map((index) => Math.max(...tables.map((table) => table[index] ?? 0)));
      assert.deepEqual(merged(tables), expected);
    }),
  );
});
