/**
 * Gives away what does not belong here: keys that a ring change left behind, copies that a stand-in
 * kept after its hint was delivered, and, when this member leaves, all that it has.
 *
 *     keys here that are not ours ──exchange──► every owner, now and next ──all have the same──► dropped
 *
 * A key is dropped only when every owner has shown the very clock hash that this member noted before
 * it asked the first of them, and only if the key still has it: what changes meanwhile stays. What an
 * owner has shown holds for as long as its connection: behind another one may be another disk.
 */
import type { Entry } from '../antientropy/leaf-range.ts';
import { runsOf, WHOLE_LEAF } from '../antientropy/leaf-range.ts';
import { isEmptyRoot } from '../antientropy/merkle.ts';
import type { Scope } from '../antientropy/scope.ts';
import { copiesOf } from '../antientropy/scope.ts';
import { bytesEqual } from '../bytes/bytes.ts';
import { LEAVES_PER_PARTITION } from '../ports.ts';
import type { MemberId, PartitionId } from '../types.ts';
import type { Core } from './core.ts';
import type { Departures } from './departures.ts';
import type { Exchange, PartitionOutcome } from './exchange.ts';
import type { Transfer } from './ownership.ts';
import type { Replica } from './replica.ts';
import type { Trees } from './trees.ts';
import { windowed } from './windowed.ts';

/** Partitions handed over together: bounds what is noted of them in memory. */
const PARTITIONS_AT_ONCE = 16;
const READS_AT_ONCE = 16;
const DROPS_AT_ONCE = 32;
/** A leaver looks this often; others with every exchange. */
const LEAVING_EVERY_MS = 1_000;

export interface HandoverParts {
  readonly exchange: Exchange;
  readonly trees: Trees;
  readonly replica: Replica;
  readonly departures: Departures;
}

/** Partitions of one scope on their way to their owners. */
interface Batch {
  readonly scope: Scope;
  readonly partitions: readonly PartitionId[];
  /** What was here before the first owner was asked. */
  readonly noted: Map<PartitionId, readonly Entry[]>;
  /** Owners that were compared with, and ids of keys that one of them did not have just so. */
  readonly outcomes: Map<PartitionId, Map<MemberId, PartitionOutcome>>;
}

export class Handover {
  readonly #core: Core;
  readonly #parts: HandoverParts;
  /** Of each, since the start. */
  readonly #meetings = new Map<MemberId, number>();
  /** On its way to its owners. */
  #batch: Batch | undefined;
  #isRunning = false;
  #transfers: readonly Transfer[] = [];

  constructor(core: Core, parts: HandoverParts) {
    this.#core = core;
    this.#parts = parts;
  }

  start(): void {
    const { exchangeIntervalMs } = this.#core.config;
    this.#core.after(this.#parts.departures.isLeaving ? Math.min(LEAVING_EVERY_MS, exchangeIntervalMs) : exchangeIntervalMs, () => {
      this.run();
      this.start();
    });
  }

  transfers(): readonly Transfer[] {
    return this.#transfers;
  }

  /** A connection has begun, ended, or given way to another. */
  met(peer: MemberId): void {
    this.#meetings.set(peer, this.#meetingsOf(peer) + 1);
    for (const ofPartition of this.#batch?.outcomes.values() ?? []) ofPartition.delete(peer);
  }

  #meetingsOf(peer: MemberId): number {
    return this.#meetings.get(peer) ?? 0;
  }

  run(): void {
    if (this.#isRunning || this.#core.life.isStale) return;
    this.#isRunning = true;
    const round = (): void =>
      this.#round((isGiven) => {
        this.#isRunning = false;
        this.#transfers = [];
        this.#judge(isGiven);
      });
    // Once all that it took is on its disk, a look finds all that it was ever counted for.
    if (this.#parts.departures.isClosed) this.#parts.replica.settled(round);
    else round();
  }

  /** A leaver whose successors lack nothing takes no more, and looks once more. */
  #judge(isGiven: boolean): void {
    const { departures } = this.#parts;
    if (!isGiven) {
      departures.open();
    } else if (departures.isClosed) {
      departures.handedOver();
    } else {
      departures.close();
      this.run();
    }
  }

  /** `isGiven`: others have all that is here, if it leaves, and it keeps no hint for anybody who is here. */
  #round(done: (isGiven: boolean) => void): void {
    const isLeaving = this.#parts.departures.isLeaving;
    const view = this.#core.view();
    let isWhole = true;
    windowed(
      this.#core.classes(),
      1,
      (scope, next) =>
        this.#class(scope, isLeaving, (isGiven) => {
          isWhole &&= isGiven;
          next();
        }),
      () => {
        if (!isLeaving) {
          done(false);
          return;
        }
        // Those that were asked first may not be all who are to have it by now.
        this.#hasHints((hasHints) => done(isWhole && !hasHints && bytesEqual(view, this.#core.view())));
      },
    );
  }

  /** `isGiven`: every owner has all that is here of this class. */
  #class(scope: Scope, isLeaving: boolean, done: (isGiven: boolean) => void): void {
    const { self } = this.#core;
    const n = copiesOf(scope);
    const foreign: PartitionId[] = [];
    for (let partition = 0; partition < this.#core.team.partitions; partition += 1) {
      const keeps = isLeaving ? this.#core.pendingPlacement.isPrimary(self, partition, n) : this.#core.isOwner(self, partition, n);
      if (!keeps) foreign.push(partition);
    }
    this.#parts.trees.roots(scope, foreign, (roots) => {
      if (roots === undefined) {
        done(false);
        return;
      }
      const held = foreign.filter((partition) => !isEmptyRoot(roots.get(partition) ?? new Uint8Array()));
      const batches: (readonly PartitionId[])[] = [];
      for (let from = 0; from < held.length; from += PARTITIONS_AT_ONCE) batches.push(held.slice(from, from + PARTITIONS_AT_ONCE));
      let isGiven = true;
      windowed(
        batches,
        1,
        (partitions, next) =>
          this.#give({ scope, partitions, noted: new Map(), outcomes: new Map() }, (isBatchGiven) => {
            isGiven &&= isBatchGiven;
            next();
          }),
        () => done(isGiven),
      );
    });
  }

  #give(batch: Batch, done: (isGiven: boolean) => void): void {
    const { scope, partitions } = batch;
    this.#batch = batch;
    // A leaver drops nothing, so it has nothing to note.
    const toDrop = this.#parts.departures.isLeaving ? [] : partitions;
    windowed(toDrop, 1, (partition, next) => this.#note(batch, partition, next), () => {
      const owners = [...new Set(partitions.flatMap((partition) => this.#ownersOf(scope, partition)))];
      const reachable = owners.filter((owner) => this.#core.liveness(owner) === 'alive');
      windowed(reachable, 1, (owner, next) => this.#giveTo(batch, owner, next), () => {
        const isGiven = partitions.every((partition) =>
          this.#ownersOf(scope, partition).every((owner) => batch.outcomes.get(partition)?.get(owner)?.isGiven === true),
        );
        windowed(toDrop, 1, (partition, next) => this.#drop(batch, partition, next), () => {
          this.#batch = undefined;
          done(isGiven);
        });
      });
    });
  }

  #giveTo({ scope, partitions, outcomes }: Batch, peer: MemberId, done: () => void): void {
    const theirs = partitions.filter((partition) => this.#ownersOf(scope, partition).includes(peer));
    this.#transfers = [{ peer, direction: 'out', partitions: theirs.length }];
    const meeting = this.#meetingsOf(peer);
    const onPartition = (outcome: PartitionOutcome): void => {
      if (this.#meetingsOf(peer) !== meeting) return;
      const ofPartition = outcomes.get(outcome.partition) ?? new Map<MemberId, PartitionOutcome>();
      outcomes.set(outcome.partition, ofPartition.set(peer, outcome));
    };
    this.#parts.exchange.sync({ peer, scope, partitions: theirs, onPartition, skipsOwed: true }, ({ repaired }) => {
      if (repaired > 0) this.#core.emit({ kind: 'trace', event: { kind: 'transfer', peer, partitions: theirs.length, keys: repaired } });
      done();
    });
  }

  /** Everybody who is to have the partition, but for this member. */
  #ownersOf({ n }: Scope, partition: PartitionId): readonly MemberId[] {
    const owners = this.#parts.departures.isLeaving
      ? this.#core.pendingPlacement.preferenceList(partition, copiesOf({ n })).primaries
      : this.#core.ownersOf(partition, copiesOf({ n }));
    return owners.filter((owner) => owner !== this.#core.self);
  }

  #note({ scope, noted }: Batch, partition: PartitionId, done: () => void): void {
    const entries: Entry[] = [];
    let isWhole = true;
    windowed(
      runsOf(Array.from({ length: LEAVES_PER_PARTITION }, (_, leaf) => ({ partition, leaf, path: WHOLE_LEAF }))),
      1,
      (run, next) => {
        this.#parts.trees.entries(scope, run, (found) => {
          isWhole &&= found !== undefined;
          entries.push(...(found ?? []).flat());
          next();
        });
      },
      () => {
        if (isWhole) noted.set(partition, entries);
        done();
      },
    );
  }

  #drop({ scope, noted, outcomes }: Batch, partition: PartitionId, done: () => void): void {
    const owners = this.#ownersOf(scope, partition);
    const compared = owners.map((owner) => outcomes.get(partition)?.get(owner));
    // A copy that somebody was told of, or is about to be, stays for longer than its request may run.
    const { requestTimeoutMaxMs, requestTimeoutMs } = this.#core.config;
    const isQuiet = this.#parts.trees.quietMs(partition) >= requestTimeoutMaxMs + requestTimeoutMs;
    if (owners.length === 0 || this.#isOurs(partition, copiesOf(scope)) || !isQuiet || compared.includes(undefined)) {
      done();
      return;
    }
    const unlike = new Set(compared.flatMap((outcome) => [...(outcome?.unlike ?? [])]));
    const entries = (noted.get(partition) ?? []).filter(({ ref }) => !unlike.has(ref.id));
    let dropped = 0;
    windowed(
      entries,
      DROPS_AT_ONCE,
      ({ ref, hash }, next) => {
        // The bucket may have more copies by now than when it was compared, and an owner another disk.
        const hasShown = (owner: MemberId): boolean => outcomes.get(partition)?.has(owner) ?? false;
        const isKept = (): boolean => this.#isOurs(partition, this.#core.buckets.settings(ref.bucket).n) || !owners.every(hasShown);
        this.#parts.replica.drop(ref, { hash, isKept, alsoDamaged: false }, (isDropped) => {
          dropped += Number(isDropped);
          next();
        });
      },
      () => {
        if (dropped > 0) this.#core.emit({ kind: 'trace', event: { kind: 'dropped', partition, keys: dropped } });
        done();
      },
    );
  }

  /** A leaver keeps what it has to its last moment: it still answers for it. */
  #isOurs(partition: PartitionId, n: number | 'all'): boolean {
    return this.#parts.departures.isLeaving || this.#core.isOwner(this.#core.self, partition, n);
  }

  #hasHints(done: (hasHints: boolean) => void): void {
    let hasHints = false;
    windowed(
      this.#core.alivePeers(),
      READS_AT_ONCE,
      (target, next) => {
        this.#core.query({ kind: 'hints', target, afterId: undefined, limit: 1, bytesMax: 0 }, (answer) => {
          hasHints ||= answer?.kind !== 'hints' || answer.hints.length > 0;
          next();
        });
      },
      () => done(hasHints),
    );
  }
}
