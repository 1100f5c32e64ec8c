/** Bounds of the network, each with its unit. A test may tighten the `HostLimits`. */

/**
 * A frame above this is rare: a key whose siblings were made apart. One of a lane waits beside the
 * others, in a queue that would otherwise have no room for it.
 */
export const LARGE_FRAME_BYTES = 8 * 1024 * 1024;
/** What large frames may take together that are coming, and as much again those that wait to leave: four of the largest. */
export const LARGE_FRAMES_MAX_BYTES = 256 * 1024 * 1024 + 256 * 1024;
/** Largest hello: version, boot nonce and credentials. */
export const HELLO_MAX_BYTES = 64 * 1024;
/** Records that tell a removed member why it is refused: they fit into a hello. */
export const VERDICT_MAX_BYTES = HELLO_MAX_BYTES - 1024;
/** Largest gossip message. */
export const BROADCAST_MAX_BYTES = 64 * 1024;
/** Gossip that waits for a slow peer. */
export const BROADCAST_QUEUE_MAX_BYTES = 8 * 1024 * 1024;
/** Frames waiting for a slow peer, a lane. Over it the newest is dropped: send is best effort. */
export const LANE_QUEUE_MAX_BYTES = 24 * 1024 * 1024;
/** The same over all lanes, beside what is each one's own: ten slow peers at their bound. */
export const LANES_QUEUE_MAX_BYTES = 10 * LANE_QUEUE_MAX_BYTES;
export const LANE_OWN_BYTES = 1024 * 1024;
/** The same as a number of frames: each costs some 200 bytes beside its own. */
export const LANE_QUEUE_MAX_FRAMES = 65_536;
/** Handed to the stream at a time, of however large a frame, so that lanes take turns. */
export const FLUSH_MAX_BYTES = 1024 * 1024;

/**
 * Frames of a lane that are handed over in a turn, about: then others have their turn. What comes
 * meanwhile is at most a muxer window, and stops its sender.
 */
export const FRAMES_A_TURN_MAX = 256;
/** Bytes looked through for frames at a time. */
export const READ_SLICE_BYTES = 16 * 1024;
/** Of a lane that waits for its turn: the largest window that yamux grants. */
export const LANE_UNREAD_MAX_BYTES = 16 * 1024 * 1024;

export const CONNECTIONS_MAX = 300;
/** Simultaneous dials make two connections of a pair; a restart may overlap with its old one. */
export const CONNECTIONS_PER_PEER_MAX = 4;
/** A whole team starting on one machine dials at once: libp2p's default of 5 a second starves it. */
export const INBOUND_CONNECTIONS_PER_SECOND_MAX = 100;
/** Connections that have come and have not proved who they are. A team starts on one address, too. */
export const INBOUND_PENDING_MAX = 64;
/** To prove it takes milliseconds, a second on a machine that is busy with many of them. */
export const INBOUND_UPGRADE_TIMEOUT_MS = 2_000;
export const STREAMS_PER_CONNECTION_MAX = 128;
/** Streams of a connection that wait for its admission. */
export const HELD_STREAMS_MAX = 4;
export const PROTOCOL_STREAMS_MAX = 4;

export const PEER_BOOK_MAX = 2_048;
export const DIALS_AT_ONCE_MAX = 16;
/** Of those, what mDNS found and is not known to belong. */
export const DIALS_OF_FOUND_MAX = 8;
export const DIAL_TIMEOUT_MS = 5_000;
export const FIND_PEER_TIMEOUT_MS = 3_000;
export const DIAL_BACKOFF_MIN_MS = 500;
export const DIAL_BACKOFF_MAX_MS = 30_000;

/** How often deadlines, removals and due dials are looked at. */
export const TICK_MS = 250;
/** How often it is told at most that what is on its way to or from a member gets on. */
export const MOVING_EVERY_MS = 1_000;
/** Of two runs of one member, one that has not knocked this long was stopped. Over the longest back-off. */
export const RESOLVED_AFTER_MS = 45_000;
export const BOOT_NONCES_KEPT = 8;

export interface HostLimits {
  /** A connection that is not admitted by then is closed. */
  readonly admissionTimeoutMs: number;
  /** Connections of peers that are no members, at once. */
  readonly strangersMax: number;
}

export const DEFAULT_HOST_LIMITS: HostLimits = { admissionTimeoutMs: 5_000, strangersMax: 32 };
