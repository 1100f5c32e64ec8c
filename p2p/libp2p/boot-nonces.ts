/**
 * Tells a restart from a copy. Each run of a process has its own boot nonce. A restarted member
 * moves from one nonce to the next and never returns; a copied data directory that runs twice
 * alternates. A nonce that comes back therefore means two live copies of one key (TRAPS 2).
 *
 *     knocks   p  q  p  → copied: p and q are refused while both knock
 *              p  p  p  → q has not knocked for `RESOLVED_AFTER_MS`: it was stopped, p is let in
 */
import type { MemberId } from '../types.ts';
import { BOOT_NONCES_KEPT, PEER_BOOK_MAX, RESOLVED_AFTER_MS } from './limits.ts';

export type BootVerdict = 'same-run' | 'new-run' | 'copied';

export class BootNonces {
  /** Nonces of a member, oldest first; the last one is the current run. */
  readonly #seen = new Map<MemberId, readonly string[]>();
  /** Of members that run twice: when each of their runs knocked last. */
  readonly #copied = new Map<MemberId, Map<string, number>>();

  /** A run whose credentials held. */
  observe(member: MemberId, nonce: string, nowMs: number): BootVerdict {
    const seen = this.#seen.get(member) ?? [];
    const current = seen.at(-1);
    if (current === nonce) return 'same-run';
    if (current !== undefined && seen.includes(nonce)) {
      this.#seen.delete(member);
      this.#copied.set(member, new Map([[current, nowMs], [nonce, nowMs]]));
      return 'copied';
    }
    this.#remember(member, [...seen, nonce].slice(-BOOT_NONCES_KEPT));
    return 'new-run';
  }

  /** A member that was seen twice knocks: is another run of it still there? */
  isRefused(member: MemberId, nonce: string, nowMs: number): boolean {
    const runs = this.#copied.get(member);
    if (runs === undefined) return false;
    for (const [run, knockedMs] of runs) if (nowMs - knockedMs > RESOLVED_AFTER_MS) runs.delete(run);
    if (runs.size < BOOT_NONCES_KEPT) runs.set(nonce, nowMs);
    if (runs.size > 1) return true;
    this.#copied.delete(member);
    this.#remember(member, [nonce]);
    return false;
  }

  #remember(member: MemberId, nonces: readonly string[]): void {
    const oldest = this.#seen.keys().next();
    if (this.#seen.size >= PEER_BOOK_MAX && oldest.done !== true) this.#seen.delete(oldest.value);
    this.#seen.set(member, nonces);
  }
}
