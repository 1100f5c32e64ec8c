/**
 * The inbox: the keys in conflict, page by page, and what is known of each beyond its row. A row is
 * looked into only once it comes in sight, a few at a time.
 */
import { SvelteMap } from 'svelte/reactivity';
import type { Api, ApiEvent, ConflictPage, ConflictRow } from '../../main/api/contract.ts';
import { lookAt, rowId, type Look } from '../merge/look.ts';
import type { WriteApi } from '../merge/saving.ts';

export interface InboxPorts {
  readonly api: WriteApi & Pick<Api, 'conflicts'>;
  readonly onEvent: (handler: (event: ApiEvent) => void) => () => void;
  /** The first page, kept up to date elsewhere; `null` before the first answer. */
  readonly first: () => ConflictPage | null;
}

const AT_ONCE_MAX = 4;
const LOOKS_MAX = 1_000;

export class Inbox {
  readonly #ports: InboxPorts;
  readonly #unsubscribe: () => void;
  readonly #looks = new SvelteMap<string, Look | 'unknown'>();
  readonly #pending = new Map<string, Promise<Look | 'unknown'>>();
  readonly #queue: (() => Promise<void>)[] = [];
  #running = 0;
  /** Rows behind the first page, and where they end. */
  #more = $state.raw<{ readonly rows: readonly ConflictRow[]; readonly next: string | undefined } | null>(null);

  loading = $state(false);
  /** Index of the row that the keyboard is at. */
  selected = $state(0);

  readonly rows: readonly ConflictRow[] = $derived.by(() => {
    const first = this.#ports.first()?.conflicts ?? [];
    const known = new Set(first.map(nameOf));
    return [...first, ...(this.#more?.rows ?? []).filter((row) => !known.has(nameOf(row)))];
  });
  readonly next = $derived.by(() => (this.#more === null ? this.#ports.first()?.next : this.#more.next));
  /** Rows looked into that merge by themselves. */
  readonly safeCount = $derived(this.rows.filter((row) => isSafe(this.#looks.get(rowId(row)))).length);

  constructor(ports: InboxPorts) {
    this.#ports = ports;
    this.#unsubscribe = ports.onEvent((event) => {
      if (event.type === 'resolved') this.#forget(event.bucket, event.key);
    });
  }

  close(): void {
    this.#unsubscribe();
    this.#queue.length = 0;
  }

  get api(): WriteApi {
    return this.#ports.api;
  }

  /** `undefined`: not looked into yet. */
  at(row: ConflictRow): Look | 'unknown' | undefined {
    return this.#looks.get(rowId(row));
  }

  /** `unknown`: it cannot be read now. */
  look(row: ConflictRow): Promise<Look | 'unknown'> {
    const id = rowId(row);
    const known = this.#looks.get(id);
    if (typeof known === 'object') return Promise.resolve(known);
    const pending = this.#pending.get(id);
    if (pending !== undefined) return pending;
    const looking = new Promise<Look | 'unknown'>((resolve) => {
      this.#queue.push(async () => {
        const look = await this.#read(row);
        this.#remember(id, look);
        resolve(look);
      });
    });
    this.#pending.set(id, looking);
    void this.#work();
    return looking;
  }

  /** Something was written to it: what was seen of it is over. */
  forget(row: ConflictRow): void {
    this.#looks.delete(rowId(row));
  }

  async loadMore(): Promise<void> {
    const { next } = this;
    if (next === undefined || this.loading) return;
    this.loading = true;
    try {
      const page = await this.#ports.api.conflicts({ after: next });
      this.#more = { rows: [...(this.#more?.rows ?? []), ...page.conflicts], next: page.next };
    } finally {
      this.loading = false;
    }
  }

  async #read(row: ConflictRow): Promise<Look | 'unknown'> {
    const read = await this.#ports.api.get({ bucket: row.bucket, key: row.key }).catch(() => null);
    return read === null ? 'unknown' : lookAt(row, read);
  }

  #remember(id: string, look: Look | 'unknown'): void {
    const tooMany = Math.max(0, this.#looks.size - LOOKS_MAX + 1);
    for (const old of [...this.#looks.keys()].slice(0, tooMany)) this.#looks.delete(old);
    this.#looks.set(id, look);
    this.#pending.delete(id);
  }

  #forget(bucket: string, key: string): void {
    if (this.#more === null) return;
    const rows = this.#more.rows.filter((row) => row.bucket !== bucket || row.key !== key);
    if (rows.length < this.#more.rows.length) this.#more = { ...this.#more, rows };
  }

  async #work(): Promise<void> {
    if (this.#running >= AT_ONCE_MAX) return;
    const task = this.#queue.shift();
    if (task === undefined) return;
    this.#running += 1;
    await task();
    this.#running -= 1;
    void this.#work();
  }
}

export function isSafe(look: Look | 'unknown' | undefined): look is Look {
  return typeof look === 'object' && look.plan !== null && look.read.siblings.length > 1;
}

function nameOf({ bucket, key }: ConflictRow): string {
  return JSON.stringify([bucket, key]);
}
