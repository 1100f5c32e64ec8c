/** Who is to be reached at all. Pure. */
import type { DoctorFacts, MemberFact } from './facts.ts';

/** Members besides this one that count now. */
export function othersIn({ members }: DoctorFacts): readonly MemberFact[] {
  return members.filter(({ self, status }) => !self && status !== 'left' && status !== 'removed');
}

/** Whoever has no place in a team has nobody to reach. */
export function hasPlace({ team }: DoctorFacts): boolean {
  return team !== null && team.standing !== 'removed' && team.standing !== 'left';
}
