/**
 * Makes keys that differ the same on both sides: theirs are fetched, merged and, if they lacked
 * something, sent back; those that only we have are sent. A few at a time, and with a pause while
 * people's requests are under way.
 */
import { MalformedError } from '../bytes/byte-reader.ts';
import { bytesEqual, toHex } from '../bytes/bytes.ts';
import { briefOf } from '../antientropy/leaf-range.ts';
import type { Scope } from '../antientropy/scope.ts';
import type { KeyRef, MemberId } from '../types.ts';
import { KEYS_IN_FETCH } from '../wire/limits.ts';
import { ask } from './ask.ts';
import type { Core } from './core.ts';
import type { Replica } from './replica.ts';
import type { Difference } from './tree-walk.ts';
import { windowed } from './windowed.ts';

const ALONE = { keysInFetch: KEYS_IN_FETCH, fetches: 2, gifts: 16 };
/** While people are waiting: a fetch is worked on in one go, and they wait for its end, and for that of each beside it. */
const BESIDE_PEOPLE = { keysInFetch: 16, fetches: 1, gifts: 4 };
/** While people are waiting, so many times as long as a batch took is rested after it … */
const REST_TIMES = 4;
/** … but no longer than this: a batch that a slow peer held up is no sign of work here. */
const REST_MAX_MS = 250;

export interface RepairRequest {
  readonly peer: MemberId;
  readonly scope: Scope;
  /** Keys of the peer that we want. */
  readonly takes: readonly Difference[];
  /** Keys of ours that the peer is to have. */
  readonly gives: readonly Difference[];
  /** Does the peer keep this partition? Then it also gets what our merge added to its own. */
  readonly isTheirs: (difference: Difference) => boolean;
  /** Told of each once: is it the same on both sides now, as far as it was to be? */
  readonly onKey: (difference: Difference, isMended: boolean) => void;
}

/** An object, and what the horizon of its holder was when it was read there. */
interface Taken {
  readonly ref: KeyRef;
  readonly object: Uint8Array;
  readonly horizon: number;
}

const NOTHING_CAME = { objects: [], horizon: 0 } as const;

export class KeyRepair {
  readonly #core: Core;
  readonly #replica: Replica;
  /** Keys that were moved in either direction, since the start. */
  moved = 0;

  constructor(core: Core, replica: Replica) {
    this.#core = core;
    this.#replica = replica;
  }

  repair(request: RepairRequest, done: () => void): void {
    const batches: (readonly Difference[])[] = [];
    const { keysInFetch, fetches, gifts } = this.#core.servesPeople ? BESIDE_PEOPLE : ALONE;
    for (let from = 0; from < request.takes.length; from += keysInFetch) batches.push(request.takes.slice(from, from + keysInFetch));
    windowed(batches, fetches, (batch, next) => this.#takeAll(request, batch, this.#paced(next)), () => {
      windowed(request.gives, gifts, (difference, next) => this.#give(request, difference, this.#paced(next)), done);
    });
  }

  #takeAll(request: RepairRequest, batch: readonly Difference[], done: () => void): void {
    const waiting = new Map(batch.map((difference) => [nameOf(difference), difference]));
    const { peer, scope } = request;
    const keys = batch.map(({ partition, leaf, brief }) => ({ partition, leaf, brief }));
    ask(this.#core, peer, { kind: 'fetch-keys', scope, keys }, (reply) => {
      const { objects, horizon } = reply?.kind === 'fetch-keys-reply' ? reply : NOTHING_CAME;
      windowed(
        objects,
        KEYS_IN_FETCH,
        ({ bucket, key, object }, next) => {
          const ref = this.#core.keyRef(bucket, key);
          const name = nameOf({ ...ref, brief: briefOf(ref.position) });
          const difference = waiting.get(name);
          if (difference === undefined) {
            next();
            return;
          }
          waiting.delete(name);
          this.#take(request, { ref, object, horizon }, difference, next);
        },
        () => {
          if (waiting.size === 0) done();
          else if (waiting.size < batch.length) this.#takeAll(request, [...waiting.values()], done);
          else {
            for (const difference of batch) request.onKey(difference, false);
            done();
          }
        },
      );
    });
  }

  #take(request: RepairRequest, { ref, object: incoming, horizon }: Taken, difference: Difference, next: () => void): void {
    const settle = (isMended: boolean): void => {
      this.moved += Number(isMended);
      request.onKey(difference, isMended);
      next();
    };
    try {
      this.#replica.merge(ref, incoming, { horizon }, (result, changed) => {
        if (!result.ok || bytesEqual(changed.bytes, incoming) || !request.isTheirs(difference)) settle(result.ok);
        else this.#push(request.peer, { ref, object: changed.bytes, horizon: this.#core.horizon.raised }, settle);
      });
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#core.emit({ kind: 'trace', event: { kind: 'rejected', from: request.peer, reason: error.message } });
      settle(false);
    }
  }

  #give(request: RepairRequest, difference: Difference, next: () => void): void {
    const settle = (isMended: boolean): void => {
      this.moved += Number(isMended);
      request.onKey(difference, isMended);
      next();
    };
    const { ours } = difference;
    if (ours === undefined) {
      settle(false);
      return;
    }
    const { raised: horizon } = this.#core.horizon;
    this.#core.read(ours, (object) => {
      if (object === undefined) settle(false);
      else this.#push(request.peer, { ref: ours, object, horizon }, settle);
    });
  }

  #push(peer: MemberId, { ref, object, horizon }: Taken, done: (isDurable: boolean) => void): void {
    const { bucket, key } = ref;
    ask(this.#core, peer, { kind: 'replicate', bucket, key, object, standsFor: undefined, asPrimary: false, horizon }, (reply) => {
      done(reply?.kind === 'replicate-reply' && reply.durable);
    });
  }

  /** While people's requests come in, repair works a fifth of the time; the busier all are, the longer it takes and rests. */
  #paced(next: () => void): () => void {
    const { foreground, now } = this.#core;
    return () => {
      const tookMs = this.#core.now.nowMs - now.nowMs;
      if (this.#core.foreground === foreground || tookMs <= 0) next();
      else this.#core.after(Math.min(REST_MAX_MS, REST_TIMES * tookMs), next);
    };
  }
}

function nameOf({ partition, leaf, brief }: Pick<Difference, 'partition' | 'leaf' | 'brief'>): string {
  return `${partition}/${leaf}/${toHex(brief)}`;
}
