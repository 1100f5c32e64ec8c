/**
 * Forms one group of commits into one LevelDB batch, and takes its effects over once the batch is
 * on disk. Groups come one at a time, so the database shows all earlier groups, and `#pending`
 * shows what the mutations before this one in the same group did.
 */
import { retained, type VersionMark } from '../p2p/causality/retention.ts';
import type { Dot, KeyRef, MemberId } from '../p2p/types.ts';
import { type Counters, CountersDraft, decodeCounters, encodeCounters, NO_COUNTERS } from './counters.ts';
import { type Database, type Operation, deleteOperation, putOperation } from './database.ts';
import { unseal } from './envelope.ts';
import { conflictKey, familyRange, indexKey, leavesRange, marksKey, parseObjectKey, systemKey, versionKey } from './keyspace.ts';
import { type LeafDelta, type LeavesDraft, MerkleLeaves } from './merkle-leaves.ts';
import type { PreparedCommit, PreparedMutation } from './prepared.ts';
import { decodeMarks, decodeSummary, encodeMarks, hashOf, hintBytes, hintObject, type SlotMark } from './records.ts';
import { ALL_UNCOUNTED, countSlice, isCounted, knowsHints, type Uncounted } from './uncounted.ts';

const COUNTERS_KEY = systemKey('counters');

type Prepared<Kind extends PreparedMutation['kind']> = Extract<PreparedMutation, { readonly kind: Kind }>;

/** What a group does, before it is known to be durable. */
export interface Draft {
  readonly operations: Operation[];
  readonly leaves: LeavesDraft;
  readonly counters: CountersDraft;
  uncounted: Uncounted | undefined;
  /** By database key: hints, conflict rows and marks of versions as the group leaves them. */
  readonly pending: Map<string, Operation>;
}

export class Former {
  readonly leaves = new MerkleLeaves();
  readonly #database: Database;
  #counters: Counters = NO_COUNTERS;
  /** What of the counters is not known. */
  #uncounted: Uncounted | undefined = ALL_UNCOUNTED;
  /** The counters were counted anew, and are not on disk. */
  #isUnsaved = false;
  /** False as long as no conflict row can exist: then writes need not look for one. */
  #conflictRows = false;

  constructor(database: Database) {
    this.#database = database;
  }

  get counters(): Counters {
    return this.#counters;
  }

  /** The counters are not all known: slices of a count are to be formed. */
  get isCounting(): boolean {
    return this.#uncounted !== undefined;
  }

  get knowsHints(): boolean {
    return knowsHints(this.#uncounted);
  }

  /**
   * Reads what it keeps in memory: at start, and when the fate of a batch was unknown.
   * @param hasLost Rows may be gone, or as they were earlier; that of the counters too.
   */
  async reload(hasLost: boolean): Promise<void> {
    this.leaves.clear();
    const saved = this.#database.get(COUNTERS_KEY);
    // Taken away for good: that something was lost is forgotten before a long count ends.
    if (hasLost && saved !== undefined) await this.#database.write([deleteOperation(COUNTERS_KEY)]);
    const counters = hasLost ? undefined : saved && decodeCounters(saved);
    this.#uncounted = counters === undefined ? ALL_UNCOUNTED : undefined;
    this.#counters = counters ?? NO_COUNTERS;
    this.#isUnsaved = this.isCounting;
    // Of a small store, or a new one, everything is known at once.
    if (this.isCounting) await this.write(await this.form([{ mutations: [{ kind: 'count' }], bytes: 0 }]));
    this.#conflictRows = (await this.#database.first(familyRange('c'), () => true)) ?? false;
  }

  /** Only reads: when it throws, everything is as it was. */
  async form(group: readonly PreparedCommit[]): Promise<Draft> {
    const mutations = group.flatMap((commit) => commit.mutations);
    await this.#prefetch(mutations);
    const recounts = await this.#recount(mutations);
    const draft: Draft = {
      operations: [],
      leaves: this.leaves.draft(),
      counters: new CountersDraft(this.#counters),
      uncounted: this.#uncounted,
      pending: new Map(),
    };
    const isSlice = mutations.some(({ kind }) => kind === 'count');
    if (isSlice && draft.uncounted !== undefined) draft.uncounted = await countSlice(this.#database, draft.uncounted, draft.counters);
    for (const mutation of mutations) this.#form(draft, mutation);
    for (const { partition, bucket, leaf, delta } of recounts) draft.leaves.fold(partition, bucket, leaf, delta);
    draft.operations.push(...draft.leaves.operations());
    const isNews = draft.counters.changed || this.#isUnsaved;
    // Slices write nothing: they go on while the disk refuses writes.
    if (isNews && draft.uncounted === undefined && draft.operations.length > 0) {
      draft.operations.push(putOperation(COUNTERS_KEY, encodeCounters(draft.counters)));
    }
    return draft;
  }

  async write(draft: Draft): Promise<void> {
    if (draft.operations.length > 0) await this.#database.write(draft.operations);
    this.leaves.accept(draft.leaves);
    this.#counters = draft.counters;
    this.#uncounted = draft.uncounted;
    if (draft.uncounted === undefined && draft.operations.length > 0) this.#isUnsaved = false;
  }

  /** All reads that cannot be synchronous, before anything is folded. */
  async #prefetch(mutations: readonly PreparedMutation[]): Promise<void> {
    const partitions = new Set<number>();
    for (const mutation of mutations) {
      if (mutation.kind === 'object' || mutation.kind === 'drop') partitions.add(mutation.from.ref.partition);
      if (mutation.kind === 'load' || mutation.kind === 'recount') partitions.add(mutation.partition);
    }
    this.leaves.makeRoom();
    const absent = [...partitions].filter((partition) => !this.leaves.has(partition));
    await Promise.all(absent.map((partition) => this.leaves.load(this.#database, partition)));
  }

  /**
   * What separates leaves from the good records under them, as the database shows both before this
   * group: what the group folds besides holds either way.
   */
  async #recount(mutations: readonly PreparedMutation[]): Promise<readonly LeafDelta[]> {
    const asked = new Map<string, Prepared<'recount'>>();
    for (const mutation of mutations) {
      if (mutation.kind === 'recount') asked.set(`${mutation.partition}/${mutation.leaf}`, mutation);
    }
    const deltas = await Promise.all(
      [...asked.values()].map(async ({ partition, leaf }) => {
        const hashes = await this.#database.collect(leavesRange(partition, { first: leaf, last: leaf }), Infinity, (key, payload) => {
          const ref = parseObjectKey(key);
          return ref && { bucket: ref.bucket, hash: hashOf(payload) };
        });
        return this.leaves.deltas(partition, leaf, hashes);
      }),
    );
    return deltas.flat();
  }

  #form(draft: Draft, mutation: PreparedMutation): void {
    switch (mutation.kind) {
      case 'object':
        return this.#formObject(draft, mutation);
      case 'drop':
        return this.#formDrop(draft, mutation);
      case 'hint':
        return this.#formHint(draft, mutation);
      case 'hint-done':
        return this.#formHintDone(draft, mutation);
      case 'history':
        return this.#formHistory(draft, mutation);
      case 'system':
        draft.operations.push(mutation.row);
        return;
      case 'recount':
        if (mutation.replaced !== undefined) this.#uncount(draft, mutation.replaced);
        return;
      case 'load':
      case 'count':
        return;
    }
  }

  #formObject(draft: Draft, { from, object, row, conflict }: Prepared<'object'>): void {
    draft.operations.push(object, row);
    draft.leaves.fold(from.ref.partition, from.ref.bucket, from.ref.leaf, from.leafDelta);
    count(draft, { row, conflict }, from);
    if (conflict.value === undefined) {
      this.#clearConflict(draft, conflict);
      return;
    }
    this.#conflictRows = true;
    push(draft, conflict);
  }

  #formDrop(draft: Draft, { from, object, row, conflict, note }: Prepared<'drop'>): void {
    draft.operations.push(object, row, note);
    this.#dropHistory(draft, from.ref.id);
    draft.leaves.fold(from.ref.partition, from.ref.bucket, from.ref.leaf, from.leafDelta);
    count(draft, { row, conflict }, from);
    this.#clearConflict(draft, conflict);
  }

  /** A row of the index that is damaged as well stood for a key; without one there was none. */
  #uncount(draft: Draft, { id }: KeyRef): void {
    const [key, conflict] = [indexKey(id), conflictKey(id)];
    const row = this.#database.find(key);
    const isKey = row !== undefined && (row === 'damaged' || decodeSummary(row).live > 0);
    const isConflict = this.#database.find(conflict) !== undefined;
    const isKeyCounted = isKey && isCounted(draft.uncounted, key);
    const isConflictCounted = isConflict && isCounted(draft.uncounted, conflict);
    draft.counters.add(-Number(isKeyCounted), -Number(isConflictCounted));
  }

  #clearConflict(draft: Draft, conflict: Operation): void {
    if (this.#conflictRows && this.#now(draft, conflict.key) !== undefined) push(draft, conflict);
  }

  #formHint(draft: Draft, { from, row }: Prepared<'hint'>): void {
    const kept = this.#hintNow(draft, from.target, row.key);
    if (isCounted(draft.uncounted, row.key)) draft.counters.addHint(from.target, Number(kept === undefined), from.object.length - (kept?.bytes ?? 0));
    push(draft, row);
  }

  #formHintDone(draft: Draft, { from, row }: Prepared<'hint-done'>): void {
    const kept = this.#hintNow(draft, from.target, row.key);
    // One that is damaged goes as well: it can be given to nobody.
    if (kept === undefined || (kept.object !== undefined && Buffer.compare(kept.object, from.object) !== 0)) return;
    if (isCounted(draft.uncounted, row.key)) draft.counters.addHint(from.target, -1, -kept.bytes);
    push(draft, row);
  }

  /** One look, whatever is kept: slots of what is dropped are written over by what is added. */
  #formHistory(draft: Draft, { from }: Prepared<'history'>): void {
    const { ref, added, keptAt, retention } = from;
    const key = marksKey(ref.id);
    const row = this.#now(draft, key);
    const before: readonly SlotMark[] = row === undefined ? [] : decodeMarks(row);
    const fresh = added.filter(({ dot }) => !before.some((mark) => isSameDot(mark.dot, dot)));
    const kept = retained<SlotMark | NewMark>([...before, ...fresh.map((version) => ({ ...version, keptAt }))], retention, keptAt);
    const freed = new Set(before.map(({ slot }) => slot));
    for (const mark of kept) if ('slot' in mark) freed.delete(mark.slot);
    const slots = new FreeSlots(before, freed);
    const marks = kept.map((mark): SlotMark => {
      if ('slot' in mark) return mark;
      const slot = slots.take();
      draft.operations.push(putOperation(versionKey(ref.id, slot), mark.sibling));
      return { dot: mark.dot, keptAt, slot };
    });
    for (const slot of slots.left()) draft.operations.push(deleteOperation(versionKey(ref.id, slot)));
    if (fresh.length === 0 && marks.length === before.length) return;
    push(draft, marks.length === 0 ? deleteOperation(key) : putOperation(key, encodeMarks(marks)));
  }

  #dropHistory(draft: Draft, id: KeyRef['id']): void {
    const key = marksKey(id);
    const row = this.#now(draft, key);
    if (row === undefined) return;
    for (const { slot } of decodeMarks(row)) draft.operations.push(deleteOperation(versionKey(id, slot)));
    push(draft, deleteOperation(key));
  }

  /** A member that is known to have no hints needs no look into the database. */
  #hintNow(draft: Draft, target: MemberId, key: Buffer): KeptHint | undefined {
    if (!draft.counters.hints.has(target) && knowsHints(draft.uncounted)) return undefined;
    const payload = this.#now(draft, key);
    if (payload !== undefined) return { object: hintObject(payload), bytes: hintObject(payload).length };
    const sealedBytes = draft.pending.has(key.toString('latin1')) ? undefined : this.#database.sizeOf(key);
    return sealedBytes === undefined ? undefined : { object: undefined, bytes: hintBytes(sealedBytes) };
  }

  #now(draft: Draft, key: Buffer): Buffer | undefined {
    const pending = draft.pending.get(key.toString('latin1'));
    if (pending === undefined) return this.#database.get(key);
    return pending.value === undefined ? undefined : unseal(key, pending.value);
  }
}

function count(draft: Draft, { row, conflict }: { readonly row: Operation; readonly conflict: Operation }, deltas: { readonly keysDelta: number; readonly conflictsDelta: number }): void {
  const keys = isCounted(draft.uncounted, row.key) ? deltas.keysDelta : 0;
  const conflicts = isCounted(draft.uncounted, conflict.key) ? deltas.conflictsDelta : 0;
  draft.counters.add(keys, conflicts);
}

function push(draft: Draft, operation: Operation): void {
  draft.operations.push(operation);
  draft.pending.set(operation.key.toString('latin1'), operation);
}

/** A hint as it was counted. */
interface KeptHint {
  /** `undefined` = damaged. */
  readonly object: Uint8Array | undefined;
  readonly bytes: number;
}

/** A version that has no slot yet. */
interface NewMark extends VersionMark {
  readonly sibling: Uint8Array;
}

/** Slots of a key for new versions: those that are freed first, then unused ones. */
class FreeSlots {
  readonly #freed: number[];
  #next: number;

  constructor(used: readonly SlotMark[], freed: ReadonlySet<number>) {
    this.#freed = [...freed];
    this.#next = used.reduce((next, { slot }) => Math.max(next, slot + 1), 0);
  }

  take(): number {
    return this.#freed.pop() ?? this.#next++;
  }

  /** Freed and not taken again. */
  left(): readonly number[] {
    return this.#freed;
  }
}

function isSameDot(a: Dot, b: Dot): boolean {
  return a.counter === b.counter && a.actor === b.actor;
}
