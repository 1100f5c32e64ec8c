/**
 * Who seems alive, from here. A local opinion (Dynamo, 2007, section 4.8.3): it steers requests
 * and never changes the ring.
 *
 *     alive ──closed connection, failed request, silence > suspectAfter──► suspect
 *     suspect ──silence > downAfter, or refused dials and silence──► down
 *     any ──a frame from the member itself──► alive
 */
import type { Liveness, MemberId } from '../types.ts';

export interface DetectorConfig {
  /** Silence before requests prefer others. Shorter notices sooner, and errs more on bad Wi-Fi. */
  readonly suspectAfterMs: number;
  /** Silence before a member counts as away and fallbacks take its writes without asking it. */
  readonly downAfterMs: number;
}

interface Evidence {
  heardMs: number;
  isConnected: boolean;
  /** A request went unanswered, and nothing came from the member itself since. */
  isDoubted: boolean;
  isRefused: boolean;
}

export class FailureDetector {
  readonly #config: DetectorConfig;
  readonly #evidence = new Map<MemberId, Evidence>();

  constructor(config: DetectorConfig) {
    this.#config = config;
  }

  /** A frame from the member itself. */
  heardDirectly(member: MemberId, nowMs: number): void {
    const evidence = this.#of(member, nowMs);
    evidence.heardMs = nowMs;
    evidence.isDoubted = false;
  }

  /** Others passed on a newer heartbeat: it lives, though we may not reach it. */
  heardOf(member: MemberId, nowMs: number): void {
    this.#of(member, nowMs).heardMs = nowMs;
  }

  connected(member: MemberId, nowMs: number): void {
    const evidence = this.#of(member, nowMs);
    evidence.heardMs = nowMs;
    evidence.isConnected = true;
    evidence.isDoubted = false;
    evidence.isRefused = false;
  }

  disconnected(member: MemberId, nowMs: number): void {
    this.#of(member, nowMs).isConnected = false;
  }

  dialFailed(member: MemberId, nowMs: number): void {
    this.#of(member, nowMs).isRefused = true;
  }

  requestFailed(member: MemberId, nowMs: number): void {
    this.#of(member, nowMs).isDoubted = true;
  }

  /** This machine slept for `gapMs`: that is not everybody else's silence. */
  forgive(gapMs: number, nowMs: number): void {
    for (const evidence of this.#evidence.values()) evidence.heardMs = Math.min(nowMs, evidence.heardMs + gapMs);
  }

  isConnected(member: MemberId): boolean {
    return this.#evidence.get(member)?.isConnected ?? false;
  }

  /** Monotonic ms, or `undefined` before any evidence. */
  lastHeardMs(member: MemberId): number | undefined {
    return this.#evidence.get(member)?.heardMs;
  }

  liveness(member: MemberId, nowMs: number): Liveness {
    const evidence = this.#evidence.get(member);
    if (evidence === undefined) return 'suspect';
    const silenceMs = nowMs - evidence.heardMs;
    if (silenceMs > this.#config.downAfterMs) return 'down';
    if (!evidence.isConnected && evidence.isRefused && silenceMs > this.#config.suspectAfterMs) return 'down';
    if (!evidence.isConnected || evidence.isDoubted || silenceMs > this.#config.suspectAfterMs) return 'suspect';
    return 'alive';
  }

  #of(member: MemberId, nowMs: number): Evidence {
    let evidence = this.#evidence.get(member);
    if (evidence === undefined) {
      evidence = { heardMs: nowMs, isConnected: false, isDoubted: false, isRefused: false };
      this.#evidence.set(member, evidence);
    }
    return evidence;
  }
}
