/** One bucket's list: pages of rows, a prefix search, folders, a selection, and live changes. */
import type { Api, ApiEvent, KeyPage } from '../../main/api/contract.ts';
import type { App } from './app.svelte.ts';
import { isChange, messageOf, type Unsubscribe } from './client.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { PAGE_ROWS } from './first-page.ts';
import { NOTHING_LISTED, withPage, type Reading } from './key-reading.ts';
import { entriesIn, grown, idOf, parentOf, withoutKey, withRow, type ListEntry } from './key-tree.ts';

/** Whoever scrolls on, scrolls far: fewer and larger pages then. */
const LATER_PAGE_ROWS = 1_000;
/** A list that is read anew is read as far as it was, so that whoever has scrolled stays there; up to here. */
const AGAIN_ROWS_MAX = 5_000;
/** Rows that changed are asked for one by one up to here; beyond it the list is loaded anew. */
const SINGLE_ROWS_MAX = 12;
const CHANGES_PAUSE_MS = 120;

type BrowserPorts = Pick<App, 'onEvent' | 'onReconnect' | 'firstPage'> & { readonly client: Pick<Api, 'keys'> };

export class BucketBrowser {
  readonly bucket: string;
  readonly #app: BrowserPorts;
  readonly #unsubscribes: readonly Unsubscribe[];

  folder = $state('');
  search = $state('');
  entries = $state.raw<readonly ListEntry[]>([]);
  loading = $state(true);
  error = $state<string | null>(null);
  selectedId = $state<string | null>(null);

  readonly selectedIndex = $derived.by(() => this.#indexOf(this.selectedId));
  readonly selected = $derived(this.entries[this.selectedIndex] ?? null);
  readonly #prefix = $derived(this.folder + this.search);

  #read = $state.raw<Reading>(NOTHING_LISTED);
  /** Where the selected entry was last: it seldom moves, and the list may be long. */
  #selectedAt = 0;
  readonly #texts = new Map<string, string>();
  #load = 0;
  #more: Promise<void> | undefined;
  #changesTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #changed = new Set<string>();

  constructor(app: BrowserPorts, bucket: string) {
    this.#app = app;
    this.bucket = bucket;
    this.#unsubscribes = [app.onEvent((event) => this.#onEvent(event)), app.onReconnect(() => void this.#readAgain())];
    void this.reload();
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    clearTimeout(this.#changesTimer);
    this.#load++;
  }

  setSearch(text: string): void {
    this.search = text;
    this.#show();
    void this.#find();
  }

  enter(folder: string): void {
    this.folder = folder;
    this.search = '';
    this.selectedId = null;
    this.#show();
    void this.reload();
  }

  leave(): void {
    const left = this.folder;
    this.enter(parentOf(left));
    this.selectedId = `folder:${left}`;
  }

  select(index: number): void {
    const bounded = Math.max(0, Math.min(index, this.entries.length - 1));
    const entry = this.entries[bounded];
    this.#selectedAt = bounded;
    this.selectedId = entry === undefined ? null : idOf(entry);
  }

  /** Reads on to the end and selects the last; whatever is done meanwhile comes first. */
  async selectLast(): Promise<void> {
    const before = this.selectedId;
    const load = this.#load;
    while (this.next !== undefined && this.error === null) {
      await this.loadMore();
      if (load !== this.#load || before !== this.selectedId || this.#isReadAnew) return;
    }
    this.select(this.entries.length - 1);
  }

  /** At once at a letter, and once more when others followed before the answer came. */
  readonly #find = oneAtATime(() => this.reload());

  get next(): string | undefined {
    return this.#read.next;
  }

  get partial(): readonly number[] {
    return this.#read.partial;
  }

  /** The first page. */
  reload(): Promise<void> {
    return this.#readTo(PAGE_ROWS);
  }

  #readAgain(): Promise<void> {
    return this.#readTo(Math.min(Math.max(this.#read.rows.length, PAGE_ROWS), AGAIN_ROWS_MAX));
  }

  async #readTo(count: number): Promise<void> {
    const load = ++this.#load;
    this.#more = undefined;
    const first = this.#prefix === '' ? this.#app.firstPage.take(this.bucket) : undefined;
    await this.#fetch(load, async () => {
      let read = withPage(NOTHING_LISTED, await (first ?? this.#page(Math.min(count, LATER_PAGE_ROWS))), this.#shown);
      while (load === this.#load && read.next !== undefined && read.rows.length < count) {
        read = withPage(read, await this.#page(LATER_PAGE_ROWS, read.next), this.#shown);
      }
      return read;
    }, (read) => {
      this.#read = read;
      this.#show();
    });
  }

  /** The next page, or the one that is under way. */
  loadMore(): Promise<void> {
    if (this.next === undefined || this.#isReadAnew) return Promise.resolve();
    return (this.#more ??= this.#readOn(this.next));
  }

  async #readOn(after: string): Promise<void> {
    const limit = this.#read.rows.length <= PAGE_ROWS ? PAGE_ROWS : LATER_PAGE_ROWS;
    await this.#fetch(this.#load, () => this.#page(limit, after), (page) => {
      this.#read = withPage(this.#read, page, this.#shown);
      this.entries = grown(this.entries, entriesIn(page.keys, this.folder, this.#isSearching, this.#read.passed));
    });
  }

  async #fetch<T>(load: number, ask: () => Promise<T>, take: (answer: T) => void): Promise<void> {
    this.loading = true;
    try {
      const answer = await ask();
      if (load !== this.#load) return;
      take(answer);
      this.error = null;
    } catch (error) {
      if (load === this.#load) this.error = messageOf(error);
    } finally {
      if (load === this.#load) [this.loading, this.#more] = [false, undefined];
    }
  }

  /** A key as it is called in the list. */
  nameOf(key: string): string {
    return this.#isSearching || key === this.folder ? key : key.slice(this.folder.length);
  }

  get #isReadAnew(): boolean {
    return this.loading && this.#more === undefined;
  }

  get #isSearching(): boolean {
    return this.search !== '';
  }

  /** The folder whose keys are shown as such; none while searching. */
  get #shown(): string | undefined {
    return this.#isSearching ? undefined : this.folder;
  }

  #show(): void {
    this.entries = entriesIn(this.#read.rows, this.folder, this.#isSearching, this.#read.passed);
  }

  #indexOf(id: string | null): number {
    const isIt = (entry: ListEntry | undefined): boolean => entry !== undefined && idOf(entry) === id;
    if (id === null || isIt(this.entries[this.#selectedAt])) return id === null ? -1 : this.#selectedAt;
    return this.entries.findIndex(isIt);
  }

  async #page(limit: number, after?: string, prefix = this.#prefix): Promise<KeyPage> {
    const optional = { ...(prefix === '' ? {} : { prefix }), ...(after === undefined ? {} : { after }) };
    const page = await this.#app.client.keys({ bucket: this.bucket, limit, ...optional });
    return { ...page, keys: page.keys.map((row) => ({ ...row, contentType: this.#once(row.contentType), writtenBy: this.#once(row.writtenBy) })) };
  }

  /** The few people and types that many rows name are kept once: half of what a row is. */
  #once(text: string): string {
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, text);
    return known ?? text;
  }

  #onEvent(event: ApiEvent): void {
    if (!isChange(event)) return;
    if (event.bucket !== this.bucket || !event.key.startsWith(this.#prefix)) return;
    this.#changed.add(event.key);
    clearTimeout(this.#changesTimer);
    this.#changesTimer = setTimeout(() => void this.#takeChanges(), CHANGES_PAUSE_MS);
  }

  async #takeChanges(): Promise<void> {
    const keys = [...this.#changed];
    this.#changed.clear();
    if (keys.length > SINGLE_ROWS_MAX) return this.#readAgain();
    await Promise.all(keys.map((key) => this.#refreshRow(key))).catch(() => undefined);
  }

  /** The key itself is the first of all keys that it is a prefix of. */
  async #refreshRow(key: string): Promise<void> {
    const load = this.#load;
    const row = (await this.#page(1, undefined, key)).keys[0];
    if (load !== this.#load || !key.startsWith(this.#prefix)) return;
    const { rows, next } = this.#read;
    const last = rows.at(-1);
    const beyond = next !== undefined && last !== undefined && key > last.key;
    if (row?.key !== key) this.#read = { ...this.#read, rows: withoutKey(rows, key) };
    else if (!beyond) this.#read = { ...this.#read, rows: withRow(rows, row) };
    this.#show();
  }
}
