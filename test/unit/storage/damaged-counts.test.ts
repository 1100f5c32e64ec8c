/** What is counted stays right where a damaged row is written anew, or goes. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import type { Mutation, Store } from '../../../p2p/ports.ts';
import { CorruptRecordError } from '../../../p2p/ports.ts';
import type { KeyRef } from '../../../p2p/types.ts';
import { openStore } from '../../../storage/index.ts';
import { conflictKey, hintKey, indexKey, objectKey } from '../../../storage/keyspace.ts';
import { spoilRow } from '../../contract/spoil-row.ts';
import { bytesOf, hint, keyRef, objectMutation } from '../../contract/store-samples.ts';

const roots: string[] = [];
after(() => Promise.all(roots.map((root) => rm(root, { recursive: true, force: true }))));

const REF = keyRef('counted', 'k');
const KEY = objectMutation(REF, 'v');
const CONFLICT = objectMutation(REF, 'v|w', { live: 2, siblings: 2 }, { conflictsDelta: 1 });
const DELETION = objectMutation(REF, '', { live: 0 }, { keysDelta: 0 });

/** A store with `batch`, of which these rows were damaged since. */
async function spoilt(batch: readonly Mutation[], rows: readonly Buffer[]): Promise<Store> {
  const root = await mkdtemp(join(tmpdir(), 'ringleaf-counts-'));
  roots.push(root);
  const dir = join(root, 'store');
  const store = await openStore({ dir });
  await store.commit(batch);
  await store.close();
  for (const row of rows) await spoilRow(dir, row);
  return openStore({ dir });
}

async function counts(store: Store): Promise<readonly (number | undefined)[]> {
  const { keys, conflicts, hints, hintBytes } = store.counts();
  await store.close();
  return hints.size > 0 ? [hints.get('ben'), hintBytes.get('ben')] : [keys, conflicts];
}

describe('a damaged record', () => {
  const replacing = (ref: KeyRef, next: Mutation): readonly Mutation[] => [{ kind: 'recount', partition: ref.partition, leaf: ref.leaf, replaced: ref }, next];

  it('ST-30 that is written anew counts as what it is then, once', async () => {
    for (const [before, next, expected] of [
      [KEY, KEY, [1, 0]],
      [KEY, CONFLICT, [1, 1]],
      [CONFLICT, CONFLICT, [1, 1]],
      [CONFLICT, KEY, [1, 0]],
      [KEY, DELETION, [0, 0]],
      [DELETION, KEY, [1, 0]],
    ] as const) {
      const store = await spoilt([before], [objectKey(REF)]);
      await assert.rejects(store.read(REF), CorruptRecordError);
      await store.commit(replacing(REF, next));
      assert.deepEqual(await counts(store), expected);
    }
  });

  it('ST-30 whose row in the index, or among the conflicts, is damaged as well counted as a key, and as a conflict', async () => {
    const store = await spoilt([CONFLICT], [objectKey(REF), indexKey(REF.id), conflictKey(REF.id)]);
    await store.commit(replacing(REF, CONFLICT));
    assert.deepEqual(await counts(store), [1, 1]);
  });

  it('ST-30 that is only feared counted as nothing', async () => {
    const other = keyRef('counted', 'other');
    const store = await spoilt([KEY], []);
    await store.commit(replacing(other, objectMutation(other, 'v')));
    assert.deepEqual(await counts(store), [2, 0]);
  });

  it('ST-30 that is dropped is counted no more', async () => {
    const store = await spoilt([CONFLICT], [objectKey(REF)]);
    await store.commit(replacing(REF, { kind: 'drop', ref: REF, leafDelta: new Uint8Array(8), keysDelta: 0, conflictsDelta: 0 }));
    assert.deepEqual(await counts(store), [0, 0]);
  });
});

const HINTS = { target: 'ben', afterId: undefined, limit: 10, bytesMax: 1_000 } as const;

describe('a damaged hint', () => {
  const other = keyRef('counted', 'other');

  it('ST-31 that a later one replaces is counted once, with the bytes of the later one', async () => {
    const store = await spoilt([hint('ben', REF, 'first'), hint('ben', other, 'x')], [hintKey('ben', REF.id)]);
    await store.commit([hint('ben', REF, 'the second')]);
    assert.deepEqual(await counts(store), [2, 11]);
  });

  it('ST-31 that is done with goes, whatever it was: it could be given to nobody', async () => {
    const store = await spoilt([hint('ben', REF, 'first'), hint('ben', other, 'x')], [hintKey('ben', REF.id)]);
    await store.commit([{ kind: 'hint-done', target: 'ben', ref: REF, object: bytesOf('another') }]);
    assert.deepEqual(await counts(store), [1, 1]);
  });

  it('ST-31 that is replaced and done with in one batch is counted no more', async () => {
    const store = await spoilt([hint('ben', REF, 'first'), hint('ben', other, 'x')], [hintKey('ben', REF.id)]);
    const done: Mutation = { kind: 'hint-done', target: 'ben', ref: REF, object: bytesOf('again') };
    await store.commit([hint('ben', REF, 'again'), done, done]);
    assert.deepEqual(await counts(store), [1, 1]);
  });

  it('ST-32 is taken out when the hints of its target are looked through, and counts no more, also the only one', async () => {
    for (const [rows, expected] of [[[hintKey('ben', REF.id)], [1, 1]], [[hintKey('ben', REF.id), hintKey('ben', other.id)], [0, 0]]] as const) {
      const store = await spoilt([hint('ben', REF, 'first'), hint('ben', other, 'x'), KEY], rows);
      const good = await store.hints(HINTS);
      assert.deepEqual(good.map(({ ref }) => ref.key), rows.length === 1 ? ['other'] : []);
      const { hints, hintBytes } = store.counts();
      assert.deepEqual([hints.get('ben') ?? 0, hintBytes.get('ben') ?? 0], expected);
      await store.close();
    }
  });

  it('ST-32 hides no other while the disk refuses to let it go', async () => {
    const store = await spoilt([hint('ben', REF, 'first'), hint('ben', other, 'x')], [hintKey('ben', REF.id)]);
    store.commit = () => Promise.reject(new Error('full'));
    assert.deepEqual((await store.hints(HINTS)).map(({ ref }) => ref.key), ['other']);
    assert.deepEqual(await counts(store), [2, 6]);
  });
});
