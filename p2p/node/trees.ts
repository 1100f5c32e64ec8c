/**
 * This member's Merkle trees as an exchange asks for them: leaves, roots, keys under leaves, each
 * over the buckets of a scope. Roots of the classes in use are kept until a write changes them.
 */
import type { Entry, LeafRange } from '../antientropy/leaf-range.ts';
import { isWithin } from '../antientropy/leaf-range.ts';
import { EMPTY_ROOT, rootOf, sumLeaves } from '../antientropy/merkle.ts';
import type { Scope } from '../antientropy/scope.ts';
import { isInScope, scopeName } from '../antientropy/scope.ts';
import type { PartitionId } from '../types.ts';
import type { Core } from './core.ts';
import { windowed } from './windowed.ts';

/** Questions to the store under way at once, of one exchange. */
const QUERIES_AT_ONCE = 64;

type Roots = ReadonlyMap<PartitionId, Uint8Array>;

export class Trees {
  readonly #core: Core;
  /** Of classes only: how many there are is bounded by the settings. */
  readonly #roots = new Map<string, Map<PartitionId, Uint8Array>>();
  readonly #changedMs = new Map<PartitionId, number>();
  /** Counts calls of `changed`: what was read before a change must not outlive it. */
  #changes = 0;
  #revision = 0;
  #startedMs = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  start(): void {
    this.#startedMs = this.#core.now.nowMs;
  }

  changed(partition: PartitionId): void {
    this.#changes += 1;
    this.#changedMs.set(partition, this.#core.now.nowMs);
    for (const roots of this.#roots.values()) roots.delete(partition);
  }

  /** Leaves may be as they were earlier. */
  forgetAll(): void {
    this.#changes += 1;
    this.#roots.clear();
  }

  /** Ms since the last change of the partition here, since the start if there was none. */
  quietMs(partition: PartitionId): number {
    return this.#core.now.nowMs - (this.#changedMs.get(partition) ?? this.#startedMs);
  }

  /** `undefined` when the store cannot say. */
  leaves(scope: Scope, partition: PartitionId, done: (leaves: Uint8Array | undefined) => void): void {
    this.#core.query({ kind: 'leaves', partition }, (answer) => {
      if (answer?.kind !== 'leaves') {
        done(undefined);
        return;
      }
      const within = answer.leaves.filter(({ bucket }) => this.#isInScope(scope, bucket)).map(({ leaves }) => leaves);
      done(sumLeaves(within));
    });
  }

  /** `undefined` when the store cannot say. */
  roots(scope: Scope, partitions: readonly PartitionId[], done: (roots: Roots | undefined) => void): void {
    const known = this.#rootsOf(scope);
    const roots = new Map<PartitionId, Uint8Array>();
    for (const partition of partitions) {
      const root = known.get(partition);
      if (root !== undefined) roots.set(partition, root);
    }
    let isWhole = true;
    const missing = partitions.filter((partition) => !roots.has(partition));
    windowed(
      missing,
      QUERIES_AT_ONCE,
      (partition, next) => {
        const changes = this.#changes;
        this.leaves(scope, partition, (leaves) => {
          const root = leaves === undefined ? EMPTY_ROOT : rootOf(leaves);
          isWhole &&= leaves !== undefined;
          roots.set(partition, root);
          if (leaves !== undefined && changes === this.#changes) this.#rootsOf(scope).set(partition, root);
          next();
        });
      },
      () => done(isWhole ? roots : undefined),
    );
  }

  /** Keys of each range of a run (`runsOf`), in order of position. `undefined` when the store cannot say. */
  entries(scope: Scope, run: readonly LeafRange[], done: (entries: readonly (readonly Entry[])[] | undefined) => void): void {
    const [first] = run;
    const last = run.at(-1);
    if (first === undefined || last === undefined) {
      done([]);
      return;
    }
    this.#core.query({ kind: 'leaf-entries', partition: first.partition, leaves: { first: first.leaf, last: last.leaf } }, (answer) => {
      if (answer?.kind !== 'leaf-entries') {
        done(undefined);
        return;
      }
      const byLeaf = new Map<number, Entry[]>();
      for (const entry of answer.entries) {
        if (!this.#isInScope(scope, entry.ref.bucket)) continue;
        const ofLeaf = byLeaf.get(entry.ref.leaf);
        if (ofLeaf === undefined) byLeaf.set(entry.ref.leaf, [entry]);
        else ofLeaf.push(entry);
      }
      done(run.map(({ leaf, path }) => (byLeaf.get(leaf) ?? []).filter(({ ref }) => isWithin(ref.position, path))));
    });
  }

  #isInScope(scope: Scope, bucket: string): boolean {
    return isInScope(scope, bucket, this.#core.buckets.settings(bucket));
  }

  /** A place to keep roots; one that is thrown away for a scope that is not kept. */
  #rootsOf(scope: Scope): Map<PartitionId, Uint8Array> {
    const { buckets } = this.#core;
    if (this.#revision !== buckets.revision) {
      this.#revision = buckets.revision;
      this.#roots.clear();
    }
    const name = scopeName(scope);
    const known = this.#roots.get(name);
    if (known !== undefined) return known;
    const roots = new Map<PartitionId, Uint8Array>();
    if (scope.bucket === undefined && this.#core.classes().some(({ n }) => n === scope.n)) this.#roots.set(name, roots);
    return roots;
  }
}
