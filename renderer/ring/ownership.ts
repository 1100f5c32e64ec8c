/** Who keeps what, counted: for the words beside the ring and for the tables in its place. */
import type { MemberInfo, Placement } from '../../main/api/contract.ts';

/** As many colours as tokens.css has; members beyond share them, and names tell them apart. */
export const COLOURS = 8;

export type Liveness = MemberInfo['liveness'];

export interface Share {
  /** Partitions of which a member keeps the first copy. */
  readonly first: number;
  /** Partitions of which it keeps any copy. */
  readonly any: number;
}

/** Partitions that the same members keep, in the same order. */
export interface OwnerGroup {
  readonly owners: readonly string[];
  readonly partitions: number;
  /** Copies whose members are here now. */
  readonly atHand: number;
}

export interface Coverage {
  readonly partitions: number;
  /** Most copies that any partition has. */
  readonly copies: number;
  /** Partitions that lack a copy at hand, by how many copies they do have at hand. */
  readonly lacking: readonly number[];
}

/** Members of the team, in an order that is the same at everybody's desk: that of their colours. */
export function seated(members: readonly MemberInfo[]): readonly MemberInfo[] {
  return members
    .filter(({ status }) => status !== 'left' && status !== 'removed')
    .sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
}

export function sharesOf(owners: readonly (readonly string[])[]): ReadonlyMap<string, Share> {
  const shares = new Map<string, { first: number; any: number }>();
  for (const list of owners) {
    for (const [rank, member] of list.entries()) {
      const share = shares.get(member) ?? { first: 0, any: 0 };
      shares.set(member, share);
      share.any += 1;
      if (rank === 0) share.first += 1;
    }
  }
  return shares;
}

/** Fewest copies at hand first, then the largest. */
export function groupsOf(owners: readonly (readonly string[])[], isHere: (member: string) => boolean): readonly OwnerGroup[] {
  const groups = new Map<string, { owners: readonly string[]; partitions: number; atHand: number }>();
  for (const list of owners) {
    const name = list.join(' ');
    const group = groups.get(name);
    if (group === undefined) groups.set(name, { owners: list, partitions: 1, atHand: list.filter(isHere).length });
    else group.partitions += 1;
  }
  return [...groups.values()].sort((a, b) => a.atHand - b.atHand || b.partitions - a.partitions);
}

export function coverageOf(groups: readonly OwnerGroup[]): Coverage {
  const copies = Math.max(0, ...groups.map(({ owners }) => owners.length));
  const lacking = new Array<number>(copies).fill(0);
  let partitions = 0;
  for (const group of groups) {
    partitions += group.partitions;
    if (group.atHand < group.owners.length) lacking[group.atHand] = (lacking[group.atHand] ?? 0) + group.partitions;
  }
  return { partitions, copies, lacking };
}

/** The state of all copies in one or two sentences. @param wanted Copies that the team's default asks for. */
export function coverageWords({ partitions, copies, lacking }: Coverage, wanted: number | 'all'): string {
  const number = (count: number): string => count.toLocaleString('en');
  const few = wanted !== 'all' && copies < wanted ? ` There are devices for ${copies} of the ${wanted} copies that are wanted.` : '';
  const having = (atHand: number): string => (atHand === 0 ? 'no copy at hand' : `${atHand} of ${copies} copies at hand`);
  if (lacking.every((count) => count === 0)) return `Every partition has ${copies === 1 ? 'its one copy' : `all ${copies} copies`} at hand.${few}`;
  const alike = lacking.indexOf(partitions);
  if (alike >= 0) return `All ${number(partitions)} partitions have ${having(alike)}.${few}`;
  const said = lacking.flatMap((count, atHand) => (count === 0 ? [] : [`${number(count)} ${count === 1 ? 'has' : 'have'} ${having(atHand)}`]));
  return `Of ${number(partitions)} partitions ${said.join(', ')}.${few}`;
}

export type CopyState = 'kept' | 'unsynced' | 'missing' | 'unreachable';

/** One device that keeps a key, or should. */
export interface KeeperRow {
  readonly member: string;
  /** 1 = first primary; `null` = a stand-in. */
  readonly rank: number | null;
  readonly state: CopyState;
}

/** Primaries in their order, then stand-ins that hold something. */
export function keepersOf({ primaries, holders }: Placement, livenessOf: (member: string) => Liveness | undefined): readonly KeeperRow[] {
  const held = new Map(holders.map((holder) => [holder.member, holder]));
  const stateOf = (member: string): CopyState => {
    const holder = held.get(member);
    if (holder !== undefined && holder.dots.length > 0) return holder.durable ? 'kept' : 'unsynced';
    return livenessOf(member) === 'alive' ? 'missing' : 'unreachable';
  };
  const standIns = holders.filter(({ member, dots }) => !primaries.includes(member) && dots.length > 0);
  return [
    ...primaries.map((member, index) => ({ member, rank: index + 1, state: stateOf(member) })),
    ...standIns.map(({ member }) => ({ member, rank: null, state: stateOf(member) })),
  ];
}
