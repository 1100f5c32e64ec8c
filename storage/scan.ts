/**
 * A look at every record, some leaves at a time: its checksum, its row in the index, and whether the
 * Merkle leaf is the sum of what is under it. The sum also tells of what cannot be seen: rows in a
 * block that LevelDB cannot read, and rows whose key is damaged.
 *
 * A leaf is read apart from writes: one that is written meanwhile may seem to be miscounted.
 */
import type { BucketLeaves, LeafPlace, ScanPage } from '../p2p/ports.ts';
import { LEAVES_PER_PARTITION } from '../p2p/ports.ts';
import type { BucketName, KeyRef, PartitionId } from '../p2p/types.ts';
import type { Database } from './database.ts';
import * as keyspace from './keyspace.ts';
import { LEAF_BYTES, xorInto } from './merkle-leaves.ts';
import { hashOf } from './records.ts';

const CHUNK_ROWS = 64;

interface Page {
  records: number;
  readonly damaged: KeyRef[];
  readonly unlisted: KeyRef[];
  readonly miscounted: LeafPlace[];
}

/** The sums of the good records of a partition, bucket by bucket, leaf by leaf. */
type Sums = Map<BucketName, Uint8Array>;

export async function scan(
  database: Database,
  leavesOf: (partition: PartitionId) => Promise<readonly BucketLeaves[]>,
  from: LeafPlace,
  recordsMax: number,
): Promise<ScanPage> {
  const page: Page = { records: 0, damaged: [], unlisted: [], miscounted: [] };
  for (let at: LeafPlace | undefined = from; at !== undefined; at = await nextPlace(database, at)) {
    if (page.records >= recordsMax) return { ...page, next: at };
    const kept = await leavesOf(at.partition);
    const sums: Sums = new Map();
    const end = await sumUp(database, page, sums, at, recordsMax);
    compare(page, at, end, kept, sums);
    if (end < LEAVES_PER_PARTITION) return { ...page, next: { partition: at.partition, leaf: end } };
  }
  return { ...page, next: undefined };
}

/** Up to the end of the partition, or of the leaf in which there were enough. @returns the first leaf that is left. */
async function sumUp(database: Database, page: Page, sums: Sums, { partition, leaf }: LeafPlace, recordsMax: number): Promise<number> {
  let current = leaf;
  let isOver = false;
  const range = keyspace.leavesRange(partition, { first: leaf, last: LEAVES_PER_PARTITION - 1 });
  await database.walk(range, CHUNK_ROWS, (key, payload) => {
    const ref = keyspace.parseObjectKey(key);
    if (ref === undefined) return true;
    isOver = ref.leaf !== current && page.records >= recordsMax;
    if (isOver) return false;
    current = ref.leaf;
    page.records += 1;
    // Damage to a Bloom filter hides a good row from whoever looks for it by name.
    const isFound = payload !== undefined && database.get(key) !== undefined;
    if (!isFound) page.damaged.push(ref);
    if (payload !== undefined) {
      const sum = sums.get(ref.bucket) ?? new Uint8Array(LEAVES_PER_PARTITION * LEAF_BYTES);
      xorInto(sum, ref.leaf * LEAF_BYTES, hashOf(payload));
      sums.set(ref.bucket, sum);
      if (isFound && !isListed(database, ref.id)) page.unlisted.push(ref);
    }
    return true;
  });
  return isOver ? current + 1 : LEAVES_PER_PARTITION;
}

/** Only some keys have a row among the conflicts. */
function isListed(database: Database, id: KeyRef['id']): boolean {
  if (database.get(keyspace.indexKey(id)) === undefined) return false;
  return database.find(keyspace.conflictKey(id)) !== 'damaged';
}

function compare(page: Page, { partition, leaf: from }: LeafPlace, end: number, kept: readonly BucketLeaves[], sums: Sums): void {
  const known = new Map(kept.map(({ bucket, leaves }) => [bucket, leaves]));
  const buckets = [...new Set([...known.keys(), ...sums.keys()])];
  for (let leaf = from; leaf < end; leaf += 1) {
    const isRight = buckets.every((bucket) => isSame(known.get(bucket), sums.get(bucket), leaf));
    if (!isRight) page.miscounted.push({ partition, leaf });
  }
}

/** The next partition with a record or a leaf. */
async function nextPlace(database: Database, { partition }: LeafPlace): Promise<LeafPlace | undefined> {
  const found = await Promise.all(
    (['o', 'l'] as const).map((family) =>
      database.nextKey({ gte: keyspace.prefixRange(keyspace.numbered(family, partition)).lt, lt: keyspace.familyRange(family).lt }),
    ),
  );
  const partitions = found.flatMap((key) => (key === undefined ? [] : [key.readUInt16BE(1)]));
  return partitions.length === 0 ? undefined : { partition: Math.min(...partitions), leaf: 0 };
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined, leaf: number): boolean {
  for (let at = leaf * LEAF_BYTES; at < (leaf + 1) * LEAF_BYTES; at += 1) if ((a?.[at] ?? 0) !== (b?.[at] ?? 0)) return false;
  return true;
}
