/**
 * What a client of this member can ask of the core, and what it hears back. An expected failure
 * is an outcome, never an exception.
 */
import type { IndexEntry } from '../ports.ts';
import type {
  BucketName,
  BucketSettings,
  Copy,
  MemberId,
  PartitionId,
  QuorumSpec,
  WriteQuorumSpec,
} from '../types.ts';

export type Command =
  | {
      readonly kind: 'get';
      readonly bucket: BucketName;
      readonly key: string;
      readonly r?: QuorumSpec;
      readonly sloppy?: boolean;
      readonly timeoutMs?: number;
    }
  | {
      readonly kind: 'put';
      readonly bucket: BucketName;
      readonly key: string;
      /** `undefined` deletes. */
      readonly value: Uint8Array | undefined;
      readonly contentType: string;
      /** The token of a read. Without one the write adds a sibling. */
      readonly context?: string;
      /** The same for every retry of one write: it then makes one sibling, not two. */
      readonly writeId?: string;
      readonly w?: WriteQuorumSpec;
      readonly sloppy?: boolean;
      readonly timeoutMs?: number;
    }
  | {
      readonly kind: 'list';
      readonly bucket: BucketName;
      readonly prefix: string;
      readonly after?: string;
      readonly limit: number;
      /** Keys of which only deletions are left, too. */
      readonly withDeleted?: boolean;
    }
  | { readonly kind: 'conflicts'; readonly bucket?: BucketName; readonly after?: RowName; readonly limit: number }
  | { readonly kind: 'buckets' }
  | { readonly kind: 'history'; readonly bucket: BucketName; readonly key: string; readonly timeoutMs?: number }
  | { readonly kind: 'placement'; readonly bucket: BucketName; readonly key: string }
  /** Hand over and go. `force`: at once, whatever others lack. */
  | { readonly kind: 'leave'; readonly force: boolean }
  | { readonly kind: 'remove-member'; readonly member: MemberId }
  /** This device, and who works at it, are called so from now on. */
  | { readonly kind: 'rename'; readonly name: string; readonly person: string | undefined }
  | { readonly kind: 'set-bucket'; readonly bucket: BucketName; readonly settings: Partial<BucketSettings> }
  /** All of a key, for a backup: read from every primary that is there, and from a majority at least. */
  | { readonly kind: 'export'; readonly bucket: BucketName; readonly key: string }
  /** Writes what a key lacks of its backup, and never takes anything back. */
  | {
      readonly kind: 'import';
      readonly bucket: BucketName;
      readonly key: string;
      /** Of the backup: covers `siblings`. */
      readonly context: string;
      readonly siblings: readonly BackupSibling[];
      /** Says what would be written, and writes nothing. */
      readonly dryRun: boolean;
    }
  /** Settings of a backup: taken where the bucket has none of its own. */
  | { readonly kind: 'import-bucket'; readonly bucket: BucketName; readonly settings: BucketSettings; readonly dryRun: boolean }
  /** A person at this device merges this key now, or no more: told to the others. */
  | { readonly kind: 'say-merging'; readonly bucket: BucketName; readonly key: string; readonly isOn: boolean }
  /** Compares everything, or one bucket, with everybody who is alive, now. Takes as long as it takes. */
  | { readonly kind: 'repair'; readonly bucket?: BucketName };

export interface ReadSibling {
  /** `undefined` = deleted. */
  readonly value: Uint8Array | undefined;
  readonly contentType: string;
  /** `actor:counter`. */
  readonly dot: string;
  readonly writtenBy: MemberId;
  /** Wall ms of the writer. */
  readonly writtenAt: number;
}

/** A sibling with all that makes it the same sibling elsewhere. */
export interface BackupSibling extends ReadSibling {
  /** The same for every retry of one write; empty when it is not known. */
  readonly writeId: string;
  /** The token of what its writer had seen; empty for nothing. */
  readonly seen: string;
  /** Its place among the writes of a last-writer-wins bucket; absent = by `writtenAt`. */
  readonly stamp?: number;
}

export interface ReplyFrom {
  readonly member: MemberId;
  readonly role: 'primary' | 'fallback';
}

/** Why a command was not carried out. */
export type Refusal =
  | { readonly kind: 'bad-request'; readonly code: 'BAD_REQUEST' | 'CONTEXT_MISMATCH'; readonly message: string }
  | { readonly kind: 'too-large'; readonly message: string }
  | { readonly kind: 'overloaded'; readonly message: string }
  | { readonly kind: 'read-only'; readonly message: string }
  /** Another device runs with a copy of this one's data folder. */
  | { readonly kind: 'quarantined'; readonly message: string }
  /** `durable` > 0: the write may survive all the same. */
  | { readonly kind: 'unreachable'; readonly needed: number; readonly acks: number; readonly durable: number };

/** Why a command about members, or any from outside the team, was not carried out. */
export type MemberRefusal =
  /** This device has left its team, or was removed from it. */
  | { readonly kind: 'no-team'; readonly message: string }
  | { readonly kind: 'not-found'; readonly message: string };

export interface ReadOutcome {
  readonly kind: 'read';
  readonly context: string;
  readonly siblings: readonly ReadSibling[];
  readonly base: ReadSibling | undefined;
  readonly replies: readonly ReplyFrom[];
  readonly needed: number;
  readonly acks: number;
}

export interface HistoryOutcome {
  readonly kind: 'history';
  /** Covers the current siblings, none of which is among the versions. */
  readonly context: string;
  /** Newest first. */
  readonly versions: readonly ReadSibling[];
  /** Who told what is current. */
  readonly replies: readonly ReplyFrom[];
  /** Replicas that were asked for versions and did not answer: they may hold more. */
  readonly silent: readonly MemberId[];
  /** False when a replica holds more than fits its answer. */
  readonly isWhole: boolean;
}

export interface WriteOutcome {
  readonly kind: 'written';
  readonly context: string;
  readonly copies: readonly Copy[];
  readonly needed: number;
  readonly acks: number;
  readonly siblings: number;
  /** `w=any` was asked and only fallbacks or this device hold it. */
  readonly hereOnly: boolean;
}

export interface ListOutcome {
  readonly kind: 'listed';
  /** By the key's UTF-8 bytes; those with `live` 0 only when they were asked for. */
  readonly entries: readonly IndexEntry[];
  readonly next: string | undefined;
  readonly partial: readonly PartitionId[];
}

/** A row's place among those of all buckets. */
export interface RowName {
  readonly bucket: BucketName;
  readonly key: string;
}

export interface ConflictsOutcome {
  readonly kind: 'conflicts';
  /** By bucket, then by key. */
  readonly entries: readonly { readonly bucket: BucketName; readonly entry: IndexEntry }[];
  readonly next: RowName | undefined;
  readonly partial: readonly PartitionId[];
}

export interface BucketsOutcome {
  readonly kind: 'buckets';
  /** That were written to. */
  readonly buckets: readonly BucketName[];
  /** That have settings of their own. */
  readonly configured: readonly { readonly bucket: BucketName; readonly settings: BucketSettings }[];
  readonly partial: readonly PartitionId[];
}

/** No siblings: nothing is stored under the key. */
export interface ExportOutcome {
  readonly kind: 'exported';
  readonly context: string;
  /** Every one that is stored: retries that a read shows as one, and deletions, too. */
  readonly siblings: readonly BackupSibling[];
}

/** Siblings of the backup, by what became of them. */
export interface ImportOutcome {
  readonly kind: 'imported';
  readonly written: number;
  readonly present: number;
  /** Replaced since the backup by writes that had seen them. */
  readonly superseded: number;
}

export interface PlacementOutcome {
  readonly kind: 'placed';
  readonly partition: PartitionId;
  /** 32 hex digits. */
  readonly position: string;
  readonly primaries: readonly MemberId[];
  readonly fallbacks: readonly MemberId[];
  readonly holders: readonly { readonly member: MemberId; readonly dots: readonly string[]; readonly durable: boolean }[];
  /** Of all that the holders have together, without what one of them knows to be replaced. */
  readonly dots: readonly string[];
  /** Asked, and did not answer: they may have it or not. */
  readonly silent: readonly MemberId[];
}

export interface RepairOutcome {
  readonly kind: 'repaired';
  /** Partitions of this member that were compared with somebody, each counted once a class of `n`. */
  readonly partitions: number;
  /** Comparisons of a partition with a peer. */
  readonly exchanged: number;
  /** Keys that were not the same, and those of them that are now. */
  readonly differing: number;
  readonly repaired: number;
}

export type Outcome =
  | ReadOutcome
  | WriteOutcome
  | ListOutcome
  | ConflictsOutcome
  | BucketsOutcome
  | ExportOutcome
  | ImportOutcome
  | { readonly kind: 'bucket-imported'; readonly isTaken: boolean }
  | HistoryOutcome
  | PlacementOutcome
  | RepairOutcome
  | { readonly kind: 'settings'; readonly settings: BucketSettings }
  /** Who else merges this key. */
  | { readonly kind: 'merging'; readonly by: readonly MemberId[] }
  /** The leave has begun; the member's own record says how far it is. */
  | { readonly kind: 'departing' }
  | { readonly kind: 'removed'; readonly member: MemberId }
  | { readonly kind: 'renamed' }
  | Refusal
  | MemberRefusal;

/** What the core tells whoever listens, unasked. */
export type Notice =
  | {
      readonly kind: 'put' | 'delete' | 'conflict' | 'resolved';
      readonly bucket: BucketName;
      readonly key: string;
      /** The token of what is there now: made for whoever wants it, since every write passes here. */
      readonly context: () => string;
      /** Who wrote the latest of what is there now, and when, by that writer's clock in wall ms. */
      readonly by: MemberId;
      readonly writtenAt: number;
    }
  | {
      readonly kind: 'copies';
      readonly bucket: BucketName;
      readonly key: string;
      readonly context: string;
      readonly copies: readonly Copy[];
      readonly needed: number;
    }
  /** Who besides this member merges a key has changed. */
  | { readonly kind: 'merging'; readonly bucket: BucketName; readonly key: string; readonly by: readonly MemberId[] }
  | { readonly kind: 'members' };
