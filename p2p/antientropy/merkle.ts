/**
 * The Merkle tree of a partition (Dynamo, 2007, section 4.7): fixed leaves, each the XOR of its
 * keys' clock hashes, so that a write changes one leaf by one XOR and no scan; the root is the hash
 * of the leaves. Above the roots stand, for what two members share, groups and one top; below a
 * leaf that holds many keys, `leaf-range.ts` goes on.
 *
 *     top ── groups ── roots ── root = hash of 64 leaves ── leaf = h(key 1) ⊕ h(key 2) ⊕ …
 *
 * XOR is order-free and undoes itself, which is what makes it incremental, and what lets the tree
 * of several buckets be the XOR of theirs. The root of nothing is all zeros.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { LEAVES_PER_PARTITION } from '../ports.ts';

export const LEAF_BYTES = 8;
/** Near √1024, the usual number of partitions: groups and the roots of one group cost the same. */
export const GROUPS_MAX = 32;
export const EMPTY_ROOT = new Uint8Array(LEAF_BYTES);

/** @param leaves LEAVES_PER_PARTITION × LEAF_BYTES. */
export function rootOf(leaves: Uint8Array): Uint8Array {
  if (leaves.every((byte) => byte === 0)) return EMPTY_ROOT;
  return sha256(leaves).slice(0, LEAF_BYTES);
}

/** Numbers of the leaves that are not the same. */
export function differingLeaves(a: Uint8Array, b: Uint8Array): readonly number[] {
  const differing: number[] = [];
  for (let leaf = 0; leaf < LEAVES_PER_PARTITION; leaf += 1) {
    if (!sameLeaf(a, b, leaf * LEAF_BYTES)) differing.push(leaf);
  }
  return differing;
}

function sameLeaf(a: Uint8Array, b: Uint8Array, offset: number): boolean {
  for (let index = offset; index < offset + LEAF_BYTES; index += 1) if (a[index] !== b[index]) return false;
  return true;
}

/** The leaves of several buckets together. @returns LEAVES_PER_PARTITION × LEAF_BYTES. */
export function sumLeaves(buckets: readonly Uint8Array[]): Uint8Array {
  const sum = new Uint8Array(LEAVES_PER_PARTITION * LEAF_BYTES);
  for (const leaves of buckets) for (let index = 0; index < sum.length; index += 1) sum[index] = (sum[index] ?? 0) ^ (leaves[index] ?? 0);
  return sum;
}

/** One hash over many, in their order; zero when all are. */
export function hashOfAll(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.every(isEmptyRoot)) return EMPTY_ROOT;
  const joined = new Uint8Array(hashes.length * LEAF_BYTES);
  for (const [index, hash] of hashes.entries()) joined.set(hash, index * LEAF_BYTES);
  return sha256(joined).slice(0, LEAF_BYTES);
}

export function isEmptyRoot(root: Uint8Array): boolean {
  return root.every((byte) => byte === 0);
}

/**
 * Cuts the partitions that two members share into at most GROUPS_MAX runs of equal length, so that
 * roots travel only for the runs that differ.
 */
export function groupsOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  const length = Math.max(1, Math.ceil(items.length / GROUPS_MAX));
  const groups: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += length) groups.push(items.slice(from, from + length));
  return groups;
}
