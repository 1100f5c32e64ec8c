/**
 * Which writes made here are on enough other machines: what "safe to close this device?" needs.
 *
 * Enough is what the bucket's w asks for, or all others where there are fewer. Only writes that are
 * not there yet are remembered; a write that reaches its quorum at once costs a few counters.
 *
 *     begin ─► acks ─► enough ──────────────► forgotten
 *                └──► settled, not enough ──► remembered by key ─► hint delivered ─► enough ─► forgotten
 *
 * Invariant: a replica that has an object has all writes that it covers, so one entry a key is
 * enough. In memory only: what waited before a restart shows as hints, and nothing more is claimed.
 */
import { covers } from '../causality/causal-context.ts';
import { decodeObject } from '../causality/object-codec.ts';
import { quorumSize } from '../quorum/quorum-size.ts';
import type { Placement } from '../ring/placement.ts';
import type { Dot, KeyRef, MachineId, MemberId } from '../types.ts';
import type { Core } from './core.ts';

/** One write, and the other machines that are known to have it on disk. */
export interface Confirmation {
  readonly ref: KeyRef;
  readonly dot: Dot;
  readonly machines: Set<MachineId>;
  /** How many are enough. */
  wanted: number;
  isOpen: boolean;
}

export interface WritesSnapshot {
  /** Writes that are being copied, and are not on enough other machines yet. */
  readonly underWay: number;
  /** Keys whose latest write made here waits to be on enough other machines. */
  readonly unconfirmed: number;
  /** Of those, on no other machine at all. */
  readonly hereOnly: number;
  /** False: there were more of them than are remembered. */
  readonly isWhole: boolean;
}

/** Keys remembered: about 2 MB. */
export const UNCONFIRMED_MAX = 10_000;

export class Confirmations {
  readonly #core: Core;
  readonly #byKey = new Map<string, Confirmation>();
  #placement: Placement;
  #underWay = 0;
  #hereOnly = 0;
  #isWhole = true;

  constructor(core: Core) {
    this.#core = core;
    this.#placement = core.placement;
  }

  begin(ref: KeyRef, dot: Dot): Confirmation {
    this.#underWay += 1;
    const begun = { ref, dot, machines: new Set<MachineId>(), wanted: this.#wanted(ref), isOpen: true };
    this.#closeIfEnough(begun);
    return begun;
  }

  confirm(confirmation: Confirmation, member: MemberId): void {
    const machine = this.#core.machineOf(member);
    if (machine === this.#core.machineOf(this.#core.self)) return;
    confirmation.machines.add(machine);
    this.#closeIfEnough(confirmation);
  }

  /** No more acks are awaited. @param isKeptHere False: this disk refused it, so nothing waits here. */
  settle(confirmation: Confirmation, isKeptHere: boolean): void {
    if (!confirmation.isOpen) return;
    this.#close(confirmation);
    if (isKeptHere) this.#remember(confirmation);
  }

  /** A hint is on the disk of its target. */
  delivered(ref: KeyRef, member: MemberId, object: Uint8Array): void {
    const waiting = this.#byKey.get(ref.id);
    if (waiting === undefined || !covers(decodeObject(object).context, waiting.dot)) return;
    this.#forget(ref.id);
    waiting.machines.add(this.#core.machineOf(member));
    if (!isEnough(waiting)) this.#remember(waiting);
  }

  snapshot(): WritesSnapshot {
    this.#reconsider();
    return { underWay: this.#underWay, unconfirmed: this.#byKey.size, hereOnly: this.#hereOnly, isWhole: this.#isWhole };
  }

  /** With other owners, other numbers are enough: looked at once a ring. */
  #reconsider(): void {
    if (this.#placement === this.#core.placement) return;
    this.#placement = this.#core.placement;
    for (const waiting of [...this.#byKey.values()]) {
      waiting.wanted = this.#wanted(waiting.ref);
      if (isEnough(waiting)) this.#forget(waiting.ref.id);
    }
  }

  #closeIfEnough(confirmation: Confirmation): void {
    if (!confirmation.isOpen || !isEnough(confirmation)) return;
    this.#close(confirmation);
    // Whoever has this write has what it replaced.
    this.#forget(confirmation.ref.id);
  }

  #close(confirmation: Confirmation): void {
    confirmation.isOpen = false;
    this.#underWay -= 1;
  }

  #wanted(ref: KeyRef): number {
    const { n, w } = this.#core.buckets.settings(ref.bucket);
    const { primaries } = this.#core.placement.preferenceList(ref.partition, n);
    const own = this.#core.machineOf(this.#core.self);
    const others = primaries.filter((member) => this.#core.machineOf(member) !== own).length;
    return Math.min(quorumSize(w, primaries.length), others);
  }

  #remember(confirmation: Confirmation): void {
    this.#forget(confirmation.ref.id);
    if (this.#byKey.size >= UNCONFIRMED_MAX) {
      this.#isWhole = false;
      return;
    }
    this.#byKey.set(confirmation.ref.id, confirmation);
    if (confirmation.machines.size === 0) this.#hereOnly += 1;
  }

  #forget(id: string): void {
    const known = this.#byKey.get(id);
    if (known === undefined) return;
    this.#byKey.delete(id);
    if (known.machines.size === 0) this.#hereOnly -= 1;
  }
}

function isEnough({ machines, wanted }: Confirmation): boolean {
  return machines.size >= wanted;
}
