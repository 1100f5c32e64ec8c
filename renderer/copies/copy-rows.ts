/** Pure: who should hold what is there now, who does, and what is known of those who do not say. */
import type { MemberInfo, Placement } from '../../main/api/contract.ts';

export type CopyState = 'held' | 'older' | 'missing' | 'unknown';

export interface CopyRow {
  readonly member: string;
  /** 1 = first of the preference list; `null` = it stands in for one that is away. */
  readonly rank: number | null;
  readonly state: CopyState;
  readonly isSelf: boolean;
  readonly liveness: MemberInfo['liveness'] | null;
  readonly zone: string | null;
  readonly lastHeardMs: number | null;
  /** Who hands it its copy: members that stand in, and this device if copies for it wait here. */
  readonly handedBy: readonly string[];
}

export interface CopyFacts {
  readonly placement: Placement;
  /** Dots of what is there now. */
  readonly dots: readonly string[];
  readonly members: readonly MemberInfo[];
  /** Copies that wait on this device, by target member id. */
  readonly hints: Readonly<Record<string, number>>;
}

/** Primaries in order, then those who stand in. */
export function copyRows({ placement, dots, members, hints }: CopyFacts): readonly CopyRow[] {
  const known = new Map(members.map((member) => [member.memberId, member]));
  const self = members.find((member) => member.self)?.memberId;
  const standIns = placement.holders.map(({ member }) => member).filter((member) => !placement.primaries.includes(member));
  const isWhole = (member: string): boolean => stateOf(placement, dots, member) === 'held';
  return [...placement.primaries, ...standIns].map((member, index) => {
    const info = known.get(member);
    const state = stateOf(placement, dots, member);
    const waits = state !== 'held' && self !== undefined && member !== self && (hints[member] ?? 0) > 0;
    const others = standIns.filter((other) => other !== member && other !== self && isWhole(other));
    return {
      member,
      rank: index < placement.primaries.length ? index + 1 : null,
      state,
      isSelf: member === self,
      liveness: info?.liveness ?? null,
      zone: info?.zone ?? null,
      lastHeardMs: info?.lastHeardMs ?? null,
      handedBy: state === 'held' ? [] : [...others, ...(waits ? [self] : [])],
    };
  });
}

export interface CopySummary {
  /** Devices that hold all of what is there now, on disk. */
  readonly held: number;
  readonly wanted: number;
  readonly unknown: number;
  /** Zones of those who hold it; a device without a zone is one of its own. */
  readonly zones: number;
  /** Some device of the list has a zone. */
  readonly isZoned: boolean;
}

export function copySummary(rows: readonly CopyRow[]): CopySummary {
  const held = rows.filter(({ state }) => state === 'held');
  return {
    held: held.length,
    wanted: rows.filter(({ rank }) => rank !== null).length,
    unknown: rows.filter(({ state }) => state === 'unknown').length,
    zones: new Set(held.map(({ zone, member }) => (zone === null ? `member ${member}` : `zone ${zone}`))).size,
    isZoned: rows.some(({ zone }) => zone !== null),
  };
}

/** "3 of 3 copies on disk", and what is not known. */
export function summaryWords({ held, wanted, unknown, zones, isZoned }: CopySummary): string {
  const copies = `${held} of ${wanted} ${wanted === 1 ? 'copy' : 'copies'} on disk`;
  const where = isZoned && held > 1 ? `, in ${zones === 1 ? 'one zone' : `${zones} zones`}` : '';
  const asked = unknown === 0 ? '' : unknown === 1 ? '. One device could not be asked' : `. ${unknown} devices could not be asked`;
  return `${copies}${where}${asked}.`;
}

/** What one row says, beside its name. */
export function stateWords(row: CopyRow, nameOf: (member: string) => string): string {
  const standing = row.rank === null ? ', standing in for one that is away' : '';
  switch (row.state) {
    case 'held':
      return `Has it on disk${standing}`;
    case 'older':
      return `Has an older version${standing}. ${returnWords(row, nameOf)}`;
    case 'missing':
      return `Has no copy yet. ${returnWords(row, nameOf)}`;
    case 'unknown':
      return `${row.liveness === 'alive' ? 'Did not answer' : 'Away'}: not known. ${returnWords(row, nameOf)}`;
  }
}

function returnWords({ handedBy, liveness, isSelf }: CopyRow, nameOf: (member: string) => string): string {
  if (isSelf) return 'It comes by itself.';
  if (handedBy.length === 0) return liveness === 'alive' ? 'It gets what it lacks by itself.' : 'When it returns, it gets what it lacks from the others.';
  const names = handedBy.map(nameOf).join(' and ');
  return liveness === 'alive' ? `${names} ${handedBy.length === 1 ? 'hands' : 'hand'} it over.` : `When it returns, ${names} ${handedBy.length === 1 ? 'hands' : 'hand'} it over.`;
}

function stateOf(placement: Placement, dots: readonly string[], member: string): CopyState {
  const holder = placement.holders.find((one) => one.member === member);
  if (holder === undefined) return placement.silent.includes(member) ? 'unknown' : 'missing';
  const isWhole = dots.length > 0 && holder.durable && dots.every((dot) => holder.dots.includes(dot));
  if (isWhole) return 'held';
  return holder.dots.length > 0 ? 'older' : 'missing';
}
