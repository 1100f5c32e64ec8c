/** Arbitrary values of the core's nouns, for every property test. */
import fc from 'fast-check';
import { EPOCH_MAX, HEARTBEAT_MAX, INCARNATION_MAX, SETTINGS_VERSION_MAX } from '../../p2p/bounds.ts';
import type { CausalContext } from '../../p2p/causality/causal-context.ts';
import { covers, difference, EMPTY_CONTEXT, only, union } from '../../p2p/causality/causal-context.ts';
import { compareDots, dotName } from '../../p2p/causality/dot.ts';
import type { KeyObject, StoredSibling } from '../../p2p/causality/key-object.ts';
import { compareBytes } from '../../p2p/bytes/bytes.ts';
import { STAMP_MAX } from '../../p2p/causality/stamp.ts';
import type { BucketRecord } from '../../p2p/membership/bucket-registry.ts';
import { isPersonName } from '../../p2p/membership/person-name.ts';
import type { BucketSettings, Dot, MemberRecord, Team } from '../../p2p/types.ts';
import { foundTeam } from '../../p2p/membership/team.ts';
import type { Message, MessageKind, MessageOf } from '../../p2p/wire/message.ts';
import { schemas } from '../../p2p/wire/message.ts';

const plain = { noNullPrototype: true };

/** Well-formed text of all planes, at most `length` code points. */
export const text = (length = 12): fc.Arbitrary<string> => fc.string({ unit: 'binary', maxLength: length }).filter((value) => value.isWellFormed());
export const bytes = (length = 24): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: length });
const hash = fc.uint8Array({ minLength: 8, maxLength: 8 });
export const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
const count = fc.maxSafeNat();
const heartbeat = fc.integer({ min: 0, max: HEARTBEAT_MAX });
const stamp = fc.integer({ min: 0, max: STAMP_MAX });
const epoch = fc.integer({ min: 0, max: EPOCH_MAX });


/** Few actors and small counters, so that dots of different values meet. */
export const ACTORS = ['a', 'b', 'AAECAwQFBgc', 'not8bytes-_', 'é', '😀'];
const actor = fc.constantFrom(...ACTORS);
export const dot: fc.Arbitrary<Dot> = fc.record({ actor, counter: fc.integer({ min: 1, max: 8 }) }, plain);
const dotSet = (maxLength: number): fc.Arbitrary<Dot[]> =>
  fc.uniqueArray(dot, { selector: dotName, maxLength }).map((dots) => dots.sort(compareDots));

export const context: fc.Arbitrary<CausalContext> = fc
  .tuple(fc.uniqueArray(dot, { selector: ({ actor: name }) => name, maxLength: 4 }), dotSet(5))
  .map(([bounds, holes]) => {
    const upper = new Map(bounds.map(({ actor: name, counter }) => [name, counter]));
    return difference({ upper, except: [] }, holes.map(only).reduce(union, EMPTY_CONTEXT));
  });

export const sibling = (at: Dot): fc.Arbitrary<StoredSibling> =>
  fc.record(
    {
      dot: fc.constant(at),
      value: fc.option(bytes(), { nil: undefined }),
      contentType: text(),
      writtenBy: text(),
      writtenAt: time,
      writeId: text(8),
      seen: context,
      stamp,
      replaced: fc.array(fc.record({ tag: hash, dot }, plain), { minLength: 1, maxLength: 8 }),
    },
    { ...plain, requiredKeys: ['dot', 'value', 'contentType', 'writtenBy', 'writtenAt', 'writeId', 'seen'] },
  );

export const keyObject: fc.Arbitrary<KeyObject> = fc.tuple(context, dotSet(5)).chain(([clock, dots]) =>
  fc
    .tuple(...dots.filter((at) => covers(clock, at)).map(sibling))
    .map((siblings) => ({ context: clock, siblings })),
);

export const settings: fc.Arbitrary<BucketSettings> = fc.record(
  {
    n: fc.oneof(fc.constant('all' as const), fc.integer({ min: 1, max: 100 })),
    r: fc.oneof(fc.constantFrom('one' as const, 'quorum' as const, 'all' as const), fc.integer({ min: 1, max: 100 })),
    w: fc.oneof(fc.constantFrom('any' as const, 'one' as const, 'quorum' as const, 'all' as const), fc.integer({ min: 1, max: 100 })),
    sloppy: fc.boolean(),
    resolution: fc.constantFrom('siblings' as const, 'lww' as const),
    historyVersions: fc.integer({ min: 0, max: 100 }),
    historyDays: fc.integer({ min: 1, max: 3_650 }),
  },
  plain,
);

export const bucketRecord: fc.Arbitrary<BucketRecord> = fc.record({ bucket: text(), version: fc.integer({ min: 0, max: SETTINGS_VERSION_MAX }), by: text(), settings }, plain);

const statement = fc.record({ by: text(), at: time, signature: bytes(64) }, plain);
const hashes = fc.uniqueArray(fc.uint8Array({ minLength: 16, maxLength: 16 }), { maxLength: 3, selector: String });
const known = fc.record({ admitted: hashes.map((all) => all.sort(compareBytes)), path: fc.array(statement, { maxLength: 3 }) }, plain);
const removal = fc.tuple(statement, fc.option(known, { nil: undefined })).map(([said, knew]) => ({ ...said, ...(knew && { known: knew }) }));

export const person = fc.string({ unit: 'binary', minLength: 1, maxLength: 24 }).filter(isPersonName);

export const memberRecord: fc.Arbitrary<MemberRecord> = fc.record(
  {
    member: text(),
    incarnation: fc.integer({ min: 0, max: INCARNATION_MAX }),
    said: fc.constantFrom('joining' as const, 'up' as const, 'leaving' as const, 'left' as const),
    name: text(),
    machine: text(),
    person: fc.option(person, { nil: undefined }),
    zone: fc.option(fc.string({ minLength: 1, maxLength: 8 }), { nil: undefined }),
    weight: fc.double({ min: 0, max: 64, noNaN: true }),
    seed: fc.nat(0xffff),
    addresses: fc.array(text(), { maxLength: 4 }),
    admission: statement,
    signature: bytes(64),
    removal: fc.option(removal, { nil: undefined }),
  },
  plain,
).map(({ seed, person, ...record }) => ({ ...record, ...(person !== undefined && { person }), ...(seed > 0 && { seed }), status: record.removal === undefined ? record.said : 'removed' }));

export const team: fc.Arbitrary<Team> = fc
  .record({ name: text(), partitions: fc.nat(16).map((bits) => 2 ** bits), founder: text(), nonce: fc.uint8Array({ minLength: 16, maxLength: 16 }) }, plain)
  .map(foundTeam);

const id = count;
const bucket = text();
const key = text();
const member = text();
const small = fc.nat(255);
const token = fc.base64String({ maxLength: 32 });
const entry = fc.record({ key, live: small, siblings: small, contentType: text(), size: count, writtenBy: member, writtenAt: time, hash }, plain);
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const list = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(value, { maxLength: 4 });

const answersFor = optional(list(fc.record({ n: fc.nat(100), partitions: bytes() }, plain)));
const partition = fc.nat(65_535);
const partitions = fc.uniqueArray(partition, { maxLength: 6 }).map((some) => some.sort((a, b) => a - b));
const leaf = fc.nat(63);
const scope = fc.record({ n: fc.nat(100), bucket: optional(bucket) }, plain);
const leaves = fc.array(fc.oneof(fc.constant(new Uint8Array(8)), fc.uint8Array({ minLength: 8, maxLength: 8 })), { minLength: 64, maxLength: 64 }).map((some) => {
  const joined = new Uint8Array(512);
  for (const [index, one] of some.entries()) joined.set(one, index * 8);
  return joined;
});
const beat = { heartbeat, life: text(8), root: hash, raised: epoch, fence: epoch, isSure: fc.boolean(), news: list(fc.record({ member, heartbeat, life: text(8), isLost: fc.boolean() }, plain)) };

/** The compiler demands a row for each kind: a message without a round trip does not build. */
const fields: { readonly [K in MessageKind]: fc.Arbitrary<Omit<MessageOf<K>, 'kind'>> } = {
  read: fc.record({ id, bucket, key, digest: fc.boolean(), asPrimary: fc.boolean() }, plain),
  'read-reply': fc.record({ id, refused: fc.boolean(), hash: optional(hash), object: optional(bytes()), horizon: epoch }, plain),
  replicate: fc.record({ id, bucket, key, object: bytes(), standsFor: optional(member), asPrimary: fc.boolean(), horizon: epoch }, plain),
  'replicate-reply': fc.record({ id, durable: fc.boolean(), isOther: fc.boolean() }, plain),
  'overloaded-reply': fc.record({ id }, plain),
  'hints-full-reply': fc.record({ id }, plain),
  'forward-put': fc.record(
    {
      id, bucket, key, value: optional(bytes()), contentType: text(), context: optional(token), w: fc.constantFrom('any', '2', 'all'),
      sloppy: fc.boolean(), timeoutMs: fc.nat(600_000), writeId: text(), writtenBy: member,
      imported: optional(fc.record({ origin: optional(dot), writtenAt: time, stamp, seen: token }, plain)),
    },
    plain,
  ),
  'forward-put-reply': fc.record(
    {
      id, outcome: fc.constantFrom('written', 'unreachable', 'read-only', 'too-large', 'bad-request', 'context-mismatch'), context: token,
      copies: list(fc.record({ member, role: fc.constantFrom('primary', 'fallback'), durable: fc.boolean() }, plain)),
      needed: count, acks: count, siblings: small, message: text(),
    },
    plain,
  ),
  list: fc.record({ id, view: hash, bucket, prefix: text(), after: optional(key), limit: fc.nat(10_000) }, plain),
  history: fc.record({ id, bucket, key, seen: list(bytes()) }, plain),
  'history-reply': fc.record({ id, versions: list(bytes()), isWhole: fc.boolean() }, plain),
  'list-reply': fc.record({ id, entries: list(entry), isMore: fc.boolean(), answersFor }, plain),
  buckets: fc.record({ id, after: optional(bucket) }, plain),
  'buckets-reply': fc.record({ id, buckets: list(bucket), isMore: fc.boolean() }, plain),
  conflicts: fc.record({ id, view: hash, bucket: optional(bucket), after: optional(fc.record({ bucket, key }, plain)), limit: fc.nat(10_000) }, plain),
  'conflicts-reply': fc.record({ id, entries: list(fc.record({ bucket, entry }, plain)), isMore: fc.boolean(), answersFor }, plain),
  merging: fc.record({ bucket, key, isOn: fc.boolean() }, plain),
  heartbeat: fc.record({ member, heartbeat, life: text(8), record: optional(bytes()) }, plain),
  probe: fc.record({ id }, plain),
  'probe-reply': fc.record({ id }, plain),
  about: fc.record({ id }, plain),
  'about-reply': fc.record({ id, wallMs: time, release: text(8) }, plain),
  'gossip-beat': fc.record({ id, ...beat }, plain),
  'gossip-beat-reply': fc.record({ id, ...beat }, plain),
  'gossip-ranges': fc.record({ ranges: fc.uint8Array({ minLength: 2_048, maxLength: 2_048 }) }, plain),
  'gossip-briefs': fc.record({ ranges: list(fc.nat(255)), facts: list(fc.record({ name: text(), hash }, plain)) }, plain),
  'gossip-delta': fc.record({ root: hash, records: list(bytes()), buckets: list(bytes()), wanted: list(text()) }, plain),
  'tree-top': fc.record({ id, scope, view: hash, top: hash }, plain),
  'tree-top-reply': fc.record({ id, verdict: fc.constantFrom('same', 'differs', 'other-view'), groups: fc.uint8Array({ maxLength: 256 }) }, plain),
  'tree-roots': fc.record({ id, scope, partitions }, plain),
  'tree-roots-reply': fc.record({ id, roots: fc.uint8Array({ maxLength: 64 }), owing: partitions, isFetching: fc.boolean() }, plain),
  'tree-leaves': fc.record({ id, scope, partitions }, plain),
  'tree-leaves-reply': fc.record({ id, leaves: list(leaves) }, plain),
  'tree-entries': fc.record({ id, scope, ranges: list(fc.record({ partition, leaf, path: fc.uint8Array({ max: 15, maxLength: 16 }) }, plain)) }, plain),
  'tree-entries-reply': fc.record({ id, ranges: list(fc.record({ isCut: fc.boolean(), hashes: fc.uint8Array({ maxLength: 64 }) }, plain)) }, plain),
  'fetch-keys': fc.record({ id, scope, keys: list(fc.record({ partition, leaf, brief: hash }, plain)) }, plain),
  'fetch-keys-reply': fc.record({ id, objects: list(fc.record({ bucket, key, object: bytes() }, plain)), horizon: epoch }, plain),
  reap: fc.record(
    {
      id, phase: fc.constantFrom('hold', 'seal', 'drop'), epoch, horizon: epoch, fence: epoch, team: hash,
      keys: list(fc.record({ bucket, key, hash, stamp }, plain)),
    },
    plain,
  ),
  'gossip-life': fc.record({ member, life: text(8), number: fc.nat(4_000_000), isPassedOn: fc.boolean(), signature: optional(bytes()) }, plain),
  'gossip-raised': fc.record({ proofs: list(fc.record({ member, epoch, signature: bytes() }, plain)) }, plain),
  'reap-reply': fc.record({ id, highest: epoch, agreed: fc.uniqueArray(fc.nat(511)).map((numbers) => numbers.sort((a, b) => a - b)) }, plain),
};

export const messageKinds = Object.keys(schemas) as readonly MessageKind[];

export function message(kind: MessageKind): fc.Arbitrary<Message> {
  return (fields[kind] as fc.Arbitrary<object>).map((value) => ({ ...value, kind }) as Message);
}

/** Valid bytes with a few bytes changed, cut off or added: close to the truth, so decoders go deep. */
export function mutated(valid: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const change = fc.tuple(fc.constantFrom('set', 'cut', 'insert', 'grow'), fc.nat(), fc.nat(255));
  return fc.tuple(valid, fc.array(change, { minLength: 1, maxLength: 4 })).map(([start, changes]) => {
    let result = [...start];
    for (const [how, where, value] of changes) {
      const at = where % (result.length + 1);
      if (how === 'set' && at < result.length) result[at] = value;
      if (how === 'cut') result = result.slice(0, at);
      if (how === 'insert') result.splice(at, 0, value);
      if (how === 'grow') result.push(value, value);
    }
    return Uint8Array.from(result);
  });
}
