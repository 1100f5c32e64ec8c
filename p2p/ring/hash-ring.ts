/**
 * The ring of virtual nodes (Karger et al., 1997; Dynamo, 2007, section 4.2) and the walk along it.
 *
 *          50 A   80 B   130 A
 *        ────●──────●──────●────►  clockwise
 *       key at 35: A at 50, then B at 80; the A at 130 is skipped, that machine has a copy already
 */
import type { MachineId, MemberId } from '../types.ts';

export interface VirtualNode {
  readonly token: bigint;
  readonly member: MemberId;
}

/** Where a member stands: copies go to distinct machines, and to distinct zones if there are enough. */
export interface Seat {
  readonly machine: MachineId;
  readonly zone: string | undefined;
}

/** Sorted by token, then member: two members that know the same records build the same ring. */
export type HashRing = readonly VirtualNode[];

export function createRing(nodes: readonly VirtualNode[]): HashRing {
  return nodes.toSorted((a, b) =>
    a.token === b.token ? (a.member < b.member ? -1 : 1) : a.token < b.token ? -1 : 1,
  );
}

/** Index of the virtual node that owns a position: the first with token ≥ position, around the end. */
export function ownerIndex(ring: HashRing, position: bigint): number {
  let low = 0;
  let high = ring.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ring[middle]?.token ?? 0n) < position) low = middle + 1;
    else high = middle;
  }
  return low === ring.length ? 0 : low;
}

/** Virtual nodes clockwise of a position, one a machine, at most `limit`. */
export function walk(
  ring: HashRing,
  position: bigint,
  seats: ReadonlyMap<MemberId, Seat>,
  limit: number,
): readonly VirtualNode[] {
  const start = ownerIndex(ring, position);
  const machines = new Set<MachineId>();
  const taken: VirtualNode[] = [];
  for (let step = 0; step < ring.length && taken.length < limit; step += 1) {
    const node = ring[(start + step) % ring.length];
    const machine = node && seats.get(node.member)?.machine;
    if (node === undefined || machine === undefined || machines.has(machine)) continue;
    machines.add(machine);
    taken.push(node);
  }
  return taken;
}

/**
 * The first `n` of a walk are its primaries, but a zone that has one already waits until every
 * zone has one. Members without a zone are a zone each.
 */
export function preferZones(
  nodes: readonly VirtualNode[],
  seats: ReadonlyMap<MemberId, Seat>,
  n: number,
): readonly VirtualNode[] {
  const zones = new Set<string>();
  const [first, later]: [VirtualNode[], VirtualNode[]] = [[], []];
  for (const node of nodes) {
    const zone = seats.get(node.member)?.zone;
    const repeats = zone !== undefined && zones.has(zone);
    if (first.length >= n || repeats) later.push(node);
    else first.push(node);
    if (zone !== undefined) zones.add(zone);
  }
  return [...first, ...later];
}
