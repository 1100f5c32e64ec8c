/** MB: whoever holds the key of a removed member gets nobody in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ADMITTED_MAX, knownAdmissions, PATH_MAX } from '../../p2p/membership/known-admissions.ts';
import { decodeTeamRecords, encodeRecords, Roster } from '../../p2p/membership/roster.ts';
import type { Admission, MemberRecord } from '../../p2p/types.ts';
import { learn, letIn, recordOf, remove, removed, signerOf, stateOf, team } from './signed-members.ts';

function idsOf(roster: Roster): readonly string[] {
  return [...roster.members()].sort();
}

/** Ada let Ben in; Cleo, whom the founder let in, takes Ada out. What all of them then hold. */
function withoutAda(): readonly MemberRecord[] {
  const cleo = new Roster(team, signerOf('cleo'));
  cleo.offer([recordOf(0, 1, 'up'), recordOf(1, 1, 'up'), letIn('ben', 'ada', 7), letIn('cleo', 'founder', 7)]);
  remove(cleo, 'ada', 9);
  return cleo.all();
}

test('MB-37 an admission that a removed member dates back lets nobody in', () => {
  const back = letIn('thief', 'ada', 5);
  for (const order of [[...withoutAda(), back], [back, ...withoutAda()]]) {
    const roster = learn(order, 1);
    assert.deepEqual(idsOf(roster), ['ben', 'cleo', 'founder']);
    assert.equal(roster.get('thief')?.status, 'removed');
  }
});

interface Forged {
  /** Let in by the stolen key, or by one of the devices before it. */
  readonly by: number;
  readonly at: number;
  /** The device takes Ada out as well, dated so, and names all the others. */
  readonly removesAt: number | null;
}

/** What the key of a removed member, and those whom it lets in, can sign without removing anybody else. */
function forge(devices: readonly Forged[]): readonly MemberRecord[] {
  const names = ['ada', ...devices.map((_, index) => `thief${index}`)];
  const ada = recordOf(1, 1, 'up');
  const records = [ada, ...devices.map(({ by, at }, index) => letIn(names[index + 1] ?? '', names[Math.min(by, index)] ?? '', at))];
  const byName = new Map(records.map((record) => [record.member, record]));
  const pathOf = (member: string): readonly Admission[] => {
    const { admission } = byName.get(member) ?? ada;
    return admission.by === 'founder' ? [admission] : [admission, ...pathOf(admission.by)];
  };
  const admitted = knownAdmissions(new Map(names.slice(1).map((name) => [name, letIn(name, 'ada', 1)])), 'founder', 'founder', 'ada')?.admitted ?? [];
  const removals = devices.flatMap(({ removesAt }, index) => {
    const by = names[index + 1] ?? '';
    if (removesAt === null) return [];
    const paths = [pathOf(by), pathOf(by).filter((step) => step.by !== 'ada'), pathOf(by).slice(-1), []];
    return [removed(ada, by, removesAt), ...paths.map((path) => removed(ada, by, removesAt, { admitted, path }))];
  });
  return [...records, ...removals];
}

const forged = fc.array(fc.record({ by: fc.nat(4), at: fc.nat(9), removesAt: fc.option(fc.nat(99)) }), { minLength: 1, maxLength: 5 }).map(forge);

test('MB-37 whoever has the key of a removed member gets nobody in, in whatever order what it signs comes', () => {
  const run = forged
    .map((records) => [...withoutAda(), ...records])
    .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }), fc.integer({ min: 1, max: 5 })));
  fc.assert(
    fc.property(run, ([all, shuffled, batch]) => {
      const [whole, pieces] = [learn(all, 99), learn(shuffled, batch)];
      assert.deepEqual(idsOf(whole), ['ben', 'cleo', 'founder']);
      assert.deepEqual(stateOf(pieces), stateOf(whole));
      assert.ok(pieces.get('thief0') !== undefined, 'what came is judged, not lost');
    }),
    { numRuns: 300 },
  );
});

test('MB-37 whom a removed member let in unheard by the remover is out on all alike, until somebody who is in lets it in', () => {
  const unheard = letIn('zoe', 'ada', 8);
  for (const order of [[...withoutAda(), unheard], [unheard, ...withoutAda()]]) {
    const roster = learn(order, 1);
    assert.equal(roster.get('zoe')?.status, 'removed');
    roster.offer([letIn('zoe', 'ben', 20, 2)]);
    assert.deepEqual(idsOf(roster), ['ben', 'cleo', 'founder', 'zoe']);
  }
});

test('MB-38 who owes its place to the removed member removes it by dates, and another one can say more', () => {
  const all = [recordOf(0, 1, 'up'), recordOf(1, 1, 'up'), letIn('ben', 'ada', 7), letIn('cleo', 'founder', 7)];
  const [ben, cleo] = ['ben', 'cleo'].map((name) => new Roster(team, signerOf(name))) as [Roster, Roster];
  ben.offer(all);
  remove(ben, 'ada', 9);
  assert.equal(ben.get('ada')?.removal?.known, undefined);
  cleo.offer([...ben.all(), letIn('thief', 'ada', 5)]);
  assert.ok(cleo.isMember('thief'), 'as its date says');
  assert.deepEqual(remove(cleo, 'ada', 10).map(({ member }) => member), ['ada']);
  assert.equal(cleo.get('ada')?.removal?.by, 'cleo');
  assert.deepEqual(remove(cleo, 'ada', 11), [], 'once');
});

test('MB-38 a removal says no more than fits beside a record, and then goes by dates', () => {
  const many = Array.from({ length: ADMITTED_MAX }, (_, index) => letIn(`m${index}`, 'ada', 7));
  for (const [letInMore, says] of [[[], true], [[letIn('one more', 'ada', 7)], false]] as const) {
    const roster = new Roster(team, signerOf('founder'));
    roster.offer([recordOf(0, 1, 'up'), recordOf(1, 1, 'up'), ...many, ...letInMore]);
    remove(roster, 'ada', 9);
    const record = roster.get('ada') as MemberRecord;
    assert.equal(record.removal?.known !== undefined, says);
    assert.deepEqual(decodeTeamRecords(encodeRecords([record])), [record]);
  }
  const chain = Array.from({ length: PATH_MAX + 1 }, (_, index) => letIn(`c${index}`, index === 0 ? 'founder' : `c${index - 1}`, 7));
  for (const [signer, says] of [[PATH_MAX - 1, true], [PATH_MAX, false]] as const) {
    const roster = new Roster(team, signerOf(`c${signer}`));
    roster.offer([recordOf(0, 1, 'up'), recordOf(1, 1, 'up'), ...chain]);
    remove(roster, 'ada', 9);
    assert.equal(roster.get('ada')?.removal?.known !== undefined, says);
  }
});

test('MB-38 only the founder itself, or who can show admissions up to it, says what it knew', () => {
  const founder = removed(recordOf(0, 1, 'up'), 'ada', 9, { admitted: [], path: [recordOf(1, 1, 'up').admission] });
  const known = { admitted: [], path: [letIn('cleo', 'founder', 8).admission] };
  const roster = learn([recordOf(0, 1, 'up'), recordOf(1, 1, 'up'), letIn('cleo', 'founder', 7)], 99);
  assert.deepEqual(roster.offer([founder, removed(recordOf(1, 1, 'up'), 'cleo', 9, { admitted: [], path: [] })]), []);
  const [good] = roster.offer([removed(recordOf(1, 1, 'up'), 'cleo', 9, known)]);
  assert.equal(good?.removal?.by, 'cleo');
});
