/**
 * Where things stand on the ring: 128-bit positions, the first 16 bytes of SHA-256 (Dynamo, 2007,
 * section 4.2, uses MD5), cut into Q equal partitions and each partition into Merkle leaves.
 *
 * Arcs are (previous token, token]: a position that equals a boundary belongs to the arc that it
 * ends. So partition i is (i·2^128/Q, (i+1)·2^128/Q], and position 0 ends the last one.
 */
import { PARTITIONS_MAX } from '../bounds.ts';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8Encode } from '../bytes/utf8.ts';
import { LEAVES_PER_PARTITION } from '../ports.ts';
import type { BucketName, KeyRef, PartitionId, Position } from '../types.ts';

export const POSITION_BYTES = 16;
const POSITION_BITS = 8 * POSITION_BYTES;
/** Positions on the whole ring. */
export const RING_SIZE = 1n << BigInt(POSITION_BITS);
/** Steps around the ring, where a number has to do: sums of some are exact. */
const STEP_BITS = 24;
export const RING_STEPS = 2 ** STEP_BITS;
const LEAF_BITS = Math.log2(LEAVES_PER_PARTITION);

/** Q has to be a power of two, so that a partition is the leading bits of a position. */
export function isPartitionCount(count: number): boolean {
  return Number.isInteger(count) && count >= 1 && count <= PARTITIONS_MAX && (count & (count - 1)) === 0;
}

export function hashPosition(text: string): Position {
  return sha256(utf8Encode(text)).slice(0, POSITION_BYTES);
}

/** @param partitions Q of the team. */
export function keyRef(bucket: BucketName, key: string, partitions: number): KeyRef {
  const id = `${bucket}\0${key}`;
  const position = hashPosition(id);
  return { bucket, key, id, position, ...arcOf(position, partitions) };
}

/** The partition and leaf whose arcs hold a position. */
export function arcOf(position: Position, partitions: number): { readonly partition: PartitionId; readonly leaf: number } {
  const bits = Math.log2(partitions);
  const leaves = 2 ** (bits + LEAF_BITS);
  const onBoundary = trailingBitsAreZero(position, bits + LEAF_BITS);
  const arc = (leadingBits(position, bits + LEAF_BITS) + (onBoundary ? leaves - 1 : 0)) % leaves;
  return { partition: Math.floor(arc / LEAVES_PER_PARTITION), leaf: arc % LEAVES_PER_PARTITION };
}

/** Where a partition's arc ends: its preference list starts there. */
export function partitionEnd(partition: PartitionId, partitions: number): bigint {
  return (((BigInt(partition) + 1n) * RING_SIZE) / BigInt(partitions)) % RING_SIZE;
}

/** A distance along the ring, or any difference of two positions, clockwise and in whole steps. */
export function ringSteps(distance: bigint): number {
  return Number(BigInt.asUintN(POSITION_BITS, distance) >> BigInt(POSITION_BITS - STEP_BITS));
}

export function positionToBigint(position: Position): bigint {
  let value = 0n;
  for (const byte of position) value = (value << 8n) | BigInt(byte);
  return value;
}

/** The first `count` bits as a number; `count` at most 32. */
function leadingBits(position: Position, count: number): number {
  const word = ((position[0] ?? 0) * 2 ** 24) + ((position[1] ?? 0) << 16) + ((position[2] ?? 0) << 8) + (position[3] ?? 0);
  return Math.floor(word / 2 ** (32 - count));
}

function trailingBitsAreZero(position: Position, after: number): boolean {
  const whole = Math.floor(after / 8);
  const mask = 0xff >> after % 8;
  if (((position[whole] ?? 0) & mask) !== 0) return false;
  return position.subarray(whole + 1).every((byte) => byte === 0);
}
