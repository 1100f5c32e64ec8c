/**
 * The nouns that every room of `p2p/` shares. Values only: nothing here has behaviour.
 */

/** A member: its libp2p peer id as a string (base58btc, Ed25519). */
export type MemberId = string;

/** A machine. Several members on one machine count as one copy. */
export type MachineId = string;

/**
 * The author of dots: one opening of one store (11 characters, base64url of 8 random bytes). Each
 * opening writes under a new one, so no copy of a disk can repeat the dots of another.
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
  /** Earlier versions kept of a key at each replica, 0 to 100; a conflict's base is kept beyond. */
  readonly historyVersions: number;
  /** Days for which a replaced version is kept at most, 1 to 3,650. */
  readonly historyDays: number;
}

export type MemberStatus = 'joining' | 'up' | 'leaving' | 'left' | 'removed';
export type Liveness = 'alive' | 'suspect' | 'down';

/** What a write is kept by: one machine, standing where. */
export interface Copy {
  readonly member: MemberId;
  readonly role: 'primary' | 'fallback';
  readonly durable: boolean;
}

/** What a member can say of itself: everything but that it was removed. */
export type OwnStatus = Exclude<MemberStatus, 'removed'>;

/**
 * What a member says of itself, signed by it, and what another member says to take it out. Records
 * merge: see `membership/member-record.ts`.
 */
export interface MemberRecord {
  readonly member: MemberId;
  readonly incarnation: number;
  /** What it counts as, worked out of `said`, `removal` and its admission. Never on the wire. */
  readonly status: MemberStatus;
  /** The member's own word. */
  readonly said: OwnStatus;
  readonly name: string;
  /** Who works at it, absent = it did not say. */
  readonly person?: string;
  readonly machine: MachineId;
  readonly zone: string | undefined;
  /** Share of the ring relative to 1, 0 = holds nothing. */
  readonly weight: number;
  /** Which layout of its virtual nodes it chose when it joined (`ring/seed-choice.ts`), absent = 0. */
  readonly seed?: number;
  /** Multiaddrs, `/p2p/…` included. */
  readonly addresses: readonly string[];
  readonly admission: Admission;
  /** By `member`, over all of the above but `status`. */
  readonly signature: Uint8Array;
  /** Once there is one the member is out for good. */
  readonly removal: Removal | undefined;
}

/** Takes a member out of the team. Any other member of the team may sign it. */
export interface Removal {
  readonly by: MemberId;
  /** Wall ms of `by`, and never before an admission by the removed member that `by` knew. */
  readonly at: number;
  /** By `by`, over (team id, removed member, at, known). */
  readonly signature: Uint8Array;
  /** Absent where `by` owes its own place to the removed member: `membership/known-admissions.ts`. */
  readonly known?: KnownAdmissions;
}

/** Whom a removed member is known to have let in, said by somebody who does not owe it its place. */
export interface KnownAdmissions {
  /** Hashes of member ids, in order, none twice. */
  readonly admitted: readonly Uint8Array[];
  /** The admission of the removal's signer, of whoever let it in, and so on up to the founder. */
  readonly path: readonly Admission[];
}

/** Who let a member in. The founder admits itself; everybody else leads back to the founder. */
export interface Admission {
  readonly by: MemberId;
  /** Wall ms. */
  readonly at: number;
  /** By `by`, over (team id, admitted member, at). */
  readonly signature: Uint8Array;
}

/** A team, as its members keep it. */
export interface Team {
  /** Commits to the founder: `membership/team.ts`. */
  readonly id: string;
  readonly name: string;
  /** Q: a power of two, 1 to 65,536, fixed for ever. */
  readonly partitions: number;
  readonly founder: MemberId;
  /** 16 random bytes. */
  readonly nonce: Uint8Array;
}
