/**
 * A store of very many keys that answers an exchange's questions, in 16 bytes of memory a key: values
 * are made again when they are read. Keys that were written since are kept as they are.
 */
import { clockHash, decodeObject, encodeObject } from '../../p2p/causality/object-codec.ts';
import { EMPTY_OBJECT, write } from '../../p2p/causality/key-object.ts';
import { EMPTY_CONTEXT } from '../../p2p/causality/causal-context.ts';
import type { StoreAnswer, StoreQuery } from '../../p2p/node/events.ts';
import type { Mutation } from '../../p2p/ports.ts';
import { LEAVES_PER_PARTITION } from '../../p2p/ports.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import type { KeyRef } from '../../p2p/types.ts';

const BUCKET = 'notes';
const VALUE_BYTES = 100;
const HASH_BYTES = 8;

/** The same keys for every store over it: made once. */
export class ManyKeys {
  readonly count: number;
  readonly partitions: number;
  /** XOR of the hashes under each leaf. */
  readonly leaves: Uint8Array;
  readonly #hashes: Uint8Array;
  /** Numbers of keys, leaf by leaf, and where each leaf begins. */
  readonly #order: Uint32Array;
  readonly #starts: Uint32Array;

  constructor(count: number, partitions: number) {
    this.count = count;
    this.partitions = partitions;
    this.#hashes = new Uint8Array(count * HASH_BYTES);
    const leafCount = partitions * LEAVES_PER_PARTITION;
    this.leaves = new Uint8Array(leafCount * HASH_BYTES);
    const leafOf = new Uint32Array(count);
    this.#starts = new Uint32Array(leafCount + 1);
    for (let number = 0; number < count; number += 1) {
      const ref = this.ref(number);
      const leaf = ref.partition * LEAVES_PER_PARTITION + ref.leaf;
      leafOf[number] = leaf;
      this.#starts[leaf + 1]! += 1;
      const hash = clockHash(ref, decodeObject(objectOf(number, 1)));
      this.#hashes.set(hash, number * HASH_BYTES);
      xorInto(this.leaves, leaf, hash);
    }
    for (let leaf = 0; leaf < leafCount; leaf += 1) this.#starts[leaf + 1]! += this.#starts[leaf]!;
    const next = this.#starts.slice();
    this.#order = new Uint32Array(count);
    for (let number = 0; number < count; number += 1) this.#order[next[leafOf[number]!]!++] = number;
  }

  ref(number: number): KeyRef {
    return keyRef(BUCKET, `key-${number}`, this.partitions);
  }

  under(leaf: number): readonly { readonly ref: KeyRef; readonly hash: Uint8Array }[] {
    return [...this.#order.subarray(this.#starts[leaf], this.#starts[leaf + 1])].map((number) => ({ ref: this.ref(number), hash: this.hash(number) }));
  }

  hash(number: number): Uint8Array {
    return this.#hashes.slice(number * HASH_BYTES, (number + 1) * HASH_BYTES);
  }
}

export class LightStore {
  readonly #keys: ManyKeys;
  readonly #leaves: Uint8Array;
  readonly #written = new Map<string, { readonly bytes: Uint8Array; readonly hash: Uint8Array }>();

  constructor(keys: ManyKeys) {
    this.#keys = keys;
    this.#leaves = keys.leaves.slice();
  }

  /** Another write of a key, that the other stores have not seen. */
  rewrite(number: number): void {
    const ref = this.#keys.ref(number);
    const bytes = objectOf(number, 2);
    this.#put(ref, bytes, clockHash(ref, decodeObject(bytes)), this.#keys.hash(number));
  }

  read(ref: KeyRef): Uint8Array | undefined {
    const number = Number(ref.key.slice('key-'.length));
    return this.#written.get(ref.id)?.bytes ?? (number < this.#keys.count ? objectOf(number, 1) : undefined);
  }

  commit(batch: readonly Mutation[]): void {
    for (const mutation of batch) {
      if (mutation.kind !== 'object') continue;
      const before = mutation.leafDelta.map((byte, index) => byte ^ (mutation.summary.hash[index] ?? 0));
      this.#put(mutation.ref, mutation.object, mutation.summary.hash, before);
    }
  }

  answer(query: StoreQuery): StoreAnswer {
    switch (query.kind) {
      case 'leaves': {
        const from = query.partition * LEAVES_PER_PARTITION * HASH_BYTES;
        return { kind: 'leaves', leaves: [{ bucket: BUCKET, leaves: this.#leaves.slice(from, from + LEAVES_PER_PARTITION * HASH_BYTES) }] };
      }
      case 'leaf-entries': {
        const { first, last } = query.leaves;
        const leaves = Array.from({ length: last - first + 1 }, (_, index) => query.partition * LEAVES_PER_PARTITION + first + index);
        const entries = leaves.flatMap((leaf) => this.#keys.under(leaf));
        return { kind: 'leaf-entries', entries: entries.map(({ ref, hash }) => ({ ref, hash: this.#written.get(ref.id)?.hash ?? hash })) };
      }
      case 'hints':
        return { kind: 'hints', hints: [] };
      default:
        throw new Error(`an exchange does not ask for ${query.kind}`);
    }
  }

  #put(ref: KeyRef, bytes: Uint8Array, hash: Uint8Array, hashBefore: Uint8Array): void {
    const leaf = ref.partition * LEAVES_PER_PARTITION + ref.leaf;
    xorInto(this.#leaves, leaf, hashBefore);
    xorInto(this.#leaves, leaf, hash);
    this.#written.set(ref.id, { bytes, hash });
  }
}

/** Version 2 was written by somebody who had seen version 1. */
function objectOf(number: number, version: 1 | 2): Uint8Array {
  const sibling = { contentType: 'text/plain', writtenBy: 'ada', writtenAt: 0, writeId: 'w', value: new Uint8Array(VALUE_BYTES) };
  const first = write(EMPTY_OBJECT, EMPTY_CONTEXT, { ...sibling, dot: { actor: 'AAAAAAAAAAA', counter: number + 1 } });
  if (version === 1) return encodeObject(first.object);
  return encodeObject(write(first.object, first.context, { ...sibling, dot: { actor: 'BBBBBBBBBBB', counter: number + 1 } }).object);
}

function xorInto(leaves: Uint8Array, leaf: number, hash: Uint8Array): void {
  for (let index = 0; index < HASH_BYTES; index += 1) leaves[leaf * HASH_BYTES + index]! ^= hash[index] ?? 0;
}
