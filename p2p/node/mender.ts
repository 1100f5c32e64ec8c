/**
 * A record that turned out to be damaged is fetched from the key's other owners and written anew.
 * The Merkle leaf still counts what the record was, so no exchange would notice before it is read.
 */
import { MalformedError } from '../bytes/byte-reader.ts';
import type { KeyRef } from '../types.ts';
import { ask } from './ask.ts';
import type { Core } from './core.ts';
import type { Replica } from './replica.ts';
import { windowed } from './windowed.ts';

/** Keys being mended at once; what is found beyond it is found again. */
const MENDING_MAX = 64;

export class Mender {
  readonly #core: Core;
  readonly #replica: Replica;
  readonly #mending = new Set<string>();

  constructor(core: Core, replica: Replica) {
    this.#core = core;
    this.#replica = replica;
  }

  mend(ref: KeyRef): void {
    if (this.#mending.has(ref.id) || this.#mending.size >= MENDING_MAX) return;
    this.#mending.add(ref.id);
    const { bucket, key, partition } = ref;
    const owners = this.#core.ownersOf(partition, this.#core.buckets.settings(bucket).n);
    const others = owners.filter((member) => member !== this.#core.self && this.#core.liveness(member) === 'alive');
    windowed(
      others,
      others.length,
      (member, next) => {
        ask(this.#core, member, { kind: 'read', bucket, key, digest: false, asPrimary: false }, (reply) => {
          if (reply?.kind === 'read-reply' && reply.object !== undefined) this.#merge(ref, member, reply.object, next);
          else next();
        });
      },
      () => this.#mending.delete(ref.id),
    );
  }

  #merge(ref: KeyRef, from: string, object: Uint8Array, next: () => void): void {
    try {
      this.#replica.merge(ref, object, undefined, next);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#core.emit({ kind: 'trace', event: { kind: 'rejected', from, reason: error.message } });
      next();
    }
  }
}
