/**
 * The keys that this device keeps. One mutation in flight a key: read, change, commit, and only
 * then the next, so that no two changes start from the same state and lose a sibling.
 *
 *     change 1   read ── change ── commit ──► done
 *     change 2        · waits ·             read ── change ── commit ──► done
 */
import { MalformedError } from '../bytes/byte-reader.ts';
import { bytesEqual, xorBytes } from '../bytes/bytes.ts';
import type { CausalContext } from '../causality/causal-context.ts';
import type { KeyObject, StoredSibling } from '../causality/key-object.ts';
import { EMPTY_OBJECT, liveSiblings, merge, superseded } from '../causality/key-object.ts';
import { distinctWrites, onePerWrite, replacedBy } from '../causality/replaced-writes.ts';
import { latestStamp } from '../causality/stamp.ts';
import { clockHash, decodeObject, encodeObject, encodeSibling, HASH_BYTES } from '../causality/object-codec.ts';
import { contextToken } from '../causality/context-token.ts';
import type { KeySummary, Mutation } from '../ports.ts';
import type { KeyRef, MemberId, PartitionId } from '../types.ts';
import type { CommitResult, Core } from './core.ts';
import { resolved } from './resolved.ts';
import { windowed } from './windowed.ts';

export interface Change {
  readonly object: KeyObject;
  /** The object's bytes, where they are at hand. */
  readonly bytes?: Uint8Array;
  /** What to write though the object stays: its rows anew, or its history without what is too old. */
  readonly also?: 'rows' | 'history';
  /** Members for whom a hint of the new state goes into the same atomic batch. */
  readonly hintTargets: readonly MemberId[];
}

export interface Changed {
  readonly object: KeyObject;
  readonly bytes: Uint8Array;
}

export interface Mutate {
  readonly ref: KeyRef;
  /**
   * What to do when the record on disk is damaged: a write must not claim to have seen it. One that
   * cannot be read for now fails whatever this says: nobody knows what would be overwritten.
   */
  readonly onDamage: 'fail' | 'start-empty';
  /** The next state, or `undefined` to leave it. Runs with the key's lock held. @param isDamaged It starts empty because of that. */
  readonly change: (before: KeyObject, isDamaged: boolean) => Change | 'drop' | undefined;
  /** Called when the commit is under way (or done, if the disk is in doubt): the moment to send. */
  readonly prepared?: (changed: Changed) => void;
  /** After the commit is durable, or failed, or there was nothing to do. */
  readonly done: (result: CommitResult, changed: Changed) => void;
}

/** What is to be removed of a key. */
export interface Drop {
  /** Its clock hash. */
  readonly hash: Uint8Array;
  /** Asked when its turn comes. */
  readonly isKept: () => boolean;
  /** A damaged record goes as well, if it is not kept: whoever asks knows that it was nothing else. */
  readonly alsoDamaged: boolean;
}

const DAY_MS = 24 * 3_600_000;
const NO_HASH = new Uint8Array(HASH_BYTES);

/** Where an object comes from. */
export interface Origin {
  /** What the horizon of its holder was when it was read there: `horizon.ts`. */
  readonly horizon: number;
  /** Keeps a hint for that primary as well. */
  readonly standsFor?: MemberId | undefined;
}

const FENCED: CommitResult = { ok: false, readOnly: false, message: 'it was read before a reaping that is over here' };

export interface ReplicaEvents {
  readonly changed: (partition: PartitionId) => void;
  /** A record here is lost: own writes that it held may live on elsewhere. */
  readonly damaged: (ref: KeyRef) => void;
  /** This key is given away: own writes of it live on at its owners alone. `undefined` = it was damaged, and nobody knows what it had seen. */
  readonly dropped: (seen: CausalContext | undefined) => void;
  /** A damaged record was written anew, or dropped. */
  readonly replaced: (ref: KeyRef) => void;
}

export class Replica {
  readonly #core: Core;
  readonly #on: ReplicaEvents;
  /** By key id: its key, and what waits for the mutation in flight. */
  readonly #queues = new Map<string, { readonly ref: KeyRef; readonly waiting: (() => void)[] }>();

  constructor(core: Core, on: ReplicaEvents) {
    this.#core = core;
    this.#on = on;
  }

  /** Keys with a mutation in flight, and mutations that wait their turn. */
  load(): { readonly lockedKeys: number; readonly queuedMutations: number } {
    let queuedMutations = 0;
    for (const { waiting } of this.#queues.values()) queuedMutations += waiting.length;
    return { lockedKeys: this.#queues.size, queuedMutations };
  }

  mutate(mutation: Mutate): void {
    const queue = this.#queues.get(mutation.ref.id);
    if (queue !== undefined) {
      queue.waiting.push(this.#core.rooms.held(() => this.#run(mutation)));
      return;
    }
    this.#queues.set(mutation.ref.id, { ref: mutation.ref, waiting: [] });
    this.#run(mutation);
  }

  /** Merges what another replica holds, unless it was read there before a reaping that is over here. */
  merge(ref: KeyRef, bytes: Uint8Array, { horizon, standsFor }: Origin, done: (result: CommitResult, changed: Changed) => void): void {
    const incoming = decodeObject(bytes);
    let isFenced = false;
    this.#core.stamps.observe(latestStamp(incoming.siblings));
    this.mutate({
      ref,
      onDamage: 'start-empty',
      change: (before) => {
        isFenced = this.#core.horizon.isBefore(horizon);
        if (isFenced) return undefined;
        const hintTargets = standsFor === undefined ? [] : [standsFor];
        return before === EMPTY_OBJECT ? { object: incoming, bytes, hintTargets } : { object: merge(before, incoming), hintTargets };
      },
      done: (result, changed) => done(isFenced ? FENCED : result, changed),
    });
  }

  /** Once each write of the key that has come is on disk, or was refused. */
  afterWrites(ref: KeyRef, done: () => void): void {
    if (this.#queues.has(ref.id)) this.mutate({ ref, onDamage: 'fail', change: () => undefined, done });
    else done();
  }

  /** Once all that is under way now, of any key, is on disk, or was refused. */
  settled(done: () => void): void {
    const busy = [...this.#queues.values()].map(({ ref }) => ref);
    windowed(busy, Math.max(1, busy.length), (ref, next) => this.afterWrites(ref, next), done);
  }

  /** Removes a key, if it still is what is to go when its turn comes. `isGone` also when nothing was here. */
  drop(ref: KeyRef, { hash, isKept, alsoDamaged }: Drop, done: (isDropped: boolean, isGone: boolean) => void): void {
    let isDropped = false;
    let isAbsent = false;
    this.mutate({
      ref,
      onDamage: alsoDamaged ? 'start-empty' : 'fail',
      change: (before, isDamaged) => {
        // What could not be read is not gone.
        isAbsent = before === EMPTY_OBJECT && !isDamaged;
        const isSame = isDamaged || bytesEqual(clockHash(ref, before), hash);
        isDropped = isSame && !isAbsent && !isKept();
        return isDropped ? 'drop' : undefined;
      },
      done: ({ ok }) => done(isDropped && ok, (isDropped && ok) || isAbsent),
    });
  }

  /** Merges an object here, and keeps what then is on disk as a hint for each of `targets`. */
  readdress(ref: KeyRef, bytes: Uint8Array, { horizon, targets }: { readonly horizon: number; readonly targets: readonly MemberId[] }, done: (result: CommitResult) => void): void {
    const incoming = decodeObject(bytes);
    let isFenced = false;
    this.mutate({
      ref,
      onDamage: 'start-empty',
      change: (before) => {
        isFenced = this.#core.horizon.isBefore(horizon);
        return isFenced ? undefined : { object: merge(before, incoming), hintTargets: targets };
      },
      done: (result) => done(isFenced ? FENCED : result),
    });
  }

  #run(mutation: Mutate): void {
    const { ref } = mutation;
    this.#core.read(ref, (stored, failure) => {
      const decoded = stored === undefined ? undefined : decodeStored(stored);
      const isDamaged = failure === 'damaged' || (stored !== undefined && decoded === undefined);
      const bytes = decoded === undefined ? undefined : stored;
      const failed = failure === 'unreadable' || (isDamaged && mutation.onDamage === 'fail');
      const before = decoded ?? EMPTY_OBJECT;
      const change = failed ? undefined : mutation.change(before, isDamaged);
      if (isDamaged) this.#found(ref, change);
      if (change === undefined) {
        const result: CommitResult = failed ? { ok: false, readOnly: false, message: 'the record could not be read' } : { ok: true };
        this.#finish(mutation, result, { object: before, bytes: bytes ?? encodeObject(before) });
        return;
      }
      if (change === 'drop') {
        this.#drop(mutation, before, isDamaged);
        return;
      }
      const changed = { object: change.object, bytes: change.bytes ?? encodeObject(change.object) };
      const hints = change.hintTargets.map((target) => hintOf(target, ref, changed.bytes));
      const recount = isDamaged ? withoutDamaged(ref) : [];
      const news = this.#objectBatch(ref, before, bytes, changed);
      const batch = [...recount, ...news, ...this.#also(change, ref, bytes, changed), ...hints];
      // A disk that refuses is asked first: a write that it cannot keep is not spread either.
      const isTrusted = this.#core.readOnly === undefined || batch.length === 0;
      if (isTrusted) mutation.prepared?.(changed);
      if (batch.length === 0) {
        this.#finish(mutation, { ok: true }, changed);
        return;
      }
      this.#core.commit(batch, (result) => {
        this.#on.changed(ref.partition);
        if (result.ok && isDamaged) this.#on.replaced(ref);
        if (result.ok && news.length > 0) this.#announce(ref, before, changed.object);
        if (result.ok && !isTrusted) mutation.prepared?.(changed);
        this.#finish(mutation, result, changed);
      });
    });
  }

  /** What goes is not mended: that would bring it back. */
  #found(ref: KeyRef, change: Change | 'drop' | undefined): void {
    if (change !== 'drop') this.#on.damaged(ref);
  }

  #drop(mutation: Mutate, before: KeyObject, isDamaged: boolean): void {
    const { ref } = mutation;
    this.#on.dropped(isDamaged ? undefined : before.context);
    const hash = clockHash(ref, before);
    const { live, siblings } = summarize(before, hash);
    const recount = isDamaged ? withoutDamaged(ref) : [];
    const leafDelta = isDamaged ? NO_HASH : hash;
    const drop: Mutation = { kind: 'drop', ref, leafDelta, keysDelta: -Number(live > 0), conflictsDelta: -Number(siblings > 1) };
    this.#core.commit([...recount, drop], (result) => {
      this.#on.changed(ref.partition);
      if (result.ok && isDamaged) this.#on.replaced(ref);
      this.#finish(mutation, result, { object: before, bytes: encodeObject(before) });
    });
  }

  #finish(mutation: Mutate, result: CommitResult, changed: Changed): void {
    const queue = this.#queues.get(mutation.ref.id);
    const next = queue?.waiting.shift();
    if (next === undefined) this.#queues.delete(mutation.ref.id);
    mutation.done(result, changed);
    next?.();
  }

  /** Empty when the bytes stay as they are. */
  #objectBatch(ref: KeyRef, before: KeyObject, bytesBefore: Uint8Array | undefined, after: Changed): readonly Mutation[] {
    if (bytesBefore !== undefined && bytesEqual(bytesBefore, after.bytes)) return [];
    // The store makes a copy with a checksum of it.
    this.#core.rooms.grow(after.bytes.length);
    const hash = clockHash(ref, after.object);
    const hashBefore = bytesBefore === undefined ? NO_HASH : clockHash(ref, before);
    const [wasSummary, summary] = [summarize(before, hashBefore), summarize(after.object, hash)];
    const object: Mutation = {
      kind: 'object',
      ref,
      object: after.bytes,
      summary: this.#rowOf(ref, after.object, summary),
      leafDelta: xorBytes(hashBefore, hash),
      keysDelta: Number(summary.live > 0) - Number(wasSummary.live > 0),
      conflictsDelta: Number(summary.siblings > 1) - Number(wasSummary.siblings > 1),
    };
    const replaced = superseded(before, after.object).filter(({ value }) => value !== undefined);
    const history = replaced.length === 0 ? [] : [this.#historyOf(ref, after.object, replaced)];
    return [object, ...history, ...this.#noteOf(ref, wasSummary, summary)];
  }

  /** Where the latest is shown, it may be a late retry, which shows nowhere else: the row says that it is not all. */
  #rowOf({ bucket }: KeyRef, { context, siblings }: KeyObject, summary: KeySummary): KeySummary {
    if (siblings.length < 2 || !this.#core.isLatestOnly(bucket)) return summary;
    const writes = onePerWrite(siblings);
    return liveSiblings({ context, siblings: writes }).length === 0 ? summary : { ...summary, siblings: writes.length };
  }

  /** A deletion that is joined by another one counts as new. */
  #noteOf(ref: KeyRef, was: KeySummary, is: KeySummary): readonly Mutation[] {
    if (is.live === 0) return [{ kind: 'deletion', ref, notedAt: this.#core.now.wallMs }];
    return was.live === 0 && was.siblings > 0 ? [{ kind: 'deletion', ref, notedAt: undefined }] : [];
  }

  /** For an object that stays as it is; nothing when it has changed, or there is none. */
  #also({ also }: Change, ref: KeyRef, bytesBefore: Uint8Array | undefined, after: Changed): readonly Mutation[] {
    if (also === undefined || bytesBefore === undefined || !bytesEqual(bytesBefore, after.bytes)) return [];
    if (also === 'history') return [this.#historyOf(ref, after.object, [])];
    const summary = this.#rowOf(ref, after.object, summarize(after.object, clockHash(ref, after.object)));
    return [{ kind: 'object', ref, object: after.bytes, summary, leafDelta: NO_HASH, keysDelta: 0, conflictsDelta: 0 }];
  }

  #historyOf(ref: KeyRef, after: KeyObject, replaced: readonly StoredSibling[]): Mutation {
    const { historyVersions, historyDays } = this.#core.buckets.settings(ref.bucket);
    const keptAt = this.#core.now.wallMs;
    const isConflict = summarize(after, NO_HASH).siblings > 1;
    return {
      kind: 'history',
      ref,
      added: replaced.map((sibling) => ({ dot: sibling.dot, sibling: encodeSibling(sibling) })),
      keptAt,
      retention: {
        versions: historyVersions,
        keptSince: keptAt - historyDays * DAY_MS,
        siblings: isConflict ? after.siblings.map(({ seen }) => seen) : [],
      },
    };
  }

  #announce(ref: KeyRef, before: KeyObject, after: KeyObject): void {
    this.#core.notify(() => {
      const shown = (object: KeyObject): KeySummary => summarize(resolved(this.#core, ref, object), NO_HASH);
      const [was, is] = [shown(before), shown(after)];
      const { bucket, key } = ref;
      const kind = is.siblings > 1 ? 'conflict' : was.siblings > 1 ? 'resolved' : is.live === 0 ? 'delete' : 'put';
      return { kind, bucket, key, context: () => tokenOf(this.#core, ref, after), by: is.writtenBy, writtenAt: is.writtenAt };
    });
  }
}

/** Bytes of this device's own disk that are no object are damage, whatever their checksum says. */
export function decodeStored(bytes: Uint8Array): KeyObject | undefined {
  try {
    return decodeObject(bytes);
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}

/** The token of a reading of `object`: what it covers, the newest writes of that, and the latest stamp. */
export function tokenOf(core: Core, ref: KeyRef, { context, siblings }: KeyObject): string {
  return contextToken(ref, context, core.seal, { stamp: latestStamp(siblings), writes: replacedBy(siblings) });
}

/** Nobody knows what the leaf and the counts have of a record that cannot be read. */
function withoutDamaged(ref: KeyRef): readonly Mutation[] {
  return [{ kind: 'recount', partition: ref.partition, leaf: ref.leaf, replaced: ref }];
}

function hintOf(target: MemberId, ref: KeyRef, object: Uint8Array): Mutation {
  return { kind: 'hint', target, ref, object };
}

/** Several deletions and nothing else are no conflict: `siblings` counts what a person would see. */
export function summarize(object: KeyObject, hash: Uint8Array): KeySummary {
  const writes = distinctWrites(object.siblings);
  const live = liveSiblings({ ...object, siblings: writes });
  const newest = (live.length > 0 ? live : writes).reduce<(typeof writes)[number] | undefined>(
    (best, next) => (best === undefined || next.writtenAt > best.writtenAt ? next : best),
    undefined,
  );
  return {
    live: live.length,
    siblings: live.length === 0 ? Math.min(1, writes.length) : writes.length,
    contentType: newest?.contentType ?? '',
    size: newest?.value?.length ?? 0,
    writtenBy: newest?.writtenBy ?? '',
    writtenAt: newest?.writtenAt ?? 0,
    hash,
  };
}
