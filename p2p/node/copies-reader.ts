/**
 * Merges the copies of a key that members are known to hold: one of each kind is fetched, from
 * whoever has it. Not a quorum read, because who holds what is known already: a read that counts
 * stand-ins could do without the only owner that is not behind.
 */
import type { KeyObject } from '../causality/key-object.ts';
import { EMPTY_OBJECT, merge } from '../causality/key-object.ts';
import { decodeObject } from '../causality/object-codec.ts';
import type { KeyRef, MemberId } from '../types.ts';
import type { Core } from './core.ts';
import type { ReplicaDesk } from './replica-desk.ts';

export interface CopiesRequest {
  readonly ref: KeyRef;
  /** A copy of each kind, with all who hold it. */
  readonly kinds: readonly (readonly MemberId[])[];
  readonly timeoutMs: number;
  /** Their merge; `undefined` = not each kind could be had. */
  readonly done: (object: KeyObject | undefined) => void;
}

export class CopiesReader {
  readonly #core: Core;
  readonly #replicas: ReplicaDesk;

  constructor(core: Core, replicas: ReplicaDesk) {
    this.#core = core;
    this.#replicas = replicas;
  }

  read({ ref, kinds, timeoutMs, done }: CopiesRequest): void {
    let merged: KeyObject | undefined = EMPTY_OBJECT;
    let left = kinds.length;
    for (const holders of kinds) {
      this.#fetch(ref, holders, timeoutMs, (object) => {
        merged = merged && object && merge(merged, object);
        left -= 1;
        if (left === 0) done(merged);
      });
    }
  }

  /** From the first who answers; the next is asked when one fails, takes long, or has given its copy away. */
  #fetch(ref: KeyRef, holders: readonly MemberId[], timeoutMs: number, done: (object: KeyObject | undefined) => void): void {
    const requestIds: number[] = [];
    const timers: ReturnType<Core['after']>[] = [];
    let asked = 0;
    let failed = 0;
    let isDone = false;
    const finish = (object: KeyObject | undefined): void => {
      if (isDone) return;
      isDone = true;
      for (const timer of timers) this.#core.timers.cancel(timer);
      for (const id of requestIds) this.#core.forget(id);
      done(object);
    };
    const fail = (): void => {
      failed += 1;
      if (failed === holders.length) finish(undefined);
      else next();
    };
    const next = (): void => {
      const holder = holders[asked];
      if (isDone || holder === undefined) return;
      asked += 1;
      timers.push(this.#core.after(this.#core.config.hedgeAfterMs, next));
      const id = this.#ask(ref, holder, (object) => {
        const isGivenAway = object?.siblings.length === 0 && failed < holders.length - 1;
        if (object === undefined || isGivenAway) fail();
        else finish(object);
      });
      if (id !== undefined) requestIds.push(id);
    };
    timers.push(this.#core.after(timeoutMs, () => finish(undefined)));
    next();
  }

  #ask(ref: KeyRef, holder: MemberId, done: (object: KeyObject | undefined) => void): number | undefined {
    if (holder === this.#core.self) {
      this.#replicas.readHere(ref, (held) => done(typeof held === 'string' ? undefined : (held?.object ?? EMPTY_OBJECT)));
      return undefined;
    }
    const message = { kind: 'read', bucket: ref.bucket, key: ref.key, digest: false, asPrimary: false } as const;
    return this.#core.request(holder, 'quorum', message, (reply) => {
      if (reply?.kind !== 'read-reply' || reply.refused) done(undefined);
      else done(reply.object === undefined ? EMPTY_OBJECT : decodeObject(reply.object));
    });
  }
}
