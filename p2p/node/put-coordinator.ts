/**
 * Coordinates writes (Dynamo, 2007, sections 4.4 to 4.6; Riak's put FSM).
 *
 *     client ─► self a replica? ──no──► forwarded once to a primary that is
 *                     │yes
 *                     ▼
 *        lock key, read, mint the dot, write
 *           ├─► commit here ─────────────► ack ┐
 *           ├─► replicate to primaries ──► ack ├─► tally: met, pending, impossible ─► one reply
 *           └─► stand-ins with hints ────► ack ┘        late acks ─► notice; the missed ─► hints
 *
 * A retry carries its write id: where the write is known already, also as replaced, no second dot
 * is made.
 */
import { contextToken } from '../causality/context-token.ts';
import { covers } from '../causality/causal-context.ts';
import { sameDot } from '../causality/dot.ts';
import type { KeyObject, NewSibling } from '../causality/key-object.ts';
import { answerTo, write, writeLatest } from '../causality/key-object.ts';
import type { ReplacedWrite } from '../causality/replaced-writes.ts';
import { dotOfWrite, replacedBy } from '../causality/replaced-writes.ts';
import { latestStamp, stampOfImport } from '../causality/stamp.ts';
import { quorumSize } from '../quorum/quorum-size.ts';
import { Tally } from '../quorum/tally.ts';
import type { Target } from '../quorum/targets.ts';
import { chooseTargets } from '../quorum/targets.ts';
import type { Dot, KeyRef, MemberId } from '../types.ts';
import type { Refusal } from './commands.ts';
import type { Confirmations } from './confirmations.ts';
import type { CommitResult, Core } from './core.ts';
import type { Departures } from './departures.ts';
import type { DotMint } from './dot-mint.ts';
import { NextOwners } from './next-owners.ts';
import type { Put } from './put.ts';
import { refusalOf } from './put-refusals.ts';
import type { PutRequest } from './put-request.ts';
import { isStrict } from './put-request.ts';
import type { Replica } from './replica.ts';
import { resolved } from './resolved.ts';
import { retryLater } from './retry-later.ts';
import { summarize } from './replica.ts';

export class PutCoordinator {
  readonly #core: Core;
  readonly #replica: Replica;
  readonly #mint: DotMint;
  readonly #confirmations: Confirmations;
  readonly #departures: Departures;
  readonly #next: NextOwners;

  constructor(core: Core, replica: Replica, desks: { readonly mint: DotMint; readonly confirmations: Confirmations; readonly departures: Departures }) {
    this.#core = core;
    this.#replica = replica;
    this.#mint = desks.mint;
    this.#confirmations = desks.confirmations;
    this.#departures = desks.departures;
    this.#next = new NextOwners(core, replica);
  }

  /** This member keeps the key, or, unless the write is strict, stands in for those who do. */
  coordinate(request: PutRequest): void {
    this.#begin(request, undefined);
  }

  /** @param tried The same request, which has failed. */
  #begin(asked: PutRequest, tried: Put | undefined): void {
    if (this.#core.out !== undefined || this.#departures.isClosed) {
      // Its ring is this member alone, or about to be: nobody would ever read what it took now.
      asked.respond({ kind: 'unreachable', needed: tried?.tally.needed ?? 1, acks: 0, durable: tried?.tally.acks ?? 0 });
      return;
    }
    const request = { ...asked, timeoutMs: Math.min(asked.timeoutMs, this.#core.config.requestTimeoutMaxMs) };
    const targets = this.#targetsOf(request);
    const { primaries } = this.#list(request.ref);
    const put: Put = {
      request,
      primaries,
      tally: new Tally(targets, quorumSize(request.w, primaries.length), (member) => this.#core.machineOf(member)),
      hinted: new Set(),
      requestIds: [],
      timers: [],
      changed: undefined,
      horizon: 0,
      context: request.seen,
      stamp: request.seenStamp,
      writes: request.seenWrites,
      dot: undefined,
      confirmation: undefined,
      next: this.#next.tally(request, primaries),
      pending: new Set(),
      startedMs: this.#core.now.nowMs,
      view: this.#core.view(),
      isSecond: tried !== undefined,
      triedAs: tried?.dot,
      isRefused: false,
      isAnswered: false,
      isTriedAgain: false,
      isSettled: false,
      isHedged: false,
    };
    put.timers.push(this.#core.after(request.timeoutMs, () => this.#expire(put)));
    this.#mint.ready((counter) => this.#write(put, counter));
  }

  #write(put: Put, counter: number): void {
    const { request } = put;
    if (put.isSettled) return;
    this.#replica.mutate({
      ref: request.ref,
      onDamage: 'fail',
      change: (before) => {
        // It waited for its turn until this member no longer takes any.
        if (this.#departures.isClosed) this.#unreachable(put);
        const object = put.isAnswered ? undefined : this.#apply(put, before, counter);
        if (object === undefined) return undefined;
        return { object, hintTargets: this.#hintTargets(put) };
      },
      prepared: (changed) => {
        // A disk in doubt has answered too late: what it took stays, and repair spreads it.
        if (put.isSettled) return;
        put.changed = changed;
        put.horizon = this.#core.horizon.raised;
        if (put.dot !== undefined) put.confirmation = this.#confirmations.begin(request.ref, put.dot);
        this.#replicate(put);
      },
      done: (result) => this.#committed(put, result),
    });
  }

  /** The next state of the key, or `undefined` after a refusal. */
  #apply(put: Put, before: KeyObject, counter: number): KeyObject | undefined {
    const { request } = put;
    if (put.isSettled) return undefined;
    const { imported } = request;
    if (imported?.origin !== undefined && covers(before.context, imported.origin)) return before;
    const isLatestOnly = this.#core.isLatestOnly(request.ref.bucket);
    const known = this.#dotOf(put, before);
    if (known !== undefined) {
      put.dot = known;
      put.context = answerTo(before, request.seen, known);
      put.stamp = Math.max(request.seenStamp, latestStamp(before.siblings));
      put.writes = this.#writesWith(put, before, known);
      return before;
    }
    const refusal = imported === undefined ? refusalOf(request, before, this.#core) : undefined;
    if (refusal !== undefined) {
      this.#refuse(put, refusal);
      return undefined;
    }
    const { value, contentType, writtenBy, writeId } = request;
    const dot = this.#mint.mint(counter, [before.context, request.seen]);
    put.dot = dot;
    put.stamp = this.#stampOf(request, before);
    const writtenAt = imported?.writtenAt ?? this.#core.now.wallMs;
    const sibling: NewSibling = { dot, value, contentType, writtenBy, writtenAt, writeId, stamp: put.stamp };
    const make = isLatestOnly ? writeLatest : write;
    const written = make(before, request.seen, sibling, { told: request.seenWrites, ...(imported && { writerSaw: imported.seen }) });
    put.context = written.context;
    put.writes = this.#writesWith(put, written.object, dot);
    return written.object;
  }

  #writesWith({ request }: Put, { siblings }: KeyObject, dot: Dot): readonly ReplacedWrite[] {
    const written = siblings.find((sibling) => sameDot(sibling.dot, dot)) ?? { ...request, dot };
    return replacedBy([written], request.seenWrites) ?? [];
  }

  /** Its dot, if it was made before: what has seen that may have replaced it, and remembers no more of it. */
  #dotOf({ request, triedAs }: Put, before: KeyObject): Dot | undefined {
    if (triedAs !== undefined && covers(before.context, triedAs)) return triedAs;
    return request.imported?.origin === undefined ? dotOfWrite(before, request) : undefined;
  }

  /** In every bucket: any may come to show the latest only. */
  #stampOf({ imported, seenStamp }: PutRequest, before: KeyObject): number {
    const held = latestStamp(before.siblings);
    return imported === undefined ? this.#core.stamps.stamp(Math.max(seenStamp, held)) : stampOfImport(imported.stamp, held);
  }

  #replicate(put: Put): void {
    for (const target of put.tally.outstanding()) if (target.member !== this.#core.self) this.#sendTo(put, target);
    this.#next.send(put, () => this.#evaluate(put));
    this.#hedgeAfter(put, this.#core.config.hedgeAfterMs);
  }

  #sendTo(put: Put, target: Target): void {
    const { bucket, key } = put.request.ref;
    const object = put.changed?.bytes;
    if (object === undefined) return;
    const message = { kind: 'replicate', bucket, key, object, standsFor: target.standsFor, asPrimary: target.role === 'primary', horizon: put.horizon } as const;
    const id = this.#core.request(target.member, 'quorum', message, (reply) => {
      const isDurable = reply?.kind === 'replicate-reply' && reply.durable;
      if (isDurable && !reply.isOther) this.#acked(put, target.member);
      else {
        put.isRefused ||= reply?.kind === 'replicate-reply' && reply.isOther;
        this.#failed(put, target.member);
      }
    });
    put.requestIds.push(id);
  }

  #committed(put: Put, result: CommitResult): void {
    if (put.changed === undefined) {
      // Refused, or its time was over before its turn came: nothing was written anywhere.
      if (!result.ok) this.#refuse(put, { kind: 'read-only', message: result.message });
    } else if (result.ok) {
      this.#acked(put, this.#core.self);
    } else {
      this.#mint.renewActor();
      // What was sent already lives on at others: then those who have it say how it ended.
      if (result.readOnly && put.requestIds.length === 0) this.#refuse(put, { kind: 'read-only', message: result.message });
      this.#failed(put, this.#core.self);
    }
  }

  #acked(put: Put, member: MemberId): void {
    // Its timer may come after what was on its way when this machine stood still.
    if (this.#core.now.nowMs > put.startedMs + put.request.timeoutMs) this.#expire(put);
    put.next?.answer(member);
    if (!put.tally.answer(member)) return;
    if (put.confirmation !== undefined) this.#confirmations.confirm(put.confirmation, member);
    // Later than its time nothing is said: a stand-in that answered may have handed its copy on.
    if (put.isAnswered && !put.isTriedAgain && !put.isSettled) this.#noticeCopies(put);
    this.#evaluate(put);
  }

  #failed(put: Put, member: MemberId): void {
    put.tally.fail(member);
    put.next?.fail(member);
    if (!put.isAnswered && put.request.sloppy) this.#callFallbackFor(put, member);
    this.#evaluate(put);
  }

  #hedgeAfter(put: Put, afterMs: number): void {
    put.timers.push(this.#core.after(afterMs, () => this.#hedge(put, afterMs)));
  }

  /** The slow are doubted, and somebody healthy keeps a copy for them; again, ever later, while that one is slow too. */
  #hedge(put: Put, afterMs: number): void {
    put.isHedged = true;
    for (const { member } of put.tally.outstanding()) {
      if (member === this.#core.self) continue;
      put.tally.lag(member);
      this.#core.prober.probe(member);
      if (put.request.sloppy) this.#callFallbackFor(put, member);
    }
    this.#next.hedge(put, () => this.#evaluate(put));
    if (!put.isAnswered) this.#hedgeAfter(put, 2 * afterMs);
    this.#evaluate(put);
  }

  /** @param failed A primary, or who stands in for one. */
  #callFallbackFor(put: Put, failed: MemberId): void {
    const list = this.#list(put.request.ref);
    const primary = put.tally.primaryOf(failed);
    if (primary === undefined || !list.primaries.includes(primary) || put.tally.isStoodFor(primary)) return;
    const member = list.fallbacks.find((other) => !put.tally.has(other) && this.#core.liveness(other) === 'alive');
    if (member === undefined || member === this.#core.self) return;
    const target: Target = { member, role: 'fallback', standsFor: primary };
    put.tally.add(target);
    this.#sendTo(put, target);
  }

  #evaluate(put: Put): void {
    const outstanding = put.tally.outstanding();
    const verdict = put.tally.verdict();
    const waitsForMore = put.request.w === 'any' && outstanding.length > 0 && !put.isHedged;
    if (verdict === 'met' && !waitsForMore && !this.#next.awaits(put)) this.#answer(put);
    // Not before this disk has answered: the refusal says how many copies there are all the same.
    const awaitsOwn = outstanding.some(({ member }) => member === this.#core.self);
    if (verdict === 'impossible' && !awaitsOwn) this.#unreachable(put);
    if (outstanding.length === 0 && put.pending.size === 0 && put.isAnswered) this.#settle(put);
  }

  #answer(put: Put): void {
    if (put.isAnswered || put.changed === undefined) return;
    put.isAnswered = true;
    const { ref, w } = put.request;
    const copies = put.tally.copies();
    const elsewhere = copies.some(({ member, role }) => role === 'primary' && member !== this.#core.self);
    const { primaries } = this.#list(ref);
    const isAlone = primaries.length === 1 && primaries[0] === this.#core.self;
    put.request.respond({
      kind: 'written',
      context: contextToken(ref, put.context, this.#core.seal, put),
      copies,
      needed: put.tally.needed,
      acks: put.tally.acks,
      siblings: summarize(resolved(this.#core, ref, put.changed.object), new Uint8Array()).siblings,
      hereOnly: w === 'any' && !elsewhere && !isAlone,
    });
  }

  #unreachable(put: Put): void {
    const { needed, acks } = put.tally;
    this.#refuse(put, { kind: 'unreachable', needed, acks, durable: acks });
  }

  #refuse(put: Put, refusal: Refusal): void {
    if (put.isAnswered) return;
    put.isAnswered = true;
    const again = (timeoutMs: number): void => {
      if (isStrict(put.request) && !this.#list(put.request.ref).primaries.includes(this.#core.self)) put.request.respond(refusal);
      else this.#begin({ ...put.request, timeoutMs }, put);
    };
    // What the own disk has not kept lives on at others alone: only they can tell what became of it.
    const isKept = put.tally.hasAnswered(this.#core.self);
    put.isTriedAgain = refusal.kind === 'unreachable' && isKept && retryLater(this.#core, put, again);
    if (put.isTriedAgain) return;
    put.request.respond(refusal);
    if (refusal.kind !== 'unreachable') this.#settle(put);
  }

  #expire(put: Put): void {
    if (put.tally.verdict() === 'met') this.#answer(put);
    else this.#unreachable(put);
    this.#settle(put);
  }

  /** Nothing more is coming: whoever lacks the write gets a hint here, unless a stand-in has one. */
  #settle(put: Put): void {
    if (put.isSettled) return;
    put.isSettled = true;
    for (const timer of put.timers) this.#core.timers.cancel(timer);
    for (const id of put.requestIds) this.#core.forget(id);
    const object = put.changed?.bytes;
    const isKeptHere = put.tally.hasAnswered(this.#core.self);
    if (put.confirmation !== undefined) this.#confirmations.settle(put.confirmation, isKeptHere);
    // What was read before a reaping is not to be kept beyond it: an exchange brings those who lack it what is here now.
    if (object === undefined || !isKeptHere || this.#core.horizon.isBefore(put.horizon)) return;
    const others = put.tally.answered().filter(({ member }) => member !== this.#core.self);
    const covered = new Set(others.map(({ standsFor }) => standsFor));
    const missed = put.tally
      .unanswered()
      .filter(({ member, role }) => role === 'primary' && !covered.has(member) && !put.hinted.has(member))
      .map(({ member }) => member);
    const targets = [...new Set([...missed, ...[...put.pending].filter((member) => !put.hinted.has(member))])];
    // In the key's turn: a later write of it may have left newer hints.
    if (targets.length > 0) this.#replica.readdress(put.request.ref, object, { horizon: put.horizon, targets }, () => undefined);
  }

  /** Primaries that are away and that no other stands in for: this device keeps their hint. */
  #hintTargets(put: Put): readonly MemberId[] {
    const stoodFor = new Set(
      put.tally
        .outstanding()
        .filter(({ member }) => member !== this.#core.self)
        .map(({ standsFor }) => standsFor),
    );
    const targets = this.#list(put.request.ref).primaries.filter(
      (member) => member !== this.#core.self && this.#core.liveness(member) !== 'alive' && !stoodFor.has(member),
    );
    for (const target of targets) put.hinted.add(target);
    return targets;
  }

  #noticeCopies(put: Put): void {
    const { ref, isLocal } = put.request;
    if (!isLocal) return;
    const { bucket, key } = ref;
    const context = (): string => contextToken(ref, put.context, this.#core.seal, put);
    this.#core.notify(() => ({ kind: 'copies', bucket, key, context: context(), copies: put.tally.copies(), needed: put.tally.needed }));
  }

  #targetsOf(request: PutRequest): readonly Target[] {
    const list = this.#list(request.ref);
    const targets = chooseTargets(list, (member) => this.#core.liveness(member), request.sloppy);
    if (isStrict(request) || targets.some(({ member }) => member === this.#core.self)) return targets;
    const standsFor = list.primaries.find((member) => this.#core.liveness(member) !== 'alive');
    return [{ member: this.#core.self, role: 'fallback', standsFor }, ...targets];
  }

  #list(ref: KeyRef): ReturnType<Core['placement']['preferenceList']> {
    const { n } = this.#core.buckets.settings(ref.bucket);
    return this.#core.placement.preferenceList(ref.partition, n);
  }
}
