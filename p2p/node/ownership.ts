/**
 * Which of its partitions this member has, and which it still has to fetch: see `handoff/debts.ts`
 * for the arithmetic. It fetches by exchange, a few sources at a time, so a transfer that breaks
 * off goes on where it was, with another source or after a crash.
 *
 *     ring or n changes ──► debts grow ──► kept in the store
 *     a source gave all it had of a partition ──► enough of them? ──► paid
 *     owed: reads as a primary are refused, writes are taken
 */
import type { Scope } from '../antientropy/scope.ts';
import { classOf } from '../antientropy/scope.ts';
import { MalformedError } from '../bytes/byte-reader.ts';
import type { Debt, Stand } from '../handoff/debts.ts';
import { debtsOfNothing, grow, isPaid, paid, ringOf, sourcesOf } from '../handoff/debts.ts';
import { decodeLedger, encodeLedger } from '../handoff/debts-codec.ts';
import type { KeyRef, MemberId, PartitionId } from '../types.ts';
import type { Core } from './core.ts';
import type { Exchange, PartitionOutcome } from './exchange.ts';

/** The meta row that it keeps. */
export const OWNERSHIP_ROW = 'ownership/ledger';
/** Between looks for something to fetch: also how late a source that came back is asked. */
const WORK_EVERY_MS = 1_000;
/** Sources fetched from at once. */
const SOURCES_AT_ONCE = 3;
/** Partitions asked of one source at a time: what a break costs at most. */
const PARTITIONS_AT_ONCE = 64;
/** A source that owes a partition itself is asked again after this. */
const ASK_AGAIN_MS = 5_000;
/** One that has not given it, after this: at the next look it is another's turn. */
const ASK_OTHERS_MS = 2 * WORK_EVERY_MS;
/** Nothing has come for so long: fetching is at a standstill, and others may as well send what they have. */
const STANDSTILL_MS = 15_000;

/** A transfer that goes on now. */
export interface Transfer {
  readonly peer: MemberId;
  readonly direction: 'in' | 'out';
  readonly partitions: number;
}

interface Hearing {
  readonly whole: Set<MemberId>;
  readonly partial: Map<MemberId, number>;
  /** Who was asked and gave nothing, and when: others are asked first. */
  readonly silent: Map<MemberId, number>;
}

export class Ownership {
  readonly #core: Core;
  readonly #exchange: Exchange;
  readonly #settled: () => void;
  readonly #hearings = new Map<string, Hearing>();
  /** By source: what is being fetched from it. */
  readonly #fetching = new Map<MemberId, ReadonlySet<string>>();
  #stand: Stand | undefined;
  #revision = 0;
  /** When the debts last grew, or a source last gave something. */
  #progressMs = 0;
  #debts: readonly Debt[] = [];
  #isNew = false;
  #isUnsaved = false;
  #isSaving = false;

  /** @param settled Called whenever nothing is owed. */
  constructor(core: Core, exchange: Exchange, settled: () => void) {
    this.#core = core;
    this.#exchange = exchange;
    this.#settled = settled;
  }

  /** After the roster and the settings are known. */
  start(remembered: readonly { readonly name: string; readonly bytes: Uint8Array }[]): void {
    const row = remembered.find(({ name }) => name === OWNERSHIP_ROW);
    if (row === undefined || this.#core.horizon.wasRestored || this.#core.life.isStale || !this.#recall(row.bytes)) this.lost();
    this.#tick();
  }

  /** The store does not have what it had, or never had anything: everything is to be fetched. */
  lost(): void {
    this.#stand = this.#standNow();
    this.#revision = this.#core.buckets.revision;
    this.#debts = debtsOfNothing(this.#stand, this.#core.self);
    this.#isNew = true;
    this.#hearings.clear();
    this.#grown();
  }

  /** Is something of this scope lacking here? Of a class: its own debts; of a bucket: also its class's. */
  owes({ n, bucket }: Scope, partition: PartitionId): boolean {
    // Out of the team there is nobody to fetch from: what is here is all there is.
    if (this.#core.out !== undefined) return false;
    this.#refresh();
    return this.#debts.some(
      ({ scope, partitions }) => scope.n === n && (scope.bucket === undefined || bucket === undefined || scope.bucket === bucket) && partitions.has(partition),
    );
  }

  owesKey({ bucket, partition }: KeyRef): boolean {
    if (this.#core.out !== undefined || (this.#debts.length === 0 && !this.#isStale())) return false;
    return this.owes({ n: classOf(this.#core.buckets.settings(bucket).n), bucket }, partition);
  }

  /** Nothing is owed. */
  get isSettled(): boolean {
    this.#refresh();
    return this.#debts.length === 0;
  }

  /** What is owed is on its way, by this member's own asking. */
  get isFetching(): boolean {
    const progressMs = Math.max(this.#progressMs, ...[...this.#fetching.keys()].map((peer) => this.#core.vitals.movingMs(peer)));
    return this.#debts.length > 0 && this.#core.now.nowMs - progressMs < STANDSTILL_MS;
  }

  /** Partitions owed, each counted once a scope. */
  get owed(): number {
    return this.#debts.reduce((sum, { partitions }) => sum + partitions.size, 0);
  }

  transfers(): readonly Transfer[] {
    return [...this.#fetching].map(([peer, { size }]) => ({ peer, direction: 'in', partitions: size }));
  }

  /** Somebody came, or something changed: look for something to fetch at once. */
  work(): void {
    if (this.#core.out !== undefined) return;
    this.#refresh();
    this.#settle();
    for (const peer of this.#core.alivePeers()) {
      if (this.#fetching.size >= SOURCES_AT_ONCE) break;
      if (!this.#fetching.has(peer)) this.#fetch(peer);
    }
  }

  #tick(): void {
    this.work();
    this.#save();
    this.#core.after(WORK_EVERY_MS, () => this.#tick());
  }

  #isStale(): boolean {
    const { placement, pendingPlacement, buckets } = this.#core;
    return this.#stand?.current !== placement || this.#stand.pending !== pendingPlacement || this.#revision !== buckets.revision;
  }

  #refresh(): void {
    if (!this.#isStale() || this.#stand === undefined) return;
    const before = this.#stand;
    this.#stand = this.#standNow();
    this.#revision = this.#core.buckets.revision;
    const hadBefore = this.owed;
    this.#debts = this.#isForgotten(before)
      ? debtsOfNothing(this.#stand, this.#core.self)
      : grow(this.#debts, before, this.#stand, this.#core.self, this.#isNew);
    if (this.owed > hadBefore) this.#grown();
    else this.#isUnsaved = true;
  }

  /**
   * A store that began empty and alone, and finds a team in which others are up already: they have
   * not come, they have been there, and what this device had is gone.
   */
  #isForgotten(before: Stand): boolean {
    if (!this.#isNew) return false;
    const known = new Set([...before.current.members, ...before.pending.members].map(({ member }) => member));
    known.delete(this.#core.self);
    return known.size === 0 && this.#core.placement.members.some(({ member }) => member !== this.#core.self);
  }

  #standNow(): Stand {
    const { placement, pendingPlacement, buckets } = this.#core;
    return {
      current: placement,
      pending: pendingPlacement,
      classes: new Map(buckets.all().map(({ bucket, settings }) => [bucket, classOf(settings.n)])),
    };
  }

  #grown(): void {
    this.#progressMs = this.#core.now.nowMs;
    this.#isUnsaved = true;
    this.#save();
    this.#core.emit({ kind: 'trace', event: { kind: 'owed', partitions: this.owed } });
  }

  /** One batch of partitions that this peer can give, and that no other is giving: two would send the same keys. */
  #fetch(peer: MemberId): void {
    const underWay = new Set([...this.#fetching.values()].flatMap((names) => [...names]));
    for (const debt of this.#debts) {
      const partitions = [...debt.partitions]
        .filter((partition) => !underWay.has(nameOf(debt.scope, partition)) && this.#isToAsk(debt, partition, peer))
        .slice(0, PARTITIONS_AT_ONCE);
      if (partitions.length === 0) continue;
      partitions.sort((a, b) => a - b);
      const { scope } = debt;
      const outcomes: PartitionOutcome[] = [];
      this.#fetching.set(peer, new Set(partitions.map((partition) => nameOf(scope, partition))));
      this.#exchange.sync({ peer, scope, partitions, onPartition: (outcome) => outcomes.push(outcome) }, (result, isComplete) => {
        this.#fetching.delete(peer);
        for (const outcome of outcomes) this.#heard(scope, peer, outcome);
        const given = new Set(outcomes.filter(({ isTaken }) => isTaken).map(({ partition }) => partition));
        for (const partition of partitions) if (!given.has(partition)) this.#hearing(scope, partition).silent.set(peer, this.#core.now.nowMs);
        this.#core.emit({ kind: 'trace', event: { kind: 'transfer', peer, partitions: outcomes.length, keys: result.repaired } });
        this.#settle();
        // What did not come is asked for at the next look.
        if (isComplete && outcomes.some(({ isTaken }) => isTaken)) this.work();
      });
      return;
    }
  }

  #isToAsk(debt: Debt, partition: PartitionId, peer: MemberId): boolean {
    if (!this.#sources(debt, partition).includes(peer)) return false;
    const hearing = this.#hearings.get(nameOf(debt.scope, partition));
    if (hearing?.whole.has(peer) === true) return false;
    return this.#isOver(hearing?.partial.get(peer), ASK_AGAIN_MS) && this.#isOver(hearing?.silent.get(peer), ASK_OTHERS_MS);
  }

  #isOver(sinceMs: number | undefined, forMs: number): boolean {
    return sinceMs === undefined || this.#core.now.nowMs - sinceMs >= forMs;
  }

  #sources(debt: Debt, partition: PartitionId): readonly MemberId[] {
    return sourcesOf(debt, partition, this.#core.self, (member) => this.#core.roster.isMember(member));
  }

  #heard(scope: Scope, peer: MemberId, { partition, isTaken, isOwing }: PartitionOutcome): void {
    if (!isTaken) return;
    this.#progressMs = this.#core.now.nowMs;
    const hearing = this.#hearing(scope, partition);
    if (isOwing) hearing.partial.set(peer, this.#core.now.nowMs);
    else hearing.whole.add(peer);
  }

  #hearing(scope: Scope, partition: PartitionId): Hearing {
    const name = nameOf(scope, partition);
    const known = this.#hearings.get(name);
    if (known !== undefined) return known;
    const hearing: Hearing = { whole: new Set(), partial: new Map(), silent: new Map() };
    this.#hearings.set(name, hearing);
    return hearing;
  }

  #settle(): void {
    const before = this.#debts;
    for (const debt of before) {
      const done = new Set<PartitionId>();
      for (const partition of debt.partitions) {
        const hearing = this.#hearings.get(nameOf(debt.scope, partition));
        const heard = { whole: hearing?.whole ?? new Set<MemberId>(), partial: new Set(hearing?.partial.keys()) };
        if (isPaid(debt, partition, this.#sources(debt, partition), heard)) done.add(partition);
      }
      if (done.size > 0) this.#debts = paid(this.#debts, this.#debts.find((one) => one === debt) ?? debt, done);
    }
    this.#isUnsaved ||= this.#debts !== before;
    if (this.#debts.length > 0) return;
    this.#hearings.clear();
    if (this.#isNew) {
      // Alone it cannot tell whether there was nothing to fetch or nobody to fetch it from.
      const { placement: current, pendingPlacement: pending, self } = this.#core;
      if (!ringOf({ current, pending }).members.some(({ member }) => member !== self)) return;
      this.#isNew = false;
      this.#isUnsaved = true;
    }
    this.#settled();
  }

  #recall(bytes: Uint8Array): boolean {
    try {
      const { stand, debts, isNew } = decodeLedger(bytes, this.#core.team.partitions);
      this.#stand = stand;
      this.#revision = -1;
      this.#debts = debts;
      this.#isNew = isNew;
      return true;
    } catch (error) {
      if (error instanceof MalformedError) return false;
      throw error;
    }
  }

  #save(): void {
    if (!this.#isUnsaved || this.#isSaving || this.#stand === undefined) return;
    this.#isUnsaved = false;
    this.#isSaving = true;
    const bytes = encodeLedger({ stand: this.#stand, debts: this.#debts, isNew: this.#isNew });
    this.#core.commit([{ kind: 'meta', name: OWNERSHIP_ROW, bytes }], (result) => {
      this.#isSaving = false;
      this.#isUnsaved ||= !result.ok;
    });
  }
}

function nameOf({ n, bucket }: Scope, partition: PartitionId): string {
  return `${n}\0${partition}\0${bucket ?? ''}`;
}
