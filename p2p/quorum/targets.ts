/**
 * Whom a request goes to. Sloppy (Dynamo, 2007, section 4.6): the first N healthy members of the
 * preference list; each unhealthy primary is stood in for by the next healthy fallback, which keeps
 * a hint for it. Unhealthy primaries that may yet answer are asked as well: a suspicion is only an
 * opinion, and a copy where it belongs is worth more than a hint.
 *
 *     list   A   B   C │ D   E          B is suspect:   A primary
 *            primaries │ fallbacks                      B primary, doubtful
 *                                                       C primary
 *                                                       D fallback for B
 */
import type { Liveness, MemberId } from '../types.ts';
import type { PreferenceList } from '../ring/placement.ts';

export interface Target {
  readonly member: MemberId;
  readonly role: 'primary' | 'fallback';
  /** The primary that a fallback stands in for. */
  readonly standsFor: MemberId | undefined;
}

export function chooseTargets(
  list: PreferenceList,
  liveness: (member: MemberId) => Liveness,
  sloppy: boolean,
): readonly Target[] {
  const primaries = list.primaries
    .filter((member) => liveness(member) !== 'down')
    .map((member): Target => ({ member, role: 'primary', standsFor: undefined }));
  if (!sloppy) return primaries;
  const unhealthy = list.primaries.filter((member) => liveness(member) !== 'alive');
  const healthyFallbacks = list.fallbacks.filter((member) => liveness(member) === 'alive');
  const standIns = healthyFallbacks
    .slice(0, unhealthy.length)
    .map((member, index): Target => ({ member, role: 'fallback', standsFor: unhealthy[index] }));
  return [...primaries, ...standIns];
}
