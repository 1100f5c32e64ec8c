/**
 * Which layout of its virtual nodes a joiner takes. It tries some and keeps the one that leaves
 * the team most even: it then takes partitions mostly from those that hold too much. It says its
 * choice in its record, so placement stays a function of the records, and two that join at the
 * same time only choose a little less well (Cassandra's token allocation, CASSANDRA-7032, chooses
 * tokens in this way).
 *
 * Why: bounds alone keep loads even, but where they bind, a join or a leave moves the copies of
 * others too. Evenness that is chosen leaves the bounds little to do.
 */
import type { MemberId } from '../types.ts';
import { fairShares } from './fair-share.ts';
import type { VirtualNode } from './hash-ring.ts';
import { createRing, ownerIndex, walk } from './hash-ring.ts';
import { partitionEnd, RING_SIZE } from './position.ts';
import type { RingMember } from './ring-member.ts';
import { tokenCount, virtualNodes } from './virtual-nodes.ts';

/** Evenness is for what most buckets keep. */
const COPIES = 3;
const SEEDS_TRIED = 512;
/** Virtual nodes hashed in all: some 20 ms. */
const TOKENS_MAX = 16_384;

/** The last of those whom a partition's walk meets in time. */
interface Last {
  readonly end: bigint;
  readonly member: MemberId;
  readonly distance: bigint;
}

/** @param members Those the joiner will share the ring with; a record of its own does not count. */
export function chooseSeed(members: readonly RingMember[], joiner: RingMember, partitions: number): number {
  const others = members.filter(({ member, weight }) => member !== joiner.member && weight > 0);
  if (joiner.weight <= 0 || new Set(others.map(({ machine }) => machine)).size < COPIES) return 0;
  const { loads, lasts } = walkAll(others, partitions);
  const shares = fairShares([...others, joiner], COPIES);
  const fairOf = (member: MemberId): number => (shares.get(member) ?? 0) * partitions;
  let best = { seed: 0, unevenness: Infinity };
  const tries = Math.min(SEEDS_TRIED, Math.max(1, Math.floor(TOKENS_MAX / tokenCount(joiner.weight))));
  for (let seed = 0; seed < tries; seed += 1) {
    const after = new Map(loads).set(joiner.member, 0);
    for (const loser of losers(lasts, createRing(virtualNodes({ ...joiner, seed })))) {
      after.set(loser, (after.get(loser) ?? 0) - 1);
      after.set(joiner.member, (after.get(joiner.member) ?? 0) + 1);
    }
    let unevenness = 0;
    for (const [member, load] of after) unevenness += (load - fairOf(member)) ** 2 / fairOf(member);
    if (unevenness < best.unevenness) best = { seed, unevenness };
  }
  return best.seed;
}

function walkAll(others: readonly RingMember[], partitions: number): { readonly loads: ReadonlyMap<MemberId, number>; readonly lasts: readonly Last[] } {
  const ring = createRing(others.flatMap(virtualNodes));
  const seats = new Map(others.map((member) => [member.member, member]));
  const loads = new Map(others.map(({ member }) => [member, 0]));
  const lasts: Last[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const end = partitionEnd(partition, partitions);
    const met = walk(ring, end, seats, COPIES);
    for (const { member } of met) loads.set(member, (loads.get(member) ?? 0) + 1);
    const last = met.at(-1);
    if (last !== undefined) lasts.push({ end, member: last.member, distance: distanceTo(end, last) });
  }
  return { loads, lasts };
}

/** Who gives up a partition because the joiner is met before. */
function losers(lasts: readonly Last[], own: readonly VirtualNode[]): readonly MemberId[] {
  return lasts.flatMap(({ end, member, distance }) => {
    const node = own[ownerIndex(own, end)];
    return node !== undefined && distanceTo(end, node) < distance ? [member] : [];
  });
}

function distanceTo(end: bigint, { token }: VirtualNode): bigint {
  return (token - end + RING_SIZE) % RING_SIZE;
}
