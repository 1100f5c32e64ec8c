/**
 * Reaps tombstones: the first primary of a deleted key proposes it, once it has had the deletion
 * for `reapAfterDays` and for as long as the bucket keeps history, by its own clock.
 *
 *     notes of deletions, a page at a time ──► old enough, and ours to propose
 *        └─ hold ──► everybody agrees ── quiet ── seal ──► everybody agrees ──► drop: others, then here
 *
 * Everybody is every member of the team, not the owners alone: stand-ins, former owners and hints
 * may be anywhere. Who is away does not agree, so nothing goes while a member is away for months,
 * and it finds the deletion when it comes back. A drop that reaches only some is undone by the next
 * exchange, and begun again.
 *
 * The pause is not for safety, which `horizon.ts` gives at any pause: it lets what is under way end,
 * so that the fence meets none of it.
 */
import { EPOCH_MAX } from '../bounds.ts';
import { latestStamp } from '../causality/stamp.ts';
import type { DeletionNote } from '../ports.ts';
import type { KeyRef, MemberId } from '../types.ts';
import { KEYS_IN_REAP } from '../wire/limits.ts';
import { ask } from './ask.ts';
import type { Core } from './core.ts';
import type { Consent, ReapQuestion, ReapVotes } from './reap-votes.ts';
import { teamOf } from './reap-votes.ts';
import { clockHash } from '../causality/object-codec.ts';
import { decodeStored } from './replica.ts';
import { windowed } from './windowed.ts';

/** Notes looked at in one step: names and times, no values. */
const PAGE = 256;
const READS_AT_ONCE = 16;
const DROP_TRIES = 3;
/** Others measure the pause by their own clocks. */
const CLOCKS_DIFFER = 1.001;

export interface ReapingSnapshot {
  /** Deletions old enough that this member is to propose, at the last look. */
  readonly waiting: number;
  /** Keys reaped here since the start. */
  readonly reaped: number;
  /** Members that did not agree, or are away. */
  readonly blockedBy: readonly MemberId[];
}

type Keys = ReapQuestion['keys'];

export class Reaper {
  readonly #core: Core;
  readonly #votes: ReapVotes;
  #waiting = 0;
  #blockedBy: readonly MemberId[] = [];
  /** The highest epoch that anybody told of. */
  #highest = 0;

  constructor(core: Core, votes: ReapVotes) {
    this.#core = core;
    this.#votes = votes;
  }

  start(): void {
    this.#core.after(this.#core.config.reapIntervalMs, () => this.#walk(undefined, [], 0));
  }

  snapshot(): ReapingSnapshot {
    return { waiting: this.#waiting, reaped: this.#votes.reaped, blockedBy: this.#blockedBy };
  }

  /** Everybody who has to agree, beside this member. */
  others(): readonly MemberId[] {
    return this.#core.peers();
  }

  /** Page by page through all notes; proposes what fits one question. */
  #walk(afterId: string | undefined, due: readonly KeyRef[], waiting: number): void {
    this.#core.query({ kind: 'deletions', afterId, limit: PAGE }, (answer) => {
      if (answer?.kind !== 'deletions') {
        this.start();
        return;
      }
      const { notes } = answer;
      const found = notes.filter((note) => this.#isDue(note)).map(({ bucket, key }) => this.#core.keyRef(bucket, key)).filter((ref) => this.#isOurs(ref));
      const all = [...due, ...found].slice(0, KEYS_IN_REAP);
      const last = notes.at(-1);
      if (last !== undefined && notes.length === PAGE) {
        this.#core.after(this.#core.config.historySweepIntervalMs, () => this.#walk(`${last.bucket}\0${last.key}`, all, waiting + found.length));
        return;
      }
      this.#waiting = waiting + found.length;
      this.#propose(all, () => this.start());
    });
  }

  #isDue({ bucket, notedAt }: DeletionNote): boolean {
    const { reapAfterDays, dayMs } = this.#core.config;
    const days = Math.max(reapAfterDays, this.#core.buckets.settings(bucket).historyDays);
    return this.#core.now.wallMs - notedAt >= days * dayMs;
  }

  #isOurs({ bucket, partition }: KeyRef): boolean {
    const { n } = this.#core.buckets.settings(bucket);
    return this.#core.placement.preferenceList(partition, n).primaries[0] === this.#core.self;
  }

  #propose(refs: readonly KeyRef[], done: () => void): void {
    const away = refs.length === 0 ? [] : this.others().filter((member) => this.#core.liveness(member) !== 'alive');
    if (refs.length === 0 || away.length > 0) {
      this.#blockedBy = away;
      done();
      return;
    }
    // Two proposers that met in one epoch do not meet again.
    const pauseMs = this.#core.random.uint32() % this.#core.config.reapIntervalMs;
    this.#describe(refs, (keys) => this.#core.after(pauseMs, () => this.#begin(keys, done)));
  }

  #begin(keys: Keys, done: () => void): void {
    this.#highest = Math.max(this.#highest, this.#core.horizon.highest);
    // Nobody would read a later one.
    if (this.#highest >= EPOCH_MAX) return done();
    this.#highest += 1;
    const epoch = this.#highest;
    this.askAll('hold', epoch, keys, (held) => {
      if (held.length === 0) {
        done();
        return;
      }
      this.#core.after(this.#core.config.reapQuietMs * CLOCKS_DIFFER, () => this.askAll('seal', epoch, held, (sealed) => this.#drop(epoch, sealed, done)));
    });
  }

  /** What each of them is now; those that are no deletion any more are left out. */
  #describe(refs: readonly KeyRef[], done: (keys: Keys) => void): void {
    const keys: Keys[number][] = [];
    windowed(
      refs,
      READS_AT_ONCE,
      (ref, next) => {
        this.#core.read(ref, (bytes) => {
          const object = bytes && decodeStored(bytes);
          const isDeleted = object !== undefined && object.siblings.every(({ value }) => value === undefined);
          if (isDeleted) keys.push({ bucket: ref.bucket, key: ref.key, hash: clockHash(ref, object), stamp: latestStamp(object.siblings) });
          next();
        });
      },
      () => done(keys),
    );
  }

  /** Calls back with the keys that this member and all others agree to. */
  askAll(phase: 'hold' | 'seal', epoch: number, keys: Keys, done: (agreed: Keys) => void): void {
    if (keys.length === 0) {
      done([]);
      return;
    }
    let agreed = new Set(keys.keys());
    const refusing: MemberId[] = [];
    const members = [this.#core.self, ...this.others()];
    windowed(
      members,
      members.length,
      (member, next) => {
        this.#ask(member, phase, epoch, keys, (consent = []) => {
          if (consent.length === 0) refusing.push(member);
          agreed = new Set(consent.filter((number) => agreed.has(number)));
          next();
        });
      },
      () => {
        this.#blockedBy = refusing.filter((member) => member !== this.#core.self);
        done(keys.filter((_, number) => agreed.has(number)));
      },
    );
  }

  /** Here last, and only what has gone from all others: as long as it is here, it is begun again. */
  #drop(epoch: number, keys: Keys, done: () => void, asked = this.others(), tries = DROP_TRIES): void {
    if (keys.length === 0) {
      done();
      return;
    }
    const silent: MemberId[] = [];
    const keeping: MemberId[] = [];
    let gone = new Set(keys.keys());
    windowed(
      asked,
      Math.max(1, asked.length),
      (member, next) => {
        this.#ask(member, 'drop', epoch, keys, (consent) => {
          if (consent === undefined) silent.push(member);
          else {
            if (consent.length < keys.length) keeping.push(member);
            gone = new Set(consent.filter((number) => gone.has(number)));
          }
          next();
        });
      },
      () => {
        this.#blockedBy = [...silent, ...keeping];
        const left = keys.filter((_, number) => gone.has(number));
        if (silent.length === 0) this.#ask(this.#core.self, 'drop', epoch, left, done);
        else if (tries > 1) this.#drop(epoch, left, done, silent, tries - 1);
        else done();
      },
    );
  }

  /** `undefined` = no answer. */
  #ask(member: MemberId, phase: ReapQuestion['phase'], epoch: number, keys: Keys, done: (consent: Consent | undefined) => void): void {
    const { raised, fence } = this.#core.horizon;
    const question: ReapQuestion = { phase, epoch, keys, horizon: raised, fence, team: teamOf(this.#core) };
    if (member === this.#core.self) {
      this.#votes.answer(member, question, done);
      return;
    }
    if (phase === 'seal') this.#core.horizon.proofs.show(member, 'bulk');
    ask(this.#core, member, { kind: 'reap', ...question }, (reply) => {
      const answer = reply?.kind === 'reap-reply' ? reply : undefined;
      this.#highest = Math.max(this.#highest, answer?.highest ?? 0);
      done(answer?.agreed);
    });
  }
}
