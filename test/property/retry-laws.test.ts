/** CV-11: a write is one write, however often and wherever it is retried, and after it was replaced. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CausalContext } from '../../p2p/causality/causal-context.ts';
import { EMPTY_CONTEXT } from '../../p2p/causality/causal-context.ts';
import type { KeyObject, StoredSibling } from '../../p2p/causality/key-object.ts';
import { EMPTY_OBJECT, merge, write } from '../../p2p/causality/key-object.ts';
import { decodeObject, encodeObject } from '../../p2p/causality/object-codec.ts';
import { distinctWrites, dotOfWrite, REPLACED_MAX } from '../../p2p/causality/replaced-writes.ts';

const REPLICAS = 3;
const replica = fc.nat(REPLICAS - 1);
const action = fc.oneof(
  /** A write of a new id by somebody who has read at `at`, or blind. */
  fc.record({ kind: fc.constant('write' as const), at: replica, blind: fc.boolean() }),
  /** An earlier write again, with what it had handed in, anywhere. */
  fc.record({ kind: fc.constant('retry' as const), at: replica, which: fc.nat() }),
  fc.record({ kind: fc.constant('merge' as const), at: replica, from: replica }),
);

interface Attempt {
  readonly id: string;
  readonly seen: CausalContext;
  /** Ids that it replaced where it was first coordinated, and all that those had. */
  readonly over: ReadonlySet<string>;
}

class Team {
  readonly replicas: KeyObject[] = Array.from({ length: REPLICAS }, () => EMPTY_OBJECT);
  readonly attempts: Attempt[] = [];
  /** A second dot was made for some write. */
  hasRetried = false;
  #counter = 0;

  write(at: number, blind: boolean): void {
    const before = this.replicas[at]!;
    const over = new Set<string>();
    if (!blind) for (const { writeId } of before.siblings) for (const id of [writeId, ...this.#over(writeId)]) over.add(id);
    const attempt = { id: `w${this.attempts.length}`, seen: blind ? EMPTY_CONTEXT : before.context, over };
    this.attempts.push(attempt);
    this.#make(at, attempt);
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
  #make(at: number, { id, seen }: Attempt): void {
    const before = this.replicas[at]!;
    if (dotOfWrite(before, id) !== undefined) return;
    const known = new Set(before.siblings.flatMap(({ writeId }) => [writeId, ...this.#over(writeId)]));
    // A dot made in ignorance carries no list of what the same write has replaced elsewhere.
    if (!this.hasRetried) assert.ok(!known.has(id), `${id} is known to be replaced, and made again`);
    this.#counter += 1;
    const dot = { actor: `a${at}`, counter: this.#counter };
    this.hasRetried ||= this.replicas.some((replica) => dotOfWrite(replica, id) !== undefined);
    this.replicas[at] = write(before, seen, { dot, value: new Uint8Array([1]), contentType: '', writtenBy: '', writtenAt: 0, writeId: id }).object;
  }
}

function play(actions: readonly (typeof action extends fc.Arbitrary<infer S> ? S : never)[]): Team {
  const team = new Team();
  for (const step of actions) {
    if (step.kind === 'write') team.write(step.at, step.blind);
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
  assert.equal(dotOfWrite(two.object, ''), undefined);
});
