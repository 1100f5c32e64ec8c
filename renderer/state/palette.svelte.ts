/** What `Ctrl+K` offers: commands that match, and keys of all buckets that begin with the text. */
import type { App } from './app.svelte.ts';
import { commandsOf, type Command } from './commands.ts';
import { visible } from '../names/visible.ts';

const KEYS_PAUSE_MS = 120;
const KEYS_EACH_BUCKET = 5;
const BUCKETS_MAX = 12;

export class Palette {
  readonly #app: App;
  query = $state('');
  active = $state(0);
  #keys = $state.raw<readonly Command[]>([]);
  #timer: ReturnType<typeof setTimeout> | undefined;
  #search = 0;

  readonly items = $derived.by(() => {
    const words = this.query.toLowerCase().split(/\s+/).filter(Boolean);
    const commands = commandsOf(this.#app).filter((item) =>
      words.every((word) => `${item.label} ${item.detail}`.toLowerCase().includes(word)),
    );
    return [...commands, ...this.#keys];
  });

  constructor(app: App) {
    this.#app = app;
  }

  setQuery(query: string): void {
    this.query = query;
    this.active = 0;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#findKeys(query.trim()), KEYS_PAUSE_MS);
  }

  move(by: number): void {
    const count = this.items.length;
    if (count > 0) this.active = (this.active + by + count) % count;
  }

  run(item: Command | undefined): void {
    if (item === undefined) return;
    this.#app.overlays.close();
    item.run();
  }

  async #findKeys(query: string): Promise<void> {
    const search = ++this.#search;
    const buckets = query === '' ? [] : (this.#app.buckets ?? []).slice(0, BUCKETS_MAX);
    const found = await Promise.all(buckets.map((bucket) => this.#keysOf(bucket, query)));
    if (search === this.#search) this.#keys = found.flat();
  }

  async #keysOf(bucket: string, typed: string): Promise<readonly Command[]> {
    const prefix = typed.startsWith(`${bucket}/`) ? typed.slice(bucket.length + 1) : typed;
    const params = { bucket, prefix, limit: KEYS_EACH_BUCKET };
    const page = await this.#app.client.keys(params).catch(() => ({ keys: [] }));
    return page.keys.map(({ key }) => ({
      id: `key:${JSON.stringify([bucket, key])}`,
      label: visible(key),
      detail: visible(bucket),
      kind: 'key',
      run: () => this.#app.router.go({ screen: 'keys', bucket, key }),
    }));
  }
}
