/**
 * This member's part in the reaping of tombstones (`reaper.ts` asks): does the key hold nothing here
 * but the very deletion that is to go, and no hint of it?
 *
 *     hold   watched from now on; looked at; the horizon is raised,     nothing older is here
 *            and that signed
 *            the store is purged                                        nor under it, in older tables
 *     seal   still watched, and looked at again; the fence is raised    nor came meanwhile, nor will
 *     drop   if it is still the same: gone, with its history
 *
 * Whatever else happens to the key in between, a write, an older copy, a hint, a restart, takes the
 * consent back. So what is read of it here with the new horizon is the deletion or nothing, and what
 * was read before is refused by the fence (`horizon.ts`): nobody can bring back what it had replaced.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesEqual } from '../bytes/bytes.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { EMPTY_OBJECT } from '../causality/key-object.ts';
import { clockHash } from '../causality/object-codec.ts';
import type { Mutation } from '../ports.ts';
import type { KeyRef, MemberId } from '../types.ts';
import { HASH_BYTES } from '../wire/limits.ts';
import type { MessageOf } from '../wire/message.ts';
import type { Core } from './core.ts';
import type { Replica } from './replica.ts';
import { StorePurges } from './store-purges.ts';
import type { Watch } from './store-purges.ts';
import { windowed } from './windowed.ts';

export type ReapQuestion = Omit<MessageOf<'reap'>, 'kind' | 'id'>;

/** The keys, by their numbers in the question, of which it may go on. */
export type Consent = readonly number[];

interface Vote {
  readonly hash: Uint8Array;
  readonly by: MemberId;
  readonly epoch: number;
  /** Who was of the team then: whoever came later has not raised its horizon, and may be below the fence. */
  readonly team: Uint8Array;
  readonly heldMs: number;
  /** As long as nothing happens to the key, also from one question to the next. */
  readonly watch: Watch;
  isHeld: boolean;
  isSealed: boolean;
}

const LOOKS_AT_ONCE = 16;
/** Keys watched at once; the oldest give way. */
const VOTES_MAX = 4_096;

export class ReapVotes {
  /** Keys reaped here since the start. */
  reaped = 0;
  readonly #core: Core;
  readonly #replica: Replica;
  readonly #owesKey: (ref: KeyRef) => boolean;
  readonly #votes = new Map<string, Vote>();
  readonly #purges: StorePurges;

  constructor(core: Core, replica: Replica, owesKey: (ref: KeyRef) => boolean) {
    this.#core = core;
    this.#replica = replica;
    this.#owesKey = owesKey;
    this.#purges = new StorePurges(core, () => this.#unpurged());
    core.onBatch = (batch) => this.#watch(batch);
  }

  answer(from: MemberId, question: ReapQuestion, done: (consent: Consent) => void): void {
    if (!this.#isFit(question)) {
      done([]);
      return;
    }
    switch (question.phase) {
      case 'hold':
        return this.#hold(from, question, done);
      case 'seal':
        return this.#seal(from, question, done);
      case 'drop':
        return this.#drop(from, question, done);
    }
  }

  /** Whoever is behind, fetches, or sees another team has no say; neither has a proposer who is. */
  #isFit({ team, horizon, fence }: ReapQuestion): boolean {
    const { life, out } = this.#core;
    const isHere = out === undefined && !this.#core.isMute && !life.isStale;
    return isHere && !this.#core.horizon.isBefore(horizon) && fence <= this.#core.horizon.raised && bytesEqual(team, teamOf(this.#core));
  }

  #hold(from: MemberId, question: ReapQuestion, done: (consent: Consent) => void): void {
    const { horizon, now } = this.#core;
    const { epoch, keys } = question;
    if (epoch <= horizon.highest) {
      done([]);
      return;
    }
    for (const key of keys) {
      const { id } = this.#refOf(key);
      const before = this.#votes.get(id);
      const watch = before?.isHeld === true && bytesEqual(before.hash, key.hash) ? before.watch : { isPurged: false };
      this.#votes.delete(id);
      this.#votes.set(id, { hash: key.hash.slice(), by: from, epoch, team: question.team.slice(), heldMs: now.nowMs, watch, isHeld: false, isSealed: false });
    }
    this.#bound();
    // Hints that were on their way to the disk when the watch began are there once this is.
    horizon.flush((isFlushed) => {
      const all = isFlushed ? this.#standing(from, question, () => true) : [];
      this.#look(question, all, (found) => {
        if (found.length === 0 || epoch <= horizon.highest) done([]);
        else {
          horizon.raise(epoch, (isDurable) => {
            const consent = isDurable ? this.#mark(from, question, found, 'isHeld') : [];
            horizon.proofs.showOwn(from);
            this.#purges.later();
            done(consent);
          });
        }
      });
    });
  }

  #seal(from: MemberId, question: ReapQuestion, done: (consent: Consent) => void): void {
    const { horizon, now, config } = this.#core;
    const quiet = this.#standing(from, question, ({ isHeld, watch, heldMs, team }) => {
      return isHeld && watch.isPurged && now.nowMs - heldMs >= config.reapQuietMs && bytesEqual(team, question.team);
    });
    // Else a store that is put back later could not be shown that it was there.
    if (quiet.length === 0 || !horizon.proofs.coverTeam(question.epoch)) {
      done([]);
      return;
    }
    horizon.seal(question.epoch, (isDurable) => {
      this.#look(question, isDurable ? quiet : [], (found) => done(this.#mark(from, question, found, 'isSealed')));
    });
  }

  #unpurged(): readonly Watch[] {
    return [...this.#votes.values()].flatMap(({ isHeld, watch }) => (isHeld && !watch.isPurged ? [watch] : []));
  }

  #drop(from: MemberId, question: ReapQuestion, done: (consent: Consent) => void): void {
    const gone: number[] = [];
    let keys = 0;
    const mayGo = new Set(this.#standing(from, question, (vote) => this.mayGo(vote)));
    windowed(
      [...question.keys.entries()],
      LOOKS_AT_ONCE,
      ([number, key], next) => {
        const answered = (isDropped: boolean, isGone: boolean): void => {
          if (isGone) gone.push(number);
          keys += Number(isDropped);
          next();
        };
        const [ref, hash] = [this.#refOf(key), key.hash.slice()];
        if (mayGo.has(number)) this.dropKey(ref, hash, answered);
        // Whoever dropped it before, and whose answer was lost, has no vote any more.
        else this.#replica.drop(ref, { hash, isKept: () => true, alsoDamaged: false }, answered);
      },
      () => {
        this.reaped += keys;
        if (keys > 0) this.#core.emit({ kind: 'trace', event: { kind: 'reaped', keys } });
        done(gone.sort((a, b) => a - b));
      },
    );
  }

  /** What was looked at may be otherwise. */
  forgetAll(): void {
    this.#votes.clear();
  }

  mayGo({ isSealed }: Vote): boolean {
    return isSealed;
  }

  /**
   * `isGone` also when nothing was here. A record that was damaged since it was looked at is the deletion all the
   * same, as long as the vote stands. Were it left, nobody else would have it to mend it from.
   */
  dropKey(ref: KeyRef, hash: Uint8Array, done: (isDropped: boolean, isGone: boolean) => void): void {
    const isKept = (): boolean => !this.#votes.has(ref.id);
    this.#replica.drop(ref, { hash, isKept, alsoDamaged: true }, (isDropped, isGone) => {
      this.#votes.delete(ref.id);
      done(isDropped, isGone);
    });
  }

  /** Numbers of keys whose consent stands. */
  #standing(from: MemberId, { keys, epoch }: ReapQuestion, holds: (vote: Vote) => boolean): Consent {
    return [...keys.entries()].flatMap(([number, key]) => {
      const vote = this.#votes.get(this.#refOf(key).id);
      const isSame = vote !== undefined && vote.by === from && vote.epoch === epoch && bytesEqual(vote.hash, key.hash);
      return isSame && holds(vote) ? [number] : [];
    });
  }

  #mark(from: MemberId, question: ReapQuestion, found: Consent, mark: 'isHeld' | 'isSealed'): Consent {
    const standing = new Set(this.#standing(from, question, () => true));
    const marked = found.filter((number) => standing.has(number));
    for (const number of marked) {
      const key = question.keys[number];
      const vote = key && this.#votes.get(this.#refOf(key).id);
      if (vote !== undefined) vote[mark] = true;
    }
    return marked;
  }

  /** Looks at each key in its turn among the mutations of the key, and for hints of it. */
  #look({ keys }: ReapQuestion, numbers: Consent, done: (found: Consent) => void): void {
    const found: number[] = [];
    windowed(
      numbers,
      LOOKS_AT_ONCE,
      (number, next) => {
        const key = keys[number];
        const ref = key && this.#refOf(key);
        if (key === undefined || ref === undefined || this.#owesKey(ref) || !this.#isPast(ref, key.stamp)) {
          next();
          return;
        }
        this.#isClear(ref, key.hash, (isClear) => {
          if (isClear) found.push(number);
          next();
        });
      },
      () => done(found.sort((a, b) => a - b)),
    );
  }

  #isClear(ref: KeyRef, hash: Uint8Array, done: (isClear: boolean) => void): void {
    this.#replica.mutate({
      ref,
      onDamage: 'fail',
      change: () => undefined,
      done: ({ ok }, { object }) => {
        if (!ok || (object !== EMPTY_OBJECT && !bytesEqual(clockHash(ref, object), hash))) done(false);
        else this.#core.query({ kind: 'is-hinted', ref }, (answer) => done(answer?.kind === 'is-hinted' && !answer.isHinted));
      },
    });
  }

  /** What is written here next has to be later than the deletion, also where that lives on a while. */
  #isPast({ bucket }: KeyRef, stamp: number): boolean {
    return !this.#core.isLatestOnly(bucket) || this.#core.stamps.promisePast(stamp);
  }

  #watch(batch: readonly Mutation[]): void {
    if (this.#votes.size === 0) return;
    for (const mutation of batch) {
      if (mutation.kind === 'hint') this.#votes.delete(mutation.ref.id);
      if (mutation.kind !== 'object') continue;
      const vote = this.#votes.get(mutation.ref.id);
      if (vote !== undefined && !bytesEqual(mutation.summary.hash, vote.hash)) this.#votes.delete(mutation.ref.id);
    }
  }

  #bound(): void {
    for (const id of this.#votes.keys()) {
      if (this.#votes.size <= VOTES_MAX) return;
      this.#votes.delete(id);
    }
  }

  #refOf({ bucket, key }: { readonly bucket: string; readonly key: string }): KeyRef {
    return this.#core.keyRef(bucket, key);
  }
}

/** Names all members: two that see different ones may not know who holds a copy. */
export function teamOf(core: Core): Uint8Array {
  const writer = new ByteWriter();
  for (const member of [core.self, ...core.peers()].sort()) writer.text(member);
  return sha256(writer.finish()).slice(0, HASH_BYTES);
}
