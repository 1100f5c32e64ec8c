/**
 * One simulated machine: a disk that outlives its processes, clocks of its own, and, while it runs,
 * the real `Node`. It performs effects as `p2p/node/driver.ts` does over the real ports.
 *
 *     pause    the process stands still; what comes for it waits, and it gets everything late
 *     suspend  the whole machine does: its connections end, and its monotonic clock stands still too
 */
import type { Command, Notice, Outcome } from '../../p2p/node/commands.ts';
import type { Effect, Event, Now, StoreFailure } from '../../p2p/node/events.ts';
import type { NodeInit } from '../../p2p/node/node.ts';
import { Node, REMEMBERED_ROWS } from '../../p2p/node/node.ts';
import { OWNERSHIP_ROW } from '../../p2p/node/ownership.ts';
import { decodeMessage, encodeMessage } from '../../p2p/wire/codec.ts';
import type { Message } from '../../p2p/wire/message.ts';
import type { Disk } from './disk.ts';
import type { DiskImage } from './disk-image.ts';
import type { EventQueue } from './queue.ts';
import type { SeededRandom } from './random.ts';
import type { Tamper } from './tamper.ts';
import type { Trace } from './trace.ts';
import { demand, Violation } from './violation.ts';

export interface MemberInit {
  /** Of the process: a clone's is not that of its member. */
  readonly name: string;
  readonly queue: EventQueue;
  readonly random: SeededRandom;
  readonly disk: Disk;
  readonly trace: Trace;
  readonly tamper: Tamper;
  readonly wallOffsetMs: number;
  readonly nodeInit: Omit<NodeInit, 'identity' | 'random' | 'remembered'>;
  readonly remembered: NodeInit['remembered'];
  readonly send: (to: string, frame: Uint8Array) => void;
  readonly broadcast: (frame: Uint8Array) => void;
  readonly drop: (peer: string) => void;
  readonly stopped: () => void;
  /** Its store, which is from before something that the team has forgotten, is put out of the way. */
  readonly settingAside?: () => void;
  readonly notice: (notice: Notice) => void;
  /** Told how many effects a step had. */
  readonly stepped: (effects: number) => void;
}

/** `undefined`: the process ended before it answered. */
type Answer = (outcome: Outcome | undefined) => void;

/** An answer may come this much after the request's own limit: steps take turns. */
const SLACK_MS = 50;
/** To put a store out of the way and open an empty one. */
const SET_ASIDE_MS = 20;
const DEFAULT_TIMEOUT_MS = 5_000;

export class SimMember {
  readonly name: string;
  readonly disk: Disk;
  node: Node | undefined;
  /** Keys that it is about to forget, as everybody agreed. */
  readonly forgetting = new Set<string>();
  readonly #init: MemberInit;
  readonly #answers = new Map<number, Answer>();
  readonly #answered = new Set<number>();
  readonly #backlog: Event[] = [];
  #token = 0;
  #boot = 0;
  #wake = 0;
  #wakeAtMs: number | undefined;
  #wallOffsetMs: number;
  /** Its store was emptied: it joins afresh. */
  #isAfresh = false;
  #frozenSinceMs: number | undefined;
  #thawedMs = 0;
  /** What the monotonic clock missed while the machine was suspended. */
  #lagMs = 0;

  constructor(init: MemberInit) {
    this.#init = init;
    this.name = init.name;
    this.disk = init.disk;
    this.#wallOffsetMs = init.wallOffsetMs;
  }

  /** Its disk was lost once, and it has entered the ring again. */
  get isAfresh(): boolean {
    return this.#isAfresh;
  }

  get isRunning(): boolean {
    return this.node !== undefined;
  }

  /** How often it was started. */
  get boots(): number {
    return this.#boot;
  }

  get isFrozen(): boolean {
    return this.#frozenSinceMs !== undefined;
  }

  start(): void {
    if (this.node !== undefined) return;
    const { disk, nodeInit, random, remembered, trace } = this.#init;
    this.#boot += 1;
    const identity = disk.open();
    trace.add(this.name, `starts as ${identity.actor} from ${identity.nextCounter}`);
    const profile = this.#isAfresh ? { ...nodeInit.profile, firstStatus: 'joining' as const } : nodeInit.profile;
    const node = new Node({
      ...nodeInit,
      profile,
      identity,
      random: random.fork(`boot ${this.#boot}`),
      remembered: [...disk.meta(...REMEMBERED_ROWS), ...remembered.filter(({ name }) => !this.#isAfresh || name !== OWNERSHIP_ROW)],
    });
    this.node = node;
    node.core.isWatched = true;
    this.#init.tamper.node?.(node);
    this.#watchForgetting(node);
    this.#perform(node.start(this.now()));
  }

  /** Killed: what was written stays, the end is unclean. */
  crash(): void {
    if (this.node === undefined) return;
    this.#init.trace.add(this.name, 'crashes');
    this.disk.crash();
    this.#end();
  }

  /** What was not synced is lost, but for a first part of it. */
  losePower(): void {
    if (this.node === undefined) return;
    this.#init.trace.add(this.name, 'loses power');
    this.disk.losePower();
    this.#end();
  }

  /** Ends, and comes back with this on its disk, or with nothing. */
  restore(image: DiskImage | undefined): void {
    this.#init.trace.add(this.name, image === undefined ? 'loses its disk' : 'gets an old disk back');
    this.disk.restore(image);
    if (this.isRunning) this.#end();
    this.#isAfresh ||= image === undefined;
  }

  freeze(): void {
    this.#frozenSinceMs ??= this.#init.queue.nowMs;
  }

  /** @param isSuspended the monotonic clock stood still as well. */
  thaw(isSuspended: boolean): void {
    if (this.#frozenSinceMs === undefined) return;
    const { nowMs } = this.#init.queue;
    if (isSuspended) this.#lagMs += nowMs - this.#frozenSinceMs;
    this.#frozenSinceMs = undefined;
    this.#thawedMs = nowMs;
    for (const event of this.#backlog.splice(0)) this.feed(event);
  }

  jump(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  /** A clean end. */
  stop(): void {
    if (this.node === undefined) return;
    this.#init.trace.add(this.name, 'stops');
    this.disk.close();
    this.#end();
  }

  execute(command: Command, answer: Answer): void {
    this.#token += 1;
    const token = this.#token;
    this.#answers.set(token, answer);
    const limitMs = ('timeoutMs' in command ? command.timeoutMs : undefined) ?? DEFAULT_TIMEOUT_MS;
    this.#expect(token, limitMs, () => `${this.name} left ${command.kind} without an answer for ${limitMs} ms`);
    this.feed({ kind: 'client', token, command });
  }

  receive(from: string, frame: Uint8Array): void {
    const message = this.#tampered(decodeMessage(frame));
    if (message !== undefined) this.feed({ kind: 'message', from, message });
  }

  feed(event: Event): void {
    const { node } = this;
    if (node !== undefined && this.isFrozen) {
      this.#backlog.push(event);
      return;
    }
    const changed = this.#init.tamper.event === undefined ? event : this.#init.tamper.event(event);
    if (node === undefined || changed === undefined) return;
    this.#init.trace.event(this.name, changed);
    let effects: readonly Effect[];
    try {
      effects = node.step(changed, this.now());
    } catch (error) {
      throw new Violation('no step throws', `${this.name} at ${changed.kind}: ${error instanceof Error ? error.stack : String(error)}`);
    }
    this.#init.stepped(effects.length);
    this.#perform(effects);
  }

  now(): Now {
    const { nowMs } = this.#init.queue;
    const now = { nowMs: nowMs - this.#lagMs + this.#boot * 1_000_000, wallMs: Math.floor(nowMs + this.#wallOffsetMs) };
    return this.#init.tamper.now?.(now) ?? now;
  }

  #watchForgetting({ votes }: Node): void {
    const dropKey = votes.dropKey.bind(votes);
    votes.dropKey = (ref, hash, done) => {
      this.forgetting.add(ref.id);
      dropKey(ref, hash, (isDropped, isGone) => {
        this.forgetting.delete(ref.id);
        done(isDropped, isGone);
      });
    };
  }

  /** An answer has to come in time; a machine that stood still has its time from then on. */
  #expect(token: number, limitMs: number, complaint: () => string): void {
    this.#later(limitMs + SLACK_MS, () => {
      if (!this.#answers.has(token)) return;
      const { nowMs } = this.#init.queue;
      if (this.isFrozen || nowMs - this.#thawedMs <= limitMs + SLACK_MS) this.#expect(token, limitMs, complaint);
      else demand(false, 'replies', complaint);
    });
  }

  #end(): void {
    this.node = undefined;
    this.forgetting.clear();
    this.#wakeAtMs = undefined;
    this.#frozenSinceMs = undefined;
    this.#backlog.length = 0;
    this.#boot += 1;
    this.#init.stopped();
    const answers = [...this.#answers.values()];
    this.#answers.clear();
    for (const answer of answers) answer(undefined);
  }

  #perform(effects: readonly Effect[]): void {
    for (const effect of this.#init.tamper.effects?.(effects) ?? effects) {
      this.#init.trace.effect(this.name, effect);
      this.#performOne(effect);
    }
  }

  #performOne(effect: Effect): void {
    const { disk } = this;
    switch (effect.kind) {
      case 'send':
        return this.#init.send(effect.to, encodeMessage(effect.message));
      case 'broadcast':
        return this.#init.broadcast(encodeMessage(effect.message));
      case 'read':
        return disk.read(effect.ref, (object) => this.feed(typeof object === 'string' ? storeFailed(effect.token, object) : { kind: 'read', token: effect.token, object }));
      case 'query':
        return disk.query(effect.query, (answer) => this.feed(answer === 'passing' ? storeFailed(effect.token, answer) : { kind: 'answered', token: effect.token, answer }));
      case 'commit':
        return disk.commit(effect.batch, (refusal) => this.feed(refusal === undefined ? { kind: 'committed', token: effect.token } : storeFailed(effect.token, refusal)));
      case 'lease':
        return disk.lease(effect.through, (refusal) => this.feed(refusal === undefined ? { kind: 'leased', through: effect.through } : { kind: 'lease-failed' }));
      case 'reply':
        return this.#reply(effect.token, effect.outcome);
      case 'notify':
        return this.#init.notice(effect.notice);
      case 'drop':
        return this.#init.drop(effect.member);
      case 'set-aside':
        return this.#later(SET_ASIDE_MS, () => {
          this.#init.settingAside?.();
          this.restore(undefined);
          this.start();
        });
      case 'wake-at':
        return this.#wakeAt(effect.atMs);
      case 'introduce':
      case 'trace':
        return undefined;
    }
  }

  #reply(token: number, outcome: Outcome): void {
    demand(!this.#answered.has(token), 'replies', () => `${this.name} answered request ${token} twice`);
    this.#answered.add(token);
    const answer = this.#answers.get(token);
    this.#answers.delete(token);
    this.#init.trace.outcome(this.name, outcome);
    answer?.(outcome);
  }

  /** A client that asks again within an answer lets effects of a later step come first: the earliest wake counts. */
  #wakeAt(atMs: number): void {
    if (this.#wakeAtMs !== undefined && this.#wakeAtMs <= atMs) return;
    this.#wakeAtMs = atMs;
    this.#wake += 1;
    const wake = this.#wake;
    this.#later(atMs - this.now().nowMs + this.#init.random.unit(), () => {
      if (wake !== this.#wake) return;
      this.#wakeAtMs = undefined;
      this.feed({ kind: 'wake' });
    });
  }

  /** Dropped when the process ends before. */
  #later(delayMs: number, run: () => void): void {
    const boot = this.#boot;
    this.#init.queue.after(delayMs, () => {
      if (this.#boot === boot) run();
    });
  }

  #tampered(message: Message): Message | undefined {
    return this.#init.tamper.message === undefined ? message : this.#init.tamper.message(message);
  }
}

const FAILURES: Readonly<Record<StoreFailure, string>> = { 'read-only': 'the disk is full', damaged: 'a record is damaged', passing: 'too many open files' };

function storeFailed(token: number, failure: StoreFailure): Event {
  return { kind: 'store-failed', token, failure, message: FAILURES[failure] };
}
