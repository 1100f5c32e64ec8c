/**
 * What a member offers, once: the window (MessagePort), the browser (WebSocket), HTTP and the CLI
 * all speak these calls. Everything is JSON. Errors are `ApiError`s with a stable code.
 */

import type { DialResult, DoctorReport } from '../doctor/report.ts';
import type { AccessInfo, KeyChoice } from './access.ts';
import type { ActivityPage } from './activity.ts';
import type { ApiErrorBody } from './error-code.ts';
import type { Closing } from './closing.ts';
import type { InviteFacts, InviteInfo, NewInvite } from './inviting.ts';
import type { ScrubInfo } from './scrub-info.ts';
import type { LeaveResult, MembershipInfo, MemberStatus, RemovedBy } from './standing.ts';
import type { ExportPart, ImportPart, ImportReport } from './transferring.ts';
import type { Reaping, RepairReport } from './upkeep.ts';

export type { DialOutcome, DoctorFacts } from '../doctor/facts.ts';
export type { DialResult, DoctorReport, Finding, Layer, Severity } from '../doctor/report.ts';
export type { AccessInfo, KeyChoice } from './access.ts';
export type { ActivityEntry, ActivityFact, ActivityPage } from './activity.ts';
export type { Closing, ClosingVerdict } from './closing.ts';
export type { ApiErrorBody, ErrorCode } from './error-code.ts';
export type { InviteFacts, InviteInfo, NewInvite } from './inviting.ts';
export type { LeaveResult, MembershipInfo, MemberStatus, RemovedBy } from './standing.ts';
export type { ExportPart, ImportPart, ImportReport } from './transferring.ts';
export type { Reaping, RepairReport } from './upkeep.ts';

export type Encoding = 'utf8' | 'base64';

export interface Sibling {
  /** `null` = deleted. */
  readonly value: string | null;
  readonly encoding: Encoding;
  readonly contentType: string;
  readonly deleted: boolean;
  /** `actor:counter`. */
  readonly dot: string;
  /** Member id. */
  readonly writtenBy: string;
  readonly writtenByName: string;
  /** Who works at that device, as it says now; `null`: it does not, or is not known here. */
  readonly writtenByPerson: string | null;
  /** ISO 8601, by the writer's clock. */
  readonly writtenAt: string;
}

export interface Reply {
  readonly member: string;
  readonly role: 'primary' | 'fallback';
}

export interface CopyInfo extends Reply {
  readonly durable: boolean;
}

export interface ReadResult {
  /** Covers exactly `siblings`. Empty when nothing was ever written. */
  readonly context: string;
  /** Deletions included. Empty = never written; all deleted = not found. */
  readonly siblings: readonly Sibling[];
  /** Newest retained version that all siblings descend from. */
  readonly base?: Sibling;
  readonly replies: readonly Reply[];
  readonly needed: number;
  readonly acks: number;
}

export interface HistoryResult {
  /** Covers the current siblings: put an old value with it, and it replaces them. */
  readonly context: string;
  /** Retained earlier versions, newest first; the current siblings are not among them. */
  readonly versions: readonly Sibling[];
  readonly replies: readonly Reply[];
  /** Present when there may be more: replicas that did not answer, or more than an answer holds. */
  readonly partial?: { readonly silent: readonly string[]; readonly cut: boolean };
}

export interface WriteResult {
  readonly context: string;
  readonly acks: number;
  readonly needed: number;
  readonly copies: readonly CopyInfo[];
  /** Siblings of the key after this write, as its coordinator saw it. */
  readonly siblings: number;
  /** True when `w=any` was asked and no primary but this device holds it: HTTP 202. */
  readonly hereOnly: boolean;
}

export interface KeyRow {
  readonly key: string;
  readonly siblings: number;
  readonly contentType: string;
  readonly size: number;
  readonly writtenBy: string;
  readonly writtenAt: string;
  /** Only deletions are left of it. */
  readonly deleted?: true;
}

export interface KeyPage {
  readonly keys: readonly KeyRow[];
  /** Hand back as `after`. Absent at the end. */
  readonly next?: string;
  /** Partitions that nobody could be asked about. */
  readonly partial?: readonly number[];
}

export interface ConflictRow extends KeyRow {
  readonly bucket: string;
}

export interface ConflictPage {
  /** By bucket, then by key. */
  readonly conflicts: readonly ConflictRow[];
  /** Hand back as `after`. Absent at the end. */
  readonly next?: string;
  readonly partial?: readonly number[];
}

export interface BucketPage {
  readonly buckets: readonly string[];
  /** Partitions that nobody could be asked about: buckets may be missing. */
  readonly partial?: readonly number[];
}

export type QuorumWord = 'one' | 'quorum' | 'all';

export interface BucketInfo {
  readonly bucket: string;
  readonly n: number | 'all';
  readonly r: number | QuorumWord;
  readonly w: number | QuorumWord | 'any';
  readonly sloppy: boolean;
  readonly resolution: 'siblings' | 'lww';
  /** Earlier versions that each replica keeps of a key, 0 to 100. */
  readonly historyVersions: number;
  /** Days after its replacement for which a version is kept at most, 1 to 3,650. */
  readonly historyDays: number;
}

export interface MemberInfo {
  readonly memberId: string;
  readonly name: string;
  /** Who works at it; `null`: it does not say. */
  readonly person: string | null;
  /** Six, of its key: what people compare. */
  readonly words: readonly string[];
  readonly role: 'founder' | 'member';
  readonly machine: string;
  readonly zone: string | null;
  readonly weight: number;
  readonly status: MemberStatus;
  readonly removed: RemovedBy | null;
  readonly liveness: 'alive' | 'suspect' | 'down';
  readonly heartbeat: number;
  /** `null` = this member, or never heard. */
  readonly lastHeardMs: number | null;
  readonly incarnation: number;
  readonly partitionsOwned: number;
  /** Hints that this device keeps for that member. */
  readonly hintsFor: number;
  readonly address: string | null;
  /** `null`: this member, or not connected. */
  readonly roundTripMs: number | null;
  /** Its wall clock less this device's, as last known; `null`: this member, or it did not say. */
  readonly clockOffsetMs: number | null;
  /** The release that it runs, as last known; `null`: it did not say. */
  readonly release: string | null;
  readonly self: boolean;
}

export interface RingInfo {
  readonly partitions: number;
  readonly tokensPerMember: number;
  /** Changes with the ring: equal on members that know the same records. */
  readonly version: string;
  /** Preference list of each partition, for the default `n`. */
  readonly owners: readonly (readonly string[])[];
}

export interface Placement {
  readonly partition: number;
  /** 32 hex digits. */
  readonly position: string;
  readonly primaries: readonly string[];
  readonly fallbacks: readonly string[];
  readonly holders: readonly { readonly member: string; readonly dots: readonly string[]; readonly durable: boolean }[];
  /** Of what is there now, as far as the holders know together. */
  readonly dots: readonly string[];
  /** Asked, and did not answer: they may have it or not. */
  readonly silent: readonly string[];
}

export interface TeamInfo {
  readonly teamId: string;
  readonly name: string;
  readonly partitions: number;
}

export interface Status {
  readonly memberId: string;
  readonly name: string;
  /** Who works at this device; `null`: nobody has said so. */
  readonly person: string | null;
  readonly version: string;
  readonly dataDir: string;
  readonly listen: readonly string[];
  readonly access: AccessInfo;
  /** `null` until a team was made or joined. */
  readonly team: TeamInfo | null;
  readonly membership: MembershipInfo | null;
  readonly counts: {
    readonly keys: number;
    readonly partitions: number;
    readonly siblings: number;
    readonly members: number;
    readonly alive: number;
  };
  /** Hints that this device keeps, by target member id. */
  readonly hints: Readonly<Record<string, number>>;
  /** Bytes of the records in them, by target member id. */
  readonly hintBytes: Readonly<Record<string, number>>;
  /** Over `bytesMax` this device stands in for nobody: `isFull` once it has refused to, until it has handed something over. */
  readonly hintRoom: { readonly bytes: number; readonly bytesMax: number; readonly refused: number; readonly isFull: boolean };
  readonly antiEntropy: {
    /** ISO 8601, or `null` before the first round. */
    readonly lastRound: string | null;
    readonly differing: number;
    readonly repaired: number;
  };
  readonly transfers: {
    /** Partitions that this member owns and has not wholly fetched: it does not answer reads of them. */
    readonly owed: number;
    /** Keys repaired, fetched or handed over since the start. */
    readonly keysMoved: number;
    readonly underWay: readonly { readonly peer: string; readonly direction: 'in' | 'out'; readonly partitions: number }[];
  };
  readonly reaping: Reaping;
  readonly disk: { readonly readOnly: string | null; readonly corruptRecords: number; readonly scrub: ScrubInfo };
  readonly quorum: { readonly n: number | 'all'; readonly r: number | QuorumWord; readonly w: number | QuorumWord | 'any' };
  /** Why this device takes no part in its team for now, or `null`: a copy of its folder runs elsewhere, or its folder is an old one. */
  readonly quarantine: string | null;
  readonly closing: Closing;
  readonly warnings: readonly string[];
}

export interface WriteOptions {
  readonly w?: number | QuorumWord | 'any';
  readonly sloppy?: boolean;
  readonly timeoutMs?: number;
  /**
   * 1 to 64 letters, digits, `-` or `_`, random: the same for every retry of one write, which then
   * makes one sibling, and for no other write. `Idempotency-Key` over HTTP.
   */
  readonly writeId?: string;
}

export interface ReadOptions {
  readonly r?: number | QuorumWord;
  readonly sloppy?: boolean;
  readonly timeoutMs?: number;
}

export interface KeyName {
  readonly bucket: string;
  readonly key: string;
}

/** A key that people elsewhere merge at this moment: a courtesy, kept by nobody. */
export interface MergingKey extends KeyName {
  /** Member ids, without this device. */
  readonly by: readonly string[];
}

/** Pushed to whoever watches. */
export type ApiEvent =
  | { readonly type: 'put' | 'delete' | 'conflict' | 'resolved'; readonly bucket: string; readonly key: string; readonly context: string }
  /** A write made here gained a copy after it was answered. */
  | { readonly type: 'copies'; readonly bucket: string; readonly key: string; readonly context: string; readonly copies: readonly CopyInfo[]; readonly needed: number }
  /** Who else merges this key now: nobody, when `by` is empty. */
  | ({ readonly type: 'merging' } & MergingKey)
  /** Somebody joined, left, went away or came back. */
  | { readonly type: 'members' }
  /** There is news to ask `activity` for; at most twice a second. */
  | { readonly type: 'activity' }
  /** This device now is in a team, or is no more. */
  | { readonly type: 'team' }
  /** Over a MessagePort: this client did not keep up, and was not told of everything. What it shows is to be asked for again. */
  | { readonly type: 'missed' };

/** A key changed, as somebody may watch it. */
export type ChangeEvent = Extract<ApiEvent, { readonly type: 'put' | 'delete' | 'conflict' | 'resolved' }>;

/** Every call: parameters → result. The one place where a call is declared. */
export interface Calls {
  status: (params: Record<string, never>) => Status;
  /** Encrypts the file of this device's key by a passphrase from now on; `null`: no longer. */
  protectKey: (params: KeyChoice) => AccessInfo;
  /** Calls this device, or who works at it, otherwise from now on; `null`: nobody. Others hear of it as of a change of address. */
  rename: (params: { readonly name?: string; readonly person?: string | null }) => { readonly name: string; readonly person: string | null };
  /** @param params `person`: who founds it. */
  createTeam: (params: { readonly name: string; readonly partitions?: number; readonly person?: string | null }) => TeamInfo;
  invite: (params: { readonly expiresInS?: number; readonly role?: string }) => NewInvite;
  /** The newest first; those made on this device. */
  invites: (params: Record<string, never>) => readonly InviteInfo[];
  /** Nobody gets in by it from then on, also after a crash. */
  withdrawInvite: (params: { readonly inviteId: string }) => readonly InviteInfo[];
  /** Reads a link or its code, without any network. Also for a device with no team. */
  readInvite: (params: { readonly invite: string }) => InviteFacts;
  join: (params: { readonly invite: string; readonly person?: string | null }) => TeamInfo;
  /** Hands over and leaves; waits at most `timeoutMs`. `force`: leaves at once, whatever others lack. */
  leave: (params: { readonly force?: boolean; readonly timeoutMs?: number }) => LeaveResult;
  /** Takes another member out for good. Again changes nothing. */
  removeMember: (params: { readonly member: string }) => MemberInfo;
  members: (params: Record<string, never>) => readonly MemberInfo[];
  ring: (params: Record<string, never>) => RingInfo;
  buckets: (params: Record<string, never>) => BucketPage;
  getBucket: (params: { readonly bucket: string }) => BucketInfo;
  setBucket: (params: { readonly bucket: string } & Partial<Omit<BucketInfo, 'bucket'>>) => BucketInfo;
  /** With `deleted`, also keys of which only deletions are left. */
  keys: (params: { readonly bucket: string; readonly prefix?: string; readonly after?: string; readonly limit?: number; readonly deleted?: boolean }) => KeyPage;
  conflicts: (params: { readonly bucket?: string; readonly after?: string; readonly limit?: number }) => ConflictPage;
  get: (params: KeyName & ReadOptions) => ReadResult;
  /** Without `context` it never overwrites: it adds a sibling. */
  put: (
    params: KeyName &
      WriteOptions & {
        readonly value: string;
        readonly encoding: Encoding;
        readonly contentType: string;
        readonly context?: string;
      },
  ) => WriteResult;
  delete: (params: KeyName & WriteOptions & { readonly context: string }) => WriteResult;
  /** Also of a deleted key. */
  history: (params: KeyName & { readonly timeoutMs?: number }) => HistoryResult;
  placement: (params: KeyName) => Placement;
  /** This window merges the key now, or no more; says who else does. What is not said again is forgotten after 35 s. */
  sayMerging: (params: KeyName & { readonly isOn: boolean }) => MergingKey;
  /** All keys that others merge now. */
  merging: (params: Record<string, never>) => readonly MergingKey[];
  /** Compares everything, or one bucket, with everybody who is alive, now; answers when done. */
  repair: (params: { readonly bucket?: string }) => RepairReport;
  /** Begins an export of a bucket, or of all; it is forgotten when nothing is asked of it for a minute. */
  startExport: (params: { readonly bucket?: string }) => { readonly transferId: string };
  /** The next piece of the file, of half a second's work at most. What cannot be read ends the export. */
  nextExport: (params: { readonly transferId: string }) => ExportPart;
  stopExport: (params: { readonly transferId: string }) => Record<string, never>;
  startImport: (params: { readonly dryRun: boolean }) => { readonly transferId: string };
  /** Hands on the next bytes of the file, in base64, or none; answers within a second, how far it is. */
  feedImport: (params: { readonly transferId: string; readonly bytes?: string; readonly isLast?: boolean }) => ImportPart;
  /** Takes no more lines. What is written stays, and is counted. */
  stopImport: (params: { readonly transferId: string }) => ImportReport;
  /** What happened lately: bounded, and only since this member's start. With `after`, what is new or has grown since. */
  activity: (params: { readonly after?: number; readonly limit?: number }) => ActivityPage;
  /** Why it does not sync, or that nothing is wrong. Also without a team. */
  doctor: (params: Record<string, never>) => DoctorReport;
  /** Dials `HOST:PORT` or a multiaddr now, and from now on if it may lead to a member. */
  dial: (params: { readonly address: string }) => DialResult;
  /** An address that was kept is no longer dialled. */
  forgetAddress: (params: { readonly address: string }) => { readonly keptAddresses: readonly string[] };
}

export type CallName = keyof Calls;
export type Params<C extends CallName> = Parameters<Calls[C]>[0];
export type Result<C extends CallName> = ReturnType<Calls[C]>;

/** The same calls, as a client holds them. */
export type Api = { readonly [C in CallName]: (params: Params<C>) => Promise<Result<C>> };

/** Frames over a MessagePort or a WebSocket (JSON text). Every connected client gets every event. */
export type ClientFrame =
  | { readonly id: number; readonly call: CallName; readonly params: unknown }
  /** Over a MessagePort: how many events this client has taken, in all. Said every 64. */
  | { readonly taken: number };
export type ServerFrame =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ApiErrorBody }
  | { readonly event: ApiEvent };
