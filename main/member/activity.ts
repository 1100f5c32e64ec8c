/**
 * What happened lately, as this device saw it: bounded, in memory, since this member's start. Fed by
 * the core's notices (writes) and its trace (members, repairs, hints, transfers).
 *
 * Writes and all else are kept apart, so that somebody who writes much does not push out the news that a
 * member went. What is alike and close in time is one entry with a count. Each step costs the same,
 * however much is kept: writes pass here.
 */
import type { MemberId, MemberStatus, Notice, TraceEvent } from '../../p2p/index.ts';
import { toIso } from '../api/answers.ts';
import type { ActivityEntry, ActivityFact, ActivityPage } from '../api/contract.ts';

const WRITES_MAX = 300;
const NEWS_MAX = 300;
/** Again within this time is the same entry. */
const JOIN_MS = 5 * 60_000;
/** Who listens is told of many entries at once. */
const NEWS_EVERY_MS = 500;
const MESSAGE_CHARS_MAX = 500;

const NO_NEWS = ['alone-again', 'caught-up', 'ring', 'hint-stored', 'owed', 'refused', 'rejected', 'overloaded', 'hints-full', 'scrubbed'] as const;

interface Entry {
  readonly id: number;
  readonly name: string;
  readonly sinceMs: number;
  fact: ActivityFact;
  revision: number;
  atMs: number;
  count: number;
}

/** The last so many entries, the latest changed last. */
class Recent {
  readonly #max: number;
  readonly #entries = new Map<number, Entry>();
  readonly #latest = new Map<string, Entry>();

  constructor(max: number) {
    this.#max = max;
  }

  /** The entry of this name that is still young enough to grow. */
  young(name: string, nowMs: number): Entry | undefined {
    const entry = this.#latest.get(name);
    return entry !== undefined && Math.abs(nowMs - entry.atMs) <= JOIN_MS ? entry : undefined;
  }

  /** As the latest one; the oldest goes when there are too many. */
  keep(entry: Entry): void {
    this.#entries.delete(entry.id);
    this.#entries.set(entry.id, entry);
    this.#latest.set(entry.name, entry);
    if (this.#entries.size <= this.#max) return;
    for (const oldest of this.#entries.values()) {
      this.#entries.delete(oldest.id);
      if (this.#latest.get(oldest.name) === oldest) this.#latest.delete(oldest.name);
      return;
    }
  }

  /** Entries that are new or have grown since a revision. */
  after(revision: number): readonly Entry[] {
    return [...this.#entries.values()].filter((entry) => entry.revision > revision);
  }

  clear(): void {
    this.#entries.clear();
    this.#latest.clear();
  }
}

/** What is wrong with the data folder as a whole. */
const TROUBLES = {
  copied: 'Another device is running with a copy of the data folder of this one.',
  stale: 'The data folder is older than what the team remembers of it; what it missed is being fetched.',
  behind: 'The data folder is from before deletions that the team has forgotten since. It is set aside, and what is kept here is fetched anew.',
} as const;

function isTrouble(event: TraceEvent): event is Extract<TraceEvent, { readonly kind: keyof typeof TROUBLES }> {
  return event.kind in TROUBLES;
}

export class ActivityLog {
  readonly #wallMs: () => number;
  readonly #writes = new Recent(WRITES_MAX);
  readonly #news = new Recent(NEWS_MAX);
  readonly #statuses = new Map<MemberId, MemberStatus>();
  readonly #away = new Set<MemberId>();
  readonly #handlers = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;
  #sinceMs: number;
  #hasBegun = false;
  #revision = 0;

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
    this.#sinceMs = wallMs();
  }

  /** Another team, or none: what was is not its activity. */
  reset(): void {
    this.#writes.clear();
    this.#news.clear();
    this.#statuses.clear();
    this.#away.clear();
    this.#hasBegun = false;
    this.#sinceMs = this.#wallMs();
  }

  /** Members as they are known at the start: only what changes from here on is news. */
  begin(members: Iterable<{ readonly member: MemberId; readonly status: MemberStatus }>): void {
    for (const { member, status } of members) this.#statuses.set(member, status);
    this.#hasBegun = true;
  }

  /** @param after Entries up to this revision are known. */
  page({ after, limit }: { readonly after: number; readonly limit: number }): ActivityPage {
    const entries = [...this.#writes.after(after), ...this.#news.after(after)].sort((a, b) => b.revision - a.revision);
    return { since: toIso(this.#sinceMs), latest: this.#revision, entries: entries.slice(0, limit).map(toEntry) };
  }

  /** Calls back a moment after something happened; returns how to stop listening. */
  onNews(handler: () => void): () => void {
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  notice(notice: Notice): void {
    if (notice.kind === 'members' || notice.kind === 'copies' || notice.kind === 'merging') return;
    const { kind, bucket, key, by, writtenAt } = notice;
    this.#add(this.#writes, `${kind}\0${bucket}\0${key}\0${by}`, () => ({ kind, bucket, key, by, writtenAt: toIso(writtenAt) }));
  }

  trace(event: TraceEvent): void {
    if (isNoNews(event)) return;
    if (isTrouble(event)) {
      this.#trouble(TROUBLES[event.kind]);
      return;
    }
    switch (event.kind) {
      case 'liveness':
        return this.#liveness(event.member, event.to);
      case 'member':
        return this.#status(event.member, event.status);
      case 'hint-delivered':
        return this.#keys('hints', event.target, 1);
      case 'read-repair':
        for (const member of event.members) this.#keys('repair', member, 1);
        return;
      case 'exchange':
        return this.#keys('repair', event.peer, event.repaired);
      case 'transfer':
        return this.#keys('transfer', event.peer, event.keys);
      case 'dropped':
      case 'reaped':
        return this.#here(event.kind, event.keys);
      case 'damaged':
      case 'mended':
        return this.#here(event.kind, 1);
      case 'store-failed':
        return this.#trouble(event.message.slice(0, MESSAGE_CHARS_MAX));
    }
  }

  #trouble(message: string): void {
    this.#add(this.#news, `trouble\0${message}`, () => ({ kind: 'trouble', message }));
  }

  /** A member in doubt for a moment is no news; one that is given up is, and its return. */
  #liveness(member: MemberId, to: 'alive' | 'suspect' | 'down'): void {
    if (to === 'suspect' || this.#away.has(member) === (to === 'down')) return;
    if (to === 'down') this.#away.add(member);
    else this.#away.delete(member);
    this.#add(this.#news, `${to}\0${member}`, () => ({ kind: to === 'down' ? 'away' : 'back', member }));
  }

  /** A member says the same again at each start and with each address. */
  #status(member: MemberId, status: MemberStatus): void {
    if (this.#statuses.get(member) === status) return;
    this.#statuses.set(member, status);
    if (this.#hasBegun) this.#add(this.#news, `status\0${member}\0${status}`, () => ({ kind: 'status', member, status }));
  }

  #keys(kind: 'hints' | 'repair' | 'transfer', member: MemberId, keys: number): void {
    if (keys > 0) this.#add(this.#news, `${kind}\0${member}`, (before) => ({ kind, member, keys: keys + keysIn(before) }));
  }

  #here(kind: 'dropped' | 'damaged' | 'mended' | 'reaped', keys: number): void {
    this.#add(this.#news, kind, (before) => ({ kind, keys: keys + keysIn(before) }));
  }

  #add(recent: Recent, name: string, factAfter: (before: ActivityFact | undefined) => ActivityFact): void {
    const atMs = this.#wallMs();
    this.#revision += 1;
    const entry: Entry = recent.young(name, atMs) ?? { id: this.#revision, name, sinceMs: atMs, fact: factAfter(undefined), revision: 0, atMs, count: 0 };
    if (entry.count > 0) entry.fact = factAfter(entry.fact);
    entry.count += 1;
    entry.atMs = atMs;
    entry.revision = this.#revision;
    recent.keep(entry);
    if (this.#handlers.size > 0) this.#timer ??= setTimeout(() => this.#tell(), NEWS_EVERY_MS).unref();
  }

  #tell(): void {
    this.#timer = undefined;
    for (const handler of this.#handlers) handler();
  }
}

function isNoNews(event: TraceEvent): event is Extract<TraceEvent, { readonly kind: (typeof NO_NEWS)[number] }> {
  return (NO_NEWS as readonly string[]).includes(event.kind);
}

function keysIn(fact: ActivityFact | undefined): number {
  return fact !== undefined && 'keys' in fact ? fact.keys : 0;
}

function toEntry({ id, revision, fact, sinceMs, atMs, count }: Entry): ActivityEntry {
  return { id, revision, since: toIso(sinceMs), at: toIso(atMs), count, ...fact };
}
