/**
 * Tells a restart from a clone. Each run of a process has its own boot nonce. A restarted member
 * moves from one nonce to the next and never returns; a copied data directory that runs twice
 * alternates. A nonce that comes back therefore means two live copies of one key (TRAPS 2).
 */
import type { MemberId } from '../types.ts';
import { BOOT_NONCES_KEPT, PEER_BOOK_MAX, QUARANTINE_MS } from './limits.ts';

export type BootVerdict = 'same-run' | 'new-run' | 'clone';

export class BootNonces {
  /** Nonces of a member, oldest first; the last one is the current run. */
  readonly #seen = new Map<MemberId, string[]>();
  readonly #quarantinedUntilMs = new Map<MemberId, number>();

  observe(member: MemberId, nonce: string, nowMs: number): BootVerdict {
    const seen = this.#seen.get(member) ?? [];
    if (seen.at(-1) === nonce) return 'same-run';
    if (seen.includes(nonce)) {
      this.#seen.delete(member);
      this.#quarantinedUntilMs.set(member, nowMs + QUARANTINE_MS);
      return 'clone';
    }
    this.#remember(member, [...seen, nonce].slice(-BOOT_NONCES_KEPT));
    return 'new-run';
  }

  isQuarantined(member: MemberId, nowMs: number): boolean {
    const untilMs = this.#quarantinedUntilMs.get(member);
    if (untilMs === undefined) return false;
    if (nowMs < untilMs) return true;
    this.#quarantinedUntilMs.delete(member);
    return false;
  }

  #remember(member: MemberId, nonces: string[]): void {
    const oldest = this.#seen.keys().next();
    if (this.#seen.size >= PEER_BOOK_MAX && oldest.done !== true) this.#seen.delete(oldest.value);
    this.#seen.set(member, nonces);
  }
}
