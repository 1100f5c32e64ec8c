/**
 * One member's disk, in memory: the Store port as LevelDB gives it, without promises.
 *
 *     commit ──► waiting ──fsync──► applied: durable and visible ──► answered
 *                   │
 *                 crash: the operating system still writes what waits
 *                 power loss: what waits is lost, but for a random prefix of it, in order
 *
 * A read shows only what is durable, as LevelDB does for synced writes, at some moment between the
 * question and the answer. A disk that refused a write refuses until it is opened again, which the
 * store does by itself, some time later. A damaged record is an error, never an answer; so is one that
 * cannot be read for a while. Where a block is lost, rows are as they were earlier, or gone. The store reads to form a batch, so commits fail as well then.
 */
import { bytesEqual } from '../../p2p/bytes/bytes.ts';
import { sameDot } from '../../p2p/causality/dot.ts';
import { retained } from '../../p2p/causality/retention.ts';
import type { StoreAnswer, StoreFailure, StoreQuery } from '../../p2p/node/events.ts';
import { decodeStored } from '../../p2p/node/replica.ts';
import type { BucketLeaves, Mutation, StoreIdentity, StoredHint } from '../../p2p/ports.ts';
import type { KeyRef, MemberId } from '../../p2p/types.ts';
import type { Deleted, DiskImage, KeptHistory, StoredObject } from './disk-image.ts';
import { refill } from './disk-image.ts';
import type { DiskFlaws } from './disk-flaws.ts';
import { answerFrom, hintBytesOf } from './disk-answers.ts';
import { EarlierStates } from './disk-earlier.ts';
import { DiskLeaves } from './disk-leaves.ts';
import type { SimOptions } from './options.ts';
import type { EventQueue } from './queue.ts';
import type { SeededRandom } from './random.ts';

interface Waiting {
  readonly apply: () => void;
  readonly refusal: StoreFailure | undefined;
}

/** Told why it was not carried out, or `undefined` once it is durable. */
export type Written = (refusal: StoreFailure | undefined) => void;

/** A write that waits longer than this is no longer prompt. */
const BEHIND_MS = 1_000;
/** From a refusal to the next attempt to open the store again. */
const REOPEN_MS = 3_000;

export class Disk {
  readonly objects = new Map<string, StoredObject>();
  readonly hints = new Map<MemberId, Map<string, StoredHint>>();
  /** Keys whose record is damaged. */
  readonly damaged = new Set<string>();
  isFull = false;
  /** Of reads that fail for now, from 0 to 1. */
  readErrors = 0;
  /** It was put back or copied since it was last open. */
  isRestored = false;
  purgeMs = 0;
  /** Times as slow as it should be. */
  slowness = 1;
  /** Told of each object as it becomes durable, under its key or as a hint. */
  onObject: (ref: KeyRef, bytes: Uint8Array, isHint: boolean) => void = () => undefined;
  /** Told when the disk lost a record, or `undefined`: all that it was. */
  onLoss: (keyId: string | undefined) => void = () => undefined;
  /** Told of each key that is given up, with what was there of it. */
  onDrop: (keyId: string, bytes: Uint8Array) => void = () => undefined;
  readonly #name: string;
  readonly #queue: EventQueue;
  readonly #random: SeededRandom;
  readonly #options: Pick<SimOptions, 'readMs' | 'syncMs'>;
  readonly #flaws: DiskFlaws;
  readonly #leaves = new DiskLeaves();
  readonly #earlier = new EarlierStates();
  readonly #firstLeaves = new Map<number, readonly BucketLeaves[]>();
  readonly #versions = new Map<string, KeptHistory>();
  readonly #deletions = new Map<string, Deleted>();
  readonly #meta = new Map<string, Uint8Array>();
  #waiting: Waiting[] = [];
  #lastSyncMs = 0;
  /** Answers of an earlier opening go nowhere. */
  #opening = 0;
  /** Refuses until it is opened again. */
  #isSticky = false;
  #reopensAtMs = -REOPEN_MS;
  /** Names lives and their actors; a wiped disk does not begin again. */
  #epoch = 0;
  #actor = '';
  #leasedThrough = 0;
  #boots = 0;
  #restoredAt = 0;
  /** Rows were, and no scan has begun since. */
  #hasLost = false;

  constructor(name: string, queue: EventQueue, random: SeededRandom, options: Pick<SimOptions, 'readMs' | 'syncMs'>, flaws: DiskFlaws) {
    this.#name = name;
    this.#queue = queue;
    this.#random = random;
    this.#options = options;
    this.#flaws = flaws;
  }

  /** As `storage/identity.ts`: each opening has an actor that no other opening of any disk has. */
  open(): StoreIdentity {
    this.#opening += 1;
    this.#boots += 1;
    this.#epoch += 1;
    const keeps = this.#flaws.keepsActorAndCounter === true && this.#actor !== '';
    if (!keeps) this.#actor = `${this.#name}${this.#epoch}`;
    if (this.#flaws.sharesActor === true) this.#actor = 'one';
    if (this.isRestored) this.#restoredAt = this.#boots;
    this.isRestored = false;
    this.#leasedThrough = 0;
    this.#isSticky = false;
    this.#firstLeaves.clear();
    if (this.#flaws.losesHintsAtStart === true) this.hints.clear();
    return { actor: this.#actor, nextCounter: 1, boots: this.#boots, bootNonce: `${this.#name}-${this.#epoch}`, restoredAt: this.#restoredAt, hasLost: this.#hasLost, warnings: [] };
  }

  /** All that waits is written. */
  close(): void {
    for (const { apply, refusal } of this.#waiting) if (refusal === undefined) apply();
    this.#end();
  }

  /** The process is killed: what it has written reaches the platter all the same. */
  crash(): void {
    for (const { apply, refusal } of this.#waiting) if (refusal === undefined) apply();
    this.#end();
  }

  /** Power loss: of what waited for the sync, some first part may have reached the platter. */
  losePower(): void {
    const kept = this.#random.chance(0.5) ? 0 : this.#random.between(0, this.#waiting.length);
    for (const { apply, refusal } of this.#waiting.slice(0, kept)) if (refusal === undefined) apply();
    this.#end();
  }

  /** No process has it open. */
  image(): DiskImage {
    return {
      objects: new Map(this.objects),
      hints: new Map([...this.hints].map(([target, kept]) => [target, new Map(kept)])),
      leaves: this.#leaves.image(),
      versions: new Map(this.#versions),
      deletions: new Map(this.#deletions),
      meta: new Map(this.#meta),
      actor: this.#actor,
      leasedThrough: this.#leasedThrough,
      boots: this.#boots,
      restoredAt: this.#restoredAt,
    };
  }

  /** Everything is as it was then, or gone. What waits for the sync never was on any disk. */
  restore(image: DiskImage | undefined): void {
    this.#end();
    refill(this.objects, image?.objects);
    refill(this.hints, image && new Map([...image.hints].map(([target, kept]) => [target, new Map(kept)])));
    this.#leaves.restore(image?.leaves);
    refill(this.#versions, image?.versions);
    refill(this.#deletions, image?.deletions);
    refill(this.#meta, image?.meta);
    this.damaged.clear();
    this.#earlier.purge();
    this.onLoss(undefined);
    this.#boots = image?.boots ?? 0;
    this.#restoredAt = image?.restoredAt ?? 0;
    this.isRestored = image !== undefined && this.#flaws.trustsBackups !== true;
    if (image !== undefined) [this.#actor, this.#leasedThrough] = [image.actor, image.leasedThrough];
    else this.#actor = '';
  }

  /** Objects, under their keys and as hints. @param keyId Of this key alone. */
  copies(keyId?: string): readonly { readonly ref: KeyRef; readonly bytes: Uint8Array }[] {
    const hints = [...this.hints.values()].flatMap((kept) => [...kept.values()]).map(({ ref, object }) => ({ ref, bytes: object }));
    return [...this.objects.values(), ...hints].filter(({ ref }) => keyId === undefined || ref.id === keyId);
  }

  /** Of all hints. */
  get hintBytes(): number {
    return hintBytesOf(this.hints);
  }

  /** Nothing waits for the sync. */
  get isIdle(): boolean {
    return this.#waiting.length === 0;
  }

  /** What waits takes long: a disk that was slow has much to write. */
  get isBehind(): boolean {
    return this.#lastSyncMs - this.#queue.nowMs > BEHIND_MS;
  }

  /** It would refuse a write now, or did so a moment ago. */
  get isRefusing(): boolean {
    return this.isFull || this.#isSticky || this.#queue.nowMs < this.#reopensAtMs + REOPEN_MS;
  }

  /** A byte of the key's record turns over. */
  flip(keyId: string): void {
    if (!this.objects.has(keyId)) return;
    this.damaged.add(keyId);
    this.onLoss(keyId);
  }

  /** Keys that the disk has, or had. */
  get keyIds(): readonly string[] {
    return [...new Set([...this.objects.keys(), ...this.#earlier.keyIds()])];
  }

  /** The block with the newest state of the key is lost, and maybe that with its leaf, and those with the ends of its hints. */
  lose(keyId: string, random: SeededRandom): void {
    const before = this.objects.get(keyId);
    const states = this.#earlier.of(keyId);
    const state = states[random.between(0, Math.max(0, states.length - 1))];
    const losesLeaf = random.chance(0.5);
    for (const one of [before, state]) if (losesLeaf && one !== undefined) this.#leaves.fold(one.ref, one.summary.hash);
    this.objects.delete(keyId);
    this.damaged.delete(keyId);
    this.#hasLost = true;
    this.onLoss(keyId);
    if (state !== undefined) {
      this.objects.set(keyId, state);
      this.onObject(state.ref, state.bytes, false);
    }
    for (const hint of this.#earlier.hintsOf(keyId)) if (random.chance(0.5)) this.#putHint(hint);
  }

  commit(batch: readonly Mutation[], answer: Written): void {
    const apply = (): void => {
      for (const mutation of batch) this.#apply(mutation);
    };
    this.#write({ apply, refusal: this.#refuses() ? 'read-only' : this.#failsToRead() ? 'passing' : undefined }, answer);
  }

  lease(through: number, answer: Written): void {
    const apply = (): void => {
      this.#leasedThrough = Math.max(this.#leasedThrough, through);
    };
    this.#write({ apply, refusal: this.#refuses() ? 'read-only' : undefined }, answer);
  }

  /** `'damaged'`: its checksum fails. `'passing'`: it cannot be read for now. */
  read(ref: KeyRef, answer: (object: Uint8Array | 'damaged' | 'passing' | undefined) => void): void {
    this.#later(() => (this.damaged.has(ref.id) ? this.#damage(ref) : this.objects.get(ref.id)?.bytes), answer);
  }

  query(query: StoreQuery, answer: (answer: StoreAnswer | 'passing') => void): void {
    const ask = (): void => this.#later(() => this.#answerOf(query), answer);
    if (query.kind === 'purge') this.#queue.after(this.purgeMs, ask);
    else ask();
  }

  meta(...prefixes: readonly string[]): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
    return [...this.#meta]
      .filter(([name]) => prefixes.some((prefix) => name.startsWith(prefix)))
      .map(([name, bytes]) => ({ name, bytes }));
  }

  #damage(ref: KeyRef): Uint8Array | 'damaged' {
    const bytes = this.objects.get(ref.id)?.bytes;
    if (this.#flaws.servesDamage !== true || bytes === undefined) return 'damaged';
    const text = bytes.lastIndexOf('w'.charCodeAt(0));
    return text < 0 ? 'damaged' : bytes.with(text, 'x'.charCodeAt(0));
  }

  /** As the store does: what was refused is refused on, until an attempt to open it again works. */
  #refuses(): boolean {
    if (!this.isFull && !this.#isSticky) return false;
    if (!this.isFull && this.#queue.nowMs >= this.#reopensAtMs) {
      this.#isSticky = false;
      return false;
    }
    if (this.#queue.nowMs >= this.#reopensAtMs) this.#reopensAtMs = this.#queue.nowMs + REOPEN_MS;
    this.#isSticky = true;
    return true;
  }

  #end(): void {
    this.#waiting = [];
    this.#opening += 1;
    this.#lastSyncMs = this.#queue.nowMs;
  }

  #failsToRead(): boolean {
    return this.readErrors > 0 && this.#random.chance(this.readErrors);
  }

  #write(waiting: Waiting, answer: Written): void {
    const opening = this.#opening;
    this.#waiting.push(waiting);
    if (this.#flaws.answersBeforeDurable === true) this.#queue.after(0, () => this.#opening === opening && answer(undefined));
    const syncMs = this.#queue.nowMs + this.#random.exponential(this.#options.syncMs * this.slowness);
    this.#lastSyncMs = Math.max(syncMs, this.#lastSyncMs);
    this.#queue.at(this.#lastSyncMs, () => {
      if (this.#opening !== opening) return;
      this.#waiting.shift();
      if (waiting.refusal === undefined) waiting.apply();
      if (this.#flaws.answersBeforeDurable === true) return;
      this.#queue.after(this.#random.unit(), () => this.#opening === opening && answer(waiting.refusal));
    });
  }

  #later<T>(look: () => T, answer: (value: T | 'passing') => void): void {
    const opening = this.#opening;
    const lookMs = this.#random.unit() * this.#options.readMs * this.slowness;
    const answerMs = this.#random.unit() * this.#options.readMs * this.slowness;
    this.#queue.after(lookMs, () => {
      if (this.#opening !== opening) return;
      const value = this.#failsToRead() ? 'passing' : look();
      this.#queue.after(answerMs, () => this.#opening === opening && answer(value));
    });
  }

  #apply(mutation: Mutation): void {
    switch (mutation.kind) {
      case 'object': {
        const { ref, object, summary, leafDelta } = mutation;
        this.#earlier.keep(ref.id, this.objects.get(ref.id));
        this.objects.set(ref.id, { ref, bytes: object, summary });
        this.damaged.delete(ref.id);
        this.#leaves.fold(ref, leafDelta);
        this.onObject(ref, object, false);
        return;
      }
      case 'drop': {
        const before = this.objects.get(mutation.ref.id);
        this.#earlier.keep(mutation.ref.id, before);
        this.objects.delete(mutation.ref.id);
        this.#deletions.delete(mutation.ref.id);
        this.damaged.delete(mutation.ref.id);
        this.#versions.delete(mutation.ref.id);
        this.#leaves.fold(mutation.ref, mutation.leafDelta);
        if (before !== undefined) this.onDrop(mutation.ref.id, before.bytes);
        return;
      }
      case 'recount':
        this.#recount(mutation.partition, mutation.leaf);
        return;
      case 'hint': {
        if (this.#flaws.forgetsHints === true) return;
        const { target, ref, object } = mutation;
        this.#putHint({ target, ref, object });
        return;
      }
      case 'hint-done': {
        const kept = this.hints.get(mutation.target);
        const hint = kept?.get(mutation.ref.id);
        if (hint === undefined || !bytesEqual(hint.object, mutation.object)) return;
        kept?.delete(mutation.ref.id);
        this.#earlier.keepHint(hint);
        return;
      }
      case 'history': {
        const { ref, added, keptAt, retention } = mutation;
        const before = this.#versions.get(ref.id)?.versions ?? [];
        const fresh = added.filter(({ dot }) => !before.some((mark) => sameDot(mark.dot, dot)));
        const versions = retained([...before, ...fresh.map(({ dot, sibling }) => ({ dot, keptAt, bytes: sibling }))], retention, keptAt);
        if (versions.length === 0) this.#versions.delete(ref.id);
        else this.#versions.set(ref.id, { ref, versions });
        return;
      }
      case 'deletion': {
        const { ref, notedAt } = mutation;
        if (notedAt === undefined) this.#deletions.delete(ref.id);
        else this.#deletions.set(ref.id, { ref, notedAt });
        return;
      }
      case 'meta':
        if (mutation.bytes === undefined) this.#meta.delete(mutation.name);
        else this.#meta.set(mutation.name, mutation.bytes);
    }
  }

  #putHint(hint: StoredHint): void {
    const ofTarget = this.hints.get(hint.target) ?? new Map<string, StoredHint>();
    this.hints.set(hint.target, ofTarget.set(hint.ref.id, hint));
    this.onObject(hint.ref, hint.object, true);
  }

  /** Damaged records do not count. */
  #recount(partition: number, leaf: number): void {
    this.#leaves.clear(partition, leaf);
    for (const { ref, bytes, summary } of this.objects.values()) {
      const counts = ref.partition === partition && ref.leaf === leaf && !this.damaged.has(ref.id) && decodeStored(bytes) !== undefined;
      if (counts) this.#leaves.fold(ref, summary.hash);
    }
  }

  #answeredLeaves(partition: number): readonly BucketLeaves[] {
    const leaves = this.#leaves.of(partition);
    if (this.#flaws.staleLeaves !== true) return leaves;
    const first = this.#firstLeaves.get(partition) ?? leaves;
    this.#firstLeaves.set(partition, first);
    return first;
  }

  #answerOf(query: StoreQuery): StoreAnswer {
    if (query.kind === 'purge' && this.#flaws.purgesNothing !== true) this.#earlier.purge();
    if (query.kind === 'scan' && query.from === undefined) this.#hasLost = false;
    if (query.kind === 'leaves') return { kind: 'leaves', leaves: this.#answeredLeaves(query.partition) };
    return answerFrom({ objects: this.objects, hints: this.hints, damaged: this.damaged, leaves: this.#leaves, versions: this.#versions, deletions: this.#deletions }, query);
  }
}
