/**
 * Who holds a key, and which siblings of it, asked of each holder now. No values travel where they
 * need not: holders say the hash of their clocks, and equal hashes are equal siblings. Which those
 * are the own copy tells, or one that is fetched from one of those who hold it.
 *
 *     ada (asks)   x:2           ben: 7f3a ✓ as here    cleo: 7f3a ✓    dan: 51c0 → fetched once
 */
import { MalformedError } from '../bytes/byte-reader.ts';
import { toHex } from '../bytes/bytes.ts';
import { dotName } from '../causality/dot.ts';
import { EMPTY_OBJECT, merge, type KeyObject } from '../causality/key-object.ts';
import { clockHash, decodeObject } from '../causality/object-codec.ts';
import type { KeyRef, MemberId } from '../types.ts';
import type { PlacementOutcome } from './commands.ts';
import type { Core } from './core.ts';
import type { ReplicaDesk } from './replica-desk.ts';
import { resolved } from './resolved.ts';

export type Found = Pick<PlacementOutcome, 'holders' | 'dots' | 'silent'>;

/** Nothing is stored there. */
const NOTHING = '';

/** One lookup: make it, start it once. */
export class PlacementLookup {
  readonly #core: Core;
  readonly #replicas: ReplicaDesk;
  readonly #ref: KeyRef;
  readonly #done: (found: Found) => void;
  readonly #waiting: Set<MemberId>;
  /** Of who answered: what its clocks hash to. */
  readonly #hashes = new Map<MemberId, string>();
  readonly #objects = new Map<string, KeyObject>();
  /** From whom the object of their hash was fetched. */
  readonly #tried = new Set<MemberId>();
  /** Hashes whose objects are on their way: of each, one holder is asked at a time. */
  readonly #fetching = new Set<string>();
  readonly #silent: MemberId[] = [];
  readonly #requestIds: number[] = [];
  #timer: ReturnType<Core['after']> | undefined;
  #isDone = false;

  constructor(core: Core, replicas: ReplicaDesk, ref: KeyRef, done: (found: Found) => void) {
    this.#core = core;
    this.#replicas = replicas;
    this.#ref = ref;
    this.#done = done;
    const { n } = core.buckets.settings(ref.bucket);
    const { primaries, fallbacks } = core.placement.preferenceList(ref.partition, n);
    this.#waiting = new Set([core.self, ...primaries, ...fallbacks]);
  }

  start(): void {
    const others = [...this.#waiting].filter((member) => member !== this.#core.self);
    this.#timer = this.#core.after(this.#core.config.requestTimeoutMs / 2, () => this.#finish());
    this.#replicas.readHere(this.#ref, (held) => {
      if (typeof held === 'object') this.#objects.set(this.#hashOf(held.object), held.object);
      this.#answered(this.#core.self, typeof held === 'string' ? undefined : held === undefined ? NOTHING : this.#hashOf(held.object));
    });
    for (const member of others) {
      this.#ask(member, true, (reply) => this.#answered(member, reply === undefined ? undefined : reply.hash === undefined ? NOTHING : toHex(reply.hash)));
    }
  }

  /** @param hash `undefined` = it did not say. */
  #answered(member: MemberId, hash: string | undefined): void {
    if (this.#isDone || !this.#waiting.delete(member)) return;
    if (hash === undefined) this.#silent.push(member);
    else this.#hashes.set(member, hash);
    this.#goOn();
  }

  /** What the own copy does not explain is fetched once it has been read; elsewhere, where it was written anew meanwhile or went away. */
  #goOn(): void {
    if (!this.#waiting.has(this.#core.self)) {
      for (const [member, hash] of this.#hashes) {
        const isLacking = hash !== NOTHING && !this.#objects.has(hash) && !this.#fetching.has(hash);
        if (isLacking && !this.#tried.has(member)) this.#fetch(member, hash);
      }
    }
    if (this.#waiting.size === 0 && this.#fetching.size === 0) this.#finish();
  }

  #fetch(from: MemberId, hash: string): void {
    this.#fetching.add(hash);
    this.#tried.add(from);
    this.#ask(from, false, (reply) => {
      this.#fetching.delete(hash);
      const object = reply?.object && this.#decoded(from, reply.object);
      if (object !== undefined && this.#hashOf(object) === hash) this.#objects.set(hash, object);
      this.#goOn();
    });
  }

  #decoded(from: MemberId, bytes: Uint8Array): KeyObject | undefined {
    try {
      return decodeObject(bytes);
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.#core.emit({ kind: 'trace', event: { kind: 'rejected', from, reason: error.message } });
      return undefined;
    }
  }

  #ask(member: MemberId, digest: boolean, done: (reply: { readonly hash: Uint8Array | undefined; readonly object: Uint8Array | undefined } | undefined) => void): void {
    const message = { kind: 'read', bucket: this.#ref.bucket, key: this.#ref.key, digest, asPrimary: false } as const;
    this.#requestIds.push(this.#core.request(member, 'quorum', message, (reply) => done(reply?.kind === 'read-reply' && !reply.refused ? reply : undefined)));
  }

  #finish(): void {
    if (this.#isDone) return;
    this.#isDone = true;
    if (this.#timer !== undefined) this.#core.timers.cancel(this.#timer);
    for (const id of this.#requestIds) this.#core.forget(id);
    const known = new Map([...this.#objects, [NOTHING, EMPTY_OBJECT]]);
    const holders = [...this.#hashes].flatMap(([member, hash]) => {
      const object = known.get(hash);
      return hash === NOTHING || object === undefined ? [] : [{ member, dots: dotsOf(object), durable: true }];
    });
    const unknown = [...this.#hashes].filter(([, hash]) => !known.has(hash)).map(([member]) => member);
    const shown = resolved(this.#core, this.#ref, [...this.#objects.values()].reduce(merge, EMPTY_OBJECT));
    this.#done({ holders, dots: dotsOf(shown), silent: [...this.#silent, ...unknown, ...this.#waiting] });
  }

  #hashOf(object: KeyObject): string {
    return toHex(clockHash(this.#ref, object));
  }
}

function dotsOf(object: KeyObject): readonly string[] {
  return object.siblings.map(({ dot }) => dotName(dot));
}
