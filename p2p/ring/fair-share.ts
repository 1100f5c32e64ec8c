/**
 * What each member is to hold: shares in proportion to weights, bounded by what distinct machines
 * and distinct zones allow.
 *
 *     copies n ──► zones ──► machines of a zone ──► members of a machine
 *              0…1 each      at most 1 each         by weight
 *
 * With fewer zones than copies a zone has at least one and may have more.
 */
import type { MemberId } from '../types.ts';
import type { RingMember } from './ring-member.ts';
import { zoneOf } from './ring-member.ts';

interface Bounds {
  readonly weight: number;
  readonly least: number;
  readonly most: number;
}

/** Halvings of the level's interval: more than a float has bits. */
const HALVINGS = 64;

/** Of each member, the share of all partitions that it is to hold when there are `n` copies. */
export function fairShares(members: readonly RingMember[], n: number): ReadonlyMap<MemberId, number> {
  const shares = new Map<MemberId, number>();
  const zones = [...groups(members, zoneOf).values()].map((zone) => [...groups(zone, ({ machine }) => machine).values()]);
  const copies = Math.min(n, new Set(members.map(({ machine }) => machine)).size);
  const ofZones = divide(
    copies,
    zones.map((machines) => ({
      weight: weightOf(machines.flat()),
      least: zones.length <= copies ? 1 : 0,
      most: Math.min(machines.length, Math.max(1, copies - zones.length + 1)),
    })),
  );
  for (const [index, machines] of zones.entries()) {
    const ofMachines = divide(ofZones[index] ?? 0, machines.map((machine) => ({ weight: weightOf(machine), least: 0, most: 1 })));
    for (const [at, machine] of machines.entries()) {
      const total = weightOf(machine);
      for (const { member, weight } of machine) shares.set(member, ((ofMachines[at] ?? 0) * weight) / total);
    }
  }
  return shares;
}

/** The level at which clamp(level · weight) adds up to the total, found by halving. */
function divide(total: number, parts: readonly Bounds[]): readonly number[] {
  const at = (level: number): number[] => parts.map(({ weight, least, most }) => Math.min(most, Math.max(least, level * weight)));
  let [low, high] = [0, Math.max(...parts.map(({ weight, most }) => most / weight))];
  for (let step = 0; step < HALVINGS; step += 1) {
    const middle = (low + high) / 2;
    if (at(middle).reduce((sum, share) => sum + share, 0) < total) low = middle;
    else high = middle;
  }
  return at(high);
}

function groups(members: readonly RingMember[], keyOf: (member: RingMember) => string): Map<string, RingMember[]> {
  const found = new Map<string, RingMember[]>();
  for (const member of members) {
    const group = found.get(keyOf(member));
    if (group === undefined) found.set(keyOf(member), [member]);
    else group.push(member);
  }
  return found;
}

function weightOf(members: readonly RingMember[]): number {
  return members.reduce((sum, { weight }) => sum + weight, 0);
}
