/**
 * Coordinates reads (Dynamo, 2007, section 4.5; Riak's get FSM). All of N are asked at once: one
 * for the object, the others for its clock hash, which is enough when they agree.
 *
 *     ask ─► replies ─► R of them, each with its object known ─► merge ─► answer
 *                └─► later ones too ─► all in, or time is up ─► read repair of those behind
 */
import { toHex } from '../bytes/bytes.ts';
import type { KeyObject, StoredSibling } from '../causality/key-object.ts';
import { EMPTY_OBJECT, merge, superseded } from '../causality/key-object.ts';
import { clockHash, decodeObject, encodeObject } from '../causality/object-codec.ts';
import { quorumSize } from '../quorum/quorum-size.ts';
import { Tally } from '../quorum/tally.ts';
import type { Target } from '../quorum/targets.ts';
import { chooseTargets } from '../quorum/targets.ts';
import type { KeyRef, MemberId, QuorumSpec } from '../types.ts';
import type { Refusal } from './commands.ts';
import type { Core } from './core.ts';
import type { ReadRepair } from './read-repair.ts';
import type { ReplicaDesk } from './replica-desk.ts';
import { resolved } from './resolved.ts';
import { retryLater } from './retry-later.ts';

export interface GetRequest {
  readonly ref: KeyRef;
  readonly r: QuorumSpec;
  readonly sloppy: boolean;
  readonly timeoutMs: number;
  readonly respond: (reading: Reading | Refusal) => void;
}

export interface Reading {
  readonly kind: 'reading';
  /** As it is shown: in a last-writer-wins bucket the latest alone. */
  readonly object: KeyObject;
  /** Siblings that are kept and not shown. */
  readonly hidden: readonly StoredSibling[];
  readonly replies: readonly Target[];
  readonly needed: number;
}

/** `''` = the member keeps nothing of the key. */
type HashText = string;

interface Get {
  readonly request: GetRequest;
  readonly tally: Tally;
  readonly hashes: Map<MemberId, HashText>;
  readonly objects: Map<HashText, KeyObject>;
  readonly fetching: Set<HashText>;
  readonly requestIds: number[];
  readonly timers: ReturnType<Core['after']>[];
  readonly startedMs: number;
  /** Who keeps what, as this member saw it at the beginning. */
  readonly view: Uint8Array;
  /** The request has failed once already, on a view of the ring that was old. */
  readonly isSecond: boolean;
  /** Somebody said that it is not the one to ask. */
  isRefused: boolean;
  isAnswered: boolean;
  isSettled: boolean;
  /** The hedging time is over. */
  isHedged: boolean;
  /** The least horizon at which any of it was read. */
  horizon: number;
}

export class GetCoordinator {
  readonly #core: Core;
  readonly #readRepair: ReadRepair;
  readonly #replicas: ReplicaDesk;

  constructor(core: Core, readRepair: ReadRepair, replicas: ReplicaDesk) {
    this.#core = core;
    this.#readRepair = readRepair;
    this.#replicas = replicas;
  }

  coordinate(request: GetRequest, isSecond = false): void {
    const targets = this.#targetsOf(request);
    const get: Get = {
      request,
      tally: new Tally(targets, quorumSize(request.r, this.#primaries(request.ref).length), (member) => this.#core.machineOf(member), 'places'),
      hashes: new Map(),
      objects: new Map([['', EMPTY_OBJECT]]),
      fetching: new Set(),
      requestIds: [],
      timers: [],
      startedMs: this.#core.now.nowMs,
      view: this.#core.view(),
      isSecond,
      isRefused: false,
      isAnswered: false,
      isSettled: false,
      isHedged: false,
      horizon: this.#core.horizon.raised,
    };
    get.timers.push(this.#core.after(request.timeoutMs, () => this.#settle(get)));
    this.#hedgeAfter(get, this.#core.config.hedgeAfterMs);
    const whole = targets.find(({ member }) => member === this.#core.self) ?? targets[0];
    for (const { member } of targets) this.#ask(get, member, member !== whole?.member);
    this.#evaluate(get);
  }

  #ask(get: Get, member: MemberId, digest: boolean): void {
    const { ref } = get.request;
    const asPrimary = get.tally.isPrimary(member);
    if (member === this.#core.self) {
      const isComplete = !asPrimary || this.#replicas.isComplete(ref);
      this.#replicas.readHere(ref, (held) => {
        if (typeof held === 'string' || !isComplete) this.#refused(get, member);
        else this.#replied(get, member, undefined, held?.object);
      });
      return;
    }
    const message = { kind: 'read', bucket: ref.bucket, key: ref.key, digest, asPrimary } as const;
    const id = this.#core.request(member, 'quorum', message, (reply) => {
      if (reply?.kind !== 'read-reply') this.#failed(get, member);
      else if (reply.refused) this.#refused(get, member);
      else {
        const object = reply.object && decodeObject(reply.object);
        get.horizon = Math.min(get.horizon, reply.horizon);
        this.#replied(get, member, reply.hash, object);
      }
    });
    get.requestIds.push(id);
  }

  #replied(get: Get, member: MemberId, hash: Uint8Array | undefined, object: KeyObject | undefined): void {
    if (get.isSettled) return;
    const known = object === undefined ? hash : clockHash(get.request.ref, object);
    const text = known === undefined ? '' : toHex(known);
    if (object !== undefined) get.objects.set(text, object);
    const said = get.hashes.get(member);
    if (said !== undefined && said !== text) get.fetching.delete(said);
    get.hashes.set(member, text);
    for (const [other, otherText] of get.hashes) {
      if (get.objects.has(otherText)) get.tally.answer(other);
      else this.#fetchWhole(get, other, otherText);
    }
    this.#evaluate(get);
  }

  /** A digest that nobody's object explains: ask its sender, once the awaited object is in. */
  #fetchWhole(get: Get, member: MemberId, hash: HashText): void {
    const awaitsWhole = !get.isHedged && get.objects.size === 1 && get.tally.outstanding().some((target) => target.member === this.#core.self);
    if (awaitsWhole || get.fetching.has(hash)) return;
    get.fetching.add(hash);
    this.#ask(get, member, false);
  }

  /** It is no owner by its own view, has not fetched the key yet, or cannot read its record. */
  #refused(get: Get, member: MemberId): void {
    get.isRefused = true;
    this.#failed(get, member);
  }

  #failed(get: Get, member: MemberId): void {
    if (get.isSettled) return;
    const hash = get.hashes.get(member);
    if (hash !== undefined) get.fetching.delete(hash);
    get.hashes.delete(member);
    get.tally.fail(member);
    if (get.request.sloppy && !get.isAnswered) this.#callFallbackFor(get, member);
    for (const [other, text] of get.hashes) if (!get.objects.has(text)) this.#fetchWhole(get, other, text);
    this.#evaluate(get);
  }

  #hedgeAfter(get: Get, afterMs: number): void {
    get.timers.push(this.#core.after(afterMs, () => this.#hedge(get, afterMs)));
  }

  /** The slow are doubted, and somebody healthy is asked in their place; again, ever later, while that one is slow too. */
  #hedge(get: Get, afterMs: number): void {
    get.isHedged = true;
    for (const { member } of get.tally.outstanding()) {
      if (member === this.#core.self) continue;
      this.#core.prober.probe(member);
      get.tally.lag(member);
      if (get.request.sloppy && !get.isAnswered) this.#callFallbackFor(get, member);
    }
    for (const [member, hash] of get.hashes) if (!get.objects.has(hash)) this.#fetchWhole(get, member, hash);
    if (!get.isAnswered) this.#hedgeAfter(get, 2 * afterMs);
    this.#evaluate(get);
  }

  /** @param failed A primary, or who stands in for one. */
  #callFallbackFor(get: Get, failed: MemberId): void {
    const { ref } = get.request;
    const list = this.#list(ref);
    const primary = get.tally.primaryOf(failed);
    if (primary === undefined || !list.primaries.includes(primary) || get.tally.isStoodFor(primary)) return;
    const member = list.fallbacks.find((other) => !get.tally.has(other) && this.#core.liveness(other) === 'alive');
    if (member === undefined) return;
    get.tally.add({ member, role: 'fallback', standsFor: primary });
    this.#ask(get, member, false);
  }

  #evaluate(get: Get): void {
    const verdict = get.tally.verdict();
    if (verdict === 'met') this.#answer(get);
    if (verdict === 'impossible') this.#unreachable(get);
    if (get.tally.outstanding().length === 0) this.#settle(get);
  }

  #answer(get: Get): void {
    if (get.isAnswered) return;
    get.isAnswered = true;
    const kept = this.#merged(get);
    const object = resolved(this.#core, get.request.ref, kept);
    get.request.respond({ kind: 'reading', object, hidden: superseded(kept, object), replies: get.tally.answered(), needed: get.tally.needed });
  }

  #unreachable(get: Get): void {
    if (get.isAnswered) return;
    get.isAnswered = true;
    if (retryLater(this.#core, get, (timeoutMs) => this.coordinate({ ...get.request, timeoutMs }, true))) return;
    const { needed, acks } = get.tally;
    get.request.respond({ kind: 'unreachable', needed, acks, durable: 0 });
  }

  #settle(get: Get): void {
    if (get.isSettled) return;
    get.isSettled = true;
    for (const timer of get.timers) this.#core.timers.cancel(timer);
    for (const id of get.requestIds) this.#core.forget(id);
    this.#unreachable(get);
    this.#repair(get);
  }

  /** Primaries that answered with less get the whole. */
  #repair(get: Get): void {
    const answered = get.tally.answered();
    if (new Set(answered.map(({ member }) => get.hashes.get(member))).size < 2) return;
    const { request: { ref }, horizon } = get;
    const object = this.#merged(get);
    const merged = toHex(clockHash(ref, object));
    const behind = answered
      .filter(({ member, role }) => role === 'primary' && get.hashes.get(member) !== merged)
      .map(({ member }) => member);
    if (behind.length === 0) return;
    this.#readRepair.give(behind, { ref, bytes: encodeObject(object), horizon });
  }

  #merged(get: Get): KeyObject {
    const objects = get.tally.answered().map(({ member }) => get.objects.get(get.hashes.get(member) ?? '') ?? EMPTY_OBJECT);
    return objects.reduce(merge, EMPTY_OBJECT);
  }

  /** What this device holds counts when primaries are away: its own writes must be readable. */
  #targetsOf(request: GetRequest): readonly Target[] {
    const list = this.#list(request.ref);
    const targets = chooseTargets(list, (member) => this.#core.liveness(member), request.sloppy);
    const away = list.primaries.find((member) => this.#core.liveness(member) !== 'alive');
    if (!request.sloppy || away === undefined || targets.some(({ member }) => member === this.#core.self)) return targets;
    return [...targets, { member: this.#core.self, role: 'fallback', standsFor: away }];
  }

  #primaries(ref: KeyRef): readonly MemberId[] {
    return this.#list(ref).primaries;
  }

  #list(ref: KeyRef): ReturnType<Core['placement']['preferenceList']> {
    const { n } = this.#core.buckets.settings(ref.bucket);
    return this.#core.placement.preferenceList(ref.partition, n);
  }
}
