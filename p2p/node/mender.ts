/**
 * A record that turned out to be damaged is fetched from the key's other owners and written anew.
 * The Merkle leaf still counts what the record was, so whoever compares would take it for whole, and
 * give up a copy for its sake. So the leaf of what no owner can give is counted anew: then whoever else
 * has the key brings it.
 *
 * What nobody else has stays as it is, refused, and is tried again whenever it is come across.
 */
import { MalformedError } from '../bytes/byte-reader.ts';
import type { KeyRef } from '../types.ts';
import { ask } from './ask.ts';
import type { Core } from './core.ts';
import type { Replica } from './replica.ts';
import type { Trees } from './trees.ts';
import { windowed } from './windowed.ts';

/** Keys being mended at once; what is found beyond it is found again. */
const MENDING_MAX = 64;
/** Damaged records remembered by name; one beyond it counts anew each time. */
const DAMAGED_MAX = 10_000;

export interface DamageCounts {
  /** Records found damaged since the start. */
  readonly found: number;
  /** Of these, written anew since. */
  readonly mended: number;
  /** Damaged still: refused, never served. */
  readonly refused: number;
}

export interface MenderParts {
  readonly replica: Replica;
  readonly trees: Trees;
  /** Called when a record is found damaged: own writes that it held may live on elsewhere. */
  readonly lost: () => void;
}

export class Mender {
  readonly #core: Core;
  readonly #parts: MenderParts;
  readonly #damaged = new Set<string>();
  readonly #mending = new Set<string>();
  #found = 0;
  #mended = 0;

  constructor(core: Core, parts: MenderParts) {
    this.#core = core;
    this.#parts = parts;
  }

  get counts(): DamageCounts {
    return { found: this.#found, mended: this.#mended, refused: this.#damaged.size };
  }

  found(ref: KeyRef): void {
    const isNew = !this.#damaged.has(ref.id);
    if (isNew) {
      if (this.#damaged.size < DAMAGED_MAX) this.#damaged.add(ref.id);
      this.#found += 1;
      this.#parts.lost();
      this.#core.emit({ kind: 'trace', event: { kind: 'damaged', key: ref.key } });
    }
    this.#mend(ref, () => {
      if (isNew && this.#damaged.has(ref.id)) this.#uncount(ref);
    });
  }

  /** The record was written anew, or dropped. */
  replaced(ref: KeyRef): void {
    if (!this.#damaged.delete(ref.id)) return;
    this.#mended += 1;
    this.#core.emit({ kind: 'trace', event: { kind: 'mended', key: ref.key } });
  }

  #uncount({ partition, leaf }: KeyRef): void {
    this.#core.commit([{ kind: 'recount', partition, leaf }], () => this.#parts.trees.changed(partition));
  }

  #mend(ref: KeyRef, done: () => void): void {
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
          if (reply?.kind === 'read-reply' && reply.object !== undefined) this.#merge(ref, member, reply, reply.object, next);
          else next();
        });
      },
      () => {
        this.#mending.delete(ref.id);
        done();
      },
    );
  }

  #merge(ref: KeyRef, from: string, { horizon }: { readonly horizon: number }, object: Uint8Array, next: () => void): void {
    try {
      this.#parts.replica.merge(ref, object, { horizon }, next);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#core.emit({ kind: 'trace', event: { kind: 'rejected', from, reason: error.message } });
      next();
    }
  }
}
