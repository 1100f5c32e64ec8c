/**
 * Background repair with one peer (Dynamo, 2007, section 4.7), for each class of buckets with equal
 * `n`: what both keep of it is compared from the top down, and keys that differ are made the same.
 *
 *     we ── one hash over all shared partitions ──► peer ── same: done, a few bytes
 *     we ◄── a hash a group of partitions ───────── peer     when it differs
 *     we ◄── roots, leaves, keys in brief ───────── peer     each only under what differs
 *     theirs are fetched and merged, ours are sent
 *
 * A key is taken only where we are an owner, or have something of it; it is given only to owners. A
 * stale store (`own-life.ts`) only takes: what the others lack may have been deleted meanwhile.
 */
import { EMPTY_ROOT, groupsOf, hashOfAll, LEAF_BYTES } from '../antientropy/merkle.ts';
import type { Scope } from '../antientropy/scope.ts';
import { copiesOf } from '../antientropy/scope.ts';
import { bytesEqual } from '../bytes/bytes.ts';
import type { MemberId, PartitionId } from '../types.ts';
import { PARTITIONS_IN_TREE } from '../wire/limits.ts';
import { ask } from './ask.ts';
import type { Core } from './core.ts';
import type { KeyRepair } from './key-repair.ts';
import type { Difference, DifferingRoots, TreeWalk } from './tree-walk.ts';
import type { Trees } from './trees.ts';

/** Partitions whose keys are compared together: bounds the memory of an exchange. */
const PARTITIONS_AT_ONCE = 32;

export interface ExchangeResult {
  readonly partitions: number;
  /** Keys. */
  readonly differing: number;
  readonly repaired: number;
}

/** What became of one partition. */
export interface PartitionOutcome {
  readonly partition: PartitionId;
  readonly differing: number;
  readonly repaired: number;
  /** We have everything now that the peer had. */
  readonly isTaken: boolean;
  /** The peer has everything now that we had. */
  readonly isGiven: boolean;
  /** The peer does not have all of it yet itself. */
  readonly isOwing: boolean;
  /** Ids of keys of ours that the peer did not have just so when we looked. */
  readonly unlike: ReadonlySet<string>;
}

export interface SyncRequest {
  readonly peer: MemberId;
  readonly scope: Scope;
  /** In order. */
  readonly partitions: readonly PartitionId[];
  readonly onPartition?: (outcome: PartitionOutcome) => void;
  /** Leave out, and say nothing of, what either side is fetching by itself: else each key would travel several times. */
  readonly skipsOwed?: boolean;
}

interface Round {
  readonly peer: MemberId;
  readonly scopes: readonly Scope[];
  readonly skipsOwed: boolean;
}

export interface ExchangeParts {
  readonly trees: Trees;
  readonly walk: TreeWalk;
  readonly repair: KeyRepair;
  /** Does this member own the partition without having all of it yet, and fetch it now? */
  readonly isFetching: (scope: Scope, partition: PartitionId) => boolean;
  /** The peer sees another team than we do. */
  readonly otherView: (peer: MemberId) => void;
}

type Done = (result: ExchangeResult, isComplete: boolean) => void;

const NOTHING: ExchangeResult = { partitions: 0, differing: 0, repaired: 0 };

export class Exchange {
  lastRoundMs: number | undefined;
  differing = 0;
  repaired = 0;
  readonly #core: Core;
  readonly #parts: ExchangeParts;
  /** A round with each peer at a time, and those that wait for it. */
  readonly #rounds = new Map<MemberId, (() => void)[]>();

  constructor(core: Core, parts: ExchangeParts) {
    this.#core = core;
    this.#parts = parts;
  }

  get keysMoved(): number {
    return this.#parts.repair.moved;
  }

  start(): void {
    this.#core.after(this.#core.config.exchangeIntervalMs, () => {
      const peers = this.#core.alivePeers();
      const peer = peers[this.#core.random.uint32() % Math.max(1, peers.length)];
      if (peer !== undefined && !this.#rounds.has(peer)) this.#inBackground(peer);
      this.start();
    });
  }

  /** A round in the background with somebody who has come; one that waits already is as good. */
  meet(peer: MemberId): void {
    if ((this.#rounds.get(peer)?.length ?? 0) === 0) this.#inBackground(peer);
  }

  /** Compares all that both keep of these scopes. Waits for a round with that peer that is running. */
  round(peer: MemberId, scopes: readonly Scope[], done: (result: ExchangeResult) => void): void {
    this.#round({ peer, scopes, skipsOwed: false }, done);
  }

  #inBackground(peer: MemberId): void {
    this.#round({ peer, scopes: this.#core.classes(), skipsOwed: true }, () => undefined);
  }

  #round(round: Round, done: (result: ExchangeResult) => void): void {
    const { peer } = round;
    const waiting = this.#rounds.get(peer);
    if (waiting !== undefined) {
      waiting.push(() => this.#round(round, done));
      return;
    }
    this.#rounds.set(peer, []);
    this.#scopes(round, NOTHING, (result) => {
      const next = this.#rounds.get(peer) ?? [];
      this.#rounds.delete(peer);
      this.lastRoundMs = this.#core.now.wallMs;
      this.#core.emit({ kind: 'trace', event: { kind: 'exchange', peer, ...result } });
      done(result);
      for (const run of next) run();
    });
  }

  /** Makes these partitions the same as the peer's, as far as each owns them. */
  sync(request: SyncRequest, done: Done): void {
    this.#rootsOf(request, request.partitions, NOTHING, (result, isComplete) => {
      this.differing += result.differing;
      this.repaired += result.repaired;
      done(result, isComplete);
    });
  }

  #scopes(round: Round, result: ExchangeResult, done: (result: ExchangeResult) => void): void {
    const [scope, ...scopes] = round.scopes;
    if (scope === undefined) {
      done(result);
      return;
    }
    this.#top(round, scope, (ofScope, isComplete) => {
      const sum = add(result, ofScope);
      if (isComplete) this.#scopes({ ...round, scopes }, sum, done);
      else done(sum);
    });
  }

  #top({ peer, skipsOwed }: Round, scope: Scope, done: Done): void {
    const shared = this.#core.sharedPartitions(this.#core.self, peer, copiesOf(scope));
    if (shared.length === 0) {
      done(NOTHING, true);
      return;
    }
    this.#parts.trees.roots(scope, shared, (roots) => {
      if (roots === undefined) {
        done(NOTHING, false);
        return;
      }
      const groups = groupsOf(shared);
      const hashes = groups.map((group) => hashOfAll(group.map((partition) => roots.get(partition) ?? EMPTY_ROOT)));
      ask(this.#core, peer, { kind: 'tree-top', scope, view: this.#core.view(), top: hashOfAll(hashes) }, (reply) => {
        const verdict = reply?.kind === 'tree-top-reply' ? reply.verdict : undefined;
        const compared = { ...NOTHING, partitions: shared.length };
        if (verdict === 'same') done(compared, true);
        else if (reply?.kind === 'tree-top-reply' && verdict === 'differs') {
          const partitions = groups.filter((_, index) => !sameAt(reply.groups, index, hashes)).flat();
          this.sync({ peer, scope, partitions, skipsOwed }, (result, isComplete) => done({ ...result, partitions: shared.length }, isComplete));
        } else {
          if (verdict === 'other-view') this.#parts.otherView(peer);
          done(NOTHING, verdict === 'other-view');
        }
      });
    });
  }

  #rootsOf(request: SyncRequest, waiting: readonly PartitionId[], result: ExchangeResult, done: Done): void {
    const partitions = waiting.slice(0, PARTITIONS_IN_TREE);
    if (partitions.length === 0) {
      done(result, true);
      return;
    }
    this.#parts.walk.roots(request.peer, request.scope, partitions, (roots) => {
      if (roots === undefined) {
        done(result, false);
        return;
      }
      const differing = new Set(roots.differing);
      for (const partition of partitions) if (!differing.has(partition)) request.onPartition?.(sameOutcome(partition, roots));
      const sum = { ...result, partitions: result.partitions + partitions.length - differing.size };
      const isSkipped = (partition: PartitionId): boolean =>
        request.skipsOwed === true && ((roots.isFetching && roots.owing.has(partition)) || this.#parts.isFetching(request.scope, partition));
      const walked = roots.differing.filter((partition) => !isSkipped(partition));
      this.#keysOf(request, roots, walked, sum, (after, isComplete) => {
        if (isComplete) this.#rootsOf(request, waiting.slice(PARTITIONS_IN_TREE), after, done);
        else done(after, false);
      });
    });
  }

  #keysOf(request: SyncRequest, roots: DifferingRoots, waiting: readonly PartitionId[], result: ExchangeResult, done: Done): void {
    const partitions = waiting.slice(0, PARTITIONS_AT_ONCE);
    if (partitions.length === 0) {
      done(result, true);
      return;
    }
    this.#parts.walk.differences(request.peer, request.scope, partitions, (found) => {
      if (found === undefined) {
        done(result, false);
        return;
      }
      this.#mend(request, found, (mended) => {
        let sum = result;
        for (const partition of partitions) {
          const outcome = outcomeOf(partition, found, mended, roots);
          request.onPartition?.(outcome);
          sum = add(sum, { partitions: 1, differing: outcome.differing, repaired: outcome.repaired });
        }
        this.#keysOf(request, roots, waiting.slice(PARTITIONS_AT_ONCE), sum, done);
      });
    });
  }

  #mend({ peer, scope }: SyncRequest, found: readonly Difference[], done: (mended: Mended) => void): void {
    const n = copiesOf(scope);
    const isOurs = ({ partition }: Difference): boolean => this.#core.isOwner(this.#core.self, partition, n);
    const isSource = !this.#core.life.isStale;
    const isTheirs = ({ partition }: Difference): boolean => isSource && this.#core.isOwner(peer, partition, n);
    const takes = found.filter((difference) => difference.isTheirs && (difference.ours !== undefined || isOurs(difference)));
    const gives = found.filter((difference) => !difference.isTheirs && isTheirs(difference));
    const mended: Mended = { wanted: new Set([...takes, ...gives]), done: new Set() };
    const onKey = (difference: Difference, isMended: boolean): void => {
      if (isMended) mended.done.add(difference);
    };
    this.#parts.repair.repair({ peer, scope, takes, gives, isTheirs, onKey }, () => done(mended));
  }
}

interface Mended {
  readonly wanted: ReadonlySet<Difference>;
  readonly done: Set<Difference>;
}

function sameOutcome(partition: PartitionId, { owing }: DifferingRoots): PartitionOutcome {
  return { partition, differing: 0, repaired: 0, isTaken: true, isGiven: true, isOwing: owing.has(partition), unlike: new Set() };
}

function outcomeOf(partition: PartitionId, found: readonly Difference[], mended: Mended, { owing }: DifferingRoots): PartitionOutcome {
  const within = found.filter((difference) => difference.partition === partition);
  const wanted = within.filter((difference) => mended.wanted.has(difference));
  const left = within.filter((difference) => !mended.done.has(difference));
  return {
    partition,
    differing: wanted.length,
    repaired: wanted.filter((difference) => mended.done.has(difference)).length,
    isTaken: !left.some(({ isTheirs }) => isTheirs),
    isGiven: !left.some(({ ours }) => ours !== undefined),
    isOwing: owing.has(partition),
    unlike: new Set(within.flatMap(({ ours }) => ours?.id ?? [])),
  };
}

function add(a: ExchangeResult, b: ExchangeResult): ExchangeResult {
  return { partitions: a.partitions + b.partitions, differing: a.differing + b.differing, repaired: a.repaired + b.repaired };
}

function sameAt(groups: Uint8Array, index: number, hashes: readonly Uint8Array[]): boolean {
  return bytesEqual(groups.subarray(index * LEAF_BYTES, (index + 1) * LEAF_BYTES), hashes[index] ?? EMPTY_ROOT);
}
