/**
 * Hands hints to those they are for (Dynamo, 2007, section 4.6): a few at a time, each deleted only
 * after the target has it on disk. A hint replaced meanwhile by a newer one stays.
 */
import type { StoredHint } from '../ports.ts';
import type { MemberId } from '../types.ts';
import type { Core } from './core.ts';

/** Hints under way to one member: bounds what a returning member has to swallow at once. */
const WINDOW = 32;
const REPLY_WITHIN_MS = 10_000;

export class HintDrain {
  readonly #core: Core;
  readonly #draining = new Set<MemberId>();

  constructor(core: Core) {
    this.#core = core;
  }

  start(): void {
    this.#core.after(this.#core.config.hintIntervalMs, () => {
      for (const peer of this.#core.alivePeers()) this.drain(peer);
      this.start();
    });
  }

  drain(target: MemberId): void {
    if (this.#draining.has(target)) return;
    this.#draining.add(target);
    this.#page(target, undefined);
  }

  #page(target: MemberId, afterId: string | undefined): void {
    this.#core.query({ kind: 'hints', target, afterId, limit: WINDOW }, (answer) => {
      const hints = answer?.kind === 'hints' ? answer.hints : [];
      let left = hints.length;
      let delivered = 0;
      const settle = (isDelivered: boolean): void => {
        left -= 1;
        delivered += Number(isDelivered);
        if (left > 0) return;
        const last = hints.at(-1);
        if (delivered === hints.length && last !== undefined) this.#page(target, last.ref.id);
        else this.#draining.delete(target);
      };
      if (left === 0) this.#draining.delete(target);
      for (const hint of hints) this.#deliver(hint, settle);
    });
  }

  #deliver(hint: StoredHint, settle: (isDelivered: boolean) => void): void {
    const { target, ref, object } = hint;
    const message = { kind: 'replicate', bucket: ref.bucket, key: ref.key, object, standsFor: undefined, asPrimary: false } as const;
    const id = this.#core.request(target, 'bulk', message, (reply) => {
      this.#core.timers.cancel(timer);
      if (reply?.kind !== 'replicate-reply' || !reply.durable) {
        settle(false);
        return;
      }
      this.#core.emit({ kind: 'trace', event: { kind: 'hint-delivered', target, key: ref.key } });
      this.#core.commit([{ kind: 'hint-done', target, ref, object }], (result) => settle(result.ok));
    });
    const timer = this.#core.after(REPLY_WITHIN_MS, () => {
      this.#core.forget(id);
      settle(false);
    });
  }
}
