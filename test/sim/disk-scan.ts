/** The scan of the Store port, over a simulated disk: leaf by leaf, damage told. */
import type { StoreQuery } from '../../p2p/node/events.ts';
import type { LeafPlace, ScanPage } from '../../p2p/ports.ts';
import { LEAVES_PER_PARTITION } from '../../p2p/ports.ts';
import type { KeyRef } from '../../p2p/types.ts';
import type { StoredObject } from './disk-image.ts';
import { DiskLeaves } from './disk-leaves.ts';

interface Scanned {
  readonly objects: ReadonlyMap<string, StoredObject>;
  readonly damaged: ReadonlySet<string>;
  readonly leaves: DiskLeaves;
}

export function scanDisk({ objects, damaged, leaves }: Scanned, { from, recordsMax }: Extract<StoreQuery, { readonly kind: 'scan' }>): ScanPage {
  const found: KeyRef[] = [];
  const miscounted: LeafPlace[] = [];
  const places = underPlaces([...objects.values()], leaves);
  let records = 0;
  for (const number of [...places.keys()].filter((one) => from === undefined || one >= numberOf(from)).sort((a, b) => a - b)) {
    const place = { partition: Math.floor(number / LEAVES_PER_PARTITION), leaf: number % LEAVES_PER_PARTITION };
    if (records >= recordsMax) return { records, damaged: found, unlisted: [], miscounted, next: place };
    const under = places.get(number) ?? [];
    const sums = new DiskLeaves();
    for (const { ref, summary } of under) {
      if (damaged.has(ref.id)) found.push(ref);
      else sums.fold(ref, summary.hash);
    }
    records += under.length;
    if (!leaves.isSame(sums, place)) miscounted.push(place);
  }
  return { records, damaged: found, unlisted: [], miscounted, next: undefined };
}

/** Leaves with keys, and leaves that count something, by number. */
function underPlaces(objects: readonly StoredObject[], leaves: DiskLeaves): ReadonlyMap<number, readonly StoredObject[]> {
  const places = new Map<number, StoredObject[]>(leaves.places().map((place) => [numberOf(place), []]));
  for (const object of objects) {
    const under = places.get(numberOf(object.ref));
    if (under === undefined) places.set(numberOf(object.ref), [object]);
    else under.push(object);
  }
  return places;
}

function numberOf({ partition, leaf }: LeafPlace): number {
  return partition * LEAVES_PER_PARTITION + leaf;
}
