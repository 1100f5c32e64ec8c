/**
 * Every message between members, declared once. A request has an `id`; its reply carries the same.
 * To add one: declare it here, give it the next number in `codec.ts`, handle it in `node/node.ts`.
 */
import { ACTOR_BYTES_MAX } from '../causality/dot.ts';
import { BUCKET_BYTES, HASH_BYTES, KEY_BYTES, LEAVES_BYTES } from './limits.ts';
import * as limits from './limits.ts';
import type { Decoded } from './schema.ts';
import { bytes, flag, float, list, oneOf, optional, struct, text, uint } from './schema.ts';

const id = uint();
const bucket = text(BUCKET_BYTES);
const key = text(KEY_BYTES);
const member = text(limits.MEMBER_BYTES);
const hash = bytes(HASH_BYTES);
const object = bytes(limits.OBJECT_BYTES);
const partition = uint(limits.PARTITION_MAX);

const indexEntry = struct({
  key,
  live: uint(limits.SIBLINGS_MAX),
  siblings: uint(limits.SIBLINGS_MAX),
  contentType: text(limits.CONTENT_TYPE_BYTES),
  size: uint(),
  writtenBy: member,
  writtenAt: float,
  hash,
});

const dot = struct({ actor: text(ACTOR_BYTES_MAX), counter: uint() });
/** Of a write out of a backup: see `Imported` in `node/put-coordinator.ts`. `seen` is a token. */
const imported = struct({ origin: optional(dot), writtenAt: float, seen: text(limits.TOKEN_BYTES) });

const copy = struct({ member, role: oneOf('primary', 'fallback'), durable: flag });

export const schemas = {
  /** Send back the object, or only its clock hash when `digest`. */
  read: struct({ id, bucket, key, digest: flag }),
  /** `hash` absent = nothing stored. `object` absent = as `hash` says, or only a digest was asked. */
  'read-reply': struct({ id, hash: optional(hash), object: optional(object) }),
  /** Merge this object; keep a hint when standing in for somebody. Answered once it is durable. */
  replicate: struct({ id, bucket, key, object, standsFor: optional(member) }),
  /** `durable` false = refused (disk full). */
  'replicate-reply': struct({ id, durable: flag }),
  /** Be the coordinator of this write: the sender is no replica of the key. */
  'forward-put': struct({
    id,
    bucket,
    key,
    value: optional(bytes(limits.VALUE_BYTES)),
    contentType: text(limits.CONTENT_TYPE_BYTES),
    context: optional(text(limits.TOKEN_BYTES)),
    w: text(8),
    sloppy: flag,
    timeoutMs: uint(limits.TIMEOUT_MS_MAX),
    writeId: text(limits.WRITE_ID_BYTES),
    writtenBy: member,
    imported: optional(imported),
  }),
  'forward-put-reply': struct({
    id,
    outcome: oneOf('written', 'unreachable', 'read-only', 'too-large', 'bad-request', 'context-mismatch'),
    context: text(limits.TOKEN_BYTES),
    copies: list(copy, limits.MEMBERS_IN_LIST),
    needed: uint(),
    acks: uint(),
    siblings: uint(limits.SIBLINGS_MAX),
    message: text(limits.MESSAGE_BYTES),
  }),
  list: struct({
    id,
    bucket,
    prefix: text(KEY_BYTES),
    after: optional(key),
    limit: uint(limits.PAGE_MAX),
    conflictsOnly: flag,
  }),
  'list-reply': struct({ id, entries: list(indexEntry, limits.PAGE_MAX) }),
  buckets: struct({ id }),
  'buckets-reply': struct({ id, buckets: list(bucket, limits.PAGE_MAX) }),
  conflicts: struct({ id, limit: uint(limits.PAGE_MAX) }),
  'conflicts-reply': struct({ id, entries: list(struct({ bucket, entry: indexEntry }), limits.PAGE_MAX) }),
  /** Broadcast: I live, and what I know hashes to `roster`. */
  heartbeat: struct({ member, heartbeat: uint(), roster: hash }),
  /** To one random peer: all that I know, in brief (anti-entropy of Demers et al., 1987). */
  'gossip-digest': struct({
    members: list(struct({ member, incarnation: uint(), status: text(16), heartbeat: uint() }), limits.MEMBERS_MAX),
    buckets: list(struct({ bucket, version: uint(), by: member }), limits.BUCKETS_MAX),
  }),
  /** What the other lacks, whole; `wanted` names what the sender lacks itself. */
  'gossip-delta': struct({
    records: list(bytes(limits.RECORD_BYTES), limits.RECORDS_IN_DELTA),
    buckets: list(bytes(limits.RECORD_BYTES), limits.RECORDS_IN_DELTA),
    wantedMembers: list(member, limits.RECORDS_IN_DELTA),
    wantedBuckets: list(bucket, limits.RECORDS_IN_DELTA),
  }),
  /** Merkle exchange, step 1: roots of partitions. The answer names those that differ. */
  'tree-roots': struct({ id, roots: list(struct({ partition, root: hash }), limits.PARTITION_MAX) }),
  'tree-roots-reply': struct({ id, differing: list(partition, limits.PARTITION_MAX) }),
  /** Step 2: the leaves of one. The answer lists the keys under the leaves that differ. */
  'tree-leaves': struct({ id, partition, leaves: bytes(LEAVES_BYTES) }),
  'tree-leaves-reply': struct({
    id,
    differing: list(uint(limits.LEAF_MAX), limits.LEAF_MAX + 1),
    entries: list(struct({ bucket, key, hash }), limits.KEYS_IN_REPLY),
  }),
} as const;

export type MessageKind = keyof typeof schemas;

/** `{ kind, …fields }` for each schema. */
export type Message = { [K in MessageKind]: { readonly kind: K } & Decoded<(typeof schemas)[K]> }[MessageKind];
export type MessageOf<K extends MessageKind> = Extract<Message, { readonly kind: K }>;
