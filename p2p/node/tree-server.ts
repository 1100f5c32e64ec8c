/** Answers what peers ask of this member's trees and, for repair, of its keys. Keeps no state of theirs. */
import type { Entry, LeafRange } from '../antientropy/leaf-range.ts';
import { briefOf, encodeEntries, isListed, partHashes, runsOf, WHOLE_LEAF } from '../antientropy/leaf-range.ts';
import { EMPTY_ROOT, groupsOf, hashOfAll, LEAF_BYTES } from '../antientropy/merkle.ts';
import type { Scope } from '../antientropy/scope.ts';
import { copiesOf } from '../antientropy/scope.ts';
import { MalformedError } from '../bytes/byte-reader.ts';
import { bytesEqual, toHex } from '../bytes/bytes.ts';
import type { KeyRef, MemberId, PartitionId } from '../types.ts';
import type { MessageOf } from '../wire/message.ts';
import { OBJECTS_AT_ONCE } from './answer-turns.ts';
import type { Core } from './core.ts';
import type { Answer } from './peer-work.ts';
import type { Trees } from './trees.ts';
import { windowed } from './windowed.ts';

/** An answer ends after about so many bytes; the peer asks for the rest. */
const ANSWER_BYTES = 256 * 1024;
const READS_AT_ONCE = 16;

export interface TreeServerEvents {
  /** The peer sees another team than we do. */
  readonly otherView: (peer: MemberId) => void;
  /** Do we own this partition without having all of it yet? */
  readonly owes: (scope: Scope, partition: PartitionId) => boolean;
  /** Does it get what it owes, by itself, just now? */
  readonly isFetching: () => boolean;
}

export class TreeServer {
  readonly #core: Core;
  readonly #trees: Trees;
  readonly #on: TreeServerEvents;

  constructor(core: Core, trees: Trees, on: TreeServerEvents) {
    this.#core = core;
    this.#trees = trees;
    this.#on = on;
  }

  top(from: MemberId, { id, scope, view, top }: MessageOf<'tree-top'>, answer: Answer): void {
    const reply = { kind: 'tree-top-reply', id, groups: new Uint8Array() } as const;
    if (this.#core.life.isStale) {
      // What is here may have been deleted elsewhere: nobody is to take it from a store that is behind.
      answer({ ...reply, verdict: 'other-view' });
      return;
    }
    if (!bytesEqual(view, this.#core.view())) {
      answer({ ...reply, verdict: 'other-view' });
      this.#on.otherView(from);
      return;
    }
    // Placement is worked out and kept for each n that is asked for: of equal views all have the same.
    if (!this.#core.classes().some(({ n }) => n === scope.n)) throw new MalformedError('no bucket has so many copies');
    const shared = this.#core.sharedPartitions(this.#core.self, from, copiesOf(scope));
    this.#trees.roots(scope, shared, (roots) => {
      if (roots === undefined) return answer();
      const hashes = groupsOf(shared).map((group) => hashOfAll(group.map((partition) => roots.get(partition) ?? EMPTY_ROOT)));
      if (bytesEqual(hashOfAll(hashes), top)) answer({ ...reply, verdict: 'same' });
      else answer({ ...reply, verdict: 'differs', groups: joined(hashes) });
    });
  }

  roots({ id, scope, partitions }: MessageOf<'tree-roots'>, answer: Answer): void {
    this.#mustBeThere(partitions);
    this.#trees.roots(scope, partitions, (roots) => {
      if (roots === undefined) return answer();
      const owing = partitions.filter((partition) => this.#on.owes(scope, partition));
      const hashes = partitions.map((partition) => roots.get(partition) ?? EMPTY_ROOT);
      answer({ kind: 'tree-roots-reply', id, roots: joined(hashes), owing, isFetching: this.#on.isFetching() });
    });
  }

  leaves({ id, scope, partitions }: MessageOf<'tree-leaves'>, answer: Answer): void {
    this.#mustBeThere(partitions);
    const found = new Map<PartitionId, Uint8Array>();
    windowed(
      partitions,
      READS_AT_ONCE,
      (partition, next) => {
        this.#trees.leaves(scope, partition, (leaves) => {
          if (leaves !== undefined) found.set(partition, leaves);
          next();
        });
      },
      () => {
        const leaves = partitions.flatMap((partition) => found.get(partition) ?? []);
        answer(leaves.length === partitions.length ? { kind: 'tree-leaves-reply', id, leaves } : undefined);
      },
    );
  }

  entries({ id, scope, ranges }: MessageOf<'tree-entries'>, answer: Answer): void {
    this.#mustBeThere(ranges.map(({ partition }) => partition));
    const parts: { readonly isCut: boolean; readonly hashes: Uint8Array }[] = [];
    let bytes = 0;
    let isOver = false;
    windowed(
      runsOf(ranges),
      1,
      (run, next) => {
        if (isOver) {
          next();
          return;
        }
        this.#trees.entries(scope, run, (found) => {
          const described = (found ?? []).map((entries, index) => describe(entries, run[index]?.path ?? WHOLE_LEAF));
          parts.push(...described);
          bytes += described.reduce((sum, { hashes }) => sum + hashes.length, 0);
          isOver = found === undefined || bytes > ANSWER_BYTES;
          next();
        });
      },
      () => {
        answer(parts.length > 0 || ranges.length === 0 ? { kind: 'tree-entries-reply', id, ranges: parts } : undefined);
      },
    );
  }

  fetch({ id, scope, keys }: MessageOf<'fetch-keys'>, answer: Answer): void {
    this.#mustBeThere(keys.map(({ partition }) => partition));
    const { raised: horizon } = this.#core.horizon;
    this.#find(scope, keys, (refs) => {
      const objects: { readonly bucket: string; readonly key: string; readonly object: Uint8Array }[] = [];
      let bytes = 0;
      windowed(
        refs,
        OBJECTS_AT_ONCE,
        (ref, next) => {
          if (bytes > ANSWER_BYTES) {
            next();
            return;
          }
          this.#core.read(ref, (object) => {
            // The first goes whatever its size, or it would never go.
            if (object !== undefined && (bytes === 0 || bytes + object.length <= ANSWER_BYTES)) {
              objects.push({ bucket: ref.bucket, key: ref.key, object });
              bytes += object.length;
            }
            next();
          });
        },
        () => answer({ kind: 'fetch-keys-reply', id, objects, horizon }),
      );
    });
  }

  #mustBeThere(partitions: readonly PartitionId[]): void {
    if (partitions.some((partition) => partition >= this.#core.team.partitions)) throw new MalformedError('a partition is not there');
  }

  /** Keys by their briefs, a run of leaves at a time. */
  #find(scope: Scope, keys: MessageOf<'fetch-keys'>['keys'], done: (refs: readonly KeyRef[]) => void): void {
    const ranges = new Map<string, LeafRange>();
    const wanted = new Set<string>();
    for (const { partition, leaf, brief } of keys) {
      ranges.set(`${partition}/${leaf}`, { partition, leaf, path: WHOLE_LEAF });
      wanted.add(`${partition}/${leaf}/${toHex(brief)}`);
    }
    const refs: KeyRef[] = [];
    windowed(
      runsOf([...ranges.values()]),
      READS_AT_ONCE,
      (run, next) => {
        this.#trees.entries(scope, run, (found) => {
          for (const { ref } of found?.flat() ?? []) {
            if (wanted.has(`${ref.partition}/${ref.leaf}/${toHex(briefOf(ref.position))}`)) refs.push(ref);
          }
          next();
        });
      },
      () => done(refs),
    );
  }
}

function describe(entries: readonly Entry[], path: Uint8Array): { readonly isCut: boolean; readonly hashes: Uint8Array } {
  if (isListed(entries, path)) return { isCut: false, hashes: encodeEntries(entries) };
  return { isCut: true, hashes: partHashes(entries, path) };
}

function joined(hashes: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(hashes.length * LEAF_BYTES);
  for (const [index, hash] of hashes.entries()) bytes.set(hash, index * LEAF_BYTES);
  return bytes;
}
