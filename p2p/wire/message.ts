/**
 * Every message between members, declared once. A request has an `id`; its reply carries the same.
 * To add one: declare it here, give it the next number in `codec.ts`, handle it in `node/node.ts`.
 */
import * as bounds from '../bounds.ts';
import { STAMP_MAX } from '../causality/stamp.ts';
import { FACT_RANGES } from '../membership/fact-tree.ts';
import { SIGNATURE_BYTES_MAX } from '../membership/statement.ts';
import { LEAVES_PER_PARTITION } from '../ports.ts';
import { HASH_BYTES } from './limits.ts';
import * as limits from './limits.ts';
import type { Decoded } from './schema.ts';
import { ascending, bytes, flag, float, list, oneOf, optional, sparse, struct, text, uint } from './schema.ts';

const id = uint();
const epoch = uint(bounds.EPOCH_MAX);
const bucket = text(bounds.BUCKET_BYTES_MAX);
const key = text(bounds.KEY_BYTES_MAX);
const member = text(bounds.MEMBER_BYTES_MAX);
/** The run of a member that a heartbeat is of: its boot nonce. */
const life = text(limits.LIFE_BYTES);
const hash = bytes(HASH_BYTES);
const object = bytes(limits.OBJECT_BYTES);
const partition = uint(bounds.PARTITIONS_MAX);
const partitions = ascending(bounds.PARTITIONS_MAX, limits.PARTITIONS_IN_TREE);
const leaf = uint(limits.LEAF_MAX);
/** Whose keys a tree is over: all buckets of `n` copies (0 = every member), or one of them. */
const scope = struct({ n: uint(bounds.COPIES_MAX), bucket: optional(bucket) });

const indexEntry = struct({
  key,
  live: uint(limits.SIBLINGS_MAX),
  siblings: uint(limits.SIBLINGS_MAX),
  contentType: text(bounds.CONTENT_TYPE_BYTES_MAX),
  size: uint(),
  writtenBy: member,
  writtenAt: float,
  hash,
});

/** Partitions that an answer is good for, a bit each; absent = all that are the sender's by the view that was sent. */
const answersFor = optional(list(struct({ n: uint(bounds.COPIES_MAX), partitions: bytes(bounds.PARTITIONS_MAX / 8) }), bounds.COPIES_MAX + 1));

const dot = struct({ actor: text(bounds.ACTOR_BYTES_MAX), counter: uint() });
/** Of a write out of a backup: see `Imported` in `node/put-request.ts`. `seen` is a token. */
const imported = struct({ origin: optional(dot), writtenAt: float, stamp: uint(STAMP_MAX), seen: text(bounds.TOKEN_CHARS_MAX) });
const factName = text(limits.FACT_NAME_BYTES);
/** `isLost`: somebody lost its connection to `member` when its heartbeat stood there. */
const news = struct({ member, heartbeat: uint(bounds.HEARTBEAT_MAX), life, isLost: flag });
/** `raised`, `fence`, `isSure`: how far the sender took part in reaping, and whether it knows; `node/horizon.ts`. */
const beat = { heartbeat: uint(bounds.HEARTBEAT_MAX), life, root: hash, raised: epoch, fence: epoch, isSure: flag, news: list(news, limits.NEWS_MAX) };
/** What the horizon of the object's holder was when it was read there. */
const horizon = epoch;

const copy = struct({ member, role: oneOf('primary', 'fallback'), durable: flag });

export const schemas = {
  /** Send back the object, or only its clock hash when `digest`. `asPrimary`: only if you own the key. */
  read: struct({ id, bucket, key, digest: flag, asPrimary: flag }),
  /**
   * `hash` absent = nothing stored. `object` absent = as `hash` says, or only a digest was asked.
   * `refused` = no answer at all: not an owner, not complete yet, or the record is damaged.
   */
  'read-reply': struct({ id, refused: flag, hash: optional(hash), object: optional(object), horizon }),
  /** Merge this object; keep a hint when standing in for somebody. Answered once it is durable. */
  replicate: struct({ id, bucket, key, object, standsFor: optional(member), asPrimary: flag, horizon }),
  /** `durable` false = refused by the disk. `isOther` = kept, but not as the primary that was asked. */
  'replicate-reply': struct({ id, durable: flag, isOther: flag }),
  /** Instead of any other reply: too much of yours is under way here. Nothing was done; try again later. */
  'overloaded-reply': struct({ id }),
  /** Instead of a `replicate-reply` to who is to stand in: hints have all their room here. Nothing was done. */
  'hints-full-reply': struct({ id }),
  /** Be the coordinator of this write: the sender is no replica of the key. */
  'forward-put': struct({
    id,
    bucket,
    key,
    value: optional(bytes(bounds.VALUE_BYTES_MAX)),
    contentType: text(bounds.CONTENT_TYPE_BYTES_MAX),
    context: optional(text(bounds.TOKEN_CHARS_MAX)),
    w: text(8),
    sloppy: flag,
    timeoutMs: uint(limits.TIMEOUT_MS_MAX),
    writeId: text(bounds.WRITE_ID_BYTES_MAX),
    writtenBy: member,
    imported: optional(imported),
  }),
  'forward-put-reply': struct({
    id,
    outcome: oneOf('written', 'unreachable', 'read-only', 'too-large', 'bad-request', 'context-mismatch'),
    context: text(bounds.TOKEN_CHARS_MAX),
    copies: list(copy, limits.MEMBERS_IN_LIST),
    needed: uint(),
    acks: uint(),
    siblings: uint(limits.SIBLINGS_MAX),
    message: text(limits.MESSAGE_BYTES),
  }),
  /** Rows of the bucket that you keep, in order, after `after`. `view`: what the sender takes the team for. */
  list: struct({ id, view: hash, bucket, prefix: text(bounds.KEY_BYTES_MAX), after: optional(key), limit: uint(limits.PAGE_MAX) }),
  'list-reply': struct({ id, entries: list(indexEntry, limits.PAGE_MAX), isMore: flag, answersFor }),
  /** Names of buckets that you keep, in order, after `after`. */
  buckets: struct({ id, after: optional(bucket) }),
  'buckets-reply': struct({ id, buckets: list(bucket, limits.PAGE_MAX), isMore: flag }),
  conflicts: struct({ id, view: hash, bucket: optional(bucket), after: optional(struct({ bucket, key })), limit: uint(limits.PAGE_MAX) }),
  'conflicts-reply': struct({ id, entries: list(struct({ bucket, entry: indexEntry }), limits.PAGE_MAX), isMore: flag, answersFor }),
  /** Earlier versions that you keep; with `seen` only the latest that all of these contexts cover. */
  history: struct({ id, bucket, key, seen: list(bytes(bounds.TOKEN_CHARS_MAX), limits.SIBLINGS_MAX) }),
  'history-reply': struct({ id, versions: list(object, limits.VERSIONS_IN_REPLY), isWhole: flag }),
  /** Somebody at the sender merges this key now, or no more. A courtesy: unanswered, never stored. */
  merging: struct({ bucket, key, isOn: flag }),
  /** Broadcast: I live, and, when it changed, what I say of myself. */
  heartbeat: struct({ member, heartbeat: uint(bounds.HEARTBEAT_MAX), life, record: optional(bytes(limits.RECORD_BYTES)) }),
  /** Do you hear me? Asked after a request that stayed unanswered. */
  probe: struct({ id }),
  'probe-reply': struct({ id }),
  /** What does your clock say, and which release are you? */
  about: struct({ id }),
  'about-reply': struct({ id, wallMs: float, release: text(limits.RELEASE_BYTES) }),
  /** To a few peers at each beat: I live, all that I know hashes to `root`, and news of others. */
  'gossip-beat': struct({ id, ...beat }),
  'gossip-beat-reply': struct({ id, ...beat }),
  /** The roots differ: hashes of all ranges of facts. */
  'gossip-ranges': struct({ ranges: bytes(FACT_RANGES * HASH_BYTES) }),
  /** All facts that the sender has in these ranges, in brief. No range = all of them. */
  'gossip-briefs': struct({
    ranges: list(uint(FACT_RANGES - 1), FACT_RANGES),
    facts: list(struct({ name: factName, hash }), limits.BRIEFS_MAX),
  }),
  /** What the other lacks, whole; `wanted` names what the sender lacks itself. */
  'gossip-delta': struct({
    root: hash,
    records: list(bytes(limits.RECORD_BYTES), limits.RECORDS_IN_DELTA),
    buckets: list(bytes(limits.RECORD_BYTES), limits.RECORDS_IN_DELTA),
    wanted: list(factName, limits.RECORDS_IN_DELTA),
  }),
  /** Roots of the trees of partitions, 8 bytes each; `owing` are those that are not complete there, and that it is fetching now if `isFetching`. */
  'tree-roots': struct({ id, scope, partitions }),
  'tree-roots-reply': struct({ id, roots: bytes(limits.PARTITIONS_IN_TREE * HASH_BYTES), owing: partitions, isFetching: flag }),
  /** Leaves of partitions, in the order that was asked. */
  'tree-leaves': struct({ id, scope, partitions }),
  'tree-leaves-reply': struct({ id, leaves: list(sparse(LEAVES_PER_PARTITION, HASH_BYTES), limits.PARTITIONS_IN_TREE) }),
  /**
   * Merkle exchange, first: one hash over all that both members keep of the scope, if both see the
   * same team (`view`). When it differs the answer has one hash a group of partitions.
   */
  'tree-top': struct({ id, scope, view: hash, top: hash }),
  'tree-top-reply': struct({ id, verdict: oneOf('same', 'differs', 'other-view'), groups: bytes(limits.TREE_GROUPS * HASH_BYTES) }),
  /** Keys under leaves, or hashes of the parts of a leaf. The answer may end early; ask for the rest. */
  'tree-entries': struct({
    id,
    scope,
    ranges: list(struct({ partition, leaf, path: bytes(limits.PATH_BYTES) }), limits.RANGES_IN_TREE),
  }),
  'tree-entries-reply': struct({
    id,
    ranges: list(struct({ isCut: flag, hashes: bytes(limits.RANGE_BYTES) }), limits.RANGES_IN_TREE),
  }),
  /** Objects by the 8 bytes that name each within its leaf. The answer may end early. */
  'fetch-keys': struct({ id, scope, keys: list(struct({ partition, leaf, brief: hash }), limits.KEYS_IN_FETCH) }),
  'fetch-keys-reply': struct({ id, objects: list(struct({ bucket, key, object }), limits.OBJECTS_IN_REPLY), horizon }),
  /** May these deletions be forgotten? Of each: its clock hash, and its latest stamp. See `node/reap-votes.ts`. */
  reap: struct({
    id,
    phase: oneOf('hold', 'seal', 'drop'),
    epoch,
    horizon,
    fence: epoch,
    team: hash,
    keys: list(struct({ bucket, key, hash, stamp: uint(STAMP_MAX) }), limits.KEYS_IN_REAP),
  }),
  /** `agreed`: numbers of keys. `highest`: no epoch that the sender knows is above it. */
  'reap-reply': struct({ id, highest: epoch, agreed: ascending(limits.KEYS_IN_REAP - 1, limits.KEYS_IN_REAP) }),
  /** `member` has signed that there is this life of it, which got so far; without a signature: can you show that? */
  'gossip-life': struct({ member, life, number: uint(bounds.HEARTBEAT_MAX / bounds.HEARTBEATS_A_LIFE), isPassedOn: flag, signature: optional(bytes(SIGNATURE_BYTES_MAX)) }),
  /** How far members have signed that their horizons are raised. */
  'gossip-raised': struct({ proofs: list(struct({ member, epoch, signature: bytes(SIGNATURE_BYTES_MAX) }), limits.PROOFS_IN_MESSAGE) }),
} as const;

export type MessageKind = keyof typeof schemas;

/** `{ kind, …fields }` for each schema. */
export type Message = { [K in MessageKind]: { readonly kind: K } & Decoded<(typeof schemas)[K]> }[MessageKind];
export type MessageOf<K extends MessageKind> = Extract<Message, { readonly kind: K }>;
