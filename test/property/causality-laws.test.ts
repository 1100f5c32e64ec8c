/** CV: contexts against plain sets, objects against a model that keeps whole histories. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromBase64url } from '../../p2p/bytes/base64url.ts';
import type { CausalContext } from '../../p2p/causality/causal-context.ts';
import { contextsEqual, covers, difference, EMPTY_CONTEXT, only, union, upTo, withWrite } from '../../p2p/causality/causal-context.ts';
import { contextToken, readToken, sealOf } from '../../p2p/causality/context-token.ts';
import { dotName } from '../../p2p/causality/dot.ts';
import type { KeyObject, NewSibling } from '../../p2p/causality/key-object.ts';
import { EMPTY_OBJECT, merge, superseded, write } from '../../p2p/causality/key-object.ts';
import { clockHash, decodeObject, encodeObject } from '../../p2p/causality/object-codec.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import { ACTORS, context, dot, keyObject } from './arbitraries.ts';
import { actions, run, survivors } from './replica-model.ts';

const UNIVERSE = ACTORS.flatMap((actor) => Array.from({ length: 10 }, (_, index) => ({ actor, counter: index + 1 })));

function setOf(seen: CausalContext): Set<string> {
  return new Set(UNIVERSE.filter((each) => covers(seen, each)).map(dotName));
}

function same(a: KeyObject, b: KeyObject): void {
  assert.deepEqual(encodeObject(a), encodeObject(b));
}

test('CV-2 union is the union of the sets of writes, in one form', () => {
  fc.assert(
    fc.property(context, context, context, (a, b, c) => {
      assert.deepEqual(setOf(union(a, b)), new Set([...setOf(a), ...setOf(b)]));
      assert.ok(contextsEqual(union(a, b), union(b, a)));
      assert.ok(contextsEqual(union(union(a, b), c), union(a, union(b, c))));
      assert.ok(contextsEqual(union(a, a), a));
    }),
    { numRuns: 1_000 },
  );
});

test('CV-2 what one set has and another has not, one write alone, and all up to one, are those of sets, in one form', () => {
  const encoded = (seen: CausalContext): Uint8Array => encodeObject({ context: seen, siblings: [] });
  fc.assert(
    fc.property(context, context, dot, (a, b, one) => {
      const [less, each, first, more] = [difference(a, b), only(one), upTo(a, one), withWrite(a, one)];
      assert.deepEqual(setOf(less), new Set([...setOf(a)].filter((name) => !setOf(b).has(name))));
      assert.deepEqual(setOf(each), new Set([dotName(one)]));
      assert.deepEqual(setOf(first), new Set(UNIVERSE.filter((at) => covers(a, at) && at.actor === one.actor && at.counter <= one.counter).map(dotName)));
      assert.ok(covers(more, one) && [...setOf(a)].every((name) => setOf(more).has(name)));
      for (const made of [less, each, first, more]) assert.deepEqual(decodeObject(encoded(made)).context, made);
      assert.deepEqual(encoded(union(less, a)), encoded(a), 'what was taken away and put back leaves no trace');
    }),
    { numRuns: 1_000 },
  );
});

test('CV-3 a write may claim what lies below it of an actor, and what its context left out stays left out', () => {
  fc.assert(
    fc.property(context, dot, (seen, made) => {
      const after = withWrite(seen, made);
      const below = UNIVERSE.filter(({ actor, counter }) => actor === made.actor && counter > (seen.upper.get(actor) ?? 0) && counter <= made.counter);
      assert.deepEqual(setOf(after), new Set([...setOf(seen), dotName(made), ...below.map(dotName)]));
    }),
    { numRuns: 1_000 },
  );
});

test('CV-4 merge is commutative, associative and idempotent over everything replicas can reach', () => {
  fc.assert(
    fc.property(actions, fc.infiniteStream(fc.nat()), (script, picks) => {
      const { reached } = run(script);
      const pick = (): KeyObject => reached[Number(picks.next().value) % reached.length] ?? EMPTY_OBJECT;
      for (let round = 0; round < 12; round += 1) {
        const [a, b, c] = [pick(), pick(), pick()];
        same(merge(a, b), merge(b, a));
        same(merge(merge(a, b), c), merge(a, merge(b, c)));
        same(merge(a, a), a);
        same(merge(merge(a, b), b), merge(a, b));
      }
    }),
    { numRuns: 300 },
  );
});

test('CV-5 once all replicas met, the siblings are the writes that nobody overwrote knowingly', () => {
  fc.assert(
    fc.property(actions, fc.shuffledSubarray([0, 1, 2], { minLength: 3 }), (script, order) => {
      const { replicas, writes } = run(script);
      const all = order.map((at) => replicas[at] ?? EMPTY_OBJECT).reduce(merge);
      assert.deepEqual(all.siblings.map(({ dot: each }) => dotName(each)).sort(), survivors(writes));
      assert.ok(writes.every(({ dot: each }) => covers(all.context, each)), 'every write was seen');
    }),
    { numRuns: 1_000 },
  );
});

test('CV-6 what a replica dropped was overwritten by somebody who had seen it', () => {
  fc.assert(
    fc.property(actions, (script) => {
      const { replicas, writes } = run(script);
      const live = new Set(survivors(writes));
      for (const { context: seen, siblings } of replicas) {
        const kept = new Set(siblings.map(({ dot: each }) => dotName(each)));
        const dropped = writes.filter(({ dot: each }) => covers(seen, each) && !kept.has(dotName(each)));
        assert.ok(dropped.every(({ dot: each }) => !live.has(dotName(each))));
      }
    }),
    { numRuns: 500 },
  );
});

test('CV-3 the answer to a write covers what was handed in and the write, never an unseen sibling', () => {
  fc.assert(
    fc.property(actions, (script) => {
      for (const { dot: made, before, handedIn, answered } of run(script).writes) {
        assert.ok(covers(answered, made));
        assert.ok(contextsEqual(union(handedIn, answered), answered));
        for (const { dot: each } of before.siblings) assert.equal(covers(answered, each), covers(handedIn, each));
      }
    }),
    { numRuns: 500 },
  );
});

test('CV-3 what an answer covers besides was replaced by something that it covers, so it holds whatever is lost', () => {
  fc.assert(
    fc.property(actions, (script) => {
      const { writes } = run(script);
      for (const { dot: made, handedIn, answered } of writes) {
        const claimed = writes.filter(({ dot: each }) => covers(answered, each));
        const unexplained = claimed.filter(({ dot: each }) => {
          const isGiven = dotName(each) === dotName(made) || covers(handedIn, each);
          return !isGiven && !claimed.some(({ seen }) => seen.has(dotName(each)));
        });
        assert.deepEqual(unexplained.map(({ dot: each }) => dotName(each)), []);
      }
    }),
    { numRuns: 1_000 },
  );
});

test('CV-17 a thousand writes on a context that each gives, beside a sibling that their writer never saw, cost it nothing', () => {
  const at = (counter: number): NewSibling => ({ dot: { actor: 'x', counter }, value: new Uint8Array([1]), contentType: '', writtenBy: '', writtenAt: 0, writeId: String(counter) });
  let { object } = write(EMPTY_OBJECT, EMPTY_CONTEXT, at(7));
  let seen = EMPTY_CONTEXT;
  for (let counter = 10; counter < 10_000; counter += 10) ({ object, context: seen } = write(object, seen, at(counter)));
  assert.equal(object.siblings.length, 2);
  assert.ok(seen.upper.size === 1 && seen.except.length <= 1);
});

test('CV-7 every state is canonical: it survives its bytes, and equal hashes mean equal siblings', () => {
  const ref = keyRef('bucket', 'key', 64);
  fc.assert(
    fc.property(actions, (script) => {
      const byHash = new Map<string, Uint8Array>();
      for (const object of run(script).reached) {
        const bytes = encodeObject(object);
        assert.deepEqual(decodeObject(bytes), object);
        const hash = Buffer.from(clockHash(ref, object)).toString('hex');
        assert.deepEqual(byHash.get(hash) ?? bytes, bytes);
        byHash.set(hash, bytes);
      }
    }),
    { numRuns: 300 },
  );
});

test('CV-5 a hundred interleaved writes of two stale clients leave two siblings', () => {
  let object = EMPTY_OBJECT;
  const clients = [EMPTY_CONTEXT, EMPTY_CONTEXT];
  for (let counter = 1; counter <= 100; counter += 1) {
    const client = counter % 2;
    const sibling = { dot: { actor: 'x', counter }, value: new Uint8Array([counter]), contentType: '', writtenBy: '', writtenAt: 0, writeId: String(counter) };
    const written = write(object, clients[client] ?? EMPTY_CONTEXT, sibling);
    object = written.object;
    clients[client] = written.context;
  }
  assert.deepEqual(object.siblings.map(({ dot: each }) => each.counter), [99, 100]);
});

test('CV-6 superseded names exactly what is gone', () => {
  fc.assert(
    fc.property(keyObject, keyObject, (before, after) => {
      const names = new Set(after.siblings.map(({ dot: each }) => dotName(each)));
      assert.deepEqual(superseded(before, after), before.siblings.filter(({ dot: each }) => !names.has(dotName(each))));
    }),
  );
});

const SEAL = sealOf({ nonce: new Uint8Array(16).fill(1) });

test('CV-8 a token gives its context back, for its own key only', () => {
  const [ref, other] = [keyRef('b', 'k', 64), keyRef('b', 'another', 64)];
  fc.assert(
    fc.property(context, (seen) => {
      const token = contextToken(ref, seen, SEAL);
      const reading = readToken(ref, token, SEAL);
      assert.ok(reading.kind === 'context' && reading.isSealed && contextsEqual(reading.context, seen));
      assert.deepEqual(readToken(other, token, SEAL), { kind: 'mismatch' });
      assert.deepEqual(readToken(keyRef('b', 'k', 4096), token, SEAL), reading, 'the number of partitions does not matter');
    }),
  );
});

test('CV-8 a token that was cut, changed or made up is malformed', () => {
  const ref = keyRef('b', 'k', 64);
  const letters = [...'ABCDEFabcdef0123456789-_=+/ é'];
  fc.assert(
    fc.property(context, fc.nat(), fc.constantFrom(...letters), fc.boolean(), (seen, where, letter, cut) => {
      const token = contextToken(ref, seen, SEAL);
      const at = where % token.length;
      const mangled = cut ? token.slice(0, at) : token.slice(0, at) + letter + token.slice(at + 1);
      const reading = readToken(ref, mangled, SEAL);
      if (mangled !== token) assert.ok(reading.kind === 'malformed' || (reading.kind === 'context' && !reading.isSealed && contextsEqual(reading.context, seen)));
    }),
    { numRuns: 1_000 },
  );
  fc.assert(fc.property(fc.string(), (made) => assert.deepEqual(readToken(ref, made, SEAL), { kind: 'malformed' })));
});

test('CV-18 no other team seals alike, and a seal is of its token alone', () => {
  const ref = keyRef('b', 'k', 64);
  const other = sealOf({ nonce: new Uint8Array(16).fill(2) });
  fc.assert(
    fc.property(context, context, (seen, more) => {
      const token = contextToken(ref, seen, other);
      const reading = readToken(ref, token, SEAL);
      assert.ok(reading.kind === 'context' && !reading.isSealed && contextsEqual(reading.context, seen), 'read, for files of other teams');
      const [mine, forged] = [contextToken(ref, seen, SEAL), contextToken(ref, more, () => SEAL(new Uint8Array()))];
      const moved = readToken(ref, contextToken(ref, more, () => fromBase64url(mine)?.slice(-8) ?? new Uint8Array(8)), SEAL);
      assert.ok(contextsEqual(seen, more) || (moved.kind === 'context' && !moved.isSealed));
      const made = readToken(ref, forged, SEAL);
      assert.ok(made.kind === 'context' && !made.isSealed);
    }),
  );
});
