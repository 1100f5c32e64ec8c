/**
 *     npm run sim -- placement [members …]
 *
 * How evenly copies lie and how many move when a member joins or leaves, for Ringleaf's placement
 * beside the usual ones, with Q = 1,024 partitions and N = 3 copies:
 *
 *     plain T     T random tokens a member, the walk and nothing else (Dynamo's strategy 2)
 *     strategy 1  128 random tokens a member, and arcs between tokens in place of equal partitions
 *     strategy 3  Q/S of Q equal partitions a member; who joins takes at random, who leaves gives
 *                 at random (Dynamo, 2007, section 6.2)
 */
import { hashPosition } from '../../p2p/ring/position.ts';
import { Placement } from '../../p2p/ring/placement.ts';
import type { RingMember } from '../../p2p/ring/ring-member.ts';
import { chooseSeed } from '../../p2p/ring/seed-choice.ts';
import { SeededRandom } from './random.ts';
import { TokenRing } from './token-ring.ts';

export const PARTITIONS = 1_024;
export const COPIES = 3;
/** Beyond this size only who joins last chooses its seed: growing such a team one by one takes hours. */
const GROWN_MAX = 100;
const LEAVERS_TRIED = 5;

export interface Evenness {
  /** Most loaded and least loaded member, in fair shares. */
  readonly most: number;
  readonly least: number;
  /** Copies that somebody gains when one joins, in fair shares of the joiner. */
  readonly joinMoves: number;
  /** Copies that somebody gains when one leaves, in fair shares of the leaver; the worst of those tried. */
  readonly leaveMoves: number;
}

export function printPlacementReport(sizes: readonly number[]): void {
  console.log('members  method        most/mean  least/mean  join moves  leave moves   (moves in fair shares)');
  for (const size of sizes) {
    print(size, 'Ringleaf', ours(size));
    for (const tokens of [32, 128, 512]) print(size, `plain ${tokens}`, plain(size, tokens));
    print(size, 'strategy 1', arcs(size, 128));
    print(size, 'strategy 3', equalShares(size));
  }
}

function print(size: number, method: string, { most, least, joinMoves, leaveMoves }: Evenness): void {
  const cells = [most, least, joinMoves, leaveMoves].map((value, at) => value.toFixed(2).padStart([9, 10, 10, 11][at] ?? 9));
  console.log(`${String(size).padStart(7)}  ${method.padEnd(12)}  ${cells.join('  ')}`);
}

const grown: RingMember[] = [];

/** A team of equal members, each of which chose its seed when it joined. */
export function grownTeam(size: number): readonly RingMember[] {
  while (grown.length < size) grown.push(joiner(grown, grown.length));
  return grown.slice(0, size);
}

function joiner(members: readonly RingMember[], index: number): RingMember {
  const member: RingMember = { member: `member ${index}`, machine: `machine ${index}`, zone: undefined, weight: 1 };
  return { ...member, seed: members.length < GROWN_MAX ? chooseSeed(members, member, PARTITIONS) : 0 };
}

export function ours(size: number): Evenness {
  const members = grownTeam(size);
  const last: RingMember = joiner([], size);
  const lists = (ring: readonly RingMember[]): readonly (readonly string[])[] => {
    const placement = new Placement(ring, PARTITIONS);
    return Array.from({ length: PARTITIONS }, (_, partition) => placement.preferenceList(partition, COPIES).primaries);
  };
  const before = lists(members);
  const after = lists([...members, { ...last, seed: chooseSeed(members, last, PARTITIONS) }]);
  const leavers = leaversOf(size).map((index) => lists(members.filter((_, at) => at !== index)));
  return evenness(size, before, after, leavers);
}

function plain(size: number, tokens: number): Evenness {
  const lists = (members: readonly number[]): readonly (readonly number[])[] => {
    const ring = new TokenRing(members, tokens);
    return Array.from({ length: PARTITIONS }, (_, partition) => ring.walk((partition + 1) / PARTITIONS, COPIES));
  };
  const everybody = upTo(size);
  const leavers = leaversOf(size).map((index) => lists(everybody.filter((member) => member !== index)));
  return evenness(size, lists(everybody), lists(upTo(size + 1)), leavers);
}

/** Loads and moves are shares of the ring here, as arcs are of any length. */
function arcs(size: number, tokens: number): Evenness {
  const everybody = upTo(size);
  const before = new TokenRing(everybody, tokens);
  const loads = new Map(everybody.map((member) => [member, 0]));
  for (const { length, owners } of before.arcs(COPIES)) {
    for (const owner of owners) loads.set(owner, (loads.get(owner) ?? 0) + length);
  }
  const copies = Math.min(COPIES, size);
  const fair = copies / size;
  const joinFair = Math.min(COPIES, size + 1) / (size + 1);
  const joinMoves = before.movedTo(new TokenRing(upTo(size + 1), tokens), COPIES) / joinFair;
  const leaves = leaversOf(size).map((index) => before.movedTo(new TokenRing(everybody.filter((member) => member !== index), tokens), COPIES) / fair);
  return { ...extremes(loads, fair), joinMoves, leaveMoves: Math.max(0, ...leaves) };
}

function equalShares(size: number): Evenness {
  const random = new SeededRandom(size, 'shares');
  const slots = Array.from({ length: PARTITIONS }, (_, partition) => partition % size);
  for (let at = slots.length - 1; at > 0; at -= 1) {
    const other = random.between(0, at);
    [slots[at], slots[other]] = [slots[other] ?? 0, slots[at] ?? 0];
  }
  const lists = (owners: readonly number[]): readonly (readonly number[])[] => owners.map((_, partition) => clockwise(owners, partition));
  const joined = [...slots];
  for (let left = Math.floor(PARTITIONS / (size + 1)); left > 0; left -= 1) joined[random.between(0, PARTITIONS - 1)] = size;
  const leavers = leaversOf(size).map((index) => lists(slots.map((owner) => (owner === index ? (index + 1 + random.between(0, Math.max(0, size - 2))) % size : owner))));
  return evenness(size, lists(slots), lists(joined), leavers);
}

function clockwise(owners: readonly number[], from: number): readonly number[] {
  const met: number[] = [];
  for (let step = 0; step < owners.length && met.length < COPIES; step += 1) {
    const owner = owners[(from + step) % owners.length] ?? 0;
    if (!met.includes(owner)) met.push(owner);
  }
  return met;
}

function evenness<M>(size: number, before: readonly (readonly M[])[], after: readonly (readonly M[])[], leavers: readonly (readonly (readonly M[])[])[]): Evenness {
  const loads = new Map<M, number>();
  for (const member of before.flat()) loads.set(member, (loads.get(member) ?? 0) + 1);
  const fair = before.flat().length / size;
  const joinFair = after.flat().length / (size + 1);
  const idle = size - loads.size;
  const { most, least } = extremes(loads, fair);
  return {
    most,
    least: idle > 0 ? 0 : least,
    joinMoves: moved(before, after) / joinFair,
    leaveMoves: Math.max(0, ...leavers.map((lists) => moved(before, lists) / fair)),
  };
}

function extremes<M>(loads: ReadonlyMap<M, number>, fair: number): { readonly most: number; readonly least: number } {
  return { most: Math.max(...loads.values()) / fair, least: Math.min(...loads.values()) / fair };
}

function moved<M>(before: readonly (readonly M[])[], after: readonly (readonly M[])[]): number {
  return after.reduce((sum, list, partition) => sum + list.filter((member) => before[partition]?.includes(member) !== true).length, 0);
}

/** Nobody can leave a team of N: its copies have nowhere to go. */
function leaversOf(size: number): readonly number[] {
  if (size <= COPIES) return [];
  return Array.from({ length: LEAVERS_TRIED }, (_, at) => (hashPosition(`leaver ${at}`)[0] ?? 0) * size >> 8);
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}
