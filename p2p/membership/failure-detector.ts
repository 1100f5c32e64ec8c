/**
 * Who seems alive, from here. A local opinion (Dynamo, 2007, section 4.8.3): it steers requests
 * and never changes the ring.
 *
 *     alive ──closed connection, unanswered probe, silence > suspectAfter──► suspect
 *     suspect ──silence > downAfter, or refused dials and silence──► down
 *     any ──a prompt answer to something that we asked──► alive
 *
 * Two kinds of evidence are kept apart, because a cable can be cut one way. Being heard ends a
 * silence. Only an answer shows that the member hears us too, so only that ends a doubt: otherwise
 * a member that speaks and does not hear would change its state at every frame.
 *
 * A team larger than `connectedMembersMax` cannot be connected each to each. There, members that are
 * not connected live as long as their heartbeats arrive, and die when one that lost its connection
 * says so and no later heartbeat contradicts (SWIM, Das et al., 2002, section 4.2).
 */
import type { Liveness, MemberId } from '../types.ts';
import { Column, MemberSlots } from './member-slots.ts';

export interface DetectorConfig {
  /** Silence before requests prefer others. Shorter notices sooner, and errs more on bad Wi-Fi. */
  readonly suspectAfterMs: number;
  /** Silence before a member counts as away and fallbacks take its writes without asking it. */
  readonly downAfterMs: number;
  /** Up to this many members, everybody is to be connected to everybody. */
  readonly connectedMembersMax: number;
}

/** The least silence that means something, whatever the config says. See `pace.ts`. */
export interface Silence {
  readonly members: number;
  readonly connectedMs: number;
  readonly distantMs: number;
  /** How long an answer may be owed. */
  readonly answerMs: number;
}

/** A probe went unanswered, and nothing was answered since. */
const DOUBTED = 1;
const REFUSED = 2;
/** Its connection closed, and nobody passed on a later heartbeat. */
const LOST = 4;

/** A member that is heard, and does not answer though it is asked at each beat, gets this much longer. */
const HEARD_PATIENCE = 2;

interface Owed {
  readonly sinceMs: number;
  /** It speaks, and does not answer: it may not hear us. */
  readonly isHeard: boolean;
}

interface Rumour {
  readonly heartbeat: number;
  readonly sinceMs: number;
}

export class FailureDetector {
  readonly #config: DetectorConfig;
  readonly #slots: MemberSlots;
  readonly #heardMs = new Column(Number.NaN);
  readonly #marks = new Column(0, 'byte');
  /** The oldest exchange that is unanswered, of those connected. */
  readonly #owed = new Map<MemberId, Owed>();
  readonly #rumours = new Map<MemberId, Rumour>();
  readonly #connected = new Set<MemberId>();
  #silence: Silence = { members: 0, connectedMs: 0, distantMs: 0, answerMs: 0 };

  constructor(config: DetectorConfig, slots = new MemberSlots()) {
    this.#config = config;
    this.#slots = slots;
  }

  setSilence(silence: Silence): void {
    this.#silence = silence;
  }

  /** A frame from the member itself: it lives, and may yet not hear us. */
  heardDirectly(member: MemberId, nowMs: number): void {
    this.#heardMs.set(this.#slots.of(member), nowMs);
    const owed = this.#owed.get(member);
    if (owed?.isHeard === false) this.#owed.set(member, { ...owed, isHeard: true });
  }

  /**
   * It answered what we asked. Only this clears a doubt, a new connection apart.
   * @param isPrompt Within the time of a probe: one that always answers late stays in doubt, rather
   * than change its state at each answer.
   */
  answered(member: MemberId, isPrompt: boolean, nowMs: number): void {
    this.heardDirectly(member, nowMs);
    this.#owed.delete(member);
    if (isPrompt) this.#unmark(member, DOUBTED);
  }

  /** Others passed on a newer heartbeat: it lives, though we may not reach it. */
  heardOf(member: MemberId, nowMs: number): void {
    this.#heardMs.set(this.#slots.of(member), nowMs);
    if (!this.#isTight) this.#unmark(member, LOST);
  }

  connected(member: MemberId, nowMs: number): void {
    this.heardDirectly(member, nowMs);
    this.#connected.add(member);
    this.#owed.delete(member);
    this.#rumours.delete(member);
    this.#unmark(member, DOUBTED | REFUSED | LOST);
  }

  disconnected(member: MemberId): void {
    this.#connected.delete(member);
    this.#owed.delete(member);
    this.#mark(member, LOST);
  }

  dialFailed(member: MemberId): void {
    this.#mark(member, REFUSED);
  }

  /** An exchange was begun; `answered` ends the wait. */
  asked(member: MemberId, nowMs: number): void {
    if (this.isConnected(member) && !this.#owed.has(member)) this.#owed.set(member, { sinceMs: nowMs, isHeard: false });
  }

  /** A request and a probe after it went unanswered. */
  probeFailed(member: MemberId): void {
    if (this.isConnected(member)) this.#mark(member, DOUBTED);
  }

  /** Somebody lost it when its heartbeat stood at `heartbeat`. True when that is news. */
  rumoured(member: MemberId, heartbeat: number, nowMs: number): boolean {
    const known = this.#rumours.get(member);
    if (known !== undefined && known.heartbeat >= heartbeat) return false;
    this.#rumours.set(member, { heartbeat, sinceMs: known?.sinceMs ?? nowMs });
    return true;
  }

  /** A heartbeat contradicts an older rumour. True when it ended one. */
  contradicted(member: MemberId, heartbeat: number): boolean {
    const known = this.#rumours.get(member);
    return known !== undefined && known.heartbeat < heartbeat && this.#rumours.delete(member);
  }

  /** The heartbeat at which somebody lost it, if that stands. */
  rumourOf(member: MemberId): number | undefined {
    return this.#rumours.get(member)?.heartbeat;
  }

  /**
   * This machine slept: that is not everybody else's silence, nor their failure to answer.
   * @param gapMs What of the sleep the monotonic clock counted: 0 where it stands still meanwhile.
   */
  forgive(gapMs: number, nowMs: number): void {
    this.#heardMs.update((heardMs) => Math.min(nowMs, heardMs + gapMs));
    for (const member of this.#owed.keys()) this.#owed.set(member, { sinceMs: nowMs, isHeard: false });
    for (const [member, { heartbeat, sinceMs }] of this.#rumours) {
      this.#rumours.set(member, { heartbeat, sinceMs: Math.min(nowMs, sinceMs + gapMs) });
    }
  }

  isConnected(member: MemberId): boolean {
    return this.#connected.has(member);
  }

  connectedMembers(): ReadonlySet<MemberId> {
    return this.#connected;
  }

  /** It was asked and has not answered yet. */
  owesAnswer(member: MemberId): boolean {
    return this.#owed.has(member);
  }

  /** Connected, and without an answer for so long that a fresh connection is worth a try. */
  owesTooLong(member: MemberId, nowMs: number): boolean {
    const owed = this.#owed.get(member);
    if (owed === undefined) return false;
    const limitMs = Math.max(this.#config.suspectAfterMs, this.#silence.answerMs);
    return nowMs - owed.sinceMs > (owed.isHeard ? HEARD_PATIENCE : 1) * limitMs;
  }

  /** Monotonic ms, or `undefined` before any evidence. */
  lastHeardMs(member: MemberId): number | undefined {
    const heardMs = this.#heardMs.get(this.#slots.find(member));
    return Number.isNaN(heardMs) ? undefined : heardMs;
  }

  liveness(member: MemberId, nowMs: number): Liveness {
    return this.livenessAt(this.#slots.find(member), member, nowMs);
  }

  /** The same, for whoever goes through all and has the slot at hand. */
  livenessAt(slot: number | undefined, member: MemberId, nowMs: number): Liveness {
    const silenceMs = nowMs - this.#heardMs.get(slot);
    if (Number.isNaN(silenceMs)) return 'suspect';
    const marks = this.#marks.get(slot);
    return this.isConnected(member) ? this.#nearby(member, marks, silenceMs, nowMs) : this.#away(member, marks, silenceMs, nowMs);
  }

  #nearby(member: MemberId, marks: number, silenceMs: number, nowMs: number): Liveness {
    const stretch = this.#stretch(this.#silence.connectedMs);
    if (silenceMs > this.#config.downAfterMs * stretch) return 'down';
    const isSilent = silenceMs > this.#config.suspectAfterMs * stretch;
    return isSilent || (marks & DOUBTED) !== 0 || this.owesTooLong(member, nowMs) ? 'suspect' : 'alive';
  }

  #away(member: MemberId, marks: number, silenceMs: number, nowMs: number): Liveness {
    const stretch = this.#stretch(this.#silence.distantMs);
    const isSilent = silenceMs > this.#config.suspectAfterMs * stretch;
    if (silenceMs > this.#config.downAfterMs * stretch) return 'down';
    if ((marks & REFUSED) !== 0 && isSilent) return 'down';
    const rumour = this.#rumours.get(member);
    if (rumour !== undefined && nowMs - rumour.sinceMs > this.#config.downAfterMs) return 'down';
    const isAbsent = this.#isTight || (marks & LOST) !== 0 || rumour !== undefined;
    return isAbsent || isSilent ? 'suspect' : 'alive';
  }

  /** Everybody is to be connected to everybody. */
  get #isTight(): boolean {
    return this.#silence.members <= this.#config.connectedMembersMax;
  }

  /** The times as set, or both stretched alike to the least silence that means something. */
  #stretch(leastMs: number): number {
    return Math.max(1, leastMs / this.#config.suspectAfterMs);
  }

  #mark(member: MemberId, mark: number): void {
    const slot = this.#slots.of(member);
    this.#marks.set(slot, this.#marks.get(slot) | mark);
  }

  #unmark(member: MemberId, mark: number): void {
    const slot = this.#slots.of(member);
    this.#marks.set(slot, this.#marks.get(slot) & ~mark);
  }
}
