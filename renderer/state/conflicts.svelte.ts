/**
 * One merge on the screen: the reading that was shown, a person's answers, saving, undoing.
 *
 *   loading ─▶ merging ─▶ saving ─▶ saved ─▶ undoing ─▶ merging
 *                 │                             (or calm: nothing to merge)
 *                 └ somebody writes meanwhile: `newer` waits until it is loaded
 *
 * Invariant: a save hands back the context of `read`, the reading on the screen, and no other.
 */
import { createContext } from 'svelte';
import type { ApiEvent, KeyName, ReadResult } from '../../main/api/contract.ts';
import type { Cell, Decision } from '../merge/decision.ts';
import { restore } from '../merge/draft.ts';
import { mergeModel, type MergeModel } from '../merge/merge-model.ts';
import { outcomeOf } from '../merge/outcome.ts';
import { carryOver, chosenCell, reduce, UNTOUCHED, type Action, type Choice } from '../merge/resolution.ts';
import { isUndone, savePlan, undoOf, undoStep, type Saved, type Undo, type WriteApi } from '../merge/saving.ts';
import { MergeDraft, type DraftStorage } from './merge-draft.ts';
import { isChange } from './client.ts';

export const [getMerge, setMerge] = createContext<Merge>();

export interface MergePorts {
  readonly api: WriteApi;
  readonly storage: DraftStorage;
  readonly onEvent: (handler: (event: ApiEvent) => void) => () => void;
  /** Team id: drafts of two teams stay apart. */
  readonly team: string;
}

export type Phase = 'loading' | 'failed' | 'calm' | 'merging' | 'saving' | 'saved' | 'undoing';
/** `columns`: a column for each sibling. `variants`: what differs, each said once. */
export type Layout = 'columns' | 'variants';
export type Mark = 'auto' | 'chosen' | 'open' | 'invalid';

/** More columns than that are shown as variants, until a person says otherwise. */
const COLUMNS_MAX = 5;

export class Merge {
  readonly name: KeyName;
  readonly #ports: MergePorts;
  readonly #unsubscribe: () => void;
  readonly #draft: MergeDraft;
  #undo: Undo | null = null;

  phase = $state<Phase>('loading');
  read = $state.raw<ReadResult | null>(null);
  resolution = $state.raw(UNTOUCHED);
  /** A reading that came after the one shown. */
  newer = $state.raw<ReadResult | null>(null);
  /** The banner about it was waved away. */
  newerKept = $state(false);
  focused = $state<string | null>(null);
  #layout = $state<Layout | null>(null);
  /** Versions that have room beside each other; the view measures it. */
  room = $state(COLUMNS_MAX);
  error = $state<string | null>(null);
  saved = $state.raw<Saved | null>(null);
  draftRestored = $state(false);
  /** Answers of the draft that no longer fit: the versions changed since. */
  draftLost = $state(0);

  readonly model: MergeModel | null = $derived(this.read === null ? null : mergeModel(this.read));
  readonly outcome = $derived(this.model === null ? null : outcomeOf(this.model, this.resolution.choices));
  readonly layout = $derived(this.#layout ?? ((this.model?.columns.length ?? 0) > Math.min(this.room, COLUMNS_MAX) ? 'variants' : 'columns'));
  readonly openCount = $derived(this.outcome?.ready === false ? this.outcome.open.length : 0);
  readonly canSave = $derived(this.phase === 'merging' && this.outcome?.ready === true);
  readonly touched = $derived(Object.keys(this.resolution.choices).length > 0);

  constructor(name: KeyName, ports: MergePorts) {
    this.name = name;
    this.#ports = ports;
    this.#draft = new MergeDraft(ports.storage, ports.team, name);
    this.#unsubscribe = ports.onEvent((event) => this.#onEvent(event));
  }

  close(): void {
    this.#unsubscribe();
  }

  async load(): Promise<void> {
    this.phase = 'loading';
    this.error = null;
    try {
      this.#show(await this.#fetch());
    } catch (error) {
      this.phase = 'failed';
      this.error = wordsOf(error);
    }
  }

  /** Takes the newer reading over; answers whose variants did not change stay. */
  loadNewer(): void {
    const { newer, model, resolution } = this;
    if (newer === null || model === null || this.phase !== 'merging') return;
    this.#show(newer);
    if (this.model === null || newer.siblings.length < 2) return;
    this.resolution = carryOver(model, this.model, resolution);
    this.draftRestored = false;
    this.#keepDraft();
    this.focused = this.#firstOpen();
  }

  choose(id: string, choice: Choice): void {
    this.#act({ type: 'choose', id, choice });
  }

  /** Back to the rule, or to undecided. */
  clear(id: string): void {
    this.#act({ type: 'clear', id });
  }

  /** Every safe rule back in place; answers to real questions stay. */
  applySafe(): void {
    const safe = this.model?.decisions.filter(({ verdict }) => verdict.state === 'auto') ?? [];
    this.#act({ type: 'clear-all', ids: safe.map(({ id }) => id) });
  }

  /** Every answer away; that too can be undone. */
  startOver(): void {
    this.#act({ type: 'clear-all', ids: Object.keys(this.resolution.choices) });
    this.draftRestored = false;
  }

  switchLayout(): void {
    this.#layout = this.layout === 'columns' ? 'variants' : 'columns';
  }

  undoChoice(): void {
    this.#act({ type: 'undo' });
  }

  cellOf(decision: Decision): Cell | undefined {
    return this.model === null ? undefined : chosenCell(this.model, decision, this.resolution.choices);
  }

  choiceOf(decision: Decision): Choice | undefined {
    return this.resolution.choices[decision.id];
  }

  markOf(decision: Decision): Mark {
    const choice = this.choiceOf(decision);
    if (choice === undefined) return decision.verdict.state === 'auto' ? 'auto' : 'open';
    return choice.take === 'all' || this.cellOf(decision) !== undefined ? 'chosen' : 'invalid';
  }

  async save(): Promise<void> {
    const { outcome, read } = this;
    if (!this.canSave || read === null || outcome?.ready !== true) return;
    this.phase = 'saving';
    this.error = null;
    try {
      const saved = await savePlan(this.#ports.api, this.name, read.context, outcome.plan);
      this.#undo = undoOf(this.name, read, saved);
      this.saved = saved;
      this.#draft.drop();
      this.phase = 'saved';
    } catch (error) {
      this.error = wordsOf(error);
      this.phase = 'merging';
    }
  }

  /** Writes the former siblings again; after a failure it goes on where it stopped. */
  async undoSave(): Promise<void> {
    if (this.#undo === null || this.phase !== 'saved') return;
    this.phase = 'undoing';
    this.error = null;
    try {
      while (!isUndone(this.#undo)) this.#undo = await undoStep(this.#ports.api, this.#undo);
      this.#undo = null;
      this.saved = null;
    } catch (error) {
      this.error = wordsOf(error);
      this.phase = 'saved';
      return;
    }
    await this.load();
  }

  #show(read: ReadResult): void {
    this.read = read;
    this.newer = null;
    this.newerKept = false;
    this.saved = null;
    this.phase = read.siblings.length > 1 ? 'merging' : 'calm';
    this.#restoreDraft(read);
    this.focused = this.#firstOpen();
  }

  #firstOpen(): string | null {
    const open = this.outcome?.ready === false ? this.outcome.open[0] : undefined;
    return open ?? this.model?.decisions[0]?.id ?? null;
  }

  #act(action: Action): void {
    if (this.phase !== 'merging') return;
    this.resolution = reduce(this.resolution, action);
    this.#keepDraft();
  }

  async #fetch(): Promise<ReadResult> {
    const { api } = this.#ports;
    try {
      return await api.get(this.name);
    } catch (error) {
      if (!hasCode(error, 'QUORUM_UNREACHABLE')) throw error;
      return api.get({ ...this.name, r: 'one' });
    }
  }

  #onEvent(event: ApiEvent): void {
    if (!isChange(event)) return;
    if (event.bucket !== this.name.bucket || event.key !== this.name.key) return;
    if (this.phase === 'merging' && event.context !== this.read?.context) void this.#look();
    if (this.phase === 'calm') void this.load();
  }

  /** A failed look is no news: the next event, or saving, will tell. */
  async #look(): Promise<void> {
    const shown = this.read;
    const read = await this.#fetch().catch(() => null);
    if (read === null || this.read !== shown || this.phase !== 'merging' || shown === null) return;
    if (dotsOf(read) === dotsOf(shown)) return;
    if (this.newer !== null && dotsOf(read) === dotsOf(this.newer)) return;
    this.newer = read;
    this.newerKept = false;
  }

  #restoreDraft(read: ReadResult): void {
    const { model } = this;
    const draft = model === null || this.phase === 'calm' ? undefined : this.#draft.read();
    const restored = draft === undefined || model === null ? undefined : restore(draft, read.context, model);
    this.resolution = restored?.resolution ?? UNTOUCHED;
    this.draftRestored = this.touched || restored !== undefined;
    this.draftLost = restored?.lost ?? 0;
  }

  #keepDraft(): void {
    const { read, model, resolution } = this;
    if (read === null || model === null) return;
    try {
      this.#draft.keep(read.context, model, resolution);
    } catch {
      this.error = 'This device cannot keep a draft: its storage is full. Save before you leave.';
    }
  }
}

function dotsOf(read: ReadResult): string {
  return read.siblings
    .map(({ dot }) => dot)
    .sort()
    .join(' ');
}

export function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}

export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : 'Something went wrong.';
}
