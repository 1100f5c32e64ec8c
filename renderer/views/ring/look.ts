/** Colours and words of members on the ring. */
import type { MemberInfo } from '../../../main/api/contract.ts';
import { COLOURS } from '../../ring/ownership.ts';

export function colourOf(members: readonly MemberInfo[], memberId: string): string {
  const index = members.findIndex((member) => member.memberId === memberId);
  return index < 0 ? 'var(--line-strong)' : `var(--member-${(index % COLOURS) + 1})`;
}

/** Two letters that stand for a member where its name has no room. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s._-]+/u).filter((word) => word !== '');
  const letters = words.length > 1 ? words.slice(0, 2).map((word) => Array.from(word)[0] ?? '') : Array.from(words[0] ?? '?').slice(0, 2);
  return letters.join('').toUpperCase();
}

export function shortName(name: string): string {
  const letters = Array.from(name);
  return letters.length > 14 ? `${letters.slice(0, 13).join('')}…` : name;
}

/** "Ada, then Ben and Cleo": first copy, further copies. */
export function ownerWords(owners: readonly string[], nameOf: (member: string) => string): string {
  const [first, ...others] = owners.map(nameOf);
  if (first === undefined) return 'nobody';
  return others.length === 0 ? first : `${first}, then ${others.join(', ')}`;
}
