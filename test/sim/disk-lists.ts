/** The listings of the Store port, over the objects of a simulated disk. */
import { compareText } from '../../p2p/bytes/text-order.ts';
import type { StoreAnswer, StoreQuery } from '../../p2p/node/events.ts';
import type { IndexEntry } from '../../p2p/ports.ts';
import type { StoredObject } from './disk-image.ts';

type ListQuery = Extract<StoreQuery, { readonly kind: 'list' }>;
type ConflictsQuery = Extract<StoreQuery, { readonly kind: 'conflicts' }>;
type Conflicts = Extract<StoreAnswer, { readonly kind: 'conflicts' }>['entries'];

export function listOf(objects: readonly StoredObject[], { bucket, prefix, after, limit, conflictsOnly }: ListQuery): readonly IndexEntry[] {
  return objects
    .filter(({ ref, summary }) => ref.bucket === bucket && ref.key.startsWith(prefix) && (!conflictsOnly || summary.siblings > 1))
    .map(rowOf)
    .filter(({ key }) => after === undefined || compareText(key, after) > 0)
    .sort((a, b) => compareText(a.key, b.key))
    .slice(0, limit);
}

export function conflictsOf(objects: readonly StoredObject[], { bucket, after, limit }: ConflictsQuery): Conflicts {
  return objects
    .filter(({ ref, summary }) => summary.siblings > 1 && (bucket === undefined || ref.bucket === bucket))
    .filter(({ ref }) => after === undefined || (compareText(ref.bucket, after.bucket) || compareText(ref.key, after.key)) > 0)
    .sort((a, b) => compareText(a.ref.bucket, b.ref.bucket) || compareText(a.ref.key, b.ref.key))
    .map((object) => ({ bucket: object.ref.bucket, entry: rowOf(object) }))
    .slice(0, limit);
}

const rowOf = ({ ref, summary }: StoredObject): IndexEntry => ({ key: ref.key, ...summary });
