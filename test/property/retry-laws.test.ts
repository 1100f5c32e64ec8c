/** CV-11: a write is one write, however often and wherever it is retried, and after it was replaced. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import type { CausalContext } from '../../p2p/causality/causal-context.ts';
import { EMPTY_CONTEXT } from '../../p2p/causality/causal-context.ts';
import type { KeyObject, StoredSibling } from '../../p2p/causality/key-object.ts';
import { EMPTY_OBJECT, merge, write } from '../../p2p/causality/key-object.ts';
import { decodeObject, encodeObject } from '../../p2p/causality/object-codec.ts';
import type { ReplacedWrite } from '../../p2p/causality/replaced-writes.ts';
import { distinctWrites, dotOfWrite, isReused, REPLACED_MAX, replacedBy } from '../../p2p/causality/replaced-writes.ts';

const REPLICAS = 3;
const replica = fc.nat(REPLICAS - 1);
const action = fc.oneof(
  /** A write of a new id by somebody who has read at `at`, or blind; coordinated by whoever is there. */
  fc.record({ kind: fc.constant('write' as const), at: replica, by: replica, blind: fc.boolean() }),
  /** An earlier write again, with what it had handed in, anywhere. */
  fc.record({ kind: fc.constant('retry' as const), at: replica, which: fc.nat() }),
  fc.record({ kind: fc.constant('merge' as const), at: replica, from: replica }),
);

const attemptOf = (writeId: string) => ({ writeId, value: new Uint8Array([1]), contentType: '' });

interface Attempt {
  readonly id: string;
  readonly seen: CausalContext;
  /** As the token of its reading says. */
  readonly told: readonly ReplacedWrite[];
  /** Ids that its writer had read, and all that those had replaced. */
  readonly over: ReadonlySet<string>;
}

class Team {
  readonly replicas: KeyObject[] = Array.from({ length: REPLICAS }, () => EMPTY_OBJECT);
  readonly attempts: Attempt[] = [];
  /** A second dot was made for some write. */
  hasRetried = false;
  #counter = 0;

  write(at: number, by: number, blind: boolean): void {
    const before = this.replicas[at]!;
    const over = new Set<string>();
    if (!blind) for (const { writeId } of before.siblings) for (const id of [writeId, ...this.#over(writeId)]) over.add(id);
    const told = blind ? [] : (replacedBy(before.siblings) ?? []);
    const attempt = { id: `w${this.attempts.length}`, seen: blind ? EMPTY_CONTEXT : before.context, told, over };
    this.attempts.push(attempt);
    this.#make(by, attempt);
  }

  retry(at: number, which: number): void {
    const attempt = this.attempts[which % Math.max(1, this.attempts.length)];
    if (attempt !== undefined) this.#make(at, attempt);
  }

  merge(at: number, from: number): void {
    this.replicas[at] = merge(this.replicas[at]!, decodeObject(encodeObject(this.replicas[from]!)));
  }

  shown(): readonly StoredSibling[] {
    return distinctWrites(this.replicas.reduce(merge).siblings);
  }

  #over(id: string): ReadonlySet<string> {
    return this.attempts.find((attempt) => attempt.id === id)?.over ?? new Set();
  }

  /** As the coordinator does it. */
  #make(at: number, { id, seen, told }: Attempt): void {
    const before = this.replicas[at]!;
    if (dotOfWrite(before, attemptOf(id)) !== undefined) return;
    const known = new Set(before.siblings.flatMap(({ writeId }) => [writeId, ...this.#over(writeId)]));
    // A dot made in ignorance carries no list of what the same write has replaced elsewhere.
    if (!this.hasRetried) assert.ok(!known.has(id), `${id} is known to be replaced, and made again`);
    this.#counter += 1;
    const dot = { actor: `a${at}`, counter: this.#counter };
    this.hasRetried ||= this.replicas.some((replica) => dotOfWrite(replica, attemptOf(id)) !== undefined);
    this.replicas[at] = write(before, seen, { dot, value: new Uint8Array([1]), contentType: '', writtenBy: '', writtenAt: 0, writeId: id }, { told }).object;
  }
}

function play(actions: readonly (typeof action extends fc.Arbitrary<infer S> ? S : never)[]): Team {
  const team = new Team();
  for (const step of actions) {
    if (step.kind === 'write') team.write(step.at, step.by, step.blind);
    if (step.kind === 'retry') team.retry(step.at, step.which);
    if (step.kind === 'merge') team.merge(step.at, step.from);
  }
  return team;
}

test('CV-11 any number of retries at any coordinators show one sibling at most, also after it was replaced', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: REPLACED_MAX + 4, size: 'max' }), (actions) => {
      const team = play(actions);
      const shown = team.shown().map(({ writeId }) => writeId);
      assert.deepEqual(shown, [...new Set(shown)], 'a write is shown twice');
      const replaced = new Set(team.attempts.filter(({ id }) => shown.includes(id)).flatMap(({ over }) => [...over]));
      assert.deepEqual(shown.filter((id) => replaced.has(id)), [], 'a write came back beside what replaced it');
    }),
    { numRuns: 3_000 },
  );
});

test('CV-11 no write is hidden that nothing shown has replaced', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 20, size: 'max' }), (actions) => {
      const team = play(actions);
      const all = team.replicas.reduce(merge).siblings;
      const shown = new Set(team.shown().map(({ writeId }) => writeId));
      const replaced = new Set(team.attempts.flatMap(({ over }) => [...over]));
      assert.ok(all.length === 0 || shown.size > 0);
      for (const { writeId } of all) assert.ok(shown.has(writeId) || replaced.has(writeId), `${writeId} is hidden`);
    }),
    { numRuns: 3_000 },
  );
});

test('CV-11 a write that nobody can retry costs those who replace it nothing', () => {
  const of = (counter: number, writeId: string): Parameters<typeof write>[2] => ({ dot: { actor: 'a', counter }, value: undefined, contentType: '', writtenBy: '', writtenAt: 0, writeId });
  const once = write(EMPTY_OBJECT, EMPTY_CONTEXT, of(1, '~own')).object;
  assert.equal(write(once, once.context, of(2, 'given')).object.siblings[0]?.replaced, undefined);
});

test('CV-11 a write without an id is never taken for another', () => {
  const one = write(EMPTY_OBJECT, EMPTY_CONTEXT, { dot: { actor: 'a', counter: 1 }, value: undefined, contentType: '', writtenBy: '', writtenAt: 0, writeId: '' });
  const two = write(one.object, EMPTY_CONTEXT, { dot: { actor: 'a', counter: 2 }, value: undefined, contentType: '', writtenBy: '', writtenAt: 0, writeId: '' });
  assert.equal(distinctWrites(two.object.siblings).length, 2);
  assert.equal(dotOfWrite(two.object, attemptOf('')), undefined);
});

test('QP-42 an id that comes with another value is another write: it is told, never taken for the first, and hides nothing', () => {
  const attempt = (text: string) => ({ writeId: 'nightly', value: new TextEncoder().encode(text), contentType: 't/p' });
  const of = (actor: string, text: string): Parameters<typeof write>[2] => ({ ...attempt(text), dot: { actor, counter: 1 }, writtenBy: '', writtenAt: 0 });
  const one = write(EMPTY_OBJECT, EMPTY_CONTEXT, of('a', 'one')).object;
  const replaced = write(one, one.context, { ...of('b', 'new'), writeId: 'other' }).object;
  for (const object of [one, replaced]) {
    assert.deepEqual(dotOfWrite(object, attempt('one')), { actor: 'a', counter: 1 });
    assert.deepEqual([dotOfWrite(object, attempt('two')), isReused(object, attempt('two'))], [undefined, true]);
    assert.equal(isReused(object, { ...attempt('two'), writeId: 'unheard' }), false);
  }
  assert.equal(dotOfWrite(one, { ...attempt('one'), contentType: 't/x' }), undefined);
  assert.equal(dotOfWrite(one, { ...attempt(''), value: undefined }), undefined);
  const apart = write(EMPTY_OBJECT, EMPTY_CONTEXT, of('c', 'two')).object;
  assert.equal(distinctWrites(merge(one, apart).siblings).length, 2, 'two clients with one id lose nothing');
  assert.equal(distinctWrites(merge(replaced, apart).siblings).length, 2);
  assert.equal(distinctWrites(merge(replaced, { ...one, context: { upper: new Map([['a', 1]]), except: [] } }).siblings).length, 1);
});

test('CV-11 what stores of before remember of a write is still its id alone', () => {
  const object = write(EMPTY_OBJECT, EMPTY_CONTEXT, { dot: { actor: 'b', counter: 1 }, value: new Uint8Array(), contentType: '', writtenBy: '', writtenAt: 0, writeId: 'later' }).object;
  const tag = sha256(new TextEncoder().encode('earlier')).slice(0, 8);
  const before = { ...object, siblings: object.siblings.map((sibling) => ({ ...sibling, replaced: [{ tag, dot: { actor: 'a', counter: 7 } }] })) };
  assert.deepEqual(dotOfWrite(before, attemptOf('earlier')), { actor: 'a', counter: 7 });
  assert.equal(dotOfWrite(before, attemptOf('other')), undefined);
});
