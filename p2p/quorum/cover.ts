/**
 * Whom to ask so that every partition is answered for by enough of its owners, and few members are
 * asked: set cover with multiplicities, by the greedy rule (Chvátal, 1979), which asks whoever
 * helps most partitions next. Riak's coverage plans ask one owner of each partition; here it is as
 * many as a read of the bucket needs, so that a list shows what reads show.
 *
 *     partition   0  1  2  3        needed 1: A alone would do for 0 to 2, D for 3
 *     owners      AB AC AD BD       asked  A (helps 3), then B or D (helps 1)
 *
 * Invariant: a fallback is called in only where there are not enough primaries that can be asked.
 */
import type { MemberId } from '../types.ts';

/** A partition of the buckets with one number of copies. */
export interface Slot {
  readonly primaries: readonly MemberId[];
  readonly fallbacks: readonly MemberId[];
  /** Answers that it lacks. */
  readonly lacking: number;
}

/** @param canAsk Not asked yet, and there. @returns Whom to ask besides, most helpful first. */
export function extendCover(slots: readonly Slot[], canAsk: (member: MemberId) => boolean): readonly MemberId[] {
  const lacking = slots.map((slot) => slot.lacking);
  const helpers = slots.map((slot) => helpersOf(slot, canAsk));
  const helped = new Map<MemberId, number[]>();
  for (const [index, members] of helpers.entries()) {
    for (const member of members) {
      const known = helped.get(member);
      if (known === undefined) helped.set(member, [index]);
      else known.push(index);
    }
  }
  const gains = new Map([...helped].map(([member, indexes]) => [member, indexes.length]));
  const chosen: MemberId[] = [];
  for (let member = mostHelpful(gains); member !== undefined; member = mostHelpful(gains)) {
    chosen.push(member);
    gains.delete(member);
    for (const index of helped.get(member) ?? []) {
      const left = (lacking[index] ?? 0) - 1;
      lacking[index] = left;
      // Whoever else could have helped there helps no more.
      if (left === 0) lower(gains, helpers[index] ?? []);
    }
  }
  return chosen;
}

function lower(gains: Map<MemberId, number>, members: readonly MemberId[]): void {
  for (const member of members) {
    const gain = gains.get(member);
    if (gain !== undefined) gains.set(member, gain - 1);
  }
}

function mostHelpful(gains: ReadonlyMap<MemberId, number>): MemberId | undefined {
  let best: MemberId | undefined;
  let most = 0;
  for (const [member, gain] of gains) {
    if (gain <= most) continue;
    best = member;
    most = gain;
  }
  return best;
}

function helpersOf({ primaries, fallbacks, lacking }: Slot, canAsk: (member: MemberId) => boolean): readonly MemberId[] {
  if (lacking <= 0) return [];
  const able = primaries.filter(canAsk);
  return able.length >= lacking ? able : [...able, ...fallbacks.filter(canAsk).slice(0, lacking - able.length)];
}
