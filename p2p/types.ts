/**
 * The nouns that every room of `p2p/` shares. Values only: nothing here has behaviour.
 */

/** A member: its libp2p peer id as a string (base58btc, Ed25519). */
export type MemberId = string;

/** A machine. Several members on one machine count as one copy. */
export type MachineId = string;

/**
 * The author of dots: one store epoch of one device (11 characters, base64url of 8 random bytes).
 * A store that was wiped, restored or ended uncleanly writes under a new one.
 */
export type ActorId = string;

/** A bucket's name: 1 to 128 bytes of UTF-8. */
export type BucketName = string;

/** Number of a partition, 0 to Q-1. */
export type PartitionId = number;

/** A place on the ring: 16 bytes, big endian. */
export type Position = Uint8Array;

/** A key with its place. `id` is unique over buckets and cheap to compare. */
export interface KeyRef {
  readonly bucket: BucketName;
  readonly key: string;
  readonly position: Position;
  readonly partition: PartitionId;
  /** Merkle leaf of the partition that the position falls in, 0 to LEAVES_PER_PARTITION-1. */
  readonly leaf: number;
  /** `bucket + "\0" + key`. */
  readonly id: string;
}

/** The event of one write: the counter-th of its actor. */
export interface Dot {
  readonly actor: ActorId;
  readonly counter: number;
}

/** How a bucket treats concurrent writes. */
export type Resolution = 'siblings' | 'lww';

/** A number of replies, or a word for one. */
export type QuorumSpec = number | 'one' | 'quorum' | 'all';
export type WriteQuorumSpec = QuorumSpec | 'any';

export interface BucketSettings {
  /** Copies: a number, or every member. */
  readonly n: number | 'all';
  readonly r: QuorumSpec;
  readonly w: WriteQuorumSpec;
  readonly sloppy: boolean;
  readonly resolution: Resolution;
}

export type MemberStatus = 'joining' | 'up' | 'leaving' | 'left' | 'removed';
export type Liveness = 'alive' | 'suspect' | 'down';

/** What a write is kept by: one machine, standing where. */
export interface Copy {
  readonly member: MemberId;
  readonly role: 'primary' | 'fallback';
  readonly durable: boolean;
}
