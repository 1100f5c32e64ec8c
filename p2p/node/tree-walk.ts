/**
 * Finds what differs between this member's keys and a peer's, in few bytes: roots of partitions,
 * leaves of those that differ, parts of leaves that hold many keys, and in the end 16 bytes for each
 * key under what differs. Only reads; every step compares with what is here at that moment.
 */
import type { Entry, LeafRange } from '../antientropy/leaf-range.ts';
import { briefOf, decodeEntries, differingParts, partHashes, runsOf, WHOLE_LEAF } from '../antientropy/leaf-range.ts';
import { differingLeaves, EMPTY_ROOT, LEAF_BYTES } from '../antientropy/merkle.ts';
import type { Scope } from '../antientropy/scope.ts';
import { bytesEqual, toHex } from '../bytes/bytes.ts';
import type { KeyRef, MemberId, PartitionId } from '../types.ts';
import { RANGES_IN_TREE } from '../wire/limits.ts';
import type { MessageOf } from '../wire/message.ts';
import { ask } from './ask.ts';
import type { Core } from './core.ts';
import type { Trees } from './trees.ts';
import { windowed } from './windowed.ts';

const READS_AT_ONCE = 16;

/** A key that is not the same on both sides. */
export interface Difference {
  readonly partition: PartitionId;
  readonly leaf: number;
  readonly brief: Uint8Array;
  /** `undefined` = we keep nothing of it. */
  readonly ours: KeyRef | undefined;
  readonly isTheirs: boolean;
}

export interface DifferingRoots {
  readonly differing: readonly PartitionId[];
  /** Partitions that the peer itself does not have all of yet. */
  readonly owing: ReadonlySet<PartitionId>;
  /** And gets just now, from whomever. */
  readonly isFetching: boolean;
}

type RangeAnswer = MessageOf<'tree-entries-reply'>['ranges'][number];

interface Walk {
  readonly peer: MemberId;
  readonly scope: Scope;
  readonly found: Difference[];
  /** Ranges still to be compared. */
  waiting: LeafRange[];
}

export class TreeWalk {
  readonly #core: Core;
  readonly #trees: Trees;

  constructor(core: Core, trees: Trees) {
    this.#core = core;
    this.#trees = trees;
  }

  /** @param partitions In order, at most PARTITIONS_IN_TREE. `undefined` = no answer. */
  roots(peer: MemberId, scope: Scope, partitions: readonly PartitionId[], done: (roots: DifferingRoots | undefined) => void): void {
    ask(this.#core, peer, { kind: 'tree-roots', scope, partitions }, (reply) => {
      if (reply?.kind !== 'tree-roots-reply') {
        done(undefined);
        return;
      }
      this.#trees.roots(scope, partitions, (ours) => {
        const differing = partitions.filter((partition, index) => {
          const theirs = reply.roots.subarray(index * LEAF_BYTES, (index + 1) * LEAF_BYTES);
          return !bytesEqual(ours?.get(partition) ?? EMPTY_ROOT, theirs);
        });
        done(ours && { differing, owing: new Set(reply.owing), isFetching: reply.isFetching });
      });
    });
  }

  /** All keys of these partitions that differ. `undefined` = no answer. */
  differences(peer: MemberId, scope: Scope, partitions: readonly PartitionId[], done: (found: readonly Difference[] | undefined) => void): void {
    ask(this.#core, peer, { kind: 'tree-leaves', scope, partitions }, (reply) => {
      if (reply?.kind !== 'tree-leaves-reply' || reply.leaves.length !== partitions.length) {
        done(undefined);
        return;
      }
      const walk: Walk = { peer, scope, found: [], waiting: [] };
      let isRead = true;
      windowed(
        [...partitions.entries()],
        READS_AT_ONCE,
        ([index, partition], next) => {
          this.#trees.leaves(scope, partition, (ours) => {
            isRead &&= ours !== undefined;
            for (const leaf of differingLeaves(ours ?? new Uint8Array(), reply.leaves[index] ?? new Uint8Array())) {
              walk.waiting.push({ partition, leaf, path: WHOLE_LEAF });
            }
            next();
          });
        },
        () => {
          if (isRead) this.#ranges(walk, done);
          else done(undefined);
        },
      );
    });
  }

  #ranges(walk: Walk, done: (found: readonly Difference[] | undefined) => void): void {
    const ranges = walk.waiting.slice(0, RANGES_IN_TREE);
    if (ranges.length === 0) {
      done(walk.found);
      return;
    }
    ask(this.#core, walk.peer, { kind: 'tree-entries', scope: walk.scope, ranges }, (reply) => {
      if (reply?.kind !== 'tree-entries-reply' || reply.ranges.length === 0 || reply.ranges.length > ranges.length) {
        done(undefined);
        return;
      }
      walk.waiting = walk.waiting.slice(reply.ranges.length);
      let answered = 0;
      const runs = runsOf(ranges.slice(0, reply.ranges.length)).map((run) => {
        answered += run.length;
        return { run, answers: reply.ranges.slice(answered - run.length, answered) };
      });
      let isWhole = true;
      windowed(
        runs,
        READS_AT_ONCE,
        ({ run, answers }, next) => {
          this.#trees.entries(walk.scope, run, (ours) => {
            isWhole &&= ours !== undefined;
            for (const [index, entries] of (ours ?? []).entries()) compare(walk, run[index], entries, answers[index]);
            next();
          });
        },
        () => {
          if (isWhole) this.#ranges(walk, done);
          else done(undefined);
        },
      );
    });
  }
}

/** Of one range: what differs, or the parts of it that do. */
function compare(walk: Walk, range: LeafRange | undefined, ours: readonly Entry[], theirs: RangeAnswer | undefined): void {
  if (range === undefined || theirs === undefined) return;
  if (theirs.isCut) walk.waiting.push(...differingParts(range, partHashes(ours, range.path), theirs.hashes));
  else walk.found.push(...compareEntries(range, ours, theirs.hashes));
}

function compareEntries({ partition, leaf }: LeafRange, entries: readonly Entry[], listed: Uint8Array): readonly Difference[] {
  const ours = new Map<string, Entry>();
  const same = new Set<string>();
  for (const entry of entries) {
    const brief = toHex(briefOf(entry.ref.position));
    ours.set(brief, entry);
    same.add(brief + toHex(entry.hash));
  }
  const theirs = new Set<string>();
  const found: Difference[] = [];
  for (const { brief, hash } of decodeEntries(listed)) {
    const name = toHex(brief);
    theirs.add(name);
    if (!same.has(name + toHex(hash))) found.push({ partition, leaf, brief, ours: ours.get(name)?.ref, isTheirs: true });
  }
  for (const [name, { ref }] of ours) {
    if (!theirs.has(name)) found.push({ partition, leaf, brief: briefOf(ref.position), ours: ref, isTheirs: false });
  }
  return found;
}
