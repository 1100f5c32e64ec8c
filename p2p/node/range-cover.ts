/** Which partitions the streams of a coverage query answer for, and who has to be asked besides. */
import { copiesOf } from '../antientropy/scope.ts';
import { extendCover } from '../quorum/cover.ts';
import { quorumSize } from '../quorum/quorum-size.ts';
import type { MemberId, PartitionId, QuorumSpec } from '../types.ts';
import type { Core } from './core.ts';
import type { RangeStream } from './range-stream.ts';

/** Buckets of `n` copies (0 = all), and how many owners of a partition a read of them asks at most. */
export interface BucketClass {
  readonly n: number;
  readonly reads: readonly QuorumSpec[];
}

interface Place {
  readonly n: number;
  readonly partition: PartitionId;
  readonly primaries: readonly MemberId[];
  readonly fallbacks: readonly MemberId[];
  readonly needed: number;
}

export class RangeCover {
  readonly #core: Core;
  readonly #streams: ReadonlyMap<MemberId, RangeStream>;
  readonly #places: readonly Place[];
  /** Partitions of which each is a primary, in the class where they are most. */
  readonly #most = new Map<MemberId, number>();

  constructor(core: Core, classes: readonly BucketClass[], streams: ReadonlyMap<MemberId, RangeStream>) {
    this.#core = core;
    this.#streams = streams;
    this.#places = classes.flatMap((one) => this.#placesOf(one));
  }

  /** How many of the rows in a range are its, about: between 0 and 1. */
  share(member: MemberId): number {
    return (this.#most.get(member) ?? 0) / this.#core.team.partitions;
  }

  /** Whom to ask besides, so that each partition has enough answers. */
  lacking(): readonly MemberId[] {
    const slots = this.#places.map((place) => ({ ...place, lacking: place.needed - this.#count(place) }));
    return extendCover(slots, (member) => this.#canAsk(member));
  }

  /** Whom to ask though they may not be there: nobody else keeps some of the partitions. */
  doubtful(): readonly MemberId[] {
    const slots = this.#places.map((place) => ({ ...place, fallbacks: [], lacking: Number(!this.#hasPrimary(place, (stream) => stream.state !== 'failed')) }));
    return extendCover(slots, (member) => !this.#streams.has(member) && this.#core.liveness(member) === 'suspect');
  }

  /** Is an answer that takes long still missing somewhere? Stand-ins are enough, but for them alone a list is partial. */
  needsLate(): boolean {
    const isLate = (stream: RangeStream): boolean => stream.state === 'asking' && stream.isLate;
    if (![...this.#streams.values()].some(isLate)) return false;
    const lacks = (place: Place): boolean => this.#count(place) < place.needed || !this.#hasPrimary(place, ({ state }) => state === 'heard');
    return this.#places.some((place) => lacks(place) && this.#hasPrimary(place, isLate));
  }

  /** Partitions that none of their owners answered for. */
  partial(): readonly PartitionId[] {
    const missing = this.#places.filter((place) => !this.#hasPrimary(place, ({ state }) => state === 'heard'));
    return [...new Set(missing.map(({ partition }) => partition))].sort((a, b) => a - b);
  }

  /** Owners that have answered for a partition. */
  answered(n: number, partition: PartitionId): readonly MemberId[] {
    const { primaries } = this.#core.placement.preferenceList(partition, copiesOf({ n }));
    return primaries.filter((member) => {
      const stream = this.#streams.get(member);
      return stream?.state === 'heard' && stream.answers(n, partition);
    });
  }

  #placesOf({ n, reads }: BucketClass): readonly Place[] {
    const owned = new Map<MemberId, number>();
    const places = Array.from({ length: this.#core.team.partitions }, (_, partition): Place => {
      const { primaries, fallbacks } = this.#core.placement.preferenceList(partition, copiesOf({ n }));
      for (const member of primaries) owned.set(member, (owned.get(member) ?? 0) + 1);
      return { n, partition, primaries, fallbacks, needed: Math.max(...reads.map((r) => quorumSize(r, primaries.length))) };
    });
    for (const [member, count] of owned) this.#most.set(member, Math.max(count, this.#most.get(member) ?? 0));
    return places;
  }

  /** Stand-ins count only as far as there are too few primaries that were, or can be, asked. */
  #count(place: Place): number {
    const counts = (member: MemberId): boolean => {
      const stream = this.#streams.get(member);
      return stream !== undefined && stream.isCounted && stream.answers(place.n, place.partition);
    };
    const primaries = place.primaries.filter(counts).length;
    const missing = place.needed - primaries - place.primaries.filter((member) => this.#canAsk(member)).length;
    if (missing <= 0) return primaries;
    const standIns = place.fallbacks.filter((member) => this.#streams.get(member)?.isCounted === true).length;
    return primaries + Math.min(missing, standIns);
  }

  #canAsk(member: MemberId): boolean {
    return !this.#streams.has(member) && this.#core.liveness(member) === 'alive';
  }

  #hasPrimary({ n, partition, primaries }: Place, test: (stream: RangeStream) => boolean): boolean {
    return primaries.some((member) => {
      const stream = this.#streams.get(member);
      return stream !== undefined && test(stream) && stream.answers(n, partition);
    });
  }
}
