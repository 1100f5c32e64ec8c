/**
 * The whole language between the core and the world: `step(event) → effects`. The driver performs
 * the effects over the real ports, the simulator over its own; neither knows what they mean.
 */
import type { BucketLeaves, ConflictsQuery, DeletionNote, HistoryRow, IndexEntry, KeptVersions, Lane, LeafPlace, LeafSpan, Mutation, PeerEvent, ScanPage, StoredHint } from '../ports.ts';
import type { BucketName, KeyRef, MemberId, PartitionId } from '../types.ts';
import type { Message } from '../wire/message.ts';
import type { Command, Notice, Outcome } from './commands.ts';
import type { TraceEvent } from './trace.ts';

/** Names an answer that the core waits for; unique a boot. */
export type Token = number;

/** What the store is asked for that changes nothing that it would answer. */
export type StoreQuery =
  | { readonly kind: 'list'; readonly bucket: BucketName; readonly prefix: string; readonly after: string | undefined; readonly limit: number; readonly conflictsOnly: boolean }
  | { readonly kind: 'buckets' }
  | ({ readonly kind: 'conflicts' } & ConflictsQuery)
  | { readonly kind: 'leaves'; readonly partition: PartitionId }
  | { readonly kind: 'leaf-entries'; readonly partition: PartitionId; readonly leaves: LeafSpan }
  | { readonly kind: 'scan'; readonly from: LeafPlace | undefined; readonly recordsMax: number }
  | { readonly kind: 'hints'; readonly target: MemberId; readonly afterId: string | undefined; readonly limit: number; readonly bytesMax: number }
  /** Members that hints are kept for. */
  | { readonly kind: 'hint-targets' }
  /** Bytes of all hints. */
  | { readonly kind: 'hint-bytes' }
  | { readonly kind: 'history'; readonly ref: KeyRef; readonly bytesMax: number }
  | { readonly kind: 'histories'; readonly afterId: string | undefined; readonly limit: number }
  | { readonly kind: 'deletions'; readonly afterId: string | undefined; readonly limit: number }
  | { readonly kind: 'is-hinted'; readonly ref: KeyRef }
  | { readonly kind: 'purge' };

export type StoreAnswer =
  | { readonly kind: 'list'; readonly entries: readonly IndexEntry[] }
  | { readonly kind: 'buckets'; readonly buckets: readonly BucketName[] }
  | { readonly kind: 'conflicts'; readonly entries: readonly { readonly bucket: BucketName; readonly entry: IndexEntry }[] }
  | { readonly kind: 'leaves'; readonly leaves: readonly BucketLeaves[] }
  | { readonly kind: 'leaf-entries'; readonly entries: readonly { readonly ref: KeyRef; readonly hash: Uint8Array }[] }
  | ({ readonly kind: 'scan' } & ScanPage)
  | { readonly kind: 'hints'; readonly hints: readonly StoredHint[] }
  | { readonly kind: 'hint-targets'; readonly members: readonly MemberId[] }
  | { readonly kind: 'hint-bytes'; readonly bytes: number }
  | ({ readonly kind: 'history' } & KeptVersions)
  | { readonly kind: 'histories'; readonly rows: readonly HistoryRow[] }
  | { readonly kind: 'deletions'; readonly notes: readonly DeletionNote[] }
  | { readonly kind: 'is-hinted'; readonly isHinted: boolean }
  | { readonly kind: 'purged' };

/**
 * `damaged`: the record fails its checksum, and stays so. `read-only`: the disk refuses writes.
 * `passing`: anything else, such as no file handle, an I/O error, a store that is being opened
 * again: it says nothing of what is on the disk.
 */
export type StoreFailure = 'damaged' | 'read-only' | 'passing';

export type Event =
  | { readonly kind: 'client'; readonly token: Token; readonly command: Command }
  | { readonly kind: 'message'; readonly from: MemberId; readonly message: Message }
  | { readonly kind: 'peer'; readonly event: PeerEvent }
  | { readonly kind: 'read'; readonly token: Token; readonly object: Uint8Array | undefined }
  | { readonly kind: 'answered'; readonly token: Token; readonly answer: StoreAnswer }
  | { readonly kind: 'committed'; readonly token: Token }
  /** A read, query, commit or lease that the store could not carry out. */
  | { readonly kind: 'store-failed'; readonly token: Token; readonly failure: StoreFailure; readonly message: string }
  | { readonly kind: 'leased'; readonly through: number }
  | { readonly kind: 'lease-failed' }
  /** Rows of the store may be gone, or as they were earlier. */
  | { readonly kind: 'rows-lost' }
  /** Where peers can reach us, as the host now knows it. */
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  /** What a peer showed when it connected. */
  | { readonly kind: 'credentials'; readonly from: MemberId; readonly bytes: Uint8Array }
  | { readonly kind: 'wake' };

export type Effect =
  | { readonly kind: 'send'; readonly to: MemberId; readonly lane: Lane; readonly message: Message }
  | { readonly kind: 'broadcast'; readonly message: Message }
  /** Its connection stands and nothing is answered on it. */
  | { readonly kind: 'drop'; readonly member: MemberId }
  | { readonly kind: 'introduce'; readonly peers: readonly { readonly member: MemberId; readonly addresses: readonly string[] }[] }
  | { readonly kind: 'read'; readonly token: Token; readonly ref: KeyRef }
  | { readonly kind: 'query'; readonly token: Token; readonly query: StoreQuery }
  | { readonly kind: 'commit'; readonly token: Token; readonly batch: readonly Mutation[] }
  | { readonly kind: 'lease'; readonly through: number }
  | { readonly kind: 'reply'; readonly token: Token; readonly outcome: Outcome }
  | { readonly kind: 'notify'; readonly notice: Notice }
  /** This store is an old one: put it out of the way, unharmed, and start again with an empty one. */
  | { readonly kind: 'set-aside' }
  /** Send a `wake` event at or after this monotonic time; only the latest counts. */
  | { readonly kind: 'wake-at'; readonly atMs: number }
  | { readonly kind: 'trace'; readonly event: TraceEvent };

/** Both clocks at the moment of an event. */
export interface Now {
  /** Monotonic ms. */
  readonly nowMs: number;
  /** Wall ms. */
  readonly wallMs: number;
}
