/** What every implementation of the Store port owes its callers. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { type BucketLeaves, LEAVES_PER_PARTITION, type Mutation, type Store } from '../../p2p/ports.ts';
import type { KeyRef } from '../../p2p/types.ts';
import { compareText } from '../../p2p/bytes/text-order.ts';
import { bytesOf, hint, keyRef, objectMutation, version } from './store-samples.ts';

export interface StoreUnderTest {
  readonly store: Store;
  /** Closes cleanly and opens the same data again. */
  reopen(): Promise<Store>;
  cleanup(): Promise<void>;
}

const ALL = { prefix: '', after: undefined, limit: 1000, conflictsOnly: false };

const byBucket = (leaves: readonly BucketLeaves[]): (readonly [string, Uint8Array])[] =>
  leaves.map((one) => [one.bucket, one.leaves] as const).sort(([a], [b]) => compareText(a, b));

export function storeContract(name: string, factory: () => Promise<StoreUnderTest>): void {
  describe(`Store contract: ${name}`, () => {
    let subject: StoreUnderTest;
    let store: Store;
    before(async () => {
      subject = await factory();
      store = subject.store;
    });
    after(() => subject.cleanup());

    it('reads what was committed, and nothing else', async () => {
      const ref = keyRef('read', 'a');
      assert.equal(await store.read(ref), undefined);
      await store.commit([objectMutation(ref, 'one')]);
      assert.deepEqual(await store.read(ref), bytesOf('one'));
      assert.equal(await store.read(keyRef('read', 'b')), undefined);
    });

    it('has after a purge what it had before, and takes writes meanwhile', async () => {
      const refs = Array.from({ length: 20 }, (_, index) => keyRef('purged', `k${index}`));
      await store.commit(refs.map((ref) => objectMutation(ref, 'before')));
      const [changed, ...others] = refs;
      assert.ok(changed !== undefined);
      await Promise.all([store.purge(), store.commit([objectMutation(changed, 'meanwhile')])]);
      for (const ref of others) assert.deepEqual(await store.read(ref), bytesOf('before'));
      assert.deepEqual(await store.read(changed), bytesOf('meanwhile'));
      assert.equal((await store.list({ ...ALL, bucket: 'purged' })).length, 20);
    });

    it('joins concurrent commits and keeps all of them', async () => {
      const refs = Array.from({ length: 200 }, (_, index) => keyRef('many', `k${index}`));
      await Promise.all(refs.map((ref) => store.commit([objectMutation(ref, ref.key)])));
      for (const ref of refs) assert.deepEqual(await store.read(ref), bytesOf(ref.key));
      assert.equal((await store.list({ ...ALL, bucket: 'many' })).length, 200);
    });

    it('lists a bucket in order, by prefix and after a key', async () => {
      const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 });
      const safe = text.filter((key) => !/\p{Cc}|\p{Cs}/u.test(key));
      let run = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(fc.oneof(safe, fc.constantFrom('\uffff', '😀', 'é', 'éa', 'z', '\ue000x')), { maxLength: 15 }),
          fc.oneof(fc.constant(''), safe),
          fc.option(safe, { nil: undefined }),
          fc.integer({ min: 1, max: 8 }),
          async (keys, prefix, afterKey, limit) => {
            const bucket = `list${(run += 1)}`;
            await store.commit(keys.map((key) => objectMutation(keyRef(bucket, key), key)));
            const expected = keys
              .filter((key) => key.startsWith(prefix) && (afterKey === undefined || compareText(key, afterKey) > 0))
              .sort(compareText)
              .slice(0, limit);
            const rows = await store.list({ bucket, prefix, after: afterKey, limit, conflictsOnly: false });
            assert.deepEqual(rows.map((row) => row.key), expected);
          },
        ),
        { numRuns: 100 },
      );
    });

    it('keeps buckets apart whose names begin alike, and names each once', async () => {
      await store.commit([objectMutation(keyRef('ab', 'x'), '1'), objectMutation(keyRef('abc', 'y'), '2')]);
      assert.deepEqual((await store.list({ ...ALL, bucket: 'ab' })).map((row) => row.key), ['x']);
      const names = await store.buckets();
      assert.deepEqual([...new Set(names)].sort(compareText), names);
      assert.ok(names.includes('ab') && names.includes('abc'));
    });

    it('answers summaries as they were given', async () => {
      const mutation = objectMutation(keyRef('rows', 'k'), 'v', { live: 0, siblings: 1 });
      await store.commit([mutation]);
      const [row] = await store.list({ ...ALL, bucket: 'rows' });
      assert.ok(mutation.kind === 'object');
      assert.deepEqual(row, { key: 'k', ...mutation.summary });
    });

    it('keeps a conflict row while there is more than one sibling', async () => {
      const ref = keyRef('conflict', 'k');
      const before = store.counts().conflicts;
      await store.commit([objectMutation(ref, 'v', { siblings: 2 }, { conflictsDelta: 1 })]);
      assert.equal(store.counts().conflicts, before + 1);
      assert.deepEqual((await store.list({ ...ALL, bucket: 'conflict', conflictsOnly: true })).map((row) => row.key), ['k']);
      assert.ok((await store.conflicts({ bucket: undefined, after: undefined, limit: 100 })).some(({ bucket, entry }) => bucket === 'conflict' && entry.key === 'k'));
      await store.commit([objectMutation(ref, 'w', { siblings: 1 }, { conflictsDelta: -1, keysDelta: 0 })]);
      assert.deepEqual(await store.list({ ...ALL, bucket: 'conflict', conflictsOnly: true }), []);
      assert.equal(store.counts().conflicts, before);
    });

    it('ST-9 answers conflicts page by page, of one bucket or of all', async () => {
      const names = [['conflict', 'x'], ['conflict', 'y'], ['conflicts', 'a'], ['e', 'z']] as const;
      for (const [bucket, key] of names) {
        await store.commit([objectMutation(keyRef(bucket, key), 'v', { siblings: 2 }, { conflictsDelta: 1 })]);
      }
      const page = async (bucket?: string, after?: readonly [string, string], limit = 2): Promise<string[]> => {
        const from = after && { bucket: after[0], key: after[1] };
        return (await store.conflicts({ bucket, after: from, limit })).map((row) => `${row.bucket}/${row.entry.key}`);
      };
      assert.deepEqual(await page(), ['conflict/x', 'conflict/y']);
      assert.deepEqual(await page(undefined, ['conflict', 'y']), ['conflicts/a', 'e/z']);
      assert.deepEqual(await page('conflict', ['conflict', 'x'], 9), ['conflict/y']);
      assert.deepEqual(await page('conflicts', ['conflict', 'y'], 9), ['conflicts/a']);
      assert.deepEqual(await page('conflict', ['conflicts', 'a'], 9), []);
    });

    it('AE-1 folds leaves by XOR, bucket by bucket, and keeps them', async () => {
      const [ref, other] = ['leaf', 'leaf2'].map((bucket) => keyRef(bucket, 'k', { partition: 7, leaf: 63 })) as [KeyRef, KeyRef];
      await Promise.all([1, 2, 4].map((bit) => store.commit([objectMutation(ref, 'v', {}, { leafDelta: new Uint8Array(8).fill(bit) })])));
      await store.commit([objectMutation(other, 'v', {}, { leafDelta: new Uint8Array(8).fill(3) })]);
      const leavesOf = (byte: number): Uint8Array => new Uint8Array(LEAVES_PER_PARTITION * 8).fill(byte, 63 * 8);
      assert.deepEqual(byBucket(await store.leaves(7)), [['leaf', leavesOf(7)], ['leaf2', leavesOf(3)]]);
      store = await subject.reopen();
      await store.commit([objectMutation(ref, 'v', {}, { leafDelta: new Uint8Array(8).fill(8) })]);
      await store.commit([objectMutation(other, 'v', {}, { leafDelta: new Uint8Array(8).fill(3) })]);
      assert.deepEqual(byBucket(await store.leaves(7)), [['leaf', leavesOf(15)]], 'a bucket with no key left is left out');
      store = await subject.reopen();
      assert.deepEqual(byBucket(await store.leaves(7)), [['leaf', leavesOf(15)]]);
    });

    it('AE-1 makes a leaf anew from what is there', async () => {
      const [a, b] = ['a', 'b'].map((key) => keyRef('recount', key, { partition: 9, leaf: 5 })) as [KeyRef, KeyRef];
      const wrong = { leafDelta: new Uint8Array(8).fill(77) };
      await store.commit([objectMutation(a, 'v', { hash: new Uint8Array(8).fill(1) }, wrong)]);
      const fresh = objectMutation(b, 'v', { hash: new Uint8Array(8).fill(2) }, { leafDelta: new Uint8Array(8).fill(2) });
      await Promise.all([store.commit([{ kind: 'recount', partition: 9, leaf: 5 }]), store.commit([fresh])]);
      const expected = new Uint8Array(LEAVES_PER_PARTITION * 8).fill(3, 5 * 8, 6 * 8);
      assert.deepEqual(byBucket(await store.leaves(9)), [['recount', expected]]);
    });

    it('TR-8 drops a key with its rows, its versions and its part of the leaf', async () => {
      const [ref, other] = ['k', 'k2'].map((key) => keyRef('drop', key, { partition: 11 })) as [KeyRef, KeyRef];
      const leafDelta = new Uint8Array(8).fill(5);
      const { keys, conflicts } = store.counts();
      await store.commit([objectMutation(other, 'stays', {}, { leafDelta: new Uint8Array(8).fill(1) }), version(other, 1)]);
      await store.commit([objectMutation(ref, 'v', { siblings: 2 }, { leafDelta, conflictsDelta: 1 }), version(ref, 1), version(ref, 2)]);
      const drop: Mutation = { kind: 'drop', ref, leafDelta, keysDelta: -1, conflictsDelta: -1 };
      await Promise.all([store.commit([version(ref, 3)]), store.commit([drop])]);
      for (const look of [() => store, () => subject.reopen()]) {
        store = await look();
        assert.equal(await store.read(ref), undefined);
        assert.deepEqual((await store.history(ref, Infinity)).versions, []);
        assert.deepEqual((await store.list({ ...ALL, bucket: 'drop' })).map(({ key }) => key), ['k2']);
        assert.deepEqual(await store.list({ ...ALL, bucket: 'drop', conflictsOnly: true }), []);
        assert.deepEqual((await store.leafEntries(11, { first: ref.leaf, last: ref.leaf })).map((entry) => entry.ref.key), ['k2']);
        assert.deepEqual(byBucket(await store.leaves(11)), [['drop', new Uint8Array(LEAVES_PER_PARTITION * 8).fill(1, ref.leaf * 8, ref.leaf * 8 + 8)]]);
        assert.equal((await store.history(other, Infinity)).versions.length, 1);
        assert.equal(store.counts().keys, keys + 1);
        assert.equal(store.counts().conflicts, conflicts);
      }
    });

    it('RP-1 notes keys of which only deletions are left, page by page, until they live again or are dropped', async () => {
      const [a, b, c] = ['a', 'b', 'c'].map((key) => keyRef('deleted', key)) as [KeyRef, KeyRef, KeyRef];
      const note = (ref: KeyRef, notedAt: number | undefined): Mutation => ({ kind: 'deletion', ref, notedAt });
      for (const [index, ref] of [a, b, c].entries()) await store.commit([objectMutation(ref, 'v', { live: 0 }, { keysDelta: 0 }), note(ref, index + 0.5)]);
      assert.deepEqual(await store.deletions(undefined, 2), [{ bucket: 'deleted', key: 'a', notedAt: 0.5 }, { bucket: 'deleted', key: 'b', notedAt: 1.5 }]);
      await store.commit([note(a, undefined), note(b, 7)]);
      assert.deepEqual(await store.deletions(a.id, 9), [{ bucket: 'deleted', key: 'b', notedAt: 7 }, { bucket: 'deleted', key: 'c', notedAt: 2.5 }]);
      await store.commit([{ kind: 'drop', ref: b, leafDelta: new Uint8Array(8), keysDelta: 0, conflictsDelta: 0 }]);
      store = await subject.reopen();
      assert.deepEqual((await store.deletions(undefined, 9)).map(({ key }) => key), ['c']);
    });

    it('RP-3 tells whether a key is hinted, for whomever', async () => {
      const [ref, other] = [keyRef('hinted', 'k'), keyRef('hinted', 'k2')];
      await store.commit([hint('first', other, 'v'), hint('second', ref, 'v')]);
      assert.deepEqual([await store.isHinted(ref), await store.isHinted(keyRef('hinted', 'k3'))], [true, false]);
      await store.commit([{ kind: 'hint-done', target: 'second', ref, object: bytesOf('v') }]);
      assert.deepEqual([await store.isHinted(ref), await store.isHinted(other)], [false, true]);
    });

    it('names the keys of a leaf, and scans a partition in order of position', async () => {
      const refs = [9, 3, 5, 1].map((n) => keyRef('scan', `k${n}`, { partition: 0xffff, leaf: n >> 2, first: n }));
      await store.commit(refs.map((ref) => objectMutation(ref, ref.key)));
      const inOrder = [...refs].sort((a, b) => (a.position[0] ?? 0) - (b.position[0] ?? 0));
      const under = async (first: number, last: number): Promise<readonly KeyRef[]> => (await store.leafEntries(0xffff, { first, last })).map(({ ref }) => ref);
      assert.deepEqual(await under(0, 0), inOrder.filter((ref) => ref.leaf === 0));
      assert.deepEqual(await under(1, 2), inOrder.filter((ref) => ref.leaf > 0));
      assert.deepEqual(await under(0, LEAVES_PER_PARTITION - 1), inOrder);
      const first = await store.scanPartition(0xffff, undefined, 3);
      const rest = await store.scanPartition(0xffff, first.at(-1)?.ref, 3);
      assert.deepEqual([...first, ...rest].map(({ ref }) => ref), inOrder);
      assert.deepEqual(rest.at(-1)?.object, bytesOf('k9'));
    });

    const hintsFor = (target: string, afterId?: string, bytesMax = Infinity) => store.hints({ target, afterId, limit: 10, bytesMax });

    it('HH-7 reads hints up to so many bytes, yet one at a time however large', async () => {
      const [small, large, last] = ['a', 'b', 'c'].map((key) => keyRef('hint', `bounded-${key}`)) as [KeyRef, KeyRef, KeyRef];
      await store.commit([hint('peer4', small, '12'), hint('peer4', large, '1234567'), hint('peer4', last, '1')]);
      const bytes = async (afterId: string | undefined, bytesMax: number): Promise<number[]> =>
        (await hintsFor('peer4', afterId, bytesMax)).map(({ object }) => object.length);
      assert.deepEqual(await bytes(undefined, 8), [2], 'the next would be too much');
      assert.deepEqual(await bytes(undefined, 9), [2, 7]);
      assert.deepEqual(await bytes(small.id, 3), [7], 'larger than the bound, and alone');
      assert.deepEqual(await bytes(small.id, 8), [7, 1]);
      assert.deepEqual(await bytes(undefined, Infinity), [2, 7, 1]);
      await store.commit([small, large, last].map((ref, index) => ({ kind: 'hint-done', target: 'peer4', ref, object: bytesOf(['12', '1234567', '1'][index] ?? '') })));
    });

    it('counts a replaced hint once, and removes it only when its bytes are the same', async () => {
      const ref = keyRef('hint', 'k');
      await Promise.all([store.commit([hint('peer', ref, 'old')]), store.commit([hint('peer', ref, 'new')])]);
      await store.commit([hint('peer2', ref, 'other')]);
      assert.equal(store.counts().hints.get('peer'), 1);
      await store.commit([{ kind: 'hint-done', target: 'peer', ref, object: bytesOf('old') }]);
      assert.deepEqual(await hintsFor('peer'), [{ target: 'peer', ref, object: bytesOf('new') }]);
      assert.deepEqual(await hintsFor('peer', ref.id), []);
      await store.commit([{ kind: 'hint-done', target: 'peer', ref, object: bytesOf('new') }]);
      await store.commit([{ kind: 'hint-done', target: 'peer', ref, object: bytesOf('new') }]);
      assert.deepEqual(await hintsFor('peer'), []);
      assert.equal(store.counts().hints.get('peer'), undefined);
      assert.equal(store.counts().hints.get('peer2'), 1);
    });

    it('HH-6 counts the bytes of hints by target: grown and shrunk by what replaces one, gone with the last', async () => {
      const [ref, other] = [keyRef('hint', 'bytes'), keyRef('hint', 'bytes2')];
      const bytesFor = (target: string): number | undefined => store.counts().hintBytes.get(target);
      await Promise.all([store.commit([hint('peer5', ref, '1234')]), store.commit([hint('peer5', ref, '123456')])]);
      assert.equal(bytesFor('peer5'), 6);
      await store.commit([hint('peer5', other, '12'), hint('peer6', ref, '1')]);
      assert.deepEqual([bytesFor('peer5'), bytesFor('peer6')], [8, 1]);
      await store.commit([hint('peer5', ref, '123')]);
      assert.equal(bytesFor('peer5'), 5);
      await store.commit([{ kind: 'hint-done', target: 'peer5', ref, object: bytesOf('123456') }]);
      assert.equal(bytesFor('peer5'), 5, 'a newer hint stays, and counts');
      store = await subject.reopen();
      assert.deepEqual([bytesFor('peer5'), bytesFor('peer6')], [5, 1]);
      const done = (target: string, key: KeyRef, text: string): Mutation => ({ kind: 'hint-done', target, ref: key, object: bytesOf(text) });
      await store.commit([done('peer5', ref, '123'), done('peer5', other, '12'), done('peer6', ref, '1')]);
      assert.deepEqual([bytesFor('peer5'), bytesFor('peer6')], [undefined, undefined]);
    });

    it('decides over a hint within one batch', async () => {
      const ref = keyRef('hint', 'batch');
      await store.commit([hint('peer3', ref, 'a'), { kind: 'hint-done', target: 'peer3', ref, object: bytesOf('a') }]);
      assert.equal(store.counts().hints.get('peer3'), undefined);
      assert.deepEqual(await hintsFor('peer3'), []);
    });

    const kept = async (ref: KeyRef): Promise<string[]> =>
      (await store.history(ref, Infinity)).versions.map((bytes) => new TextDecoder().decode(bytes).replace('version ', ''));
    const DROP = { versions: 0, keptSince: Infinity, siblings: [] };

    it('keeps the newest versions and a landmark, newest first, within one group and over many', async () => {
      const ref = keyRef('history', 'k');
      const numbers = Array.from({ length: 23 }, (_, index) => index + 1);
      await Promise.all(numbers.slice(0, 14).map((number) => store.commit([version(ref, number)])));
      for (const number of numbers.slice(14)) await store.commit([version(ref, number)]);
      assert.deepEqual(await kept(ref), [...numbers.slice(-10).reverse(), 1].map(String));
      assert.deepEqual(await kept(keyRef('history', 'k2')), []);
      await store.commit([version(ref, 20)]);
      assert.deepEqual(await kept(ref), [...numbers.slice(-10).reverse(), 1].map(String), 'a version that is kept already stays in its place');
      await store.commit([version(ref, 24, { versions: 3 })]);
      assert.deepEqual(await kept(ref), ['24', '23', '22', '1']);
      await store.commit([version(ref, 25, { versions: 0 })]);
      assert.deepEqual(await kept(ref), []);
      store = await subject.reopen();
      await store.commit([version(ref, 26), version(ref, 27)]);
      assert.deepEqual(await kept(ref), ['27', '26']);
    });

    it('drops what was replaced too long ago, also without a new version', async () => {
      const ref = keyRef('history', 'old');
      for (const number of [1, 2, 3, 4]) await store.commit([version(ref, number, { keptAt: number * 100 })]);
      await store.commit([version(ref, 5, { keptAt: 500, keptSince: 200 })]);
      assert.deepEqual(await kept(ref), ['5', '4', '3', '2']);
      await store.commit([{ kind: 'history', ref, added: [], keptAt: 900, retention: { versions: 10, keptSince: 400, siblings: [] } }]);
      assert.deepEqual(await kept(ref), ['5', '4']);
      await store.commit([{ kind: 'history', ref, added: [], keptAt: 900, retention: DROP }]);
      assert.deepEqual(await kept(ref), []);
      assert.ok(!(await store.histories(undefined, 1000)).some(({ bucket, key }) => bucket === 'history' && key === 'old'));
    });

    it('keeps the base of a conflict beyond count and age', async () => {
      const ref = keyRef('history', 'base');
      const seen = { upper: new Map([['AAAAAAAAAAA', 3]]), except: [] };
      for (const number of [1, 2, 3]) await store.commit([version(ref, number)]);
      for (const number of [4, 5, 6]) await store.commit([version(ref, number, { versions: 1, keptSince: 4, siblings: [seen, seen] })]);
      assert.deepEqual(await kept(ref), ['6', '4', '3']);
      await store.commit([version(ref, 7, { versions: 1 })]);
      assert.deepEqual(await kept(ref), ['7', '3']);
    });

    it('answers no more of a history than was asked for, and says so', async () => {
      const ref = keyRef('history', 'large');
      for (const number of [1, 2, 3]) await store.commit([version(ref, number)]);
      const { versions, isWhole } = await store.history(ref, 'version 1'.length * 2);
      assert.deepEqual([versions.length, isWhole], [2, false]);
      assert.equal((await store.history(ref, 'version 1'.length * 3)).isWhole, true);
    });

    it('names the keys with earlier versions in pages, with the age of the oldest', async () => {
      for (const key of ['a', 'b', 'c']) await store.commit([version(keyRef('histories', key), 7), version(keyRef('histories', key), 9)]);
      const all = await store.histories(undefined, 1000);
      const first = await store.histories('histories', 2);
      const rest = await store.histories(`histories\0${first.at(-1)?.key}`, 1);
      assert.deepEqual([...first, ...rest], ['a', 'b', 'c'].map((key) => ({ bucket: 'histories', key, versions: 2, oldestKeptAt: 7 })));
      assert.deepEqual(all.filter(({ bucket }) => bucket === 'histories'), [...first, ...rest]);
    });

    it('keeps named facts', async () => {
      await store.commit([
        { kind: 'meta', name: 'a/1', bytes: bytesOf('x') },
        { kind: 'meta', name: 'a/2', bytes: bytesOf('y') },
        { kind: 'meta', name: 'b/1', bytes: bytesOf('z') },
      ]);
      await store.commit([{ kind: 'meta', name: 'a/1', bytes: undefined }]);
      assert.deepEqual(await store.meta('a/'), [{ name: 'a/2', bytes: bytesOf('y') }]);
    });

    it('ST-4 keeps its counts over a clean end, and takes a new actor at each opening', async () => {
      await Promise.all([store.leaseDots(5000), store.leaseDots(10)]);
      const { identity } = store;
      const counts = store.counts();
      store = await subject.reopen();
      assert.deepEqual(store.counts(), counts);
      assert.notEqual(store.identity.actor, identity.actor);
      assert.match(identity.actor, /^[\w-]{11}$/);
      assert.equal(store.identity.boots, identity.boots + 1);
      assert.notEqual(store.identity.bootNonce, identity.bootNonce);
      assert.deepEqual([store.identity.warnings, store.identity.restoredAt], [[], 0]);
    });
  });
}
