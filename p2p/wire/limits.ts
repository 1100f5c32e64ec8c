/** What a frame may hold, beside the nouns of `bounds.ts`. Every bound is checked before memory is taken. */
import { BUCKET_BYTES_MAX, MEMBER_BYTES_MAX } from '../bounds.ts';
import { LEAVES_PER_PARTITION } from '../ports.ts';

export const HASH_BYTES = 8;
export const LIFE_BYTES = 32;
export const RELEASE_BYTES = 32;
export const MESSAGE_BYTES = 1024;
export const RECORD_BYTES = 32 * 1024;
/** A whole object with its siblings; above this a key no longer travels. */
export const OBJECT_BYTES = 64 * 1024 * 1024;
/** A whole message: the largest object, and what is said with it. No network takes more. */
export const FRAME_BYTES = OBJECT_BYTES + 64 * 1024;
/** By then a frame that has begun is whole, or its lane ends: what has come of it takes memory. */
export const FRAME_TIME_MAX_MS = 300_000;
export const SIBLINGS_MAX = 65_536;
/** Bytes of earlier versions in one answer: the default ten of the largest values fit. */
export const HISTORY_REPLY_BYTES = 16 * 1024 * 1024;
export const VERSIONS_IN_REPLY = 1024;
export const MEMBERS_IN_LIST = 1024;
export const RECORDS_IN_DELTA = 256;
/** Facts in brief in one message: about 16 KB. */
export const BRIEFS_MAX = 256;
/** A kind, and a member's id or a bucket's name. */
export const FACT_NAME_BYTES = 1 + Math.max(MEMBER_BYTES_MAX, BUCKET_BYTES_MAX);
/** Heartbeats and rumours in one message: about 1 KB. */
export const NEWS_MAX = 16;
export const PAGE_MAX = 10_000;
export const LEAF_MAX = LEAVES_PER_PARTITION - 1;
/** Partitions in one question about trees. */
export const PARTITIONS_IN_TREE = 1_024;
export const TREE_GROUPS = 32;
export const RANGES_IN_TREE = 256;
export const PATH_BYTES = 16;
/** Keys of one range, or hashes of its parts. */
export const RANGE_BYTES = 64 * 1024;
export const KEYS_IN_FETCH = 64;
export const KEYS_IN_REAP = 512;
export const PROOFS_IN_MESSAGE = 64;
export const OBJECTS_IN_REPLY = 1_024;
export const TIMEOUT_MS_MAX = 10 * 60 * 1000;
