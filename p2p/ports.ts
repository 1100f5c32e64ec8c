/**
 * What the core needs of the world. The real ones are `libp2p/`, `storage/` and the wall clock;
 * the simulator brings its own. Nothing else in `p2p/` may touch time, chance, disk or network.
 */
import type { Retention } from './causality/retention.ts';
import type { ActorId, BucketName, Dot, KeyRef, MemberId, PartitionId } from './types.ts';

export interface Clock {
  /** Wall time, ms since 1970. For display and for `lww` only: it may jump. */
  wallMs(): number;
  /** Monotonic time, ms, from any origin. */
  nowMs(): number;
  /** Calls `wake` once, at or after `atMs` of the monotonic clock. Only the latest call counts. */
  wakeAt(atMs: number, wake: () => void): void;
}

export interface Random {
  /** A uniform integer, 0 to 2^32-1. */
  uint32(): number;
}

/** Ed25519 under the member's libp2p key. Synchronous: used once a new record, never once a request. */
export interface Signer {
  readonly member: MemberId;
  sign(bytes: Uint8Array): Uint8Array;
  /** False for a bad signature or an id that holds no Ed25519 key; never throws. */
  verify(member: MemberId, bytes: Uint8Array, signature: Uint8Array): boolean;
}

/**
 * Who may talk. The transport asks before it hands over a peer; the core answers from its signed
 * member records. The bytes are what one side shows the other in the first frame of a lane.
 */
export interface Gate {
  /** This member's record and the admissions that lead back to the founder. */
  credentials(): Uint8Array;
  /** Checks what `from` (proven by noise) showed; true = it is a member, let it in. Never throws. */
  admit(from: MemberId, credentials: Uint8Array): boolean;
  isMember(member: MemberId): boolean;
  /** What a removed member is told when it is refused: signed records, or nothing. Never throws. */
  verdict(member: MemberId): Uint8Array;
  /** `from` refused us and showed this. Checked like anything else that is shown. Never throws. */
  refused(from: MemberId, verdict: Uint8Array): void;
}

/** `quorum` carries requests that people wait for; `bulk` carries repair and transfer. */
export type Lane = 'quorum' | 'bulk';

export type PeerEvent =
  | { readonly kind: 'connected'; readonly member: MemberId; readonly address: string }
  /** Connected still, by another connection. */
  | { readonly kind: 'moved'; readonly member: MemberId; readonly address: string }
  | { readonly kind: 'disconnected'; readonly member: MemberId }
  /** Frames to or from it take long, and have got on since this was told last. Again about every second while they do. */
  | { readonly kind: 'moving'; readonly member: MemberId }
  | { readonly kind: 'dial-failed'; readonly member: MemberId; readonly reason: string }
  /** Two runs of this member were seen: none of them is let in. */
  | { readonly kind: 'copied'; readonly member: MemberId }
  /** This member does not let us in: it has seen two runs of us. */
  | { readonly kind: 'refused-as-copy'; readonly member: MemberId };

/**
 * Frames between admitted members. Best effort: `send` returns nothing, replies are messages, a
 * loss is seen only as a timer. A frame arrives whole, at most once, or not at all; frames of one
 * lane between two members keep their order while the connection lives.
 */
export interface Transport {
  send(to: MemberId, lane: Lane, frame: Uint8Array): void;
  /** To every reachable member, lossy and unordered (gossipsub). A hint, never the truth. */
  broadcast(frame: Uint8Array): void;
  /** This connection is of no use: end it, so that a fresh one is dialled. Soon, not within the call. */
  drop(member: MemberId): void;
  /** Where to find members: the addresses of their records, dialled as needed. */
  introduce(peers: readonly { readonly member: MemberId; readonly addresses: readonly string[] }[]): void;
  onFrame(handler: (from: MemberId, frame: Uint8Array) => void): void;
  onPeer(handler: (event: PeerEvent) => void): void;
}

/** What the index keeps of a key, so that listing never reads values. */
export interface KeySummary {
  /** Live (not deleted) siblings. 0 = deleted. */
  readonly live: number;
  /** All siblings, tombstones included. */
  readonly siblings: number;
  readonly contentType: string;
  /** Bytes of the newest live value. */
  readonly size: number;
  readonly writtenBy: MemberId;
  /** Wall ms. */
  readonly writtenAt: number;
  /** The object's clock hash: replicas with equal hashes hold equal siblings. */
  readonly hash: Uint8Array;
}

export interface IndexEntry extends KeySummary {
  readonly key: string;
}

/** The Merkle leaves of one bucket in one partition: LEAVES_PER_PARTITION × 8 bytes. */
export interface BucketLeaves {
  readonly bucket: BucketName;
  readonly leaves: Uint8Array;
}

export interface HintsQuery {
  readonly target: MemberId;
  /** Those behind this key id; `undefined`: from the first. */
  readonly afterId: string | undefined;
  readonly limit: number;
  /** Of their objects together. */
  readonly bytesMax: number;
}

export interface StoredHint {
  readonly target: MemberId;
  readonly ref: KeyRef;
  readonly object: Uint8Array;
}

export interface KeptVersions {
  readonly versions: readonly Uint8Array[];
  /** False when there are more than `bytesMax` had room for. */
  readonly isWhole: boolean;
}

/** A key of which only deletions are left here. */
export interface DeletionNote {
  readonly bucket: BucketName;
  readonly key: string;
  /** Wall ms of this device when it came to be so. */
  readonly notedAt: number;
}

export interface HistoryRow {
  readonly bucket: BucketName;
  readonly key: string;
  readonly versions: number;
  /** Wall ms at which the oldest of them was replaced. */
  readonly oldestKeptAt: number;
}

/** One change. A batch of them is atomic. */
export type Mutation =
  /**
   * Writes an encoded object, its index row, its conflict row (kept while `summary.siblings > 1`)
   * and folds `leafDelta` (8 bytes, XOR) into the Merkle leaf of the key's bucket. The deltas (-1, 0 or 1) keep
   * the counts of live keys and of conflicts without a scan.
   */
  | {
      readonly kind: 'object';
      readonly ref: KeyRef;
      readonly object: Uint8Array;
      readonly summary: KeySummary;
      readonly leafDelta: Uint8Array;
      readonly keysDelta: number;
      readonly conflictsDelta: number;
    }
  /**
   * Removes an object with its index row, conflict row, note and earlier versions, and folds `leafDelta`
   * (the hash that it had) out of the leaf. The deltas are those of the counts (-1 or 0).
   */
  | {
      readonly kind: 'drop';
      readonly ref: KeyRef;
      readonly leafDelta: Uint8Array;
      readonly keysDelta: number;
      readonly conflictsDelta: number;
    }
  /**
   * Makes a Merkle leaf anew, in each bucket, from the good records under it: a damaged record is
   * then lacking in it. Other mutations of the batch fold into the result. Cost: the leaf's keys.
   * With `replaced`, whose damaged record the batch writes anew or drops, the counts lose what its
   * index row says that it was: whoever cannot read a record cannot say by how much they change.
   */
  | { readonly kind: 'recount'; readonly partition: PartitionId; readonly leaf: number; readonly replaced?: KeyRef }
  /** Keeps a whole object for a member that is away. One a (target, key): a later one replaces it. */
  | { readonly kind: 'hint'; readonly target: MemberId; readonly ref: KeyRef; readonly object: Uint8Array }
  /** Deletes a hint if its bytes are still `object`'s (a newer hint stays). */
  | { readonly kind: 'hint-done'; readonly target: MemberId; readonly ref: KeyRef; readonly object: Uint8Array }
  /**
   * Keeps replaced siblings (opaque bytes) as earlier versions of their key, newer than all that
   * are kept, and drops what `retained` of `causality/retention.ts` no longer keeps. `added` may be
   * empty: then it only drops. A dot that is kept already stays as it is.
   */
  | {
      readonly kind: 'history';
      readonly ref: KeyRef;
      readonly added: readonly { readonly dot: Dot; readonly sibling: Uint8Array }[];
      /** Wall ms. */
      readonly keptAt: number;
      readonly retention: Retention;
    }
  /** Notes that only deletions are left of a key, since `notedAt` (wall ms); `undefined`: it lives. */
  | { readonly kind: 'deletion'; readonly ref: KeyRef; readonly notedAt: number | undefined }
  /** Small named facts: member records, team, settings. `undefined` deletes. */
  | { readonly kind: 'meta'; readonly name: string; readonly bytes: Uint8Array | undefined };

/** What a freshly opened store says of itself. All of it is O(1) to find out. */
export interface StoreIdentity {
  /** The author of the dots of this opening: random, never used before or after it. */
  readonly actor: ActorId;
  /** Dots are minted from this on; `leaseDots` moves the fsynced bound. */
  readonly nextCounter: number;
  /** Counts openings of this store. */
  readonly boots: number;
  /** Random, new at each opening. */
  readonly bootNonce: string;
  /**
   * The latest opening, by `boots`, at which it turned out to have been copied or put back from a
   * backup: it may lack what this device acknowledged since. 0 = never.
   */
  readonly restoredAt: number;
  /** Rows may be gone of which nothing tells but the Merkle leaves, and no scan has begun since. */
  readonly hasLost?: boolean;
  /** What the person should know of this opening ("set aside a damaged store: …"). */
  readonly warnings: readonly string[];
}

export interface StoreCounts {
  readonly keys: number;
  readonly conflicts: number;
  readonly hints: ReadonlyMap<MemberId, number>;
  /** Bytes of the objects in them, for the same members. Kept with each batch, never scanned for. */
  readonly hintBytes: ReadonlyMap<MemberId, number>;
  /** False: hints are being counted anew, and there may be more of them. */
  readonly knowsHints: boolean;
  /** Records whose checksum failed since opening. */
  readonly corrupt: number;
  readonly readOnly: string | undefined;
}

/** Bytes of the hints for all members together. */
export function totalHintBytes({ hintBytes }: Pick<StoreCounts, 'hintBytes'>): number {
  return [...hintBytes.values()].reduce((sum, bytes) => sum + bytes, 0);
}

/** For whoever must not keep more than a bound: hints that are not known may be without end. */
export function hintBytesAtMost(counts: Pick<StoreCounts, 'hintBytes' | 'knowsHints'>): number {
  return counts.knowsHints ? totalHintBytes(counts) : Infinity;
}

/** A Merkle leaf of a partition. */
export interface LeafPlace {
  readonly partition: PartitionId;
  readonly leaf: number;
}

/** What a look at every record under some leaves found. */
export interface ScanPage {
  /** Records looked at. */
  readonly records: number;
  /** Records whose checksum fails, or that cannot be found under their name. */
  readonly damaged: readonly KeyRef[];
  /** Records that are good, and whose row in the index is damaged or lost. */
  readonly unlisted: readonly KeyRef[];
  /** Leaves that are not the sum of the good records under them. A write at the same time may look so too. */
  readonly miscounted: readonly LeafPlace[];
  /** Where to go on; `undefined` at the end. */
  readonly next: LeafPlace | undefined;
}

/** A page of the keys with more than one sibling. */
export interface ConflictsQuery {
  /** Only of this bucket. */
  readonly bucket: BucketName | undefined;
  /** Exclusive, by bucket, then by key. */
  readonly after: { readonly bucket: BucketName; readonly key: string } | undefined;
  readonly limit: number;
}

/**
 * Durable state. Objects are opaque bytes, handed back exactly as they were committed or not at
 * all: a record whose checksum fails is counted and never served.
 */
export interface Store {
  readonly identity: StoreIdentity;
  /**
   * @throws CorruptRecordError when its checksum fails: a write must not take it for a key that was
   * never written, or it would claim to have seen what is lost here and lives elsewhere.
   */
  read(ref: KeyRef): Promise<Uint8Array | undefined>;
  /**
   * Resolves when all of the batch is on disk (fsynced). Concurrent commits share one sync.
   * @throws StoreReadOnlyError when the disk refuses; nothing of the batch is then visible.
   */
  commit(batch: readonly Mutation[]): Promise<void>;
  /** Reserves counters up to `through`, durably. */
  leaseDots(through: number): Promise<void>;
  /**
   * Index rows of a bucket in order of the key's UTF-8 bytes, deleted keys included, `after`
   * exclusive. Tombstones are included so that replicas can be compared; callers filter.
   */
  list(query: {
    readonly bucket: BucketName;
    readonly prefix: string;
    readonly after: string | undefined;
    readonly limit: number;
    readonly conflictsOnly: boolean;
  }): Promise<readonly IndexEntry[]>;
  /** Buckets with at least one row, in order. Cost: one seek a bucket, not a scan. */
  buckets(): Promise<readonly BucketName[]>;
  /** Keys with more than one sibling, by bucket and key. */
  conflicts(query: ConflictsQuery): Promise<readonly { readonly bucket: BucketName; readonly entry: IndexEntry }[]>;
  /** The Merkle leaves of a partition, bucket by bucket; buckets without a key in it are left out. */
  leaves(partition: PartitionId): Promise<readonly BucketLeaves[]>;
  /** Clock hashes of neighbouring leaves of a partition, for the last step of an exchange. Cost: one seek, and their rows. */
  leafEntries(
    partition: PartitionId,
    leaves: LeafSpan,
  ): Promise<readonly { readonly ref: KeyRef; readonly hash: Uint8Array }[]>;
  /** Keys of a partition in order of position; `after` is the last one seen. For transfer. */
  scanPartition(
    partition: PartitionId,
    after: KeyRef | undefined,
    limit: number,
  ): Promise<readonly { readonly ref: KeyRef; readonly object: Uint8Array }[]>;
  /**
   * Looks at all records under whole leaves, in order from `from` on, until `recordsMax` of them
   * were seen. Damage is told, not thrown, and hides nothing behind it.
   */
  scan(from: LeafPlace | undefined, recordsMax: number): Promise<ScanPage>;
  /** Hints for a member in order of their keys' ids: so many and so large, yet one if there is one. */
  hints(query: HintsQuery): Promise<readonly StoredHint[]>;
  /** Earlier versions of a key as `history` mutations kept them, newest first, at most `bytesMax`. */
  history(ref: KeyRef, bytesMax: number): Promise<KeptVersions>;
  /** Keys with earlier versions, in order of their ids, after an id: for those that grow too old. */
  histories(afterId: string | undefined, limit: number): Promise<readonly HistoryRow[]>;
  /** Keys of which only deletions are left, in order of their ids, after an id. */
  deletions(afterId: string | undefined, limit: number): Promise<readonly DeletionNote[]>;
  /** Members for whom hints are kept here, whether or not they are counted. */
  hintTargets(): Promise<readonly MemberId[]>;
  /** Is a hint of the key kept here, for whomever? Cost: a look for each member that hints are kept for. */
  isHinted(ref: KeyRef): Promise<boolean>;
  /**
   * From here on no damage to the disk can show anything that was overwritten or deleted before the call:
   * it is in no file any more. Cost: the store is read and rewritten once, beside other work.
   * @throws when it cannot be done now, or only in part.
   */
  purge(): Promise<void>;
  meta(prefix: string): Promise<readonly { readonly name: string; readonly bytes: Uint8Array }[]>;
  counts(): StoreCounts;
  /**
   * Called when something was taken out of the store, before anything that it answers from then on: rows may be
   * gone, or as they were earlier. What was so at the opening is in `identity` alone.
   */
  onLoss(handler: () => void): void;
  /** Clean end: marks it so, releases the lock. */
  close(): Promise<void>;
}

/** Leaves from `first` to `last`, both included. */
export interface LeafSpan {
  readonly first: number;
  readonly last: number;
}

/** Leaves of each partition's Merkle tree: fixed ranges of position, in ring order. */
export const LEAVES_PER_PARTITION = 64;

/** A record whose checksum fails: neither served nor taken for absent. */
export class CorruptRecordError extends Error {
  readonly code = 'CORRUPT_RECORD';
}

/** The disk refused a write; reads go on. */
export class StoreReadOnlyError extends Error {
  readonly code = 'STORE_READ_ONLY';
}
