/**
 * Placement as its rule says it, and slowly: the oracle for `p2p/ring`. A search for a path looks at
 * every copy and at every member that may take it, one after the other.
 */
import type { Bounds, Holders, Meeting } from '../../p2p/ring/bounded-loads.ts';
import { fairShares } from '../../p2p/ring/fair-share.ts';
import { createRing, preferZones, walk } from '../../p2p/ring/hash-ring.ts';
import type { PreferenceList } from '../../p2p/ring/placement.ts';
import { partitionEnd, RING_SIZE } from '../../p2p/ring/position.ts';
import type { RingMember } from '../../p2p/ring/ring-member.ts';
import { zoneOf } from '../../p2p/ring/ring-member.ts';
import { virtualNodes } from '../../p2p/ring/virtual-nodes.ts';
import type { PartitionId } from '../../p2p/types.ts';

const RING_STEPS = 2 ** 24;
const AWAY_COST = 16 * RING_STEPS;

/** Of each partition. */
export function slowLists(all: readonly RingMember[], partitions: number, n: number): readonly PreferenceList[] {
  const members = all.filter(({ weight }) => weight > 0).sort((a, b) => (a.member < b.member ? -1 : 1));
  const seats = new Map(members.map((member) => [member.member, member]));
  const hasZones = members.some(({ zone }) => zone !== undefined);
  const machineCount = new Set(members.map(({ machine }) => machine)).size;
  const copies = Math.min(n, machineCount);
  const ring = createRing(members.flatMap(virtualNodes));
  const ends = Array.from({ length: partitions }, (_, partition) => partitionEnd(partition, partitions));
  const walks = ends.map((end) => {
    const met = walk(ring, end, seats, hasZones ? machineCount : copies + 32);
    return hasZones ? preferZones(met, seats, copies) : met;
  });
  const meetings = walks.map((met, partition) =>
    met.map(({ member, token }): Meeting => ({
      member: members.findIndex((one) => one.member === member),
      distance: Number((((token - (ends[partition] ?? 0n) + RING_SIZE) % RING_SIZE) * BigInt(RING_STEPS)) / RING_SIZE),
      zone: zoneOf(seats.get(member) as RingMember),
    })),
  );
  const first = walks.map((): Holders => Array.from({ length: copies }, (_, rank) => rank));
  const shares = fairShares(members, copies);
  const bounds = members.map(({ member }): Bounds => {
    const fair = (shares.get(member) ?? 0) * partitions;
    return {
      least: fair < 10 ? 0 : Math.min(Math.floor(fair), Math.ceil(fair * 0.9)),
      most: Math.max(Math.ceil(fair), Math.floor(fair * 1.1)),
    };
  });
  const holders = copies < machineCount ? boundLoads(meetings, first, bounds) : first;
  return walks.map((met, partition) => {
    const kept = new Set(holders[partition]);
    return {
      primaries: met.filter((_, rank) => kept.has(rank)).map(({ member }) => member),
      fallbacks: met.filter((_, rank) => !kept.has(rank)).slice(0, 16).map(({ member }) => member),
    };
  });
}

interface Step {
  readonly partition: PartitionId;
  readonly from: number;
  readonly to: number;
}

/** @param first The unbounded choice: ranks of the walk, `copies` for each partition. */
function boundLoads(
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
