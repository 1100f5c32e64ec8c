/**
 * Merkle leaves in memory, a partition at a time, bucket by bucket: buckets differ in how many
 * copies they keep, so members compare those of equal `n`, whatever the `n` of a bucket is today.
 * A leaf is the XOR of one 8-byte digest a key, so a write folds in O(1) with no scan. A partition
 * is loaded before the first fold into it; from then on the cache is the truth, and each fold
 * writes the resulting row in the same batch.
 *
 * A group folds into copies that take effect when the group is on disk, so a failed one leaves no
 * trace.
 */
import type { BucketLeaves } from '../p2p/ports.ts';
import { LEAVES_PER_PARTITION } from '../p2p/ports.ts';
import type { BucketName, PartitionId } from '../p2p/types.ts';
import { type Database, type Operation, deleteOperation, putOperation } from './database.ts';
import { leafRowKey, leafRowsRange, parseLeafRowKey } from './keyspace.ts';

export const LEAF_BYTES = 8;
const LEAVES_BYTES = LEAVES_PER_PARTITION * LEAF_BYTES;
/** Of all partitions together: 64 MiB. Beyond it those loaded first are read again when needed. */
const BUCKETS_KEPT_MAX = (64 * 1024 * 1024) / LEAVES_BYTES;

type Buckets = ReadonlyMap<BucketName, Uint8Array>;

/** What a leaf has to be changed by. */
export interface LeafDelta {
  readonly partition: PartitionId;
  readonly bucket: BucketName;
  readonly leaf: number;
  readonly delta: Uint8Array;
}

export class MerkleLeaves {
  readonly #loaded = new Map<PartitionId, Buckets>();
  #kept = 0;

  /** Copies, or `undefined` when the partition is not loaded. */
  get(partition: PartitionId): readonly BucketLeaves[] | undefined {
    const buckets = this.#loaded.get(partition);
    if (buckets === undefined) return undefined;
    return [...buckets].filter(([, leaves]) => !isZero(leaves)).map(([bucket, leaves]) => ({ bucket, leaves: leaves.slice() }));
  }

  has(partition: PartitionId): boolean {
    return this.#loaded.has(partition);
  }

  /** Only between groups: a row read while a group changes it would be stale. */
  async load(database: Database, partition: PartitionId): Promise<void> {
    const buckets = new Map<BucketName, Uint8Array>();
    await database.collect(leafRowsRange(partition), Infinity, (key, payload) => {
      const row = parseLeafRowKey(key);
      if (row === undefined) return undefined;
      const leaves = buckets.get(row.bucket) ?? new Uint8Array(LEAVES_BYTES);
      leaves.set(payload.subarray(0, LEAF_BYTES), row.leaf * LEAF_BYTES);
      buckets.set(row.bucket, leaves);
      return true;
    });
    this.#keep(partition, buckets);
  }

  /** Forgets what was loaded first, before a group loads what it needs. */
  makeRoom(): void {
    for (const [partition, buckets] of this.#loaded) {
      if (this.#kept <= BUCKETS_KEPT_MAX) return;
      this.#loaded.delete(partition);
      this.#kept -= buckets.size;
    }
  }

  /** From the leaf as it is kept to the XOR of these hashes, bucket by bucket. */
  deltas(
    partition: PartitionId,
    leaf: number,
    hashes: readonly { readonly bucket: BucketName; readonly hash: Uint8Array }[],
  ): readonly LeafDelta[] {
    const deltas = new Map<BucketName, Uint8Array>();
    for (const [bucket, leaves] of this.#loaded.get(partition) ?? []) {
      deltas.set(bucket, leaves.slice(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES));
    }
    for (const { bucket, hash } of hashes) {
      const delta = deltas.get(bucket) ?? new Uint8Array(LEAF_BYTES);
      xorInto(delta, 0, hash);
      deltas.set(bucket, delta);
    }
    return [...deltas].filter(([, delta]) => !isZero(delta)).map(([bucket, delta]) => ({ partition, bucket, leaf, delta }));
  }

  draft(): LeavesDraft {
    return new LeavesDraft(this.#loaded);
  }

  accept(draft: LeavesDraft): void {
    for (const [partition, buckets] of draft.partitions) this.#keep(partition, buckets);
  }

  clear(): void {
    this.#loaded.clear();
    this.#kept = 0;
  }

  #keep(partition: PartitionId, buckets: Buckets): void {
    this.#kept += buckets.size - (this.#loaded.get(partition)?.size ?? 0);
    this.#loaded.set(partition, buckets);
  }
}

export class LeavesDraft {
  readonly partitions = new Map<PartitionId, Map<BucketName, Uint8Array>>();
  readonly #changed = new Map<string, Omit<LeafDelta, 'delta'>>();
  readonly #copied = new Set<Uint8Array>();
  readonly #loaded: ReadonlyMap<PartitionId, Buckets>;

  constructor(loaded: ReadonlyMap<PartitionId, Buckets>) {
    this.#loaded = loaded;
  }

  fold(partition: PartitionId, bucket: BucketName, leaf: number, delta: Uint8Array): void {
    xorInto(this.#copy(partition, bucket), leaf * LEAF_BYTES, delta);
    this.#changed.set(`${partition}/${leaf}/${bucket}`, { partition, bucket, leaf });
  }

  /** A leaf without a key has no row. */
  operations(): Operation[] {
    return [...this.#changed.values()].map(({ partition, bucket, leaf }) => {
      const row = this.#copy(partition, bucket).subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES);
      const key = leafRowKey(partition, bucket, leaf);
      return isZero(row) ? deleteOperation(key) : putOperation(key, row);
    });
  }

  #copy(partition: PartitionId, bucket: BucketName): Uint8Array {
    const buckets = this.#bucketsOf(partition);
    const known = buckets.get(bucket);
    if (known !== undefined && this.#copied.has(known)) return known;
    const copy = known?.slice() ?? new Uint8Array(LEAVES_BYTES);
    buckets.set(bucket, copy);
    this.#copied.add(copy);
    return copy;
  }

  #bucketsOf(partition: PartitionId): Map<BucketName, Uint8Array> {
    const known = this.partitions.get(partition);
    if (known !== undefined) return known;
    const loaded = this.#loaded.get(partition);
    if (loaded === undefined) throw new Error(`leaves of partition ${partition} are not loaded`);
    const copy = new Map(loaded);
    this.partitions.set(partition, copy);
    return copy;
  }
}

/** Folds eight bytes in. */
export function xorInto(target: Uint8Array, offset: number, delta: Uint8Array): void {
  for (let index = 0; index < LEAF_BYTES; index += 1) {
    target[offset + index] = (target[offset + index] ?? 0) ^ (delta[index] ?? 0);
  }
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
