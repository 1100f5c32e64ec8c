/** What the scan of every store owes its callers: all records, whole leaves, damage told and nothing hidden behind it. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { EMPTY_OBJECT } from '../../p2p/causality/key-object.ts';
import { encodeObject } from '../../p2p/causality/object-codec.ts';
import type { LeafPlace, Mutation, ScanPage } from '../../p2p/ports.ts';
import type { KeyRef } from '../../p2p/types.ts';
import { keyRef, objectMutation } from './store-samples.ts';

export interface ScannedStore {
  commit(batch: readonly Mutation[]): Promise<void>;
  scan(from: LeafPlace | undefined, recordsMax: number): Promise<ScanPage>;
  /** A byte of the key's record turns over. */
  damage(ref: KeyRef): Promise<void>;
  cleanup(): Promise<void>;
}

const PLACES = [[0, 3], [0, 3], [0, 60], [5, 0], [5, 1], [5, 1], [5, 1], [200, 63]] as const;
const REFS = PLACES.map(([partition, leaf], index) => keyRef('scan', `k${index}`, { partition, leaf, first: index }));
const hashOf = (index: number) => new Uint8Array(8).fill(index + 1);
const put = (index: number, leafDelta = hashOf(index)): Mutation => objectMutation(REFS[index]!, encodeObject(EMPTY_OBJECT), { hash: hashOf(index) }, { leafDelta });
const placeOf = ({ partition, leaf }: KeyRef): LeafPlace => ({ partition, leaf });

export function scanContract(name: string, factory: () => Promise<ScannedStore>): void {
  describe(`Scan of a store: ${name}`, () => {
    let store: ScannedStore;
    before(async () => {
      store = await factory();
      await store.commit(REFS.map((_, index) => put(index)));
    });
    after(() => store.cleanup());

    const pages = async (recordsMax: number): Promise<readonly ScanPage[]> => {
      const all: ScanPage[] = [];
      for (let from: LeafPlace | undefined; all.length === 0 || from !== undefined; ) {
        const page = await store.scan(from, recordsMax);
        all.push(page);
        from = page.next;
        assert.ok(all.length < 20, 'it comes to an end');
      }
      return all;
    };
    const found = (all: readonly ScanPage[]) => ({
      records: all.reduce((sum, { records }) => sum + records, 0),
      damaged: all.flatMap(({ damaged }) => damaged.map(({ key }) => key)),
      unlisted: all.flatMap(({ unlisted }) => unlisted),
      miscounted: all.flatMap(({ miscounted }) => miscounted),
    });
    const SOUND = { records: REFS.length, damaged: [], unlisted: [], miscounted: [] };

    it('ST-10 looks at every record once, whole leaves at a time', async () => {
      assert.deepEqual(found([await store.scan(undefined, 1_000)]), SOUND);
      for (const recordsMax of [1, 2, 3, 8]) assert.deepEqual(found(await pages(recordsMax)), SOUND, `${recordsMax} at a time`);
      assert.deepEqual((await pages(1)).map(({ records }) => records).filter((records) => records > 0), [2, 1, 1, 3, 1]);
    });

    it('ST-10 tells a damaged record and the leaf that counts it, and goes on behind it', async () => {
      await store.damage(REFS[4]!);
      const expected = { ...SOUND, damaged: ['k4'], miscounted: [placeOf(REFS[4]!)] };
      for (const recordsMax of [1, 1_000]) assert.deepEqual(found(await pages(recordsMax)), expected);
      await store.commit([{ kind: 'recount', ...placeOf(REFS[4]!) }]);
      assert.deepEqual(found(await pages(2)), { ...SOUND, damaged: ['k4'] }, 'counted anew it lacks what cannot be read');
      await store.commit([{ kind: 'recount', ...placeOf(REFS[4]!) }, put(4)]);
      assert.deepEqual(found(await pages(2)), SOUND, 'written anew it is whole');
    });

    it('ST-10 tells a leaf that counts otherwise, also one under which nothing is left', async () => {
      await store.commit([put(2, new Uint8Array(8).fill(200))]);
      await store.commit([{ kind: 'drop', ref: REFS[7]!, leafDelta: new Uint8Array(8), keysDelta: -1, conflictsDelta: 0 }]);
      const miscounted = [placeOf(REFS[2]!), placeOf(REFS[7]!)];
      for (const recordsMax of [1, 3, 1_000]) assert.deepEqual(found(await pages(recordsMax)), { ...SOUND, records: 7, miscounted });
      await store.commit(miscounted.map((place): Mutation => ({ kind: 'recount', ...place })));
      assert.deepEqual(found(await pages(3)), { ...SOUND, records: 7 });
    });
  });
}
