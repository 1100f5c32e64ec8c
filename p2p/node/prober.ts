/**
 * Asks a member that left a request unanswered whether it hears us. A slow disk answers a probe, a
 * hung process and a cable cut one way do not; so only those are doubted, and a slow member does
 * not change its state at each request.
 */
import type { MemberId } from '../types.ts';
import type { Core } from './core.ts';

export class Prober {
  readonly #core: Core;
  readonly #probed = new Set<MemberId>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** One probe of a member at a time, however many requests wait for it. */
  probe(member: MemberId): void {
    const { detector, config } = this.#core;
    if (this.#probed.has(member) || !detector.isConnected(member)) return;
    this.#probed.add(member);
    const timer = this.#core.after(config.probeTimeoutMs, () => {
      this.#core.forget(id);
      this.#probed.delete(member);
      detector.probeFailed(member);
    });
    const id = this.#core.request(member, 'quorum', { kind: 'probe' }, () => {
      this.#core.timers.cancel(timer);
      this.#probed.delete(member);
    });
  }
}
