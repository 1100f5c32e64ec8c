/** What a member is to its team, and how one stops being in it. */

export type MemberStatus = 'joining' | 'up' | 'leaving' | 'left' | 'removed';

/** Who took a member out of the team. */
export interface RemovedBy {
  readonly by: string;
  readonly byName: string;
  readonly byPerson: string | null;
  /** ISO 8601, by the remover's clock. */
  readonly at: string;
}

/** What this device is to its team. */
export interface MembershipInfo {
  readonly status: MemberStatus;
  /** `null` also for a removed device whose inviter had been removed before. */
  readonly removed: RemovedBy | null;
}

/** How far a leave is. It goes on by itself, also after a restart. */
export interface LeaveResult {
  readonly status: 'leaving' | 'left';
  /** Where this device's records are kept now; `null` while it is leaving. */
  readonly setAside: string | null;
  /** Members that are to take over and are not here. */
  readonly waitingFor: readonly string[];
}
