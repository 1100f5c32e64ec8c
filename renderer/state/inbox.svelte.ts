/**
 * What the inbox knows about each conflict beyond its row: authors, and whether it merges by
 * itself. Looked up only for rows that come into view, a few at a time.
 */
import { SvelteMap } from 'svelte/reactivity';
import type { ConflictRow, ReadResult } from '../../main/api/contract.ts';
import { mergeModel, mergesByItself } from '../merge/merge-model.ts';
import { outcomeOf, type Plan } from '../merge/outcome.ts';
import { savePlan, type WriteApi } from '../merge/saving.ts';
import { namesOf } from '../merge/siblings.ts';

export interface Look {
  readonly row: ConflictRow;
  readonly read: ReadResult;
  readonly authors: string;
  /** Newest write, ISO 8601. */
  readonly newestAt: string;
  /** Decisions that need a person. */
  readonly questions: number;
  readonly byItself: boolean;
  /** What saving would write, when it merges by itself. */
  readonly plan: Plan | null;
  readonly preview: string;
}

export interface Applied {
  readonly done: number;
  readonly failed: readonly string[];
  readonly hereOnly: number;
}

const AT_ONCE_MAX = 4;
const LOOKS_MAX = 500;

export class Inbox {
  readonly #api: WriteApi;
  readonly #looks = new SvelteMap<string, Look | 'looking' | 'unknown'>();
  readonly #queue: ConflictRow[] = [];
  #running = 0;

  constructor(api: WriteApi) {
    this.#api = api;
  }

  at(row: ConflictRow): Look | 'looking' | 'unknown' {
    return this.#looks.get(idOf(row)) ?? 'looking';
  }

  look(row: ConflictRow): void {
    if (this.#looks.has(idOf(row))) return;
    for (const id of [...this.#looks.keys()].slice(0, Math.max(0, this.#looks.size - LOOKS_MAX))) this.#looks.delete(id);
    this.#looks.set(idOf(row), 'looking');
    this.#queue.push(row);
    void this.#work();
  }

  /** Those among `rows` that are known to merge by themselves. */
  safeAmong(rows: readonly ConflictRow[]): readonly Look[] {
    return rows.map((row) => this.at(row)).filter((look) => typeof look === 'object' && look.byItself) as Look[];
  }

  /** Saves each with the context of the reading that the preview showed. */
  async apply(looks: readonly Look[], onDone: (done: number) => void): Promise<Applied> {
    const failed: string[] = [];
    let hereOnly = 0;
    for (const [index, { row, read, plan }] of looks.entries()) {
      try {
        const name = { bucket: row.bucket, key: row.key };
        if (plan !== null && (await savePlan(this.#api, name, read.context, plan)).hereOnly) hereOnly += 1;
        this.#looks.delete(idOf(row));
      } catch {
        failed.push(row.key);
      }
      onDone(index + 1);
    }
    return { done: looks.length - failed.length, failed, hereOnly };
  }

  async #work(): Promise<void> {
    if (this.#running >= AT_ONCE_MAX) return;
    const row = this.#queue.shift();
    if (row === undefined) return;
    this.#running += 1;
    const read = await this.#api.get({ bucket: row.bucket, key: row.key }).catch(() => null);
    this.#looks.set(idOf(row), read === null ? 'unknown' : lookOf(row, read));
    this.#running -= 1;
    void this.#work();
  }
}

export function idOf({ bucket, key, siblings, writtenAt }: ConflictRow): string {
  return JSON.stringify([bucket, key, siblings, writtenAt]);
}

function lookOf(row: ConflictRow, read: ReadResult): Look {
  const model = mergeModel(read);
  const outcome = outcomeOf(model, {});
  const authors = model.columns.flatMap((column) => column.authors);
  return {
    row,
    read,
    authors: namesOf(authors),
    newestAt: authors.map((author) => author.at).sort().at(-1) ?? row.writtenAt,
    questions: outcome.ready ? 0 : outcome.open.length,
    byItself: mergesByItself(model) && outcome.ready,
    plan: outcome.ready ? outcome.plan : null,
    preview: outcome.preview,
  };
}
