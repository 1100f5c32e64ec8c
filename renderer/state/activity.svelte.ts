/** What happened lately, kept up to date while it is looked at. */
import { SvelteSet } from 'svelte/reactivity';
import type { ActivityEntry, Api, ApiEvent } from '../../main/api/contract.ts';
import { joinEntries, type Topic } from '../activity/lines.ts';
import { messageOf } from './client.ts';
import { oneAtATime } from './one-at-a-time.ts';

export interface ActivityPorts {
  readonly api: Pick<Api, 'activity'>;
  readonly onEvent: (handler: (event: ApiEvent) => void) => () => void;
  readonly onReconnect: (handler: () => void) => () => void;
}

/** As many as a member keeps, and some. */
const ENTRIES_MAX = 1_000;

export class ActivityScreen {
  readonly #ports: ActivityPorts;
  readonly #closers: readonly (() => void)[];
  #latest = 0;
  /** Latest first; `null` before the first answer. */
  entries = $state.raw<readonly ActivityEntry[] | null>(null);
  /** ISO 8601: nothing before is known. */
  since = $state<string | null>(null);
  /** Why the last answer did not come, or `null`. */
  trouble = $state<string | null>(null);
  /** Empty = all of them. */
  readonly topics = new SvelteSet<Topic>();
  sought = $state('');

  readonly refresh = oneAtATime(async () => {
    try {
      let page = await this.#ports.api.activity({ after: this.#latest });
      const isSame = page.since === this.since;
      // The member has started anew, or is in another team: what was known is another story.
      if (!isSame && this.#latest > 0) page = await this.#ports.api.activity({});
      this.entries = joinEntries(isSame ? (this.entries ?? []) : [], page.entries, ENTRIES_MAX);
      this.since = page.since;
      this.#latest = page.latest;
      this.trouble = null;
    } catch (error) {
      this.trouble = messageOf(error);
    }
  });

  constructor(ports: ActivityPorts) {
    this.#ports = ports;
    this.#closers = [
      ports.onEvent(({ type }) => void ((type === 'activity' || type === 'team') && this.refresh())),
      ports.onReconnect(() => void this.refresh()),
    ];
    void this.refresh();
  }

  close(): void {
    for (const close of this.#closers) close();
  }

  get isFiltered(): boolean {
    return this.topics.size > 0 || this.sought.trim() !== '';
  }

  toggle(topic: Topic): void {
    if (!this.topics.delete(topic)) this.topics.add(topic);
  }

  showAll(): void {
    this.topics.clear();
    this.sought = '';
  }
}
