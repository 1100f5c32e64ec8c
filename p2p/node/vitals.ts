/**
 * What is seen of a peer besides that it lives: how long an answer of it takes, how far its clock is
 * from ours, and which release it runs. For people to read: nothing is decided by it. And whether
 * what takes long on the way gets on, for whoever waits for it (`ask.ts`).
 *
 *     A ── about ──────────────► B        A's wall clock at the answer: t, round trip: d
 *     A ◄── B's wall clock, b ── B        offset of B = b + d/2 − t, at most d/2 wrong
 *
 * (Cristian, "Probabilistic Clock Synchronization", 1989.) One peer is asked at a time, and each when it
 * connects, so an idle member says no more in a large team than in a small one. A neighbour that
 * does not know the question drops it, and stays unknown.
 */
import { utf8Encode } from '../bytes/utf8.ts';
import type { MemberId } from '../types.ts';
import { RELEASE_BYTES } from '../wire/limits.ts';
import type { MessageOf } from '../wire/message.ts';
import type { Core, ReplyMessage } from './core.ts';

export interface PeerVitals {
  /** `undefined` while it is not connected, or has not answered yet. */
  readonly roundTripMs: number | undefined;
  /** Its wall clock less ours, ms, as last known. */
  readonly clockOffsetMs: number | undefined;
  /** As last known; `undefined` also for one that does not say. */
  readonly release: string | undefined;
}

interface Seen {
  roundTripMs: number | undefined;
  clockOffsetMs: number | undefined;
  release: string | undefined;
  askedMs: number;
  movingMs: number;
}

export const ABOUT_EVERY_MS = 5_000;
/** Answers that wait for no disk. */
const PROMPT: readonly ReplyMessage['kind'][] = ['about-reply', 'gossip-beat-reply', 'probe-reply'];
/** Of the new in the mean: as TCP smooths its round trips (RFC 6298). */
const SHARE = 1 / 8;

export class Vitals {
  readonly #core: Core;
  readonly #release: string;
  readonly #seen = new Map<MemberId, Seen>();

  constructor(core: Core, release: string) {
    this.#core = core;
    this.#release = utf8Encode(release).length <= RELEASE_BYTES ? release : '';
  }

  start(): void {
    this.#core.after(ABOUT_EVERY_MS, () => {
      const next = this.#longestNotAsked();
      if (next !== undefined) this.ask(next);
      this.start();
    });
  }

  ask(member: MemberId): void {
    const core = this.#core;
    const seen = this.#of(member);
    seen.askedMs = core.now.nowMs;
    const id = core.request(member, 'quorum', { kind: 'about' }, (reply) => {
      core.timers.cancel(timer);
      if (reply?.kind !== 'about-reply') return;
      const tookMs = core.now.nowMs - seen.askedMs;
      seen.clockOffsetMs = Math.round(reply.wallMs + tookMs / 2 - core.now.wallMs);
      seen.release = reply.release === '' ? undefined : reply.release;
    });
    const timer = core.after(core.config.requestTimeoutMs, () => core.forget(id));
  }

  answer(from: MemberId, { id }: MessageOf<'about'>): void {
    this.#core.send(from, 'quorum', { kind: 'about-reply', id, wallMs: this.#core.now.wallMs, release: this.#release });
  }

  /** Any answer of a peer shows how far away it is. */
  answered(member: MemberId, kind: ReplyMessage['kind'], tookMs: number): void {
    if (!PROMPT.includes(kind)) return;
    const seen = this.#of(member);
    seen.roundTripMs = seen.roundTripMs === undefined ? tookMs : seen.roundTripMs + (tookMs - seen.roundTripMs) * SHARE;
  }

  /** What takes long to or from it gets on. */
  moving(member: MemberId): void {
    this.#of(member).movingMs = this.#core.now.nowMs;
  }

  /** When it was seen last that it does. */
  movingMs(member: MemberId): number {
    return this.#seen.get(member)?.movingMs ?? Number.NEGATIVE_INFINITY;
  }

  /** Another connection may go another way. */
  disconnected(member: MemberId): void {
    const seen = this.#seen.get(member);
    if (seen !== undefined) seen.roundTripMs = undefined;
  }

  of(member: MemberId): PeerVitals {
    if (member === this.#core.self) return { roundTripMs: undefined, clockOffsetMs: undefined, release: this.#release === '' ? undefined : this.#release };
    const { roundTripMs, clockOffsetMs, release } = this.#seen.get(member) ?? {};
    return { roundTripMs, clockOffsetMs, release };
  }

  #longestNotAsked(): MemberId | undefined {
    const { detector } = this.#core;
    let next: MemberId | undefined;
    for (const member of detector.connectedMembers()) {
      if (this.#core.isPeer(member) && (next === undefined || this.#askedMs(member) < this.#askedMs(next))) next = member;
    }
    return next;
  }

  #askedMs(member: MemberId): number {
    return this.#seen.get(member)?.askedMs ?? Number.NEGATIVE_INFINITY;
  }

  /** Of members that were connected only: as many as the roster holds at most. */
  #of(member: MemberId): Seen {
    const seen = this.#seen.get(member) ?? { roundTripMs: undefined, clockOffsetMs: undefined, release: undefined, askedMs: Number.NEGATIVE_INFINITY, movingMs: Number.NEGATIVE_INFINITY };
    this.#seen.set(member, seen);
    return seen;
  }
}
