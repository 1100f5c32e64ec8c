/**
 * Forms one group of commits into one LevelDB batch, and takes its effects over once the batch is
 * on disk. Groups come one at a time, so the database shows all earlier groups, and `#pending`
 * shows what the mutations before this one in the same group did.
 */
import { HISTORY_VERSIONS_MAX } from '../p2p/ports.ts';
import type { KeyRef, MemberId } from '../p2p/types.ts';
import { type Counters, CountersDraft, decodeCounters, encodeCounters, NO_COUNTERS } from './counters.ts';
import { type Database, type Operation, deleteOperation, putOperation } from './database.ts';
import { unseal } from './envelope.ts';
import { familyRange, leafRange, parseObjectKey, systemKey, versionsRange } from './keyspace.ts';
import { type LeafDelta, type LeavesDraft, MerkleLeaves } from './merkle-leaves.ts';
import type { PreparedCommit, PreparedMutation } from './prepared.ts';
import { hashOf, hintObject } from './records.ts';

const COUNTERS_KEY = systemKey('counters');
const VERSIONS_SEEN_MAX = 1000;

type Prepared<Kind extends PreparedMutation['kind']> = Extract<PreparedMutation, { readonly kind: Kind }>;

/** What a group does, before it is known to be durable. */
interface Draft {
  readonly operations: Operation[];
  readonly leaves: LeavesDraft;
  readonly counters: CountersDraft;
  /** By database key: hints and conflict rows as the group leaves them. */
  readonly pending: Map<string, Operation>;
  /** Database keys of the versions of each key that the group adds to, oldest first. */
  readonly versions: Map<string, Buffer[]>;
}

export class Former {
  readonly leaves = new MerkleLeaves();
  readonly #database: Database;
  #counters: Counters = NO_COUNTERS;
  /** False as long as no conflict row can exist: then writes need not look for one. */
  #conflictRows = false;

  constructor(database: Database) {
    this.#database = database;
  }

  get counters(): Counters {
    return this.#counters;
  }

  /** Reads what it keeps in memory: at start, and when the fate of a batch was unknown. */
  async reload(): Promise<void> {
    this.leaves.clear();
    const saved = this.#database.get(COUNTERS_KEY);
    this.#counters = saved === undefined ? NO_COUNTERS : decodeCounters(saved);
    this.#conflictRows = (await this.#database.first(familyRange('c'), () => true)) ?? false;
  }

  async write(group: readonly PreparedCommit[]): Promise<void> {
    const mutations = group.flatMap((commit) => commit.mutations);
    const versions = await this.#prefetch(mutations);
    const recounts = await this.#recount(mutations);
    const draft: Draft = {
      operations: [],
      leaves: this.leaves.draft(),
      counters: new CountersDraft(this.#counters),
      pending: new Map(),
      versions,
    };
    for (const mutation of mutations) this.#form(draft, mutation);
    for (const { partition, bucket, leaf, delta } of recounts) draft.leaves.fold(partition, bucket, leaf, delta);
    draft.operations.push(...draft.leaves.operations());
    if (draft.counters.changed) draft.operations.push(putOperation(COUNTERS_KEY, encodeCounters(draft.counters)));
    if (draft.operations.length > 0) await this.#database.write(draft.operations);
    this.leaves.accept(draft.leaves);
    this.#counters = draft.counters;
  }

  /** All reads that cannot be synchronous, before anything is folded. */
  async #prefetch(mutations: readonly PreparedMutation[]): Promise<Map<string, Buffer[]>> {
    const partitions = new Set<number>();
    const ids = new Set<string>();
    for (const mutation of mutations) {
      if (mutation.kind === 'object' || mutation.kind === 'drop') partitions.add(mutation.from.ref.partition);
      if (mutation.kind === 'load' || mutation.kind === 'recount') partitions.add(mutation.partition);
      if (mutation.kind === 'version' || mutation.kind === 'drop') ids.add(mutation.from.ref.id);
    }
    this.leaves.makeRoom();
    const absent = [...partitions].filter((partition) => !this.leaves.has(partition));
    await Promise.all(absent.map((partition) => this.leaves.load(this.#database, partition)));
    const found = [...ids].map(async (id) => [id, await this.#versionKeys(id)] as const);
    return new Map(await Promise.all(found));
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
        const hashes = await this.#database.collect(leafRange(partition, leaf), Infinity, (key, payload) => {
          const ref = parseObjectKey(key);
          return ref && { bucket: ref.bucket, hash: hashOf(payload) };
        });
        return this.leaves.deltas(partition, leaf, hashes);
      }),
    );
    return deltas.flat();
  }

  #versionKeys(id: KeyRef['id']): Promise<Buffer[]> {
    return this.#database.collect(versionsRange(id), VERSIONS_SEEN_MAX, (key) => key);
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
      case 'version':
        return formVersion(draft, mutation);
      case 'system':
        draft.operations.push(mutation.row);
        return;
      case 'load':
      case 'recount':
        return;
    }
  }

  #formObject(draft: Draft, { from, object, row, conflict }: Prepared<'object'>): void {
    draft.operations.push(object, row);
    draft.leaves.fold(from.ref.partition, from.ref.bucket, from.ref.leaf, from.leafDelta);
    draft.counters.add(from.keysDelta, from.conflictsDelta);
    if (conflict.value === undefined) {
      this.#clearConflict(draft, conflict);
      return;
    }
    this.#conflictRows = true;
    push(draft, conflict);
  }

  #formDrop(draft: Draft, { from, object, row, conflict }: Prepared<'drop'>): void {
    draft.operations.push(object, row, ...(draft.versions.get(from.ref.id) ?? []).map(deleteOperation));
    draft.versions.set(from.ref.id, []);
    draft.leaves.fold(from.ref.partition, from.ref.bucket, from.ref.leaf, from.leafDelta);
    draft.counters.add(from.keysDelta, from.conflictsDelta);
    this.#clearConflict(draft, conflict);
  }

  #clearConflict(draft: Draft, conflict: Operation): void {
    if (this.#conflictRows && this.#now(draft, conflict.key) !== undefined) push(draft, conflict);
  }

  #formHint(draft: Draft, { from, row }: Prepared<'hint'>): void {
    if (this.#hintNow(draft, from.target, row.key) === undefined) draft.counters.addHint(from.target, 1);
    push(draft, row);
  }

  #formHintDone(draft: Draft, { from, row }: Prepared<'hint-done'>): void {
    const kept = this.#hintNow(draft, from.target, row.key);
    if (kept === undefined || Buffer.compare(hintObject(kept), from.object) !== 0) return;
    draft.counters.addHint(from.target, -1);
    push(draft, row);
  }

  /** A member without hints needs no look into the database. */
  #hintNow(draft: Draft, target: MemberId, key: Buffer): Buffer | undefined {
    return draft.counters.hints.has(target) ? this.#now(draft, key) : undefined;
  }

  #now(draft: Draft, key: Buffer): Buffer | undefined {
    const pending = draft.pending.get(key.toString('latin1'));
    if (pending === undefined) return this.#database.get(key);
    return pending.value === undefined ? undefined : unseal(key, pending.value);
  }
}

function push(draft: Draft, operation: Operation): void {
  draft.operations.push(operation);
  draft.pending.set(operation.key.toString('latin1'), operation);
}

/** Keeps the newest versions: also when the new one is older than all that are kept. */
function formVersion(draft: Draft, { from, row }: Prepared<'version'>): void {
  const keys = draft.versions.get(from.ref.id) ?? [];
  draft.operations.push(row);
  if (!keys.some((key) => key.equals(row.key))) keys.push(row.key);
  keys.sort(Buffer.compare);
  const dropped = keys.splice(0, Math.max(0, keys.length - HISTORY_VERSIONS_MAX));
  draft.operations.push(...dropped.map(deleteOperation));
  draft.versions.set(from.ref.id, keys);
}
