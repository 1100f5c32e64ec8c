/**
 * Who keeps what: a pure function of the member records, so members that know the same records
 * agree without a coordinator. Partitions are fixed (Dynamo, 2007, section 6.2, strategy 2 and 3);
 * each takes the machines that the walk from the end of its arc meets first, but nobody much more
 * than its fair share.
 *
 *     walk ──► zones ──► bounds ──► primaries · fallbacks
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { toHex } from '../bytes/bytes.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import type { MemberId, PartitionId } from '../types.ts';
import type { Bounds, Holders, Meeting } from './bounded-loads.ts';
import { boundLoads } from './bounded-loads.ts';
import { fairShares } from './fair-share.ts';
import type { HashRing, VirtualNode } from './hash-ring.ts';
import { createRing, preferZones, walk } from './hash-ring.ts';
import { partitionEnd, ringSteps } from './position.ts';
import type { RingMember } from './ring-member.ts';
import { zoneOf } from './ring-member.ts';
import { virtualNodes } from './virtual-nodes.ts';

/** Which way of placing this is: members that place in different ways must not take their rings for equal. */
const METHOD = 2;
/** How many machines after the primaries may stand in for them. */
const FALLBACKS_MAX = 16;
/** How far from its fair share a member's load may be. */
const TOLERANCE = 0.1;
/** Below as many copies one more or less is much, and holding members to a least would move more than it evens. */
const FEW_COPIES = 10;
/** Machines after the primaries that can take a copy from one of them. */
const TAKERS_MAX = 32;

export interface PreferenceList {
  readonly primaries: readonly MemberId[];
  /** In the order in which they stand in. */
  readonly fallbacks: readonly MemberId[];
}

/** Immutable; the ring and the lists for each number of copies are worked out at their first use and kept. */
export class Placement {
  readonly partitions: number;
  /** Equal for equal rings. */
  readonly version: string;
  readonly machineCount: number;
  /** By member id; those of weight 0 are not in it. */
  readonly members: readonly RingMember[];
  readonly #index: ReadonlyMap<MemberId, number>;
  readonly #seats: ReadonlyMap<MemberId, RingMember>;
  readonly #hasZones: boolean;
  /** By copies, then partition. */
  readonly #lists = new Map<number, readonly PreferenceList[]>();
  #ring: HashRing | undefined;

  constructor(members: readonly RingMember[], partitions: number) {
    this.members = members
      .filter(({ weight }) => weight > 0)
      .map(({ member, machine, zone, weight, seed = 0 }): RingMember => ({ member, machine, zone, weight, seed }))
      .sort((a, b) => (a.member < b.member ? -1 : 1));
    this.partitions = partitions;
    this.version = versionOf(this.members);
    this.machineCount = new Set(this.members.map(({ machine }) => machine)).size;
    this.#index = new Map(this.members.map(({ member }, index) => [member, index]));
    this.#seats = new Map(this.members.map((member) => [member.member, member]));
    this.#hasZones = this.members.some(({ zone }) => zone !== undefined);
  }

  /** @param n copies wanted; fewer machines give fewer copies. */
  preferenceList(partition: PartitionId, n: number | 'all'): PreferenceList {
    const copies = n === 'all' ? this.machineCount : Math.min(n, this.machineCount);
    let lists = this.#lists.get(copies);
    if (lists === undefined) this.#lists.set(copies, (lists = this.#work(copies)));
    return lists[partition] ?? { primaries: [], fallbacks: [] };
  }

  isPrimary(member: MemberId, partition: PartitionId, n: number | 'all'): boolean {
    return this.preferenceList(partition, n).primaries.includes(member);
  }

  #work(copies: number): readonly PreferenceList[] {
    const walks = Array.from({ length: this.partitions }, (_, partition) => this.#walk(partition, copies));
    const first = walks.map((): Holders => Array.from({ length: copies }, (_, rank) => rank));
    const isFree = copies < this.machineCount;
    const holders = isFree ? boundLoads(walks.map((met, partition) => this.#meetings(met, partition)), first, this.#bounds(copies)) : first;
    return walks.map((met, partition) => {
      const kept = new Set(holders[partition]);
      return {
        primaries: met.filter((_, rank) => kept.has(rank)).map(({ member }) => member),
        fallbacks: met.filter((_, rank) => !kept.has(rank)).slice(0, FALLBACKS_MAX).map(({ member }) => member),
      };
    });
  }

  /** Machines in the order in which they are met, those that bring a zone of their own before others. */
  #walk(partition: PartitionId, copies: number): readonly VirtualNode[] {
    this.#ring ??= createRing(this.members.flatMap(virtualNodes));
    const met = walk(this.#ring, partitionEnd(partition, this.partitions), this.#seats, this.#hasZones ? this.machineCount : copies + TAKERS_MAX);
    return this.#hasZones ? preferZones(met, this.#seats, copies) : met;
  }

  #meetings(met: readonly VirtualNode[], partition: PartitionId): readonly Meeting[] {
    const end = partitionEnd(partition, this.partitions);
    return met.map(({ member, token }) => {
      const seat = this.#seats.get(member);
      return {
        member: this.#index.get(member) ?? 0,
        distance: ringSteps(token - end),
        zone: seat === undefined ? member : zoneOf(seat),
      };
    });
  }

  #bounds(copies: number): readonly Bounds[] {
    const shares = fairShares(this.members, copies);
    return this.members.map(({ member }) => {
      const fair = (shares.get(member) ?? 0) * this.partitions;
      return {
        least: fair < FEW_COPIES ? 0 : Math.min(Math.floor(fair), Math.ceil(fair * (1 - TOLERANCE))),
        most: Math.max(Math.ceil(fair), Math.floor(fair * (1 + TOLERANCE))),
      };
    });
  }
}

function versionOf(members: readonly RingMember[]): string {
  return toHex(sha256(utf8Encode(JSON.stringify([METHOD, ...members]))).subarray(0, 8));
}
