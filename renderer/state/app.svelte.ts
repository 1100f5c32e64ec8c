/**
 * The root of the window's state: what the engine says about itself, its team and its conflicts.
 * Made once in main.ts and passed by context; every other state class is given this one.
 */
import type { ApiEvent, ConflictPage, MemberInfo, Status } from '../../main/api/contract.ts';
import { createContext, untrack } from 'svelte';
import { writerAt, writerShort, type Writer } from '../names/writer.ts';
import { Actions } from './actions.svelte.ts';
import { isChange, isCode, messageOf, type Client, type Unsubscribe } from './client.ts';
import { Clock } from './clock.svelte.ts';
import { conflictCountWords } from './conflict-count.ts';
import { Desktop } from './desktop.svelte.ts';
import { FirstPage } from './first-page.ts';
import { FirstSync } from './first-sync.svelte.ts';
import { Layers } from './layers.ts';
import type { LinkState } from './link.ts';
import { Lone } from './lone.svelte.ts';
import { MergingNow } from './merging.svelte.ts';
import { Overlays } from './overlays.svelte.ts';
import { Router } from './router.svelte.ts';
import { Theme } from './theme.svelte.ts';

export const [getApp, setApp] = createContext<App>();

/** The first page of the inbox. */
const CONFLICTS_SHOWN = 200;

/** Heartbeats, hints and warnings change without an event. */
const POLL_MS = 4_000;
/** A write may change what is safe: it is asked for once for all that are written within this. */
const AFTER_WRITE_MS = 800;

export class App {
  readonly client: Client;
  #asking = false;
  #askAgain = false;
  #statusTimer: ReturnType<typeof setTimeout> | undefined;
  readonly router = new Router();
  readonly theme = new Theme();
  readonly clock = new Clock();
  readonly merging: MergingNow;
  readonly overlays = new Overlays();
  readonly layers = new Layers();
  readonly actions = new Actions();
  readonly lone = new Lone();
  readonly firstSync = new FirstSync();
  readonly firstPage = new FirstPage();
  readonly desktop = new Desktop(this.overlays);

  link = $state<LinkState>('connecting');
  status = $state.raw<Status | null>(null);
  members = $state.raw<readonly MemberInfo[]>([]);
  buckets = $state.raw<readonly string[] | null>(null);
  /** The inbox; `null` before the first answer. */
  conflicts = $state.raw<ConflictPage | null>(null);
  /** Why the last answer about each did not come; nothing where it came. */
  troubles = $state.raw<Readonly<Partial<Record<'team' | 'conflicts' | 'buckets', string>>>>({});
  readonly trouble = $derived(this.troubles.team ?? this.troubles.conflicts ?? this.troubles.buckets ?? null);

  /** Empty when there is no conflict, or none is known yet. */
  readonly conflictCount = $derived(conflictCountWords(this.conflicts));
  readonly self = $derived(this.members.find((member) => member.self) ?? null);
  readonly #writers = $derived(new Map(this.members.map((member) => [member.memberId, writerAt(member)])));
  /** N of the team's default, at most one for each member: until a key's placement is known. */
  readonly copiesByDefault = $derived.by(() => {
    const n = this.status?.quorum.n ?? 3;
    const members = Math.max(1, this.members.filter((member) => member.status === 'up').length);
    return n === 'all' ? members : Math.min(n, members);
  });

  constructor(client: Client) {
    this.client = client;
    this.merging = new MergingNow(client);
    client.onLink((state) => {
      this.link = state;
      if (state !== 'open') return;
      if (untrack(() => this.status) === null) this.#askFirstPage();
      void this.refresh();
    });
    client.onEvent((event) => this.#onEvent(event));
    setInterval(() => {
      if (this.link === 'open' && !document.hidden) void this.refreshTeam();
    }, POLL_MS);
  }

  /** Who works at a member, and what its device is called; neither while its record is not known here. */
  writerOf(memberId: string): Writer {
    return this.#writers.get(memberId) ?? { memberId, device: '', person: null };
  }

  /** What a device is called, whoever works at it: where it is about its copies, its network, its disk. */
  nameOf(memberId: string): string {
    return writerShort({ ...this.writerOf(memberId), person: null });
  }

  /** As far as the first page of the inbox says. */
  hasConflictIn(bucket: string, prefix: string): boolean {
    return (this.conflicts?.conflicts ?? []).some((row) => row.bucket === bucket && row.key.startsWith(prefix));
  }

  onEvent(handler: (event: ApiEvent) => void): Unsubscribe {
    return this.client.onEvent(handler);
  }

  /** The engine is back, or this window was too slow for it: events of the time between were missed. */
  onReconnect(handler: () => void): Unsubscribe {
    let seen = untrack(() => this.link);
    const stops = [
      this.client.onLink((state) => {
        if (state === 'open' && seen !== 'open') handler();
        seen = state;
      }),
      this.client.onEvent(({ type }) => void (type === 'missed' && handler())),
    ];
    return () => stops.forEach((stop) => stop());
  }

  /** All at once. Without a team there is only the status. */
  async refresh(): Promise<void> {
    const wasAlone = this.status?.team === null;
    if (wasAlone) await this.refreshTeam();
    if (this.status?.team === null) return;
    await Promise.all([wasAlone ? undefined : this.refreshTeam(), this.refreshBuckets(), this.refreshConflicts()]);
  }

  async refreshTeam(): Promise<void> {
    await this.#attempt('team', async () => {
      const status = this.client.status({});
      const members = this.status?.team === null ? undefined : this.client.members({});
      // That the status did not come says it already.
      members?.catch(() => undefined);
      this.status = await status;
      this.lone.look(this.status, performance.now());
      this.firstSync.look(this.status);
      this.members = this.status.team === null ? [] : await (members ?? this.client.members({}));
    });
  }

  /** One question at a time: many events while it is asked make one more. */
  async refreshConflicts(): Promise<void> {
    if (this.#asking) {
      this.#askAgain = true;
      return;
    }
    this.#asking = true;
    await this.#attempt('conflicts', async () => {
      this.conflicts = await this.client.conflicts({ limit: CONFLICTS_SHOWN });
    });
    this.#asking = false;
    if (!this.#askAgain) return;
    this.#askAgain = false;
    await this.refreshConflicts();
  }

  async refreshBuckets(): Promise<void> {
    await this.#attempt('buckets', async () => {
      this.buckets = (await this.client.buckets({})).buckets;
    });
  }

  /** Of the bucket in the address; without one, the list asks as soon as it knows one. */
  #askFirstPage(): void {
    const { route } = this.router;
    if (route.screen === 'keys' && route.bucket !== undefined) this.firstPage.ask(this.client, route.bucket);
  }

  #onEvent(event: ApiEvent): void {
    if (isChange(event) || event.type === 'missed') this.firstPage.drop();
    switch (event.type) {
      case 'team':
      case 'missed':
        void this.refresh();
        return;
      case 'members':
        void this.refreshTeam();
        return;
      case 'conflict':
      case 'resolved':
        void this.refreshConflicts();
        return;
      case 'put':
        this.#statusSoon();
        if (this.buckets?.includes(event.bucket) === false) void this.refreshBuckets();
        return;
      case 'delete':
      case 'copies':
        this.#statusSoon();
        return;
      case 'activity':
      case 'merging':
        return;
    }
  }

  #statusSoon(): void {
    if (document.hidden) return;
    this.#statusTimer ??= setTimeout(() => {
      this.#statusTimer = undefined;
      void this.refreshTeam();
    }, AFTER_WRITE_MS);
  }

  async #attempt(what: keyof App['troubles'], refresh: () => Promise<void>): Promise<void> {
    try {
      await refresh();
      this.troubles = { ...this.troubles, [what]: undefined };
    } catch (error) {
      const isTrouble = this.link === 'open' && !isCode(error, 'NO_TEAM');
      this.troubles = { ...this.troubles, [what]: isTrouble ? messageOf(error) : undefined };
    }
  }
}
