/**
 * Counting replies. Each target is counted once; an answer outweighs a failure, whichever came
 * first. `met` is final. `impossible` is not: a late answer, or a fallback called in, undoes it.
 */
import type { Copy, MemberId } from '../types.ts';
import type { Target } from './targets.ts';

export type Verdict = 'pending' | 'met' | 'impossible';

/**
 * What makes a quorum. `machines`, for writes: copies on distinct machines. `places`, for reads: of
 * these also distinct places in the preference list, where a primary and all who stand in for it
 * share one. Two who stand in for one primary may both have nothing while the others have the key.
 */
export type Counting = 'machines' | 'places';

export class Tally {
  readonly needed: number;
  readonly #targets = new Map<MemberId, Target>();
  readonly #answered = new Set<MemberId>();
  readonly #failed = new Set<MemberId>();
  readonly #lagging = new Set<MemberId>();
  readonly #machineOf: (member: MemberId) => string;
  readonly #counting: Counting;

  /** @param machineOf members on one machine count once. */
  constructor(targets: readonly Target[], needed: number, machineOf = (member: MemberId): string => member, counting: Counting = 'machines') {
    this.needed = needed;
    this.#counting = counting;
    this.#machineOf = machineOf;
    for (const target of targets) this.#targets.set(target.member, target);
  }

  /** A fallback called in later, for one that is slow. */
  add(target: Target): void {
    if (!this.#targets.has(target.member)) this.#targets.set(target.member, target);
  }

  /** False when the target is unknown or was counted already. */
  answer(member: MemberId): boolean {
    if (!this.#targets.has(member) || this.#answered.has(member)) return false;
    this.#failed.delete(member);
    this.#answered.add(member);
    return true;
  }

  fail(member: MemberId): void {
    if (this.#targets.has(member) && !this.#answered.has(member)) this.#failed.add(member);
  }

  /** Its answer still counts, but somebody else may be asked in its place. */
  lag(member: MemberId): void {
    this.#lagging.add(member);
  }

  has(member: MemberId): boolean {
    return this.#targets.has(member);
  }

  isPrimary(member: MemberId): boolean {
    return this.#targets.get(member)?.role === 'primary';
  }

  /** Some fallback that has neither failed nor lagged was asked to stand in for it. */
  isStoodFor(primary: MemberId): boolean {
    return [...this.#targets.values()].some(({ member, standsFor }) => standsFor === primary && this.#isHopeful(member));
  }

  #isHopeful(member: MemberId): boolean {
    return this.#answered.has(member) || !(this.#failed.has(member) || this.#lagging.has(member));
  }

  /** The primary whose place in the quorum a target has: its own, or whom it stands in for. */
  primaryOf(member: MemberId): MemberId | undefined {
    const target = this.#targets.get(member);
    return target?.role === 'primary' ? member : target?.standsFor;
  }

  hasAnswered(member: MemberId): boolean {
    return this.#answered.has(member);
  }

  /** What has answered, as it counts. */
  get acks(): number {
    return this.#count(this.#answered);
  }

  /** Targets that answered, primaries first. */
  answered(): readonly Target[] {
    const answered = [...this.#targets.values()].filter(({ member }) => this.#answered.has(member));
    return answered.sort((a, b) => Number(a.role === 'fallback') - Number(b.role === 'fallback'));
  }

  /** Of a write: who has it on disk. */
  copies(): readonly Copy[] {
    return this.answered().map(({ member, role }) => ({ member, role, durable: true }));
  }

  /** Targets that have neither answered nor failed. */
  outstanding(): readonly Target[] {
    return [...this.#targets.values()].filter(
      ({ member }) => !this.#answered.has(member) && !this.#failed.has(member),
    );
  }

  /** Targets that have not answered, failed ones included. */
  unanswered(): readonly Target[] {
    return [...this.#targets.values()].filter(({ member }) => !this.#answered.has(member));
  }

  verdict(): Verdict {
    if (this.acks >= this.needed) return 'met';
    const possible = [...this.#targets.keys()].filter((member) => !this.#failed.has(member));
    return this.#count(possible) < this.needed ? 'impossible' : 'pending';
  }

  #count(members: Iterable<MemberId>): number {
    const all = [...members];
    const machines = new Set(all.map(this.#machineOf)).size;
    if (this.#counting === 'machines') return machines;
    return Math.min(machines, new Set(all.map((member) => this.primaryOf(member) ?? member)).size);
  }
}
