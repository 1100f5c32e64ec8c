/** The only door of the engine. */
export { DEFAULT_CONFIG } from './config.ts';
export type { NodeConfig } from './config.ts';
export { admitMember, isSignedIn } from './membership/admission.ts';
export { DEFAULT_SETTINGS, HISTORY_DAYS_MAX, HISTORY_VERSIONS_MAX } from './membership/bucket-registry.ts';
export { decodeRecords, encodeRecords, isActive } from './membership/roster.ts';
export { WALL_STAMP_MAX } from './causality/stamp.ts';
export { decodeTeam, encodeTeam, foundTeam, TEAM_NONCE_BYTES } from './membership/team.ts';
export { TOKENS_PER_WEIGHT } from './ring/virtual-nodes.ts';
export type * from './node/commands.ts';
export type { WritesSnapshot } from './node/confirmations.ts';
export { Driver } from './node/driver.ts';
export type { DriverInit, RingSnapshot, ScrubSnapshot, TransfersSnapshot } from './node/driver.ts';
export type { MergingKey } from './node/merging-now.ts';
export type { MemberSnapshot, OwnProfile, Standing } from './node/member-desk.ts';
export type { PeerVitals } from './node/vitals.ts';
export type { TraceEvent } from './node/trace.ts';
export * from './ports.ts';
export type * from './types.ts';
