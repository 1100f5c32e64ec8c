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
 */
import type { PartitionId } from '../types.ts';

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

export const RING_STEPS = 2 ** 24;
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

class BoundedLoads {
  readonly holders: number[][];
  readonly #walks: readonly (readonly Meeting[])[];
  readonly #first: readonly Holders[];
  readonly #bounds: readonly Bounds[];
  /** By member: partition → its rank in the walk of that partition. */
  readonly #kept: Map<PartitionId, number>[];

  constructor(walks: readonly (readonly Meeting[])[], first: readonly Holders[], bounds: readonly Bounds[]) {
    this.#walks = walks;
    this.#first = first;
    this.#bounds = bounds;
    this.holders = first.map((ranks) => [...ranks]);
    this.#kept = bounds.map(() => new Map<PartitionId, number>());
    for (const [partition, ranks] of first.entries()) {
      for (const rank of ranks) this.#keptBy(partition, rank)?.set(partition, rank);
    }
  }

  /** Moves copies along cheapest paths until nobody gives or nobody takes. */
  shift(gives: (load: number, bounds: Bounds) => boolean, takes: (load: number, bounds: Bounds) => boolean): void {
    const select = (wanted: typeof gives): number[] =>
      this.#bounds.flatMap((bounds, member) => (wanted(this.#kept[member]?.size ?? 0, bounds) ? [member] : []));
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
    const arrival: (Step | undefined)[] = [];
    const queue = [...givers];
    const queued = new Set(queue);
    for (const giver of givers) cost[giver] = 0;
    for (let at = 0; at < queue.length && at < this.#bounds.length ** 2; at += 1) {
      const member = queue[at] ?? 0;
      queued.delete(member);
      for (const [partition, from] of this.#kept[member] ?? []) {
        const base = (cost[member] ?? 0) - this.#cost(partition, from);
        for (let to = 0; to < (this.#walks[partition]?.length ?? 0); to += 1) {
          const next = this.#walks[partition]?.[to]?.member ?? 0;
          const total = base + this.#cost(partition, to);
          if (total >= (cost[next] ?? 0) || !this.#isAllowed({ partition, from, to })) continue;
          cost[next] = total;
          arrival[next] = { partition, from, to };
          if (queued.has(next)) continue;
          queued.add(next);
          queue.push(next);
        }
      }
    }
    const cheapest = takers.reduce((best, taker) => ((cost[taker] ?? 0) < (cost[best] ?? 0) ? taker : best));
    return cost[cheapest] === Infinity ? undefined : this.#pathTo(cheapest, arrival);
  }

  #pathTo(taker: number, arrival: readonly (Step | undefined)[]): readonly Step[] {
    const path: Step[] = [];
    let member = taker;
    for (let step = arrival[member]; step !== undefined && path.length < this.#bounds.length; step = arrival[member]) {
      path.unshift(step);
      member = this.#walks[step.partition]?.[step.from]?.member ?? member;
    }
    return path;
  }

  /** Steps of one path can meet in a partition; what is not allowed any more waits for the next path. */
  #take(step: Step): void {
    const { partition, from, to } = step;
    const ranks = this.holders[partition];
    if (ranks?.includes(from) !== true || !this.#isAllowed(step)) return;
    ranks[ranks.indexOf(from)] = to;
    this.#keptBy(partition, from)?.delete(partition);
    this.#keptBy(partition, to)?.set(partition, to);
  }

  /** The walk meets a machine once, so only zones can clash: a partition never loses one. */
  #isAllowed({ partition, from, to }: Step): boolean {
    const ranks = this.holders[partition] ?? [];
    if (ranks.includes(to)) return false;
    const walk = this.#walks[partition] ?? [];
    const [leaving, coming] = [walk[from]?.zone, walk[to]?.zone];
    if (leaving === coming) return true;
    const others = ranks.filter((rank) => rank !== from).map((rank) => walk[rank]?.zone);
    return others.includes(leaving) || !others.includes(coming);
  }

  #cost(partition: PartitionId, rank: number): number {
    const isFirst = this.#first[partition]?.includes(rank) === true;
    return (isFirst ? 0 : AWAY_COST) + (this.#walks[partition]?.[rank]?.distance ?? 0);
  }

  #keptBy(partition: PartitionId, rank: number): Map<PartitionId, number> | undefined {
    return this.#kept[this.#walks[partition]?.[rank]?.member ?? -1];
  }
}
