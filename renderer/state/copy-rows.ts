/** Pure: who should hold the shown version and who does. Primaries first, then stand-ins. */
import type { Placement } from '../../main/api/contract.ts';

export interface CopyRow {
  readonly member: string;
  readonly primary: boolean;
  readonly state: 'held' | 'older' | 'missing';
}

export function copyRows(placement: Placement | null, dot: string | undefined): readonly CopyRow[] {
  if (placement === null) return [];
  const standIns = placement.holders
    .map((holder) => holder.member)
    .filter((member) => !placement.primaries.includes(member));
  return [...placement.primaries, ...standIns].map((member) => {
    const holder = placement.holders.find((one) => one.member === member);
    const held = dot !== undefined && holder?.durable === true && holder.dots.includes(dot);
    const older = holder !== undefined && holder.dots.length > 0;
    return { member, primary: placement.primaries.includes(member), state: held ? 'held' : older ? 'older' : 'missing' };
  });
}
