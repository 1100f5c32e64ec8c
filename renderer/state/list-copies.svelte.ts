/**
 * How many copies the keys in sight have. Each holder is asked for that, so it is asked only for rows
 * that stay in sight, a few at a time; what was answered is kept until something happens to the key.
 */
import { SvelteMap } from 'svelte/reactivity';
import type { Api, ApiEvent, KeyRow } from '../../main/api/contract.ts';
import { copyRows, copySummary, type CopySummary } from '../copies/copy-rows.ts';
import { isChange } from './client.ts';

export interface ListCopiesPorts {
  readonly api: Pick<Api, 'placement'>;
  readonly onEvent: (handler: (event: ApiEvent) => void) => () => void;
  /** Nobody looks at the window. */
  readonly isHidden: () => boolean;
}

/** Whoever scrolls asks for nothing. */
const REST_MS = 250;
/** A copy that comes by itself is told to nobody: keys that lack some are asked for again. */
const AGAIN_MS = 30_000;
const AT_ONCE_MAX = 4;
const KEPT_MAX = 500;

export class ListCopies {
  readonly #bucket: string;
  readonly #ports: ListCopiesPorts;
  readonly #unsubscribe: () => void;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #sums = new SvelteMap<string, CopySummary>();
  /** Rows in sight, by key, and how often. */
  readonly #inSight = new Map<string, number>();
  readonly #queue = new Set<string>();
  #running = 0;

  constructor(ports: ListCopiesPorts, bucket: string) {
    this.#ports = ports;
    this.#bucket = bucket;
    this.#unsubscribe = ports.onEvent((event) => this.#onEvent(event));
    this.#timer = setInterval(() => this.#askAgain((sum) => sum === undefined || sum.held < sum.wanted), AGAIN_MS);
  }

  close(): void {
    this.#unsubscribe();
    clearInterval(this.#timer);
    this.#inSight.clear();
    this.#queue.clear();
  }

  /** `undefined`: not known (yet). */
  of(key: string): CopySummary | undefined {
    return this.#sums.get(key);
  }

  /** From when a row comes in sight until what it returns is called. */
  watch({ key }: Pick<KeyRow, 'key'>): () => void {
    this.#inSight.set(key, (this.#inSight.get(key) ?? 0) + 1);
    const timer = setTimeout(() => {
      if (!this.#sums.has(key)) this.#ask(key);
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      const left = (this.#inSight.get(key) ?? 1) - 1;
      if (left > 0) this.#inSight.set(key, left);
      else this.#inSight.delete(key);
    };
  }

  #onEvent(event: ApiEvent): void {
    if (event.type === 'members') this.#askAgain(() => true);
    else if ((isChange(event) || event.type === 'copies') && event.bucket === this.#bucket) {
      if (this.#inSight.has(event.key)) this.#ask(event.key);
      else this.#sums.delete(event.key);
    }
  }

  #askAgain(isWanted: (sum: CopySummary | undefined) => boolean): void {
    if (this.#ports.isHidden()) return;
    for (const key of this.#inSight.keys()) if (isWanted(this.#sums.get(key))) this.#ask(key);
  }

  #ask(key: string): void {
    this.#queue.add(key);
    void this.#work();
  }

  async #work(): Promise<void> {
    if (this.#running >= AT_ONCE_MAX) return;
    const [key] = this.#queue;
    if (key === undefined) return;
    this.#queue.delete(key);
    this.#running += 1;
    // Out of sight meanwhile: nobody wants to know.
    if (this.#inSight.has(key)) await this.#look(key);
    this.#running -= 1;
    void this.#work();
  }

  async #look(key: string): Promise<void> {
    try {
      const placement = await this.#ports.api.placement({ bucket: this.#bucket, key });
      const tooMany = Math.max(0, this.#sums.size - KEPT_MAX + 1);
      for (const old of [...this.#sums.keys()].slice(0, tooMany)) this.#sums.delete(old);
      this.#sums.set(key, copySummary(copyRows({ placement, dots: placement.dots, members: [], hints: {} })));
    } catch {
      // What was known may be old by now.
      this.#sums.delete(key);
    }
  }
}
