/**
 * Who keeps what: a pure function of the member records, so members that know the same records
 * agree without a coordinator. Partitions are fixed (Dynamo, 2007, section 6.2, strategy 2 and 3);
 * each takes the preference list of the end of its arc on the ring of virtual nodes.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '../bytes/bytes.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import type { MachineId, MemberId, PartitionId } from '../types.ts';
import type { HashRing, Seat } from './hash-ring.ts';
import { createRing, preferZones, walk } from './hash-ring.ts';
import { hashPosition, partitionEnd, positionToBigint } from './position.ts';

/** Virtual nodes of a member of weight 1: evens out the arcs, costs memory and set-up time. */
export const TOKENS_PER_WEIGHT = 128;
/** How many machines after the primaries may stand in for them. */
const FALLBACKS_MAX = 16;

export interface RingMember {
  readonly member: MemberId;
  readonly machine: MachineId;
  readonly zone: string | undefined;
  readonly weight: number;
}

export interface PreferenceList {
  readonly primaries: readonly MemberId[];
  /** In the order in which they stand in. */
  readonly fallbacks: readonly MemberId[];
}

/** Immutable; the ring and each preference list are worked out at their first use and kept. */
export class Placement {
  readonly partitions: number;
  /** Equal for equal rings. */
  readonly version: string;
  readonly machineCount: number;
  /** By member id; those of weight 0 are not in it. */
  readonly members: readonly RingMember[];
  #ring: HashRing | undefined;
  readonly #seats: ReadonlyMap<MemberId, Seat>;
  readonly #lists = new Map<number, PreferenceList>();

  constructor(members: readonly RingMember[], partitions: number) {
    const sorted = members
      .filter(({ weight }) => weight > 0)
      .map(({ member, machine, zone, weight }): RingMember => ({ member, machine, zone, weight }))
      .sort((a, b) => (a.member < b.member ? -1 : 1));
    this.partitions = partitions;
    this.version = versionOf(sorted);
    this.machineCount = new Set(sorted.map(({ machine }) => machine)).size;
    this.#seats = new Map(sorted.map(({ member, machine, zone }) => [member, { machine, zone }]));
    this.members = sorted;
  }

  /** @param n copies wanted; fewer machines give fewer copies. */
  preferenceList(partition: PartitionId, n: number | 'all'): PreferenceList {
    const copies = n === 'all' ? this.machineCount : Math.min(n, this.machineCount);
    const id = copies * this.partitions + partition;
    const known = this.#lists.get(id);
    if (known !== undefined) return known;
    const end = partitionEnd(partition, this.partitions);
    this.#ring ??= createRing(this.members.flatMap(virtualNodes));
    const walked = walk(this.#ring, end, this.#seats, this.#hasZones() ? this.machineCount : copies + FALLBACKS_MAX);
    const ordered = preferZones(walked, this.#seats, copies).map(({ member }) => member);
    const list = { primaries: ordered.slice(0, copies), fallbacks: ordered.slice(copies, copies + FALLBACKS_MAX) };
    this.#lists.set(id, list);
    return list;
  }

  isPrimary(member: MemberId, partition: PartitionId, n: number | 'all'): boolean {
    return this.preferenceList(partition, n).primaries.includes(member);
  }

  #hasZones(): boolean {
    return [...this.#seats.values()].some(({ zone }) => zone !== undefined);
  }
}

function virtualNodes(member: RingMember): { readonly token: bigint; readonly member: MemberId }[] {
  const count = Math.max(1, Math.round(member.weight * TOKENS_PER_WEIGHT));
  return Array.from({ length: count }, (_, index) => ({
    token: positionToBigint(hashPosition(`${member.member}\0${index}`)),
    member: member.member,
  }));
}

function versionOf(members: readonly RingMember[]): string {
  return toHex(sha256(utf8Encode(JSON.stringify(members))).subarray(0, 8));
}
