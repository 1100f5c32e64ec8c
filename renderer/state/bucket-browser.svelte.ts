/** One bucket's list: pages of rows, a prefix search, folders, a selection, and live changes. */
import type { ApiEvent, KeyPage, KeyRow } from '../../main/api/contract.ts';
import type { App } from './app.svelte.ts';
import { isChange, messageOf, type Unsubscribe } from './client.ts';
import { oneAtATime } from './one-at-a-time.ts';
import { entriesIn, parentOf, withoutKey, withRow } from './key-tree.ts';

const PAGE_ROWS = 200;
/** Rows that changed are asked for one by one up to here; beyond it the list is loaded anew. */
const SINGLE_ROWS_MAX = 12;
const CHANGES_PAUSE_MS = 120;

export class BucketBrowser {
  readonly bucket: string;
  readonly #app: App;
  readonly #unsubscribes: readonly Unsubscribe[];

  folder = $state('');
  search = $state('');
  rows = $state.raw<readonly KeyRow[]>([]);
  next = $state.raw<string | undefined>(undefined);
  partial = $state.raw<readonly number[]>([]);
  loading = $state(true);
  error = $state<string | null>(null);
  selectedId = $state<string | null>(null);

  readonly entries = $derived(entriesIn(this.rows, this.folder, this.search !== ''));
  readonly selectedIndex = $derived(this.entries.findIndex((entry) => entry.id === this.selectedId));
  readonly selected = $derived(this.entries[this.selectedIndex] ?? null);
  readonly #prefix = $derived(this.folder + this.search);

  #load = 0;
  #changesTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #changed = new Set<string>();

  constructor(app: App, bucket: string) {
    this.#app = app;
    this.bucket = bucket;
    this.#unsubscribes = [app.onEvent((event) => this.#onEvent(event)), app.onReconnect(() => void this.reload())];
    void this.reload();
  }

  close(): void {
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    clearTimeout(this.#changesTimer);
    this.#load++;
  }

  setSearch(text: string): void {
    this.search = text;
    void this.#find();
  }

  enter(folder: string): void {
    this.folder = folder;
    this.search = '';
    this.selectedId = null;
    void this.reload();
  }

  leave(): void {
    const left = this.folder;
    this.enter(parentOf(left));
    this.selectedId = `folder:${left}`;
  }

  select(index: number): void {
    const bounded = Math.max(0, Math.min(index, this.entries.length - 1));
    this.selectedId = this.entries[bounded]?.id ?? null;
  }

  /** At once at a letter, and once more when others followed before the answer came. */
  readonly #find = oneAtATime(() => this.reload());

  /** From the first page on. */
  async reload(): Promise<void> {
    const load = ++this.#load;
    this.loading = true;
    await this.#fetch(load, undefined, (page) => {
      this.rows = page.keys;
    });
  }

  async loadMore(): Promise<void> {
    if (this.loading || this.next === undefined) return;
    this.loading = true;
    await this.#fetch(this.#load, this.next, (page) => {
      this.rows = [...this.rows, ...page.keys];
    });
  }

  async #fetch(load: number, after: string | undefined, take: (page: KeyPage) => void): Promise<void> {
    try {
      const page = await this.#page(this.#prefix, PAGE_ROWS, after);
      if (load !== this.#load) return;
      take(page);
      this.next = page.next;
      this.partial = page.partial ?? [];
      this.error = null;
    } catch (error) {
      if (load === this.#load) this.error = messageOf(error);
    } finally {
      if (load === this.#load) this.loading = false;
    }
  }

  #page(prefix: string, limit: number, after?: string): Promise<KeyPage> {
    const optional = { ...(prefix === '' ? {} : { prefix }), ...(after === undefined ? {} : { after }) };
    return this.#app.client.keys({ bucket: this.bucket, limit, ...optional });
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
    if (keys.length > SINGLE_ROWS_MAX) return this.reload();
    await Promise.all(keys.map((key) => this.#refreshRow(key))).catch(() => undefined);
  }

  /** The key itself is the first of all keys that it is a prefix of. */
  async #refreshRow(key: string): Promise<void> {
    const load = this.#load;
    const row = (await this.#page(key, 1)).keys[0];
    if (load !== this.#load || !key.startsWith(this.#prefix)) return;
    const last = this.rows.at(-1);
    const beyond = this.next !== undefined && last !== undefined && key > last.key;
    if (row?.key !== key) this.rows = withoutKey(this.rows, key);
    else if (!beyond) this.rows = withRow(this.rows, row);
  }
}
