/** What happened inside a member, as typed events: the log, the Activity screen and tests read them. */
import type { Liveness, MemberId, MemberStatus, PartitionId } from '../types.ts';

export type TraceEvent =
  | { readonly kind: 'liveness'; readonly member: MemberId; readonly from: Liveness; readonly to: Liveness; readonly reason: string }
  | { readonly kind: 'member'; readonly member: MemberId; readonly status: MemberStatus; readonly incarnation: number }
  | { readonly kind: 'ring'; readonly version: string; readonly members: number }
  | { readonly kind: 'hint-stored'; readonly target: MemberId; readonly key: string }
  | { readonly kind: 'hint-delivered'; readonly target: MemberId; readonly key: string }
  | { readonly kind: 'read-repair'; readonly key: string; readonly members: readonly MemberId[] }
  | { readonly kind: 'exchange'; readonly peer: MemberId; readonly partitions: number; readonly differing: number; readonly repaired: number }
  /** What this member has to fetch before it is complete grew to so many partitions. */
  | { readonly kind: 'owed'; readonly partitions: number }
  /** Partitions were fetched from a peer, or handed over to it; `keys` of them moved. */
  | { readonly kind: 'transfer'; readonly peer: MemberId; readonly partitions: number; readonly keys: number }
  | { readonly kind: 'dropped'; readonly partition: PartitionId; readonly keys: number }
  | { readonly kind: 'refused'; readonly from: MemberId; readonly key: string }
  /** A peer has too much under way here: a request of it was not taken. */
  | { readonly kind: 'overloaded'; readonly from: MemberId }
  /** Hints have all their room here: this member does not stand in for `target`, as it was asked to. */
  | { readonly kind: 'hints-full'; readonly from: MemberId; readonly target: MemberId }
  | { readonly kind: 'rejected'; readonly from: MemberId; readonly reason: string }
  /** This store is not the newest state of itself: it pulls, and hands nothing on, until `caught-up`. */
  | { readonly kind: 'stale'; readonly reason: string }
  | { readonly kind: 'caught-up' }
  /** Deletions that everybody agreed to forget are gone here. */
  | { readonly kind: 'reaped'; readonly keys: number }
  /** This store is older than a reaping: it is set aside. */
  | { readonly kind: 'behind' }
  /** Another run of this member goes on beside this one, until `alone-again`. */
  | { readonly kind: 'copied'; readonly reason: string }
  | { readonly kind: 'alone-again' }
  /** A record fails its checksum: it is refused until it is `mended`. */
  | { readonly kind: 'damaged'; readonly key: string }
  | { readonly kind: 'mended'; readonly key: string }
  /** Every record was looked at once more; `records` of them since the start. */
  | { readonly kind: 'scrubbed'; readonly records: number }
  | { readonly kind: 'store-failed'; readonly message: string };
