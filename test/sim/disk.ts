/**
 * One member's disk, in memory: the Store port as LevelDB gives it, without promises.
 *
 *     commit ──► waiting ──fsync──► applied: durable and visible ──► answered
 *                   │
 *                 crash: what waits is lost, but for a random prefix of it, in order
 *
 * A read shows only what is durable, as LevelDB does for synced writes, at some moment between the
 * question and the answer.
 */
import { bytesEqual } from '../../p2p/bytes/bytes.ts';
import { compareBytes } from '../../p2p/bytes/bytes.ts';
import { compareText } from '../../p2p/bytes/text-order.ts';
import { decodeStored } from '../../p2p/node/replica.ts';
import type { StoreAnswer, StoreQuery } from '../../p2p/node/events.ts';
import type { IndexEntry, KeySummary, Mutation, StoreIdentity, StoredHint } from '../../p2p/ports.ts';
import { HISTORY_VERSIONS_MAX, LEAVES_PER_PARTITION } from '../../p2p/ports.ts';
import type { KeyRef, MemberId } from '../../p2p/types.ts';
import type { DiskOptions } from './options.ts';
import type { EventQueue } from './queue.ts';
import type { SeededRandom } from './random.ts';

/** Deliberate defects, for the tests of the checkers. */
export interface DiskFlaws {
  readonly answersBeforeDurable?: boolean;
  readonly keepsActorAndCounter?: boolean;
  readonly forgetsHints?: boolean;
}

interface StoredObject {
  readonly ref: KeyRef;
  readonly bytes: Uint8Array;
  readonly summary: KeySummary;
}

interface Waiting {
  readonly apply: () => void;
  readonly isRefused: boolean;
}

interface Version {
  readonly name: string;
  readonly writtenAt: number;
  readonly bytes: Uint8Array;
}

const LEAF_BYTES = 8;

export class Disk {
  readonly objects = new Map<string, StoredObject>();
  readonly hints = new Map<MemberId, Map<string, StoredHint>>();
  isFull = false;
  /** It is an older copy of what it was. */
  isRestored = false;
  /** Told of each object as it becomes durable. */
  onObject: (ref: KeyRef, bytes: Uint8Array) => void = () => undefined;
  readonly #name: string;
  readonly #queue: EventQueue;
  readonly #random: SeededRandom;
  readonly #options: DiskOptions;
  readonly #flaws: DiskFlaws;
  readonly #leaves = new Map<number, Map<string, Uint8Array>>();
  readonly #versions = new Map<string, Version[]>();
  readonly #meta = new Map<string, Uint8Array>();
  #waiting: Waiting[] = [];
  #lastSyncMs = 0;
  /** Answers of an earlier opening go nowhere. */
  #opening = 0;
  #isClean = false;
  /** It has refused something since it was opened: what was sent of it may be elsewhere. */
  #hasRefused = false;
  #actor = '';
  #leasedThrough = 0;
  #boots = 0;

  constructor(name: string, queue: EventQueue, random: SeededRandom, options: DiskOptions, flaws: DiskFlaws) {
    this.#name = name;
    this.#queue = queue;
    this.#random = random;
    this.#options = options;
    this.#flaws = flaws;
  }

  open(): StoreIdentity {
    this.#opening += 1;
    this.#boots += 1;
    const keeps = (this.#isClean || this.#flaws.keepsActorAndCounter === true) && this.#actor !== '';
    if (!keeps) {
      this.#actor = `${this.#name}${this.#boots}`;
      this.#leasedThrough = 0;
    }
    this.#isClean = false;
    this.#hasRefused = false;
    const nextCounter = this.#flaws.keepsActorAndCounter === true ? 1 : this.#leasedThrough + 1;
    return { actor: this.#actor, nextCounter, boots: this.#boots, bootNonce: `${this.#name}-${this.#boots}`, isRestored: this.isRestored, warnings: [] };
  }

  /** All that waits is written, and the end is marked clean. */
  close(): void {
    for (const { apply, isRefused } of this.#waiting) if (!isRefused) apply();
    this.#isClean = !this.#hasRefused;
    this.#end();
  }

  /** Power loss: of what waited for the sync, some first part may have reached the platter. */
  crash(): void {
    const kept = this.#random.chance(0.5) ? 0 : this.#random.between(0, this.#waiting.length);
    for (const { apply, isRefused } of this.#waiting.slice(0, kept)) if (!isRefused) apply();
    this.#end();
  }

  commit(batch: readonly Mutation[], answer: (isDone: boolean) => void): void {
    this.#write(() => {
      for (const mutation of batch) this.#apply(mutation);
    }, answer);
  }

  lease(through: number, answer: (isDone: boolean) => void): void {
    this.#write(() => {
      this.#leasedThrough = Math.max(this.#leasedThrough, through);
    }, answer);
  }

  read(ref: KeyRef, answer: (object: Uint8Array | undefined) => void): void {
    this.#later(() => this.objects.get(ref.id)?.bytes, answer);
  }

  query(query: StoreQuery, answer: (answer: StoreAnswer) => void): void {
    this.#later(() => this.#answerOf(query), answer);
  }

  meta(...prefixes: readonly string[]): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
    return [...this.#meta]
      .filter(([name]) => prefixes.some((prefix) => name.startsWith(prefix)))
      .map(([name, bytes]) => ({ name, bytes }));
  }

  #end(): void {
    this.#waiting = [];
    this.#opening += 1;
    this.#lastSyncMs = this.#queue.nowMs;
  }

  #write(apply: () => void, answer: (isDone: boolean) => void): void {
    const opening = this.#opening;
    const waiting: Waiting = { apply, isRefused: this.isFull };
    this.#hasRefused ||= this.isFull;
    this.#waiting.push(waiting);
    if (this.#flaws.answersBeforeDurable === true) this.#queue.after(0, () => this.#opening === opening && answer(true));
    const syncMs = this.#queue.nowMs + this.#random.exponential(this.#options.syncMs);
    this.#lastSyncMs = Math.max(syncMs, this.#lastSyncMs);
    this.#queue.at(this.#lastSyncMs, () => {
      if (this.#opening !== opening) return;
      this.#waiting.shift();
      if (!waiting.isRefused) apply();
      if (this.#flaws.answersBeforeDurable === true) return;
      this.#queue.after(this.#random.unit(), () => this.#opening === opening && answer(!waiting.isRefused));
    });
  }

  #later<T>(look: () => T, answer: (value: T) => void): void {
    const opening = this.#opening;
    const lookMs = this.#random.unit() * this.#options.readMs;
    const answerMs = this.#random.unit() * this.#options.readMs;
    this.#queue.after(lookMs, () => {
      if (this.#opening !== opening) return;
      const value = look();
      this.#queue.after(answerMs, () => this.#opening === opening && answer(value));
    });
  }

  #apply(mutation: Mutation): void {
    switch (mutation.kind) {
      case 'object': {
        const { ref, object, summary, leafDelta } = mutation;
        this.objects.set(ref.id, { ref, bytes: object, summary });
        this.#fold(ref, leafDelta);
        this.onObject(ref, object);
        return;
      }
      case 'drop':
        this.objects.delete(mutation.ref.id);
        this.#versions.delete(mutation.ref.id);
        this.#fold(mutation.ref, mutation.leafDelta);
        return;
      case 'recount':
        this.#recount(mutation.partition, mutation.leaf);
        return;
      case 'hint': {
        if (this.#flaws.forgetsHints === true) return;
        const { target, ref, object } = mutation;
        const ofTarget = this.hints.get(target) ?? new Map<string, StoredHint>();
        this.hints.set(target, ofTarget.set(ref.id, { target, ref, object }));
        this.onObject(ref, object);
        return;
      }
      case 'hint-done': {
        const kept = this.hints.get(mutation.target);
        const hint = kept?.get(mutation.ref.id);
        if (hint !== undefined && bytesEqual(hint.object, mutation.object)) kept?.delete(mutation.ref.id);
        return;
      }
      case 'version': {
        const name = `${mutation.dot.actor}:${mutation.dot.counter}`;
        const others = (this.#versions.get(mutation.ref.id) ?? []).filter((version) => version.name !== name);
        const version = { name, writtenAt: mutation.writtenAt, bytes: mutation.sibling };
        const newestFirst = [...others, version].sort((a, b) => b.writtenAt - a.writtenAt);
        this.#versions.set(mutation.ref.id, newestFirst.slice(0, HISTORY_VERSIONS_MAX));
        return;
      }
      case 'meta':
        if (mutation.bytes === undefined) this.#meta.delete(mutation.name);
        else this.#meta.set(mutation.name, mutation.bytes);
    }
  }

  #fold({ bucket, partition, leaf }: KeyRef, delta: Uint8Array): void {
    const buckets = this.#leaves.get(partition) ?? new Map<string, Uint8Array>();
    const leaves = buckets.get(bucket)?.slice() ?? new Uint8Array(LEAVES_PER_PARTITION * LEAF_BYTES);
    for (let index = 0; index < LEAF_BYTES; index += 1) {
      const at = leaf * LEAF_BYTES + index;
      leaves[at] = (leaves[at] ?? 0) ^ (delta[index] ?? 0);
    }
    this.#leaves.set(partition, buckets.set(bucket, leaves));
  }

  #recount(partition: number, leaf: number): void {
    for (const leaves of this.#leaves.get(partition)?.values() ?? []) leaves.fill(0, leaf * LEAF_BYTES, (leaf + 1) * LEAF_BYTES);
    for (const { ref, bytes, summary } of this.objects.values()) {
      if (ref.partition === partition && ref.leaf === leaf && decodeStored(bytes) !== undefined) this.#fold(ref, summary.hash);
    }
  }

  #answerOf(query: StoreQuery): StoreAnswer {
    const all = [...this.objects.values()];
    switch (query.kind) {
      case 'list':
        return { kind: 'list', entries: this.#list(query) };
      case 'buckets':
        return { kind: 'buckets', buckets: [...new Set(all.map(({ ref }) => ref.bucket))].sort(compareText) };
      case 'conflicts':
        return {
          kind: 'conflicts',
          entries: all.filter(({ summary }) => summary.siblings > 1).map((object) => ({ bucket: object.ref.bucket, entry: rowOf(object) })).slice(0, query.limit),
        };
      case 'leaves':
        return { kind: 'leaves', leaves: [...(this.#leaves.get(query.partition) ?? [])].map(([bucket, leaves]) => ({ bucket, leaves })) };
      case 'leaf-entries': {
        const under = all.filter(({ ref }) => ref.partition === query.partition && ref.leaf === query.leaf);
        return { kind: 'leaf-entries', entries: under.map(({ ref, summary }) => ({ ref, hash: summary.hash })) };
      }
      case 'scan-partition': {
        const after = query.after;
        const within = all
          .filter(({ ref }) => ref.partition === query.partition && (after === undefined || compareBytes(ref.position, after.position) > 0))
          .sort((a, b) => compareBytes(a.ref.position, b.ref.position));
        return { kind: 'scan-partition', entries: within.slice(0, query.limit).map(({ ref, bytes }) => ({ ref, object: bytes })) };
      }
      case 'hints': {
        const hints = [...(this.hints.get(query.target)?.values() ?? [])]
          .filter(({ ref }) => query.afterId === undefined || compareText(ref.id, query.afterId) > 0)
          .sort((a, b) => compareText(a.ref.id, b.ref.id));
        return { kind: 'hints', hints: hints.slice(0, query.limit) };
      }
      case 'history':
        return { kind: 'history', versions: (this.#versions.get(query.ref.id) ?? []).map(({ bytes }) => bytes) };
    }
  }

  #list(query: Extract<StoreQuery, { readonly kind: 'list' }>): readonly IndexEntry[] {
    return [...this.objects.values()]
      .filter(({ ref, summary }) => ref.bucket === query.bucket && ref.key.startsWith(query.prefix) && (!query.conflictsOnly || summary.siblings > 1))
      .map(rowOf)
      .filter(({ key }) => query.after === undefined || compareText(key, query.after) > 0)
      .sort((a, b) => compareText(a.key, b.key))
      .slice(0, query.limit);
  }
}

function rowOf({ ref, summary }: StoredObject): IndexEntry {
  return { key: ref.key, ...summary };
}
