/**
 * What the member process needs of the core, of the network and of the disk, as types. `parts.ts`
 * binds the real ones; tests bind their own. Adapting to the core happens there and nowhere else.
 */
import type {
  BucketName,
  BucketSettings,
  Command,
  Gate,
  Liveness,
  MemberId,
  MemberRecord,
  Notice,
  Outcome,
  Signer,
  Store,
  Team,
  TraceEvent,
  TransfersSnapshot,
  Transport,
} from '../../p2p/index.ts';

export interface MemberSnapshot {
  readonly record: MemberRecord;
  readonly liveness: Liveness;
  readonly heartbeat: number;
  /** Ms since this member was last heard; `undefined` = this member itself, or never. */
  readonly lastHeardMs: number | undefined;
  readonly hintsFor: number;
  readonly partitionsOwned: number;
  readonly address: string | undefined;
}

export interface RingSnapshot {
  readonly partitions: number;
  readonly tokensPerMember: number;
  readonly version: string;
  readonly owners: readonly (readonly MemberId[])[];
}

/** The running core of a member that is in a team. */
export interface Engine {
  /** Never rejects for an expected failure. */
  execute(command: Command): Promise<Outcome>;
  onNotice(handler: (notice: Notice) => void): () => void;
  members(): readonly MemberSnapshot[];
  ring(): RingSnapshot;
  bucketSettings(bucket: BucketName): BucketSettings;
  antiEntropy(): { readonly lastRoundMs: number | undefined; readonly differing: number; readonly repaired: number };
  overview(): { readonly partitionsOwned: number; readonly alive: number; readonly members: number };
  transfers(): TransfersSnapshot;
  stop(): Promise<void>;
}

/** What this device says of itself, in its signed record. */
export interface Profile {
  readonly name: string;
  readonly machine: string;
  readonly zone: string | undefined;
  readonly weight: number;
}

/** Ready to run: the host asks `gate`, then `attach` hands the transport in and starts the clock. */
export interface Membership {
  readonly gate: Gate;
  /** The inviter's answer to a joiner that proved its invite: team, admission, member records. */
  admit(joiner: MemberId, request: Uint8Array): Uint8Array;
  attach(transport: Transport, addresses: readonly string[]): Promise<Engine>;
}

/** The device's keys. `signer.member` is its member id. */
export interface Identity {
  readonly signer: Signer;
}

export type Log = (level: 'debug' | 'info' | 'warn' | 'error', message: string, facts?: object) => void;

/**
 * The inviter's side of a join. `provesSecret` tells whether the joiner showed that it knows this
 * secret, inside the encrypted connection and bound to it.
 */
export interface JoinDesk {
  redeem(
    inviteId: string,
    provesSecret: (secret: Uint8Array) => boolean,
    joiner: MemberId,
    request: Uint8Array,
  ): Promise<{ readonly ok: true; readonly answer: Uint8Array } | { readonly ok: false; readonly reason: string }>;
}

export interface RunningHost {
  readonly transport: Transport;
  /** Multiaddrs with `/p2p/…`. */
  addresses(): readonly string[];
  stop(): Promise<void>;
}

export interface HostInit {
  readonly identity: Identity;
  readonly team: Team;
  readonly listen: readonly string[];
  readonly peers: readonly string[];
  readonly mdns: boolean;
  readonly dht: boolean;
  readonly gate: Gate;
  readonly join: JoinDesk;
  readonly bootNonce: string;
  readonly log: Log;
}

export interface InviteText {
  readonly teamId: string;
  readonly teamName: string;
  /** 8 bytes, hex. */
  readonly inviteId: string;
  readonly inviter: MemberId;
  /** 128 bits. */
  readonly secret: Uint8Array;
  readonly addresses: readonly string[];
  /** Wall ms. */
  readonly expiresAt: number;
}

/** What came of asking an inviter. */
export type JoinAnswer =
  | { readonly ok: true; readonly answer: Uint8Array }
  | { readonly ok: false; readonly code: 'INVITE_INVALID' | 'INVITE_REFUSED' | 'INVITER_UNREACHABLE'; readonly message: string };

/** A team as kept in the store: what it is, and what let this device in. */
export interface Charter {
  readonly team: Team;
  /** Kept in store meta `team`, handed back to `openMembership` at the next start. */
  readonly bytes: Uint8Array;
}

export interface MembershipInit {
  readonly charter: Charter;
  readonly identity: Identity;
  readonly profile: Profile;
  readonly store: Store;
  readonly trace: (event: TraceEvent) => void;
}

/** The world, as the composition root sees it. */
export interface Parts {
  openStore(dir: string): Promise<Store>;
  loadIdentity(dataDir: string): Promise<Identity>;
  foundTeam(init: {
    readonly identity: Identity;
    readonly profile: Profile;
    readonly name: string;
    readonly partitions: number;
  }): Charter;
  readCharter(bytes: Uint8Array): Charter;
  /** Checks an inviter's answer. @throws when it is not to this invite. */
  acceptAdmission(invite: string, answer: Uint8Array): Charter;
  openMembership(init: MembershipInit): Promise<Membership>;
  startHost(init: HostInit): Promise<RunningHost>;
  encodeInvite(invite: InviteText): string;
  joinTeam(init: {
    readonly identity: Identity;
    readonly invite: string;
    readonly request: Uint8Array;
    readonly timeoutMs: number;
    readonly log: Log;
  }): Promise<JoinAnswer>;
}
