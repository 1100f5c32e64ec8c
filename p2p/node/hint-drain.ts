/**
 * Hands hints to those they are for (Dynamo, 2007, section 4.6): a few at a time, each deleted only
 * after the target has it on disk. A hint replaced meanwhile by a newer one stays.
 *
 * A hint for somebody who left or was removed is kept, from then on, for those who are primaries of
 * its key now: the same object, other addresses, and nothing is deleted before that is on disk.
 */
import type { StoredHint } from '../ports.ts';
import type { MemberId } from '../types.ts';
import { ask } from './ask.ts';
import type { Confirmations } from './confirmations.ts';
import type { Core } from './core.ts';
import type { Replica } from './replica.ts';

/** Hints under way to one member: bounds what a returning member has to swallow at once, and what is in memory here. */
const WINDOW = { limit: 32, bytesMax: 8 * 1024 * 1024 };

/** Does with one hint what there is to do, then says whether it is settled for good. */
type Handle = (hint: ReadHint, settle: (isDone: boolean) => void) => void;

/** With this member's horizon of before it was read. */
type ReadHint = StoredHint & { readonly horizon: number };

export class HintDrain {
  readonly #core: Core;
  readonly #replica: Replica;
  readonly #confirmations: Confirmations;
  readonly #draining = new Set<MemberId>();

  constructor(core: Core, replica: Replica, confirmations: Confirmations) {
    this.#core = core;
    this.#replica = replica;
    this.#confirmations = confirmations;
  }

  start(): void {
    this.#core.after(this.#core.config.hintIntervalMs, () => {
      for (const peer of this.#core.alivePeers()) this.drain(peer);
      this.#readdressAll();
      this.start();
    });
  }

  drain(target: MemberId): void {
    // Hints of a store that is behind may bring back what was deleted since.
    if (this.#core.life.isStale) return;
    this.#begin(target, (hint, settle) => this.#deliver(hint, settle));
  }

  #readdressAll(): void {
    if (this.#core.out !== undefined) return;
    this.#core.query({ kind: 'hint-targets' }, (answer) => {
      for (const target of answer?.kind === 'hint-targets' ? answer.members : []) {
        const isGone = this.#core.roster.get(target) !== undefined && !this.#core.roster.isMember(target);
        if (isGone) this.#begin(target, (hint, settle) => this.#readdress(hint, settle));
      }
    });
  }

  #begin(target: MemberId, handle: Handle): void {
    if (this.#draining.has(target)) return;
    this.#draining.add(target);
    this.#page(target, undefined, handle);
  }

  #page(target: MemberId, afterId: string | undefined, handle: Handle): void {
    const { raised: horizon } = this.#core.horizon;
    this.#core.query({ kind: 'hints', target, afterId, ...WINDOW }, (answer) => {
      const hints = answer?.kind === 'hints' ? answer.hints : [];
      let left = hints.length;
      let delivered = 0;
      const settle = (isDelivered: boolean): void => {
        left -= 1;
        delivered += Number(isDelivered);
        if (left > 0) return;
        const last = hints.at(-1);
        if (delivered === hints.length && last !== undefined) this.#page(target, last.ref.id, handle);
        else this.#draining.delete(target);
      };
      if (left === 0) this.#draining.delete(target);
      for (const hint of hints) handle({ ...hint, horizon }, settle);
    });
  }

  #readdress({ target, ref, object, horizon }: ReadHint, settle: (isDone: boolean) => void): void {
    const { n } = this.#core.buckets.settings(ref.bucket);
    const { primaries } = this.#core.placement.preferenceList(ref.partition, n);
    const others = primaries.filter((member) => member !== this.#core.self);
    this.#replica.readdress(ref, object, { horizon, targets: others }, (kept) => {
      if (!kept.ok) settle(false);
      else this.#core.commit([{ kind: 'hint-done', target, ref, object }], (result) => settle(result.ok));
    });
  }

  #deliver(hint: ReadHint, settle: (isDelivered: boolean) => void): void {
    const { target, ref, object, horizon } = hint;
    const message = { kind: 'replicate', bucket: ref.bucket, key: ref.key, object, standsFor: undefined, asPrimary: false, horizon } as const;
    ask(this.#core, target, message, (reply) => {
      if (reply?.kind !== 'replicate-reply' || !reply.durable) {
        settle(false);
        return;
      }
      this.#confirmations.delivered(ref, target, object);
      this.#core.emit({ kind: 'trace', event: { kind: 'hint-delivered', target, key: ref.key } });
      this.#core.commit([{ kind: 'hint-done', target, ref, object }], (result) => settle(result.ok));
    });
  }
}
