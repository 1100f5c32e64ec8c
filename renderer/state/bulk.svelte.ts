/**
 * "Apply all safe": looks through the inbox for what merges by itself, shows what would be saved,
 * saves what is still ticked, and takes it all back if asked.
 *
 *   looking ─▶ review ─▶ saving ─▶ done ─▶ undoing ─▶ undone
 *
 * Invariant: each key is saved with the context of the reading that the preview was made from.
 */
import { SvelteSet } from 'svelte/reactivity';
import { rowId, type Look } from '../merge/look.ts';
import { isUndone, savePlan, undoOf, undoStep, type Undo } from '../merge/saving.ts';
import { isSafe, type Inbox } from './inbox.svelte.ts';

export type BulkPhase = 'looking' | 'review' | 'saving' | 'done' | 'undoing' | 'undone';

/** Readings are held until it is over: as many as memory and patience allow. */
const SAFE_MAX = 500;

export class Bulk {
  readonly #inbox: Inbox;
  #undos: Undo[] = [];
  #closed = false;
  readonly #left = new SvelteSet<string>();

  phase = $state<BulkPhase>('looking');
  looked = $state(0);
  /** Keys saved, or taken back, so far. */
  progress = $state(0);
  safe = $state.raw<readonly Look[]>([]);
  /** Keys that could not be saved, or not taken back. */
  failed = $state.raw<readonly string[]>([]);
  /** Saved, and somebody wrote another version meanwhile. */
  late = $state(0);
  hereOnly = $state(0);
  /** More than one round has room for. */
  full = $state(false);

  readonly chosen = $derived(this.safe.filter(({ row }) => !this.#left.has(rowId(row))));
  readonly saved = $derived(this.chosen.length - this.failed.length);

  constructor(inbox: Inbox) {
    this.#inbox = inbox;
  }

  close(): void {
    this.#closed = true;
  }

  isChosen({ row }: Look): boolean {
    return !this.#left.has(rowId(row));
  }

  toggle({ row }: Look): void {
    if (!this.#left.delete(rowId(row))) this.#left.add(rowId(row));
  }

  /** Every row of every page, until enough is found. */
  async look(): Promise<void> {
    for (let index = 0; !this.#closed; index += 1) {
      if (index >= this.#inbox.rows.length) {
        if (this.#inbox.next === undefined) break;
        const before = this.#inbox.rows.length;
        await this.#inbox.loadMore();
        if (this.#inbox.rows.length === before) break;
      }
      if (this.safe.length >= SAFE_MAX) {
        this.full = true;
        break;
      }
      const row = this.#inbox.rows[index];
      if (row === undefined) break;
      const ahead = this.#inbox.rows.slice(index, index + 8).map((next) => this.#inbox.look(next));
      const look = await (ahead[0] ?? 'unknown');
      if (isSafe(look)) this.safe = [...this.safe, look];
      this.looked = index + 1;
    }
    this.phase = 'review';
  }

  async save(): Promise<void> {
    if (this.phase !== 'review') return;
    const { chosen } = this;
    this.phase = 'saving';
    this.progress = 0;
    for (const look of chosen) {
      await this.#save(look);
      this.progress += 1;
    }
    this.phase = 'done';
  }

  /** The former versions of all, again; what fails stays merged and is named. */
  async undo(): Promise<void> {
    if (this.phase !== 'done') return;
    this.phase = 'undoing';
    this.progress = 0;
    this.failed = [];
    for (const undo of this.#undos) {
      try {
        for (let left = undo; !isUndone(left); ) left = await undoStep(this.#inbox.api, left);
      } catch {
        this.failed = [...this.failed, undo.name.key];
      }
      this.progress += 1;
    }
    this.#undos = [];
    this.phase = 'undone';
  }

  async #save({ row, read, plan }: Look): Promise<void> {
    const name = { bucket: row.bucket, key: row.key };
    if (plan === null) return;
    try {
      const saved = await savePlan(this.#inbox.api, name, read.context, plan);
      this.#undos.push(undoOf(name, read, saved));
      if (saved.hereOnly) this.hereOnly += 1;
      if (saved.others > 0) this.late += 1;
      this.#inbox.forget(row);
    } catch {
      this.failed = [...this.failed, row.key];
    }
  }
}
