/** What the network doctor goes by: plain values, gathered by `gather.ts` and `folder.ts`. */
import type { MemberStatus } from '../../p2p/index.ts';

export interface InterfaceFact {
  readonly name: string;
  readonly address: string;
  /** Length of the subnet's prefix, bits. */
  readonly prefix: number;
  /** Loopback. */
  readonly internal: boolean;
}

/** `p2p/libp2p/dial-failure.ts` says what each is. */
export type DialOutcome =
  | 'reached' | 'knocking' | 'turned-away' | 'silent' | 'other-peer' | 'not-ringleaf' | 'self'
  | 'refused' | 'unreachable' | 'no-such-name' | 'timed-out' | 'no-address' | 'failed';

export interface DialFact {
  /** Whom it was for, or who answered; `null`: nobody is known to be there. */
  readonly member: string | null;
  readonly addresses: readonly string[];
  /** A person gave the address. */
  readonly byHand: boolean;
  readonly outcome: DialOutcome;
  /** In a row. */
  readonly failures: number;
  readonly agoMs: number;
}

/** What the host has met with since it started. */
export interface NetworkFacts {
  readonly sinceMs: number;
  readonly mdns: { readonly on: boolean; readonly heard: number; readonly lastAgoMs: number | null };
  readonly dials: readonly DialFact[];
  /** Members that do not let this device in, and say why. */
  readonly refusals: readonly { readonly member: string; readonly reason: 'removed' | 'copy'; readonly agoMs: number }[];
  /** Devices that knocked and are of another team. */
  readonly otherTeams: { readonly devices: number; readonly lastAgoMs: number | null };
}

export interface MemberFact {
  readonly memberId: string;
  readonly name: string;
  readonly self: boolean;
  /** What names its computer: members of one machine count as one copy. */
  readonly machine: string;
  readonly status: MemberStatus;
  readonly liveness: 'alive' | 'suspect' | 'down';
  readonly lastHeardMs: number | null;
  readonly addresses: readonly string[];
  readonly roundTripMs: number | null;
  readonly clockOffsetMs: number | null;
  readonly release: string | null;
}

export interface DoctorFacts {
  readonly release: string;
  readonly team: { readonly standing: MemberStatus; readonly removedBy: string | null } | null;
  readonly quarantine: string | null;
  readonly interfaces: readonly InterfaceFact[];
  /** Multiaddrs that others can dial. */
  readonly listen: readonly string[];
  /** Addresses given by a person, dialled now and at each start. */
  readonly keptAddresses: readonly string[];
  readonly members: readonly MemberFact[];
  /** `null`: this device is in no team, or was removed. */
  readonly network: NetworkFacts | null;
  /** Of the records that were found damaged since the start, those that nobody reachable could mend are `refused`. */
  readonly disk: { readonly readOnly: string | null; readonly corruptRecords: number; readonly refusedRecords: number; readonly freeBytes: number | null };
  /** Partitions that are still to be fetched, and keys that have moved since the start. */
  readonly sync: { readonly owed: number; readonly keysMoved: number };
}

/** What can be seen of a data folder when no member answers there. */
export interface FolderFacts {
  readonly dataDir: string;
  readonly folder: 'there' | 'missing' | 'no-folder' | 'denied' | 'read-only';
  readonly freeBytes: number | null;
  /** What a knock at the member's socket came to. `too-long`: the path allows no socket. */
  readonly socket: 'missing' | 'nobody' | 'denied' | 'silent' | 'too-long';
  /** Of the store. */
  readonly lock: 'held' | 'free' | 'unknown';
  /** The process that holds it, where that can be told. */
  readonly lockedBy: number | null;
  /** It has been started before. */
  readonly hasStore: boolean;
  /** What the device's key is encrypted by. */
  readonly keyBy: 'passphrase' | 'keychain' | null;
}
