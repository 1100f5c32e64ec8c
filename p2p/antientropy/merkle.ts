/**
 * The Merkle tree of a partition (Dynamo, 2007, section 4.7), two levels deep: fixed leaves, each
 * the XOR of its keys' clock hashes, so that a write changes one leaf by one XOR and no scan; the
 * root is the hash of the leaves.
 *
 *     root ── hash of 64 leaves ── leaf = h(key 1) ⊕ h(key 2) ⊕ …
 *
 * XOR is order-free and undoes itself, which is what makes it incremental. An empty partition's
 * root is all zeros.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { LEAVES_PER_PARTITION } from '../ports.ts';

export const LEAF_BYTES = 8;
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
