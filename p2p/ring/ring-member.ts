/** What placement knows of a member: nothing else in its record moves a copy. */
import type { MachineId, MemberId } from '../types.ts';

export interface RingMember {
  readonly member: MemberId;
  readonly machine: MachineId;
  /** A member without a zone is a zone of its own. */
  readonly zone: string | undefined;
  /** Share of the ring relative to 1, 0 = holds nothing. */
  readonly weight: number;
  /** Which layout of its virtual nodes it chose when it joined (`seed-choice.ts`), absent = 0. */
  readonly seed?: number;
}

/** Equal for members whose copies count as one zone. */
export function zoneOf({ machine, zone }: Pick<RingMember, 'machine' | 'zone'>): string {
  return zone === undefined ? `machine ${machine}` : `zone ${zone}`;
}
