/** What is on a simulated disk, and outlives it as a backup or a copied folder. */
import { compareText } from '../../p2p/bytes/text-order.ts';
import type { VersionMark } from '../../p2p/causality/retention.ts';
import type { KeySummary, StoredHint } from '../../p2p/ports.ts';
import type { KeyRef, MemberId } from '../../p2p/types.ts';
import type { LeavesImage } from './disk-leaves.ts';

export interface StoredObject {
  readonly ref: KeyRef;
  readonly bytes: Uint8Array;
  readonly summary: KeySummary;
}

export interface Version extends VersionMark {
  readonly bytes: Uint8Array;
}

/** The earlier versions of a key. */
export interface KeptHistory {
  readonly ref: KeyRef;
  /** Oldest first. */
  readonly versions: readonly Version[];
}

/** A key of which only deletions are left. */
export interface Deleted {
  readonly ref: KeyRef;
  readonly notedAt: number;
}

/** All that is on a disk, as a backup or a copied folder holds it. */
export interface DiskImage {
  readonly objects: ReadonlyMap<string, StoredObject>;
  readonly hints: ReadonlyMap<MemberId, ReadonlyMap<string, StoredHint>>;
  readonly leaves: LeavesImage;
  readonly versions: ReadonlyMap<string, KeptHistory>;
  readonly deletions: ReadonlyMap<string, Deleted>;
  readonly meta: ReadonlyMap<string, Uint8Array>;
  readonly actor: string;
  readonly leasedThrough: number;
  readonly boots: number;
  readonly restoredAt: number;
}

/** The map holds these values and no others. */
export function refill<K, V>(map: Map<K, V>, values: ReadonlyMap<K, V> | undefined): void {
  map.clear();
  for (const [key, value] of values ?? []) map.set(key, value);
}

/** Rows after an id, in the order of their ids. */
export function pageOf<T>(rows: ReadonlyMap<string, T>, { afterId, limit }: { readonly afterId: string | undefined; readonly limit: number }): readonly T[] {
  const after = [...rows].filter(([id]) => afterId === undefined || compareText(id, afterId) > 0).sort(([a], [b]) => compareText(a, b));
  return after.slice(0, limit).map(([, row]) => row);
}
