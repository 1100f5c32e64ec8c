/**
 * Earlier versions of a key, asked over its replicas: each keeps what it saw replaced, so what one
 * never had another may hold. Versions are joined by their dots.
 *
 *     history  read the key ─► ask all replicas ─► join ─► without the current ones, newest first
 *     base     this device's history ─► is it the latest that siblings can have? ─no─► ask replicas
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { CausalContext } from '../causality/causal-context.ts';
import { withWrite } from '../causality/causal-context.ts';
import { latestCommon } from '../causality/common-base.ts';
import { dotName, sameDot } from '../causality/dot.ts';
import type { StoredSibling } from '../causality/key-object.ts';
import { isSameWrite, onePerWrite } from '../causality/replaced-writes.ts';
import { decodeSibling, encodeSibling, readContext, writeContext } from '../causality/object-codec.ts';
import { newestFirst } from '../causality/version-order.ts';
import type { KeyRef, MemberId } from '../types.ts';
import { HISTORY_REPLY_BYTES } from '../wire/limits.ts';
import type { MessageOf } from '../wire/message.ts';
import type { Command, HistoryOutcome, Refusal } from './commands.ts';
import type { Core } from './core.ts';
import type { GetCoordinator, Reading } from './get-coordinator.ts';
import type { Answer } from './peer-work.ts';
import { contextOf, readSibling } from './present-reading.ts';

interface Versions {
  readonly versions: readonly StoredSibling[];
  readonly isWhole: boolean;
}

type Answers = ReadonlyMap<MemberId, Versions>;

interface Question {
  readonly ref: KeyRef;
  /** Those to ask besides this device. */
  readonly members: readonly MemberId[];
  /** Only the latest version that all of these cover; empty = all versions. */
  readonly seen: readonly CausalContext[];
  readonly withinMs: number;
  readonly isEnough: (answer: Versions) => boolean;
}

export class HistoryDesk {
  readonly #core: Core;
  readonly #gets: GetCoordinator;

  constructor(core: Core, gets: GetCoordinator) {
    this.#core = core;
    this.#gets = gets;
  }

  history(command: Extract<Command, { readonly kind: 'history' }>, respond: (outcome: HistoryOutcome | Refusal) => void): void {
    const settings = this.#core.buckets.settings(command.bucket);
    const ref = this.#core.keyRef(command.bucket, command.key);
    const timeoutMs = command.timeoutMs ?? this.#core.config.requestTimeoutMs;
    const deadlineMs = this.#core.now.nowMs + timeoutMs;
    const answer = (reading: Reading): void => {
      const members = this.#replicas(ref, reading);
      const withinMs = this.#leftMs(deadlineMs, timeoutMs / 2);
      this.#ask({ ref, members, seen: [], withinMs, isEnough: () => false }, (answers) => {
        respond(present(this.#core, ref, reading, answers, members.filter((member) => !answers.has(member))));
      });
    };
    this.#gets.coordinate({
      ref,
      r: settings.r,
      sloppy: settings.sloppy,
      timeoutMs,
      respond: (reading) => (reading.kind === 'reading' ? answer(reading) : respond(reading)),
    });
  }

  /**
   * The latest retained version that all siblings of a reading come from.
   * @param deadlineMs Monotonic; the answer comes by then, whoever is silent.
   */
  base(ref: KeyRef, reading: Reading, deadlineMs: number, done: (base: StoredSibling | undefined) => void): void {
    const contexts = reading.object.siblings.map(({ seen }) => seen);
    // Who wrote without having seen anything comes from nothing.
    if (onePerWrite(reading.object.siblings).length < 2 || contexts.some(({ upper }) => upper.size === 0)) {
      done(undefined);
      return;
    }
    const isEnough = ({ versions }: Versions): boolean => versions.some((version) => isLatestPossible(version, contexts));
    const question = { ref, seen: contexts, isEnough, withinMs: this.#leftMs(deadlineMs, this.#core.config.hedgeAfterMs) };
    this.#ask({ ...question, members: [] }, (own) => {
      const local = [...own.values()].flatMap(({ versions }) => versions);
      const members = this.#replicas(ref, reading);
      if (members.length === 0 || local.some((version) => isLatestPossible(version, contexts))) {
        done(latestCommon(contexts, local));
        return;
      }
      const withinMs = this.#leftMs(deadlineMs, this.#core.config.hedgeAfterMs);
      this.#ask({ ...question, members, withinMs }, (answers) => {
        done(latestCommon(contexts, [...answers.values()].flatMap(({ versions }) => versions)));
      });
    });
  }

  /** Our part of another member's question. */
  answer(message: MessageOf<'history'>, say: Answer): void {
    const ref = this.#core.keyRef(message.bucket, message.key);
    const seen = message.seen.map(decodeContext);
    this.#own(ref, seen, (answer) => {
      const { versions, isWhole } = answer ?? { versions: [], isWhole: false };
      say({ kind: 'history-reply', id: message.id, versions: versions.map(encodeSibling), isWhole });
    });
  }

  #own(ref: KeyRef, seen: readonly CausalContext[], done: (answer: Versions | undefined) => void): void {
    this.#core.query({ kind: 'history', ref, bytesMax: HISTORY_REPLY_BYTES }, (answer) => {
      if (answer?.kind !== 'history') {
        done(undefined);
        return;
      }
      const versions = answer.versions.map(decodeSibling);
      const base = seen.length === 0 ? undefined : latestCommon(seen, versions);
      done({ versions: seen.length === 0 ? versions : base === undefined ? [] : [base], isWhole: answer.isWhole });
    });
  }

  #ask({ ref, members, seen, withinMs, isEnough }: Question, done: (answers: Answers) => void): void {
    const answers = new Map<MemberId, Versions>();
    const waiting = new Set<MemberId>([this.#core.self, ...members]);
    const requestIds: number[] = [];
    const finish = (): void => {
      waiting.clear();
      this.#core.timers.cancel(timer);
      for (const id of requestIds) this.#core.forget(id);
      done(answers);
    };
    const timer = this.#core.after(withinMs, finish);
    const settle = (member: MemberId, answer: Versions | undefined): void => {
      if (!waiting.delete(member)) return;
      if (answer !== undefined) answers.set(member, answer);
      if (waiting.size === 0 || (answer !== undefined && isEnough(answer))) finish();
    };
    const question = { kind: 'history', bucket: ref.bucket, key: ref.key, seen: seen.map(encodeContext) } as const;
    for (const member of members) {
      const lane = seen.length > 0 ? 'quorum' : 'bulk';
      const id = this.#core.request(member, lane, question, (reply) => {
        settle(member, reply?.kind === 'history-reply' ? { versions: reply.versions.map(decodeSibling), isWhole: reply.isWhole } : undefined);
      });
      requestIds.push(id);
    }
    this.#own(ref, seen, (answer) => settle(this.#core.self, answer));
  }

  /** Other members that are to keep the key or answered for it; one that is away is silent at once. */
  #replicas(ref: KeyRef, reading: Reading): readonly MemberId[] {
    const { n } = this.#core.buckets.settings(ref.bucket);
    const { primaries } = this.#core.placement.preferenceList(ref.partition, n);
    const repliers = reading.replies.map(({ member }) => member);
    const all = new Set([...repliers, ...primaries]);
    all.delete(this.#core.self);
    return [...all];
  }

  #leftMs(deadlineMs: number, atMostMs: number): number {
    return Math.max(0, Math.min(atMostMs, deadlineMs - this.#core.now.nowMs));
  }
}

function present(core: Core, ref: KeyRef, reading: Reading, answers: Answers, silent: readonly MemberId[]): HistoryOutcome {
  const { siblings } = reading.object;
  const isCurrent = (version: StoredSibling): boolean => siblings.some((sibling) => sameDot(sibling.dot, version.dot) || (version.writeId !== '' && isSameWrite(sibling, version)));
  const byDot = new Map(reading.hidden.map((sibling) => [dotName(sibling.dot), sibling]));
  for (const { versions } of answers.values()) {
    for (const version of shown(core, ref, reading, versions)) byDot.set(dotName(version.dot), version);
  }
  const earlier = [...byDot.values()].filter((version) => !isCurrent(version));
  return {
    kind: 'history',
    context: contextOf(core, ref, reading),
    versions: onePerWrite(newestFirst(earlier)).map(readSibling),
    replies: reading.replies.map(({ member, role }) => ({ member, role })),
    silent,
    isWhole: [...answers.values()].every(({ isWhole }) => isWhole),
  };
}

/** @param versions Of one replica, newest first. @returns Without its landmarks, but for the base of a conflict. */
function shown(core: Core, ref: KeyRef, reading: Reading, versions: readonly StoredSibling[]): readonly StoredSibling[] {
  const newest = versions.slice(0, core.buckets.settings(ref.bucket).historyVersions);
  const { siblings } = reading.object;
  const base = siblings.length < 2 ? undefined : latestCommon(siblings.map(({ seen }) => seen), versions);
  return base === undefined ? newest : [...newest, base];
}

/** Nothing that all siblings have seen can be later than this version: its writer had seen it all. */
function isLatestPossible(version: StoredSibling, contexts: readonly CausalContext[]): boolean {
  const [first, ...others] = contexts;
  const known = withWrite(version.seen, version.dot).upper;
  return [...(first?.upper ?? [])].every(([actor, counter]) => {
    const common = others.reduce((least, { upper }) => Math.min(least, upper.get(actor) ?? 0), counter);
    return common <= (known.get(actor) ?? 0);
  });
}

function encodeContext(context: CausalContext): Uint8Array {
  const writer = new ByteWriter();
  writeContext(writer, context);
  return writer.finish();
}

/** @throws MalformedError */
function decodeContext(bytes: Uint8Array): CausalContext {
  const reader = new ByteReader(bytes);
  const context = readContext(reader);
  reader.end();
  return context;
}
