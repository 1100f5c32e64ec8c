/**
 * What other members ask of the keys kept here. Who is asked as a primary and is none by its own
 * view, or has not fetched the key's partition yet, says so instead of answering with nothing, and
 * sends what it knows of the team, so that the two views meet.
 */
import { MalformedError } from '../bytes/byte-reader.ts';
import { clockHash } from '../causality/object-codec.ts';
import type { KeyRef, MemberId } from '../types.ts';
import type { MessageOf } from '../wire/message.ts';
import type { Core, ReadFailure } from './core.ts';
import type { Departures } from './departures.ts';
import type { HintRoom } from './hint-room.ts';
import type { Mender } from './mender.ts';
import type { Ownership } from './ownership.ts';
import type { Answer } from './peer-work.ts';
import type { Changed, Replica } from './replica.ts';
import { decodeStored } from './replica.ts';

export interface ReplicaDeskParts {
  readonly replica: Replica;
  readonly ownership: Ownership;
  readonly mender: Mender;
  readonly hintRoom: HintRoom;
  readonly departures: Departures;
  readonly greet: (peer: MemberId) => void;
}

/** A view is sent to one peer at most so often: refusals come in bursts. */
const GREET_EVERY_MS = 200;

export class ReplicaDesk {
  readonly #core: Core;
  readonly #parts: ReplicaDeskParts;
  readonly #greetedMs = new Map<MemberId, number>();

  constructor(core: Core, parts: ReplicaDeskParts) {
    this.#core = core;
    this.#parts = parts;
  }

  read(from: MemberId, { id, bucket, key, digest, asPrimary }: MessageOf<'read'>, answer: Answer): void {
    const ref = this.#core.keyRef(bucket, key);
    const { raised: horizon } = this.#core.horizon;
    const refuse = (): void => answer({ kind: 'read-reply', id, refused: true, hash: undefined, object: undefined, horizon });
    if (asPrimary && !this.#isAnswerable(from, ref)) {
      refuse();
      return;
    }
    this.readHere(ref, (held) => {
      if (typeof held === 'string') {
        refuse();
        return;
      }
      const hash = held && clockHash(ref, held.object);
      answer({ kind: 'read-reply', id, refused: false, hash, object: digest ? undefined : held?.bytes, horizon });
    });
  }

  /** Damage is noticed here, and mended. While the ring changes, a write that has come counts on being read: `next-owners.ts`. */
  readHere(ref: KeyRef, done: (held: Changed | ReadFailure | undefined) => void): void {
    if (this.#isRingChanging) this.#parts.replica.afterWrites(ref, () => this.#readNow(ref, done));
    else this.#readNow(ref, done);
  }

  /** Is somebody about to keep what others keep now, or may a write be under way that began when somebody was? */
  get #isRingChanging(): boolean {
    const { placement, pendingPlacement, ringChangedMs, config, now } = this.#core;
    return pendingPlacement !== placement || now.nowMs - ringChangedMs < config.requestTimeoutMaxMs;
  }

  #readNow(ref: KeyRef, done: (held: Changed | ReadFailure | undefined) => void): void {
    this.#core.read(ref, (bytes, failure) => {
      const object = bytes && decodeStored(bytes);
      const lack = failure ?? (bytes !== undefined && object === undefined ? 'damaged' : undefined);
      if (lack === 'damaged') this.#parts.mender.found(ref);
      done(lack ?? (bytes && object && { bytes, object }));
    });
  }

  /** May this member answer for the key as its primary? */
  isComplete(ref: KeyRef): boolean {
    return !this.#parts.ownership.owesKey(ref);
  }

  replicate(from: MemberId, message: MessageOf<'replicate'>, answer: Answer): void {
    const { id, bucket, key, object, standsFor, asPrimary, horizon } = message;
    const ref = this.#core.keyRef(bucket, key);
    if (this.#parts.departures.isClosed) {
      answer(goingReply(id));
      return;
    }
    if (standsFor !== undefined) {
      this.#standIn(from, ref, { ...message, standsFor }, answer);
      return;
    }
    const isOther = asPrimary && !this.#isOwner(from, ref);
    this.#parts.replica.merge(ref, object, { horizon }, (result) => answer({ kind: 'replicate-reply', id, durable: result.ok, isOther }));
  }

  /** With a hint, if there is room for it. */
  #standIn(from: MemberId, ref: KeyRef, { id, object, standsFor, horizon }: MessageOf<'replicate'> & { readonly standsFor: MemberId }, answer: Answer): void {
    this.#parts.hintRoom.take(object.length, (release) => {
      if (release === undefined) {
        this.#core.emit({ kind: 'trace', event: { kind: 'hints-full', from, target: standsFor } });
        answer({ kind: 'hints-full-reply', id });
        return;
      }
      if (this.#parts.departures.isClosed) {
        release();
        answer(goingReply(id));
        return;
      }
      try {
        this.#parts.replica.merge(ref, object, { horizon, standsFor }, (result) => {
          release();
          answer({ kind: 'replicate-reply', id, durable: result.ok, isOther: false });
        });
      } catch (error) {
        if (!(error instanceof MalformedError)) throw error;
        this.#core.emit({ kind: 'trace', event: { kind: 'rejected', from, reason: error.message } });
        release();
        answer();
      }
    });
  }

  #isAnswerable(from: MemberId, ref: KeyRef): boolean {
    if (!this.#isOwner(from, ref)) return false;
    if (this.isComplete(ref)) return true;
    this.#core.emit({ kind: 'trace', event: { kind: 'refused', from, key: ref.key } });
    return false;
  }

  #isOwner(from: MemberId, ref: KeyRef): boolean {
    if (this.#core.isOwner(this.#core.self, ref.partition, this.#core.buckets.settings(ref.bucket).n)) return true;
    this.refuse(from, ref);
    return false;
  }

  /** By this member's view it is not the one to ask: the other gets to know what that view is. */
  refuse(from: MemberId, ref: KeyRef): void {
    const { now } = this.#core;
    this.#core.emit({ kind: 'trace', event: { kind: 'refused', from, key: ref.key } });
    if (now.nowMs - (this.#greetedMs.get(from) ?? -GREET_EVERY_MS) >= GREET_EVERY_MS) {
      this.#greetedMs.set(from, now.nowMs);
      this.#parts.greet(from);
    }
  }
}

/** Of a leaver in its last moments: it keeps nothing, and soon is no owner. */
function goingReply(id: number): MessageOf<'replicate-reply'> {
  return { kind: 'replicate-reply', id, durable: false, isOther: true };
}
