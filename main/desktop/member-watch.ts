/** Keeps what the shell knows of the member fresh, and tells of conflicts that others made. */
import type { ApiEvent } from '../api/contract.ts';
import { conflictNewsStep, isOwnDoing, NO_NEWS, type ConflictKey, type ConflictNewsEvent, type ConflictNewsState } from './conflict-news.ts';
import { conflictsSeen, factsOf, siblingsSeen, statusSeen, waitingOf, type StatusSeen } from './facts.ts';
import type { MemberLink } from './member-link.ts';
import type { Waiting } from './quit-plan.ts';
import type { DesktopFacts, MemberPhase } from './tray-model.ts';

const POLL_MS = 10_000;
/** Many events make one question. */
const SOON_MS = 500;
/** The inbox of the window shows as many. */
const CONFLICTS_COUNTED = 200;
/** Conflicts asked about one by one; a storm of them is told of without asking. */
const ASKED_MAX = 16;

export interface MemberWatchParts {
  readonly onFacts: (facts: DesktopFacts) => void;
  readonly onNews: (keys: readonly ConflictKey[]) => void;
}

export class MemberWatch {
  readonly #parts: MemberWatchParts;
  #link: MemberLink | null = null;
  #phase: MemberPhase = 'starting';
  #status: StatusSeen | null = null;
  #conflicts = 0;
  #safeModeReason: string | null = null;
  #news: ConflictNewsState = NO_NEWS;
  #newsTimer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #asking = 0;

  constructor(parts: MemberWatchParts) {
    this.#parts = parts;
    setInterval(() => this.#refreshSoon(), POLL_MS).unref();
  }

  get facts(): DesktopFacts {
    return factsOf({ phase: this.#phase, status: this.#status, conflicts: this.#conflicts, safeModeReason: this.#safeModeReason });
  }

  attach(link: MemberLink): void {
    this.#link = link;
    this.#phase = 'running';
    this.#safeModeReason = null;
    this.#refreshSoon();
    this.#tell();
  }

  /** The member went; it may be started again, or not. */
  detach(phase: MemberPhase, safeModeReason: string | null = null): void {
    this.#link?.close();
    this.#link = null;
    this.#phase = phase;
    this.#safeModeReason = safeModeReason;
    this.#tell();
  }

  onEvent(event: ApiEvent): void {
    if (event.type === 'copies' || event.type === 'activity' || event.type === 'merging' || event.type === 'put' || event.type === 'delete') return;
    if (event.type === 'conflict') void this.#onConflict(event);
    if (event.type === 'resolved') this.#step({ type: 'resolved', bucket: event.bucket, key: event.key });
    this.#refreshSoon();
  }

  /** Fresh from the member; `null` when it does not answer. */
  async waiting(): Promise<Waiting | null> {
    try {
      const status = statusSeen(await this.#link?.call('status', {}));
      if (status === null) return null;
      const members = status.team === null ? [] : await this.#link?.call('members', {});
      return waitingOf(status, members);
    } catch {
      return null;
    }
  }

  /** The member's whole status, for the diagnostics; `null` when it does not answer. */
  async rawStatus(): Promise<unknown> {
    return (await this.#link?.call('status', {}).catch(() => null)) ?? null;
  }

  /** What the network doctor says, for the diagnostics; `null` when the member does not answer. */
  async rawDoctor(): Promise<unknown> {
    return (await this.#link?.call('doctor', {}).catch(() => null)) ?? null;
  }

  async #onConflict({ bucket, key }: ConflictKey): Promise<void> {
    const self = this.#status?.memberId;
    if (self !== undefined && this.#asking < ASKED_MAX && (await this.#isOwn({ bucket, key }, self))) return;
    this.#step({ type: 'conflict', bucket, key });
  }

  async #isOwn(one: ConflictKey, self: string): Promise<boolean> {
    this.#asking += 1;
    try {
      return isOwnDoing(siblingsSeen(await this.#link?.call('get', { ...one, r: 'one' })), self, Date.now());
    } catch {
      return false;
    } finally {
      this.#asking -= 1;
    }
  }

  #step(event: ConflictNewsEvent): void {
    const now = performance.now();
    const { state, wakeAt, show } = conflictNewsStep(this.#news, event, now);
    this.#news = state;
    clearTimeout(this.#newsTimer);
    if (wakeAt !== null) {
      this.#newsTimer = setTimeout(() => this.#step({ type: 'timer' }), Math.max(0, Math.ceil(wakeAt - now))).unref();
    }
    if (show.length > 0) this.#parts.onNews(show);
  }

  #refreshSoon(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      void this.#refresh();
    }, SOON_MS).unref();
  }

  async #refresh(): Promise<void> {
    const link = this.#link;
    if (link === null) return;
    try {
      const status = statusSeen(await link.call('status', {}));
      const inbox = status === null || status.team === null ? 0 : conflictsSeen(await link.call('conflicts', { limit: CONFLICTS_COUNTED }));
      if (this.#link !== link) return;
      this.#status = status;
      this.#conflicts = inbox ?? this.#conflicts;
      this.#tell();
    } catch {
      // It went, or is busy: the next refresh asks again.
    }
  }

  #tell(): void {
    this.#parts.onFacts(this.facts);
  }
}
