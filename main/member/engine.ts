/**
 * What the member process needs of the core, of the network and of the disk, as types. `parts.ts`
 * binds the real ones; tests bind their own. Adapting to the core happens there and nowhere else.
 */
import type { DialOutcome, NetworkFacts } from '../doctor/facts.ts';
import type {
  BucketName,
  BucketSettings,
  Command,
  Gate,
  HintRoomSnapshot,
  Liveness,
  MemberId,
  MemberRecord,
  MergingKey,
  Notice,
  Outcome,
  PeerVitals,
  ReapingSnapshot,
  ScrubSnapshot,
  Signer,
  Standing,
  Store,
  Team,
  TraceEvent,
  TransfersSnapshot,
  Transport,
  WritesSnapshot,
} from '../../p2p/index.ts';
import type { KeyOpeners, KeyProtection } from '../../p2p/libp2p/device-key.ts';

export interface MemberSnapshot extends PeerVitals {
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
  /** The name that a member gives itself; empty when it is not known here. Costs one look, whatever the team's size. */
  nameOf(member: MemberId): string;
  /** Who works at it, as it says; `undefined` when it does not, or is not known here. */
  personOf(member: MemberId): string | undefined;
  ring(): RingSnapshot;
  bucketSettings(bucket: BucketName): BucketSettings;
  antiEntropy(): { readonly lastRoundMs: number | undefined; readonly differing: number; readonly repaired: number };
  scrub(): ScrubSnapshot;
  standing(): Standing;
  /** Members whose absence keeps this one from leaving. */
  leaveWaitsFor(): readonly MemberId[];
  /** Why this member takes no part for now, and what else a person should know of this moment. */
  condition(): { readonly quarantine: string | undefined; readonly warnings: readonly string[] };
  overview(): { readonly partitionsOwned: number; readonly alive: number; readonly members: number };
  /** Keys that somebody else merges at this moment. */
  merging(): readonly MergingKey[];
  transfers(): TransfersSnapshot;
  reaping(): ReapingSnapshot;
  hintRoom(): HintRoomSnapshot;
  /** `inherited`: hints of before the start that may still be here, at most. */
  writes(): WritesSnapshot & { readonly inherited: number };
  stop(): Promise<void>;
}

/** What this device says of itself, in its signed record. */
export interface Profile {
  readonly name: string;
  /** Who works at it. */
  readonly person: string | undefined;
  readonly machine: string;
  readonly zone: string | undefined;
  readonly weight: number;
}

/** Running, alone so far: the host asks `gate`, then `attach` hands the transport in. */
export interface Membership {
  readonly gate: Gate;
  readonly engine: Engine;
  records(): readonly MemberRecord[];
  /** May a device with this id be let in by us? `again`: it was a member before. */
  mayAdmit(joiner: MemberId): 'never' | 'first' | 'again';
  /** The inviter's answer to a joiner that proved its invite: team, admission, member records. */
  admit(joiner: MemberId, request: Uint8Array): Uint8Array;
  attach(transport: Transport, addresses: readonly string[]): void;
  /** Peers reach this device elsewhere now. */
  moved(addresses: readonly string[]): void;
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
  /** What it has met with. */
  seen(): NetworkFacts;
  /** Dials an address now, and goes on dialling it until `forget`. Never rejects. */
  reach(address: string): Promise<{ readonly outcome: DialOutcome; readonly member: MemberId | undefined }>;
  forget(address: string): void;
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

export type InviteReading =
  | ({ readonly ok: true } & Pick<InviteText, 'teamId' | 'teamName' | 'inviter' | 'expiresAt'>)
  | { readonly ok: false; readonly message: string };

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
  /** Of the program, as peers are told. */
  readonly version: string;
  readonly store: Store;
  readonly trace: (event: TraceEvent) => void;
  /** The store is older than what the team has forgotten: it has to make room. */
  readonly setAside: () => void;
}

export type { KeyOpeners, KeyProtection };

/** The key of this device as it is kept. */
export interface DeviceKey {
  readonly identity: Identity;
  /** What its file is encrypted by; `null`: by nothing. */
  readonly protectedBy: KeyProtection['by'] | null;
  /** `null`: by nothing any more. A crash leaves it as it was, or as it is to be. */
  protect(protection: KeyProtection | null): Promise<void>;
  /** Keeps another as this device's, as protected as the former, which is set aside. @returns where. */
  replace(identity: Identity, why: string): Promise<string>;
}

/** The world, as the composition root sees it. */
export interface Parts {
  openStore(dir: string): Promise<Store>;
  /** Reads the device's key, or makes it at the first start. @throws whatever `ask` rejects with. */
  openKey(dataDir: string, openers: KeyOpeners): Promise<DeviceKey>;
  /** Not kept anywhere yet. */
  newIdentity(): Promise<Identity>;
  foundTeam(init: {
    readonly identity: Identity;
    readonly name: string;
    readonly partitions: number;
  }): Charter;
  /** `undefined` when it lets another key in. @throws when it is no charter. */
  readCharter(bytes: Uint8Array, identity: Identity): Charter | undefined;
  /** The team that a charter is of, whoever's it is. */
  teamOf(charter: Uint8Array): Team;
  /** The same charter, with what is known of the members now. */
  introduce(charter: Charter, records: readonly MemberRecord[]): Charter;
  /** The same charter, for a device whose store is empty. */
  reenter(charter: Charter, identity: Identity): Charter;
  /** Checks an inviter's answer. @throws when it is not to this invite. */
  acceptAdmission(invite: string, answer: Uint8Array, identity: Identity): Charter;
  openMembership(init: MembershipInit): Promise<Membership>;
  startHost(init: HostInit): Promise<RunningHost>;
  encodeInvite(invite: InviteText): string;
  /** What a link or its code says, believed or not. */
  readInvite(invite: string): InviteReading;
  joinTeam(init: {
    readonly identity: Identity;
    readonly invite: string;
    readonly request: Uint8Array;
    readonly timeoutMs: number;
    readonly log: Log;
  }): Promise<JoinAnswer>;
}
