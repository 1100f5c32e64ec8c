/**
 * Nobody keeps much more or less than its fair share: copies move from members beyond their bound
 * to members within it (Mirrokni, Thorup, Zadimoghaddam, "Consistent Hashing with Bounded Loads",
 * 2016).
 *
 *     too full ──partition 7──► at its bound ──partition 90──► has room
 *
 * Walking on to the next member with room, as that paper does, makes the outcome depend on which
 * partition walks first, and one join then moves copies all over the ring. Here the outcome is the
 * assignment within the bounds that leaves the fewest copies away from the members whom the walk
 * meets first, and among those the one with the shortest walks: a min-cost flow by successive
 * shortest paths (Ahuja, Magnanti, Orlin, "Network Flows", 1993, section 9.7). The best assignment
 * of almost the same ring is almost the same.
 *
 * Each path makes one member less full; its inner members pass on as many as they take.
 *
 * A search goes from member to member, not from copy to copy: what one member keeps and another may
 * take stands in a tree of prices of the two, and a step changes few of these. Among copies of one
 * price the first in the order of `#kept` moves, and members are looked at in the order in which a
 * search through all copies would come upon them: the outcome is that search's, to the bit (RG-30).
 * Members that place in different ways would not agree on who keeps what.
 */
import type { PartitionId } from '../types.ts';
import { RING_STEPS } from './position.ts';
import { PriceTree } from './price-tree.ts';

/** A member that the walk of a partition meets. */
export interface Meeting {
  /** Index into the bounds. */
  readonly member: number;
  /** From the partition's end, clockwise, in whole steps of which `RING_STEPS` go around: sums of costs have to be exact. */
  readonly distance: number;
  /** Equal for members that count as one zone. */
  readonly zone: string;
}

export interface Bounds {
  readonly least: number;
  readonly most: number;
}

/** Ranks in a partition's walk of those that keep its copies. */
export type Holders = readonly number[];

/** What one copy away from the first that the walk meets costs. */
const AWAY_COST = 16 * RING_STEPS;

interface Step {
  readonly partition: PartitionId;
  readonly from: number;
  readonly to: number;
}

/** @param first The unbounded choice: ranks of the walk, `copies` for each partition. */
export function boundLoads(
  walks: readonly (readonly Meeting[])[],
  first: readonly Holders[],
  bounds: readonly Bounds[],
): readonly Holders[] {
  const loads = new BoundedLoads(walks, first, bounds);
  loads.shift((load, { most }) => load > most, (load, { most }) => load < most);
  loads.shift((load, { least }) => load > least, (load, { least }) => load < least);
  return loads.holders;
}

/** Copies that one member keeps and another one may take. */
interface Passage {
  readonly giver: number;
  readonly taker: number;
  /** By the place of the copy among all that the giver keeps. */
  readonly prices: PriceTree;
}

/** What a member keeps, in the order in which it came. A place is not used again. */
interface Keeper {
  readonly partitions: PartitionId[];
  readonly ranks: number[];
  readonly places: Map<PartitionId, number>;
  /** By taker. */
  readonly passages: Map<number, Passage>;
}

class BoundedLoads {
  readonly holders: number[][];
  readonly #walks: readonly (readonly Meeting[])[];
  readonly #bounds: readonly Bounds[];
  /** By partition, then rank: what a copy there costs. */
  readonly #costs: readonly Float64Array[];
  /** By partition: member → rank. */
  readonly #ranks: readonly ReadonlyMap<number, number>[];
  readonly #kept: readonly Keeper[];
  readonly #ranksMax: number;
  /** Copies that a member keeps, about. */
  readonly #share: number;

  constructor(walks: readonly (readonly Meeting[])[], first: readonly Holders[], bounds: readonly Bounds[]) {
    this.#walks = walks;
    this.#bounds = bounds;
    this.holders = first.map((ranks) => [...ranks]);
    this.#costs = walks.map((walk, partition) => {
      const costs = Float64Array.from(walk, ({ distance }) => AWAY_COST + distance);
      for (const rank of first[partition] ?? []) costs[rank] = walk[rank]?.distance ?? 0;
      return costs;
    });
    this.#ranks = walks.map((walk) => new Map(walk.map(({ member }, rank) => [member, rank])));
    this.#ranksMax = walks.reduce((most, { length }) => Math.max(most, length), 1);
    this.#share = (walks.length * (first[0]?.length ?? 0)) / bounds.length;
    this.#kept = bounds.map((): Keeper => ({ partitions: [], ranks: [], places: new Map(), passages: new Map() }));
    for (const [partition, ranks] of first.entries()) for (const rank of ranks) this.#keep(partition, rank);
  }

  /** Moves copies along cheapest paths until nobody gives or nobody takes. */
  shift(gives: (load: number, bounds: Bounds) => boolean, takes: (load: number, bounds: Bounds) => boolean): void {
    const select = (wanted: typeof gives): number[] =>
      this.#bounds.flatMap((bounds, member) => (wanted(this.#kept[member]?.places.size ?? 0, bounds) ? [member] : []));
    // Each path moves one copy out of a giver, so more paths than copies would be going in circles.
    for (let left = this.holders.length * (this.holders[0]?.length ?? 0); left > 0; left -= 1) {
      const [givers, takers] = [select(gives), select(takes)];
      if (givers.length === 0 || takers.length === 0) return;
      const path = this.#cheapestPath(givers, takers);
      if (path === undefined) return;
      for (const step of path) this.#take(step);
    }
  }

  /** From some giver to some taker; label-correcting, as moving a copy back home costs less than nothing. */
  #cheapestPath(givers: readonly number[], takers: readonly number[]): readonly Step[] | undefined {
    const cost = new Float64Array(this.#bounds.length).fill(Infinity);
    const arrival: (Passage | undefined)[] = [];
    const queue = [...givers];
    const queued = new Set(queue);
    for (const giver of givers) cost[giver] = 0;
    for (let at = 0; at < queue.length && at < this.#bounds.length ** 2; at += 1) {
      const member = queue[at] ?? 0;
      const base = cost[member] ?? 0;
      queued.delete(member);
      const found: { readonly next: number; readonly at: number }[] = [];
      for (const [next, passage] of this.#kept[member]?.passages ?? []) {
        const room = (cost[next] ?? 0) - base;
        const price = passage.prices.lowest;
        if (price >= room) continue;
        cost[next] = base + price;
        arrival[next] = passage;
        if (!queued.has(next)) found.push({ next, at: this.#orderOf(passage, passage.prices.firstBelow(room)) });
      }
      for (const { next } of found.sort((a, b) => a.at - b.at)) {
        queued.add(next);
        queue.push(next);
      }
    }
    const cheapest = takers.reduce((best, taker) => ((cost[taker] ?? 0) < (cost[best] ?? 0) ? taker : best));
    return cost[cheapest] === Infinity ? undefined : this.#pathTo(cheapest, arrival);
  }

  /** By place, then by rank. */
  #orderOf({ giver, taker }: Passage, place: number): number {
    const partition = this.#kept[giver]?.partitions[place] ?? 0;
    return place * this.#ranksMax + (this.#ranks[partition]?.get(taker) ?? 0);
  }

  #pathTo(last: number, arrival: readonly (Passage | undefined)[]): readonly Step[] {
    const path: Step[] = [];
    let member = last;
    for (let passage = arrival[member]; passage !== undefined && path.length < this.#bounds.length; passage = arrival[member]) {
      const { giver, taker, prices } = passage;
      const place = prices.firstLowest();
      const partition = this.#kept[giver]?.partitions[place] ?? 0;
      path.unshift({ partition, from: this.#kept[giver]?.ranks[place] ?? 0, to: this.#ranks[partition]?.get(taker) ?? 0 });
      member = giver;
    }
    return path;
  }

  /** Steps of one path can meet in a partition; what is not allowed any more waits for the next path. */
  #take(step: Step): void {
    const { partition, from, to } = step;
    const ranks = this.holders[partition];
    if (ranks?.includes(from) !== true || !this.#isAllowed(step)) return;
    ranks[ranks.indexOf(from)] = to;
    this.#drop(partition, from);
    this.#keep(partition, to);
    for (const rank of ranks) if (rank !== to) this.#noticeMove(step, rank);
  }

  #keeperOf(partition: PartitionId, rank: number): Keeper | undefined {
    return this.#kept[this.#walks[partition]?.[rank]?.member ?? -1];
  }

  #drop(partition: PartitionId, rank: number): void {
    const keeper = this.#keeperOf(partition, rank);
    const place = keeper?.places.get(partition);
    if (keeper === undefined || place === undefined) return;
    keeper.places.delete(partition);
    for (const { member } of this.#walks[partition] ?? []) keeper.passages.get(member)?.prices.set(place, Infinity);
  }

  #keep(partition: PartitionId, rank: number): void {
    const keeper = this.#keeperOf(partition, rank);
    if (keeper === undefined) return;
    keeper.places.set(partition, keeper.partitions.length);
    keeper.partitions.push(partition);
    keeper.ranks.push(rank);
    for (let to = 0; to < (this.#walks[partition]?.length ?? 0); to += 1) this.#price({ partition, from: rank, to });
  }

  /** What another one that keeps the partition may do with it. @param rank Of that one. */
  #noticeMove({ partition, from, to }: Step, rank: number): void {
    const walk = this.#walks[partition] ?? [];
    const [left, come] = [walk[from]?.zone, walk[to]?.zone];
    const isTouched = (zone: string | undefined): boolean => left !== come && (zone === left || zone === come);
    const isAny = isTouched(walk[rank]?.zone);
    for (const [other, { zone }] of walk.entries()) {
      if (isAny || other === from || other === to || isTouched(zone)) this.#price({ partition, from: rank, to: other });
    }
  }

  #price(step: Step): void {
    const { partition, from, to } = step;
    const [giver, taker] = [this.#walks[partition]?.[from]?.member ?? -1, this.#walks[partition]?.[to]?.member ?? -1];
    const keeper = this.#kept[giver];
    const place = keeper?.places.get(partition);
    if (keeper === undefined || place === undefined || giver === taker) return;
    let passage = keeper.passages.get(taker);
    if (passage === undefined) keeper.passages.set(taker, (passage = { giver, taker, prices: new PriceTree(this.#share) }));
    const costs = this.#costs[partition];
    passage.prices.set(place, this.#isAllowed(step) ? (costs?.[to] ?? 0) - (costs?.[from] ?? 0) : Infinity);
  }

  /** The walk meets a machine once, so only zones can clash: a partition never loses one. */
  #isAllowed({ partition, from, to }: Step): boolean {
    const walk = this.#walks[partition] ?? [];
    const [leaving, coming] = [walk[from]?.zone, walk[to]?.zone];
    let [isLeftToo, hasCome] = [false, false];
    for (const rank of this.holders[partition] ?? []) {
      if (rank === to) return false;
      if (rank === from) continue;
      const zone = walk[rank]?.zone;
      isLeftToo ||= zone === leaving;
      hasCome ||= zone === coming;
    }
    return leaving === coming || isLeftToo || !hasCome;
  }
}
