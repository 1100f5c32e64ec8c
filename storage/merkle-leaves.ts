/**
 * Merkle leaves in memory, a partition at a time. A leaf is the XOR of one 8-byte digest a key, so
 * a write folds in O(1) with no scan. A partition is loaded before the first fold into it; from
 * then on the cache is the truth, and each fold writes the resulting row in the same batch.
 *
 * A group folds into copies that take effect when the group is on disk, so a failed one leaves no
 * trace.
 */
import { LEAVES_PER_PARTITION } from '../p2p/ports.ts';
import type { PartitionId } from '../p2p/types.ts';
import { type Database, type Operation, putOperation } from './database.ts';
import { leafRowKey, leafRowsRange } from './keyspace.ts';

export const LEAF_BYTES = 8;

export class MerkleLeaves {
  readonly #loaded = new Map<PartitionId, Uint8Array>();

  /** A copy, or `undefined` when the partition is not loaded. */
  get(partition: PartitionId): Uint8Array | undefined {
    return this.#loaded.get(partition)?.slice();
  }

  has(partition: PartitionId): boolean {
    return this.#loaded.has(partition);
  }

  /** Only between groups: a row read while a group changes it would be stale. */
  async load(database: Database, partition: PartitionId): Promise<void> {
    const leaves = new Uint8Array(LEAVES_PER_PARTITION * LEAF_BYTES);
    await database.collect(leafRowsRange(partition), LEAVES_PER_PARTITION, (key, payload) => {
      leaves.set(payload.subarray(0, LEAF_BYTES), (key[3] ?? 0) * LEAF_BYTES);
      return true;
    });
    this.#loaded.set(partition, leaves);
  }

  draft(): LeavesDraft {
    return new LeavesDraft(this.#loaded);
  }

  accept(draft: LeavesDraft): void {
    for (const [partition, leaves] of draft.partitions) this.#loaded.set(partition, leaves);
  }

  clear(): void {
    this.#loaded.clear();
  }
}

export class LeavesDraft {
  readonly partitions = new Map<PartitionId, Uint8Array>();
  readonly #touched = new Set<number>();
  readonly #loaded: ReadonlyMap<PartitionId, Uint8Array>;

  constructor(loaded: ReadonlyMap<PartitionId, Uint8Array>) {
    this.#loaded = loaded;
  }

  fold(partition: PartitionId, leaf: number, delta: Uint8Array): void {
    const leaves = this.#copy(partition);
    const offset = leaf * LEAF_BYTES;
    for (let index = 0; index < LEAF_BYTES; index += 1) {
      leaves[offset + index] = (leaves[offset + index] ?? 0) ^ (delta[index] ?? 0);
    }
    this.#touched.add(partition * LEAVES_PER_PARTITION + leaf);
  }

  operations(): Operation[] {
    return [...this.#touched].map((number) => {
      const leaf = number % LEAVES_PER_PARTITION;
      const partition = (number - leaf) / LEAVES_PER_PARTITION;
      const row = this.#copy(partition).subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES);
      return putOperation(leafRowKey(partition, leaf), row);
    });
  }

  #copy(partition: PartitionId): Uint8Array {
    const known = this.partitions.get(partition);
    if (known !== undefined) return known;
    const loaded = this.#loaded.get(partition);
    if (loaded === undefined) throw new Error(`leaves of partition ${partition} are not loaded`);
    const copy = loaded.slice();
    this.partitions.set(partition, copy);
    return copy;
  }
}
