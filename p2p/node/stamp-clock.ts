/**
 * This member's hybrid clock: gives the stamps of last-writer-wins writes (`causality/stamp.ts`).
 *
 * It never goes back, also over a restart with the wall clock set back: a bound above every stamp
 * given is kept in the store, a while ahead, so that few writes move it. What others stamp pulls
 * it along only within `SKEW_MAX_MS` of the wall clock: a device that is a month ahead must not
 * take everybody with it. A write is above what it has seen all the same, or it would be
 * acknowledged and lost: then its own stamp is ahead, and the clock is not.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { STAMP_MAX, STAMPS_A_MS, stampOfWall } from '../causality/stamp.ts';
import type { Core } from './core.ts';

export const CLOCK_ROW = 'self/clock';
/** Clocks of machines that ask a time server differ by less. */
export const SKEW_MAX_MS = 60_000;
/** How far ahead the bound is kept: a restart within this time starts that much ahead. */
const RESERVE_MS = 10_000;

export class StampClock {
  readonly #core: Core;
  #last = 0;
  #reserved = 0;

  constructor(core: Core) {
    this.#core = core;
  }

  start(remembered: readonly { readonly name: string; readonly bytes: Uint8Array }[]): void {
    const row = remembered.find(({ name }) => name === CLOCK_ROW);
    if (row === undefined) return;
    this.#reserved = new ByteReader(row.bytes).varint();
    this.#last = this.#reserved;
  }

  /** A stamp above all that this member gave and above `seen`. */
  stamp(seen: number): number {
    this.observe(seen);
    this.#last = Math.max(this.#last + 1, stampOfWall(this.#core.now.wallMs));
    this.#reserve();
    return Math.min(STAMP_MAX, Math.max(this.#last, seen + 1));
  }

  /** Somebody's stamp came by. */
  observe(stamp: number): void {
    const boundMs = this.#core.now.wallMs + SKEW_MAX_MS;
    if (stamp <= stampOfWall(boundMs)) this.#last = Math.max(this.#last, stamp);
  }

  /** Will the next stamp be above it? */
  isPast(stamp: number): boolean {
    return stamp <= Math.max(this.#last, stampOfWall(this.#core.now.wallMs) - 1);
  }

  #reserve(): void {
    if (this.#last < this.#reserved - (RESERVE_MS / 2) * STAMPS_A_MS) return;
    this.#reserved = this.#last + RESERVE_MS * STAMPS_A_MS;
    const bytes = new ByteWriter().varint(this.#reserved).finish();
    this.#core.commit([{ kind: 'meta', name: CLOCK_ROW, bytes }], () => undefined);
  }
}
