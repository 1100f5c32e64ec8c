/** QP: counting replies and choosing whom to ask, against recounts by hand. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPossible, quorumSize } from '../../p2p/quorum/quorum-size.ts';
import { Tally } from '../../p2p/quorum/tally.ts';
import type { Target } from '../../p2p/quorum/targets.ts';
import { chooseTargets } from '../../p2p/quorum/targets.ts';
import type { Liveness } from '../../p2p/types.ts';

const word = fc.constantFrom('any' as const, 'one' as const, 'quorum' as const, 'all' as const);

test('QP-1 a quorum is the least number of which two always overlap', () => {
  for (let copies = 1; copies <= 50; copies += 1) {
    const least = Array.from({ length: copies }, (_, index) => index + 1).find((size) => 2 * size > copies);
    assert.equal(quorumSize('quorum', copies), least);
  }
});

test('QP-1 a request needs at least one reply and at most one of each copy', () => {
  fc.assert(
    fc.property(fc.oneof(word, fc.integer({ min: 1, max: 100 })), fc.nat(100), (spec, copies) => {
      const size = quorumSize(spec, copies);
      assert.ok(size >= 1 && size <= Math.max(1, copies));
      if (typeof spec === 'number' && spec <= copies) assert.equal(size, spec);
      if (spec === 'all') assert.equal(size, Math.max(1, copies));
      if (spec === 'one' || spec === 'any') assert.equal(size, 1);
    }),
  );
});

test('QP-2 more replies than a bucket has copies is a mistake of the caller', () => {
  assert.deepEqual([1, 3, 4, 0, 1.5].map((spec) => isPossible(spec, 3)), [true, true, false, false, false]);
  assert.ok(isPossible(100, 'all'));
  assert.ok(isPossible('quorum', 1));
});

const members = ['a', 'b', 'c', 'd', 'e', 'f'];
const target = fc.record({
  member: fc.constantFrom(...members),
  role: fc.constantFrom('primary' as const, 'fallback' as const),
  standsFor: fc.constantFrom(undefined, ...members),
});
/** Six members on four machines: answers of one machine count once. */
const machineOf = (member: string): string => ({ b: 'a', d: 'c' })[member] ?? member;
const machines = (some: Iterable<string>): number => new Set([...some].map(machineOf)).size;
const event = fc.oneof(
  fc.record({ kind: fc.constantFrom('answer' as const, 'fail' as const, 'lag' as const), member: fc.constantFrom(...members, 'stranger') }),
  fc.record({ kind: fc.constant('add' as const), target }),
);

test('QP-3 in a read, a primary and all who stand in for it have one place between them', () => {
  fc.assert(
    fc.property(fc.uniqueArray(target, { selector: ({ member }) => member }), fc.integer({ min: 1, max: 4 }), fc.array(fc.constantFrom(...members)), (targets, needed, answers) => {
      const tally = new Tally(targets, needed, machineOf, 'places');
      for (const member of answers) tally.answer(member);
      const counted = targets.filter(({ member }) => answers.includes(member));
      const placeOf = ({ member, role, standsFor }: Target): string => (role === 'primary' ? member : standsFor ?? member);
      const most = Math.min(machines(counted.map(({ member }) => member)), new Set(counted.map(placeOf)).size);
      assert.equal(tally.acks, most);
      assert.equal(tally.verdict() === 'met', most >= needed);
    }),
  );
});

test('QP-3 a tally says what a recount of all that happened says', () => {
  fc.assert(
    fc.property(fc.array(target, { maxLength: 4 }), fc.integer({ min: 1, max: 4 }), fc.array(event), (targets, needed, events) => {
      const tally = new Tally(targets, needed, machineOf);
      const asked = new Map<string, Target>();
      for (const each of targets) asked.set(each.member, each);
      const [answers, failures, laggards] = [new Set<string>(), new Set<string>(), new Set<string>()];
      for (const happened of events) {
        const before = tally.verdict();
        if (happened.kind === 'add') {
          tally.add(happened.target);
          if (!asked.has(happened.target.member)) asked.set(happened.target.member, happened.target);
        } else if (happened.kind === 'answer') {
          const counts = asked.has(happened.member) && !answers.has(happened.member);
          assert.equal(tally.answer(happened.member), counts, 'nobody counts twice, strangers never');
          if (counts) answers.add(happened.member);
        } else if (happened.kind === 'lag') {
          tally.lag(happened.member);
          laggards.add(happened.member);
        } else {
          tally.fail(happened.member);
          if (asked.has(happened.member)) failures.add(happened.member);
        }
        const open = [...asked.keys()].filter((member) => !answers.has(member) && !failures.has(member));
        const expected = machines(answers) >= needed ? 'met' : machines([...answers, ...open]) < needed ? 'impossible' : 'pending';
        assert.equal(tally.verdict(), expected);
        assert.ok(before !== 'met' || tally.verdict() === 'met', 'met is final');
        assert.equal(tally.acks, machines(answers));
        assert.deepEqual(tally.outstanding().map(({ member }) => member), open);
        assert.deepEqual(tally.unanswered().map(({ member }) => member), [...asked.keys()].filter((member) => !answers.has(member)));
        const roles = tally.answered().map(({ role }) => role);
        assert.deepEqual(roles, roles.toSorted().toReversed(), 'primaries first');
        assert.deepEqual(new Set(tally.answered().map(({ member }) => member)), answers);
        for (const member of members) {
          const isHopeful = (other: string): boolean => answers.has(other) || !(failures.has(other) || laggards.has(other));
          assert.equal(tally.isStoodFor(member), [...asked.values()].some((one) => one.standsFor === member && isHopeful(one.member)));
          const own = asked.get(member);
          assert.equal(tally.primaryOf(member), own?.role === 'primary' ? member : own?.standsFor);
          assert.equal(tally.hasAnswered(member), answers.has(member));
          assert.equal(tally.has(member), asked.has(member));
        }
      }
    }),
    { numRuns: 500 },
  );
});

const situation = fc
  .tuple(fc.shuffledSubarray(members), fc.nat(6), fc.array(fc.constantFrom<Liveness>('alive', 'suspect', 'down'), { minLength: 6, maxLength: 6 }))
  .map(([order, n, states]) => ({
    list: { primaries: order.slice(0, n), fallbacks: order.slice(n) },
    liveness: (member: string): Liveness => states[members.indexOf(member)] ?? 'down',
  }));

test('QP-4 sloppy: primaries that may answer, and one healthy stand-in for each that seems away', () => {
  fc.assert(
    fc.property(situation, ({ list, liveness }) => {
      const targets = chooseTargets(list, liveness, true);
      assert.equal(new Set(targets.map(({ member }) => member)).size, targets.length, 'nobody twice');
      const [primaries, fallbacks] = [targets.filter(({ role }) => role === 'primary'), targets.filter(({ role }) => role === 'fallback')];
      assert.deepEqual(primaries.map(({ member }) => member), list.primaries.filter((member) => liveness(member) !== 'down'));
      assert.ok(primaries.every(({ standsFor }) => standsFor === undefined));
      const away = list.primaries.filter((member) => liveness(member) !== 'alive');
      const healthy = list.fallbacks.filter((member) => liveness(member) === 'alive');
      assert.equal(fallbacks.length, Math.min(away.length, healthy.length));
      assert.deepEqual(fallbacks.map(({ member }) => member), healthy.slice(0, fallbacks.length), 'in the order of the list');
      assert.deepEqual(fallbacks.map(({ standsFor }) => standsFor), away.slice(0, fallbacks.length), 'one each');
    }),
    { numRuns: 500 },
  );
});

test('QP-5 strict: only primaries that are not known to be away', () => {
  fc.assert(
    fc.property(situation, ({ list, liveness }) => {
      const targets = chooseTargets(list, liveness, false);
      assert.deepEqual(targets.map(({ member, role }) => [member, role]), list.primaries.filter((member) => liveness(member) !== 'down').map((member) => [member, 'primary']));
    }),
  );
});
