/**
 * The deleted keys of a bucket. A listing of them passes the living ones too, so it goes a bounded
 * number of pages at a time and says how far it has come.
 */
import type { Api, ApiEvent, BucketInfo, HistoryResult, KeyName, KeyPage, KeyRow, Params, ReadResult, WriteResult } from '../../main/api/contract.ts';
import { restore, takeBack, type RestoreApi } from '../history/restoring.ts';
import { emptyWords, historyNotes, lastValue } from '../history/words.ts';
import { isChange, messageOf } from './client.ts';
import { withoutKey, withRow } from './key-tree.ts';
import { visible } from '../names/visible.ts';

export interface TrashPorts {
  readonly api: RestoreApi & Pick<Api, 'keys' | 'history' | 'getBucket'>;
  readonly read: (name: KeyName) => Promise<ReadResult>;
  readonly put: (params: Params<'put'>) => Promise<WriteResult>;
  readonly onEvent: (handler: (event: ApiEvent) => void) => () => void;
  readonly onReconnect: (handler: () => void) => () => void;
  readonly nameOf: (member: string) => string;
  readonly announce: (kind: 'success' | 'error', words: string, undo?: () => void) => void;
}

/** Why a key cannot be brought back, in words. */
export interface Refusal {
  readonly key: string;
  readonly words: string;
}

const PAGE_ROWS = 1_000;
const WANTED_ROWS = 100;
const PAGES_AT_ONCE = 10;

export class Trash {
  readonly bucket: string;
  readonly #ports: TrashPorts;
  readonly #closers: readonly (() => void)[];
  #load = 0;
  rows = $state.raw<readonly KeyRow[]>([]);
  /** Keys looked through, living ones included. */
  seen = $state(0);
  next = $state<string | undefined>(undefined);
  partial = $state.raw<readonly number[]>([]);
  loading = $state(true);
  error = $state<string | null>(null);
  selected = $state(0);
  /** The key that is being brought back. */
  busy = $state<string | null>(null);
  refusal = $state.raw<Refusal | null>(null);

  constructor(ports: TrashPorts, bucket: string) {
    this.#ports = ports;
    this.bucket = bucket;
    this.#closers = [ports.onEvent((event) => void this.#onEvent(event)), ports.onReconnect(() => void this.reload())];
    void this.reload();
  }

  close(): void {
    for (const close of this.#closers) close();
    this.#load += 1;
  }

  select(index: number): void {
    this.selected = Math.max(0, Math.min(index, this.rows.length - 1));
  }

  /** From the beginning; what was listed stays in sight until its first page is there. */
  async reload(): Promise<void> {
    this.#load += 1;
    await this.#look(this.#load, { rows: [], seen: 0, next: undefined, partial: [] });
  }

  async loadMore(): Promise<void> {
    if (!this.loading && this.next !== undefined) await this.#look(this.#load, this);
  }

  /** Brings the last value back, or says why that cannot be. */
  async undelete(key: string): Promise<void> {
    if (this.busy !== null) return;
    this.busy = key;
    this.refusal = null;
    const name = { bucket: this.bucket, key };
    try {
      const [history, current] = await Promise.all([this.#ports.api.history(name), this.#ports.read(name)]);
      const last = lastValue(history.versions);
      if (current.siblings.some(({ deleted }) => !deleted)) {
        this.rows = withoutKey(this.rows, key);
        this.#ports.announce('success', `${visible(key)} is there again: somebody wrote it`);
      } else if (last === null) {
        this.refusal = { key, words: await this.#whyNot(history) };
      } else {
        const { undo } = await restore(this.#ports.put, name, last, current);
        this.rows = withoutKey(this.rows, key);
        this.#ports.announce('success', `Brought ${visible(key)} back`, () => {
          takeBack(this.#ports.api, undo).catch((error: unknown) => this.#ports.announce('error', `Could not take it back: ${messageOf(error)}`));
        });
      }
    } catch (error) {
      this.refusal = { key, words: messageOf(error) };
    } finally {
      this.busy = null;
    }
  }

  async #whyNot(history: HistoryResult): Promise<string> {
    const kept: BucketInfo | null = await this.#ports.api.getBucket({ bucket: this.bucket }).catch(() => null);
    const { title, text } = emptyWords(history, kept, true);
    const notes = historyNotes(history, null, this.#ports.nameOf).map(({ words }) => words);
    return [`${title}.`, text, ...notes].join(' ');
  }

  async #look(load: number, from: Pick<Trash, 'rows' | 'seen' | 'next' | 'partial'>): Promise<void> {
    this.loading = true;
    let before = from;
    const wanted = before.rows.length + WANTED_ROWS;
    try {
      for (let pages = 0; pages < PAGES_AT_ONCE; pages += 1) {
        const page = await this.#page('', PAGE_ROWS, before.next);
        if (load !== this.#load) return;
        this.rows = [...before.rows, ...page.keys.filter(isDeleted)];
        this.seen = before.seen + page.keys.length;
        this.next = page.next;
        this.partial = [...new Set([...before.partial, ...(page.partial ?? [])])];
        before = this;
        if (page.next === undefined || this.rows.length >= wanted) break;
      }
      this.error = null;
    } catch (error) {
      if (load === this.#load) this.error = messageOf(error);
    } finally {
      if (load === this.#load) this.loading = false;
    }
  }

  #page(prefix: string, limit: number, after?: string): Promise<KeyPage> {
    const optional = { ...(prefix === '' ? {} : { prefix }), ...(after === undefined ? {} : { after }) };
    return this.#ports.api.keys({ bucket: this.bucket, limit, deleted: true, ...optional });
  }

  /** The key itself is the first of all keys that it is a prefix of. */
  async #onEvent(event: ApiEvent): Promise<void> {
    if (!isChange(event) || event.bucket !== this.bucket) return;
    const { key } = event;
    const load = this.#load;
    const row = (await this.#page(key, 1).catch(() => null))?.keys[0];
    if (row === undefined || load !== this.#load) return;
    const isBeyond = this.next !== undefined && key > this.next;
    if (row.key !== key || !isDeleted(row)) this.rows = withoutKey(this.rows, key);
    else if (!isBeyond) this.rows = withRow(this.rows, row);
  }
}

function isDeleted(row: KeyRow): boolean {
  return row.deleted === true;
}
