/** What happened lately, as the contract tells it. */
import type { MemberStatus } from './contract.ts';

/** Something that happened, as this device saw it. */
export type ActivityFact =
  /** `by` wrote the latest of what is there now, at `writtenAt` (ISO 8601, by its clock). */
  | { readonly kind: 'put' | 'delete' | 'conflict' | 'resolved'; readonly bucket: string; readonly key: string; readonly by: string; readonly writtenAt: string }
  /** A member is down, or alive again. */
  | { readonly kind: 'away' | 'back'; readonly member: string }
  /** What a member is to the team changed. */
  | { readonly kind: 'status'; readonly member: string; readonly status: MemberStatus }
  /** Hints handed to a member; keys mended with it; keys fetched from it or handed over to it. */
  | { readonly kind: 'hints' | 'repair' | 'transfer'; readonly member: string; readonly keys: number }
  /** Keys that others keep now were let go here; records were found damaged on this disk; damaged ones were written anew; deletions that everybody agreed on were forgotten. */
  | { readonly kind: 'dropped' | 'damaged' | 'mended' | 'reaped'; readonly keys: number }
  /** The disk refused. */
  | { readonly kind: 'trouble'; readonly message: string };

export type ActivityEntry = ActivityFact & {
  readonly id: number;
  /** Rises whenever an entry comes or grows. */
  readonly revision: number;
  /** First and last time, ISO 8601, by this device's clock. */
  readonly since: string;
  readonly at: string;
  /** How many alike, close in time, this entry stands for. */
  readonly count: number;
};

export interface ActivityPage {
  /** ISO 8601: nothing before is known. It changes with each start of the member. */
  readonly since: string;
  /** Hand back as `after`. */
  readonly latest: number;
  /** Latest first. */
  readonly entries: readonly ActivityEntry[];
}
