/** What the API serves: this member, with or without a team. The composition root implements it. */
import type { StoreCounts } from '../../p2p/index.ts';
import type { MemberId } from '../../p2p/index.ts';
import type { DialResult } from '../doctor/report.ts';
import type { NetworkFacts } from '../doctor/facts.ts';
import type { ActivityLog } from '../member/activity.ts';
import type { Engine } from '../member/engine.ts';
import type { Metrics } from '../member/metrics.ts';
import type { InviteRecord } from '../member/invites.ts';
import type { NameChange } from '../member/own-names.ts';
import type { AccessInfo, InviteFacts, KeyChoice, LeaveResult, MembershipInfo, NewInvite, TeamInfo } from './contract.ts';

export interface Backend {
  readonly memberId: MemberId;
  readonly name: string;
  /** Who works at this device; `null`: nobody has said so. */
  readonly person: string | null;
  readonly version: string;
  readonly dataDir: string;
  /** Multiaddrs that others can dial; empty without a team. */
  listen(): readonly string[];
  access(): AccessInfo;
  /** Encrypts the file of this device's key, or no longer. @throws ApiError `KEYCHAIN_UNAVAILABLE`. */
  protectKey(choice: KeyChoice): Promise<AccessInfo>;
  /** Calls this device, or who works at it, otherwise. @throws ApiError `BAD_REQUEST`, `OVERLOADED`, `STORE_READ_ONLY`. */
  rename(change: NameChange): Promise<void>;
  team(): TeamInfo | undefined;
  /** Who founded the team, by its id. */
  founder(): MemberId | undefined;
  /** What this device is to its team. */
  membership(): MembershipInfo | undefined;
  /** `undefined` until there is a team. */
  engine(): Engine | undefined;
  counts(): StoreCounts;
  warnings(): readonly string[];
  /** What was met with on the network; `null` where there is none to be on: no team, or removed. */
  network(): NetworkFacts | null;
  /** Addresses given by a person. */
  keptAddresses(): readonly string[];
  /** @throws ApiError `NO_TEAM`, `OVERLOADED`. */
  dial(address: string): Promise<Pick<DialResult, 'outcome' | 'member' | 'kept'>>;
  /** @throws ApiError `NO_TEAM`, `STORE_READ_ONLY`. */
  forgetAddress(address: string): Promise<void>;
  /** What happened lately. */
  readonly activity: Pick<ActivityLog, 'page' | 'onNews'>;
  readonly metrics: Metrics;
  /** @throws ApiError `ALREADY_IN_TEAM`. */
  createTeam(init: { readonly name: string; readonly partitions: number; readonly person?: string | null }): Promise<TeamInfo>;
  /** @throws ApiError `NO_TEAM`. */
  invite(init: { readonly expiresInMs: number; readonly role: string }): Promise<NewInvite>;
  /** The newest first. @throws ApiError `NO_TEAM`. */
  invites(): Promise<readonly InviteRecord[]>;
  /** @throws ApiError `NO_TEAM`, `NOT_FOUND`, `INVITE_USED`. */
  withdrawInvite(inviteId: string): Promise<void>;
  /** @throws ApiError `INVITE_INVALID`. */
  readInvite(invite: string): InviteFacts;
  /** @throws ApiError `ALREADY_IN_TEAM`, `INVITE_INVALID`, `INVITE_REFUSED`, `INVITER_UNREACHABLE`. */
  join(init: { readonly invite: string; readonly person?: string | null }): Promise<TeamInfo>;
  /** @throws ApiError `NO_TEAM`; `BAD_REQUEST` when nobody stays and `force` is not set. */
  leave(init: { readonly force: boolean; readonly timeoutMs: number }): Promise<LeaveResult>;
  /** Calls back when this device enters a team or goes out of it; returns how to stop listening. */
  onTeam(handler: () => void): () => void;
}
