/** The Merkle leaves on a simulated disk: by partition, then bucket, one XOR a leaf. */
import type { BucketLeaves, LeafPlace } from '../../p2p/ports.ts';
import { bytesEqual } from '../../p2p/bytes/bytes.ts';
import { LEAVES_PER_PARTITION } from '../../p2p/ports.ts';
import type { KeyRef } from '../../p2p/types.ts';

const LEAF_BYTES = 8;

export type LeavesImage = ReadonlyMap<number, ReadonlyMap<string, Uint8Array>>;

export class DiskLeaves {
  readonly #leaves = new Map<number, ReadonlyMap<string, Uint8Array>>();

  of(partition: number): readonly BucketLeaves[] {
    return [...(this.#leaves.get(partition) ?? [])].map(([bucket, leaves]) => ({ bucket, leaves }));
  }

  fold({ bucket, partition, leaf }: KeyRef, delta: Uint8Array): void {
    const buckets = this.#leaves.get(partition);
    const leaves = buckets?.get(bucket)?.slice() ?? new Uint8Array(LEAVES_PER_PARTITION * LEAF_BYTES);
    for (let index = 0; index < LEAF_BYTES; index += 1) {
      const at = leaf * LEAF_BYTES + index;
      leaves[at] = (leaves[at] ?? 0) ^ (delta[index] ?? 0);
    }
    this.#leaves.set(partition, new Map(buckets).set(bucket, leaves));
  }

  /** One leaf of every bucket. */
  clear(partition: number, leaf: number): void {
    const [from, to] = [leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES];
    const emptied = [...(this.#leaves.get(partition) ?? [])].map(([bucket, leaves]) => [bucket, leaves.slice().fill(0, from, to)] as const);
    this.#leaves.set(partition, new Map(emptied));
  }

  /** Leaves that count something. */
  places(): readonly LeafPlace[] {
    return [...this.#leaves].flatMap(([partition, buckets]) =>
      Array.from({ length: LEAVES_PER_PARTITION }, (_, leaf) => ({ partition, leaf })).filter(({ leaf }) => [...buckets.values()].some((leaves) => !isZero(at(leaves, leaf)))),
    );
  }

  isSame(other: DiskLeaves, { partition, leaf }: LeafPlace): boolean {
    const [ours, theirs] = [this.#leaves.get(partition), other.#leaves.get(partition)];
    const buckets = [...new Set([...(ours?.keys() ?? []), ...(theirs?.keys() ?? [])])];
    return buckets.every((bucket) => bytesEqual(at(ours?.get(bucket), leaf), at(theirs?.get(bucket), leaf)));
  }

  /** What is changed later does not change the image. */
  image(): LeavesImage {
    return new Map(this.#leaves);
  }

  restore(image: LeavesImage | undefined): void {
    this.#leaves.clear();
    for (const [partition, buckets] of image ?? []) this.#leaves.set(partition, buckets);
  }
}

function at(leaves: Uint8Array | undefined, leaf: number): Uint8Array {
  return leaves?.subarray(leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES) ?? new Uint8Array(LEAF_BYTES);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
