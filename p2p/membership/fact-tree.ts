/**
 * A small Merkle tree (Merkle, 1987) over all that a team agrees on, the facts: each member's
 * record and the settings of each bucket. Two members compare one root; only where it differs do
 * they compare ranges, then the facts of the ranges that differ.
 *
 *     root ── hash of 256 ranges ── range = h(fact 1) ⊕ h(fact 2) ⊕ …
 *
 * A fact's hash is over its name and all of its bytes, so whatever changes a record is news. A
 * fact's range follows from its name alone. XOR is order-free, and undone by itself: a record that
 * changes is taken out and put in anew. The rest is worked out at the first look after a change:
 * changes are rare, looks are not.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { bytesEqual } from '../bytes/bytes.ts';
import type { MemberId, MemberRecord } from '../types.ts';
import type { BucketRecord, BucketRegistry } from './bucket-registry.ts';
import { encodeBucketRecord } from './bucket-registry.ts';
import { encodeRecord } from './member-record.ts';
import type { Roster } from './roster.ts';

export const FACT_RANGES = 256;
export const FACT_HASH_BYTES = 8;
const FACT_HASH_WORDS = FACT_HASH_BYTES / 4;

/** `m` and a member's id, or `b` and a bucket's name. */
export type FactName = string;
type FactKind = 'm' | 'b';

export type Fact =
  | { readonly kind: 'member'; readonly name: FactName; readonly range: number; readonly record: MemberRecord }
  | { readonly kind: 'bucket'; readonly name: FactName; readonly range: number; readonly record: BucketRecord };

export class FactTree {
  readonly #roster: Roster;
  readonly #buckets: BucketRegistry;
  #revision = -1;
  /** The ranges of member records alone, from the first look on. */
  #members: Uint32Array | undefined;
  #ranges: Uint8Array = new Uint8Array(FACT_RANGES * FACT_HASH_BYTES);
  #root: Uint8Array = new Uint8Array(FACT_HASH_BYTES);

  constructor(roster: Roster, buckets: BucketRegistry) {
    this.#roster = roster;
    this.#buckets = buckets;
    roster.onChange = (before, after) => {
      if (this.#members === undefined) return;
      if (before !== undefined) fold(this.#members, memberDigest(before));
      fold(this.#members, memberDigest(after));
    };
  }

  get size(): number {
    return this.#roster.size + this.#buckets.size;
  }

  /** FACT_HASH_BYTES. Equal for equal facts. */
  root(): Uint8Array {
    this.#refresh();
    return this.#root;
  }

  /** FACT_RANGES × FACT_HASH_BYTES. */
  ranges(): Uint8Array {
    this.#refresh();
    return this.#ranges;
  }

  /** Ranges whose hash is another than in `theirs`. */
  differing(theirs: Uint8Array): readonly number[] {
    const ours = this.ranges();
    const differing: number[] = [];
    for (let range = 0; range < FACT_RANGES; range += 1) {
      const [from, to] = [range * FACT_HASH_BYTES, (range + 1) * FACT_HASH_BYTES];
      if (!bytesEqual(ours.subarray(from, to), theirs.subarray(from, to))) differing.push(range);
    }
    return differing;
  }

  /** All facts, or those of some ranges. */
  all(ranges?: ReadonlySet<number>): readonly Fact[] {
    const facts: Fact[] = [];
    for (const record of this.#roster.records()) if (ranges?.has(memberDigest(record).range) ?? true) facts.push(memberFact(record));
    for (const record of this.#buckets.all()) if (ranges?.has(bucketDigest(record).range) ?? true) facts.push(bucketFact(record));
    return facts;
  }

  get(name: FactName): Fact | undefined {
    const rest = name.slice(1);
    const record = name.startsWith('m') ? this.#roster.get(rest) : undefined;
    if (record !== undefined) return memberFact(record);
    const bucket = name.startsWith('b') ? this.#buckets.get(rest) : undefined;
    return bucket && bucketFact(bucket);
  }

  #refresh(): void {
    const revision = this.#roster.revision + this.#buckets.revision;
    if (revision === this.#revision) return;
    this.#revision = revision;
    const words = Uint32Array.from((this.#members ??= this.#foldMembers()));
    for (const record of this.#buckets.all()) fold(words, bucketDigest(record));
    this.#ranges = bytesOf(words);
    this.#root = sha256(this.#ranges).slice(0, FACT_HASH_BYTES);
  }

  #foldMembers(): Uint32Array {
    const words = new Uint32Array(FACT_RANGES * FACT_HASH_WORDS);
    for (const record of this.#roster.records()) fold(words, memberDigest(record));
    return words;
  }
}

interface Digest {
  readonly range: number;
  readonly words: readonly number[];
}

/** Records are immutable and looked at more than once: kept as long as the record is. */
const digests = new WeakMap<MemberRecord | BucketRecord, Digest>();

function memberDigest(record: MemberRecord): Digest {
  return digests.get(record) ?? digestOf('m', record.member, record, encodeRecord(record));
}

function bucketDigest(record: BucketRecord): Digest {
  return digests.get(record) ?? digestOf('b', record.bucket, record, encodeBucketRecord(record));
}

function digestOf(kind: FactKind, name: string, record: MemberRecord | BucketRecord, content: Uint8Array): Digest {
  const hash = sha256(new ByteWriter().text(`${kind}${name}`).bytes(content).finish());
  const view = new DataView(hash.buffer, hash.byteOffset);
  const words = Array.from({ length: FACT_HASH_WORDS }, (_, word) => view.getUint32(4 * word));
  const digest = { range: rangeOf(kind, name), words };
  digests.set(record, digest);
  return digest;
}

function fold(words: Uint32Array, digest: Digest): void {
  for (let word = 0; word < FACT_HASH_WORDS; word += 1) {
    const at = digest.range * FACT_HASH_WORDS + word;
    words[at] = (words[at] ?? 0) ^ (digest.words[word] ?? 0);
  }
}

/** Big endian, the same on every machine. */
function bytesOf(words: Iterable<number>): Uint8Array {
  const list = [...words];
  const view = new DataView(new ArrayBuffer(4 * list.length));
  for (const [index, word] of list.entries()) view.setUint32(4 * index, word);
  return new Uint8Array(view.buffer);
}

/** FACT_HASH_BYTES over name and content. */
export function factHash(fact: Fact): Uint8Array {
  return bytesOf((fact.kind === 'member' ? memberDigest(fact.record) : bucketDigest(fact.record)).words);
}

export function encodeFact(fact: Fact): Uint8Array {
  return fact.kind === 'member' ? encodeRecord(fact.record) : encodeBucketRecord(fact.record);
}

/** FNV-1a, folded to a byte: spreads names evenly, and promises no more. */
export function rangeOf(kind: FactKind, name: string): number {
  let hash = Math.imul(0x811c9dc5 ^ kind.charCodeAt(0), 0x01000193);
  for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
  return ((hash >>> 24) ^ (hash >>> 16) ^ (hash >>> 8) ^ hash) & (FACT_RANGES - 1);
}

export function memberFactName(member: MemberId): FactName {
  return `m${member}`;
}

function memberFact(record: MemberRecord): Fact {
  return { kind: 'member', name: memberFactName(record.member), range: memberDigest(record).range, record };
}

function bucketFact(record: BucketRecord): Fact {
  return { kind: 'bucket', name: `b${record.bucket}`, range: bucketDigest(record).range, record };
}
