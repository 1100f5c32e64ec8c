/**
 * The open key as a form: which form its text has, edits of it, the way back, and what is typed but
 * cannot be saved. The text of the entry stays the only truth: drafts, saving and banners know
 * nothing of forms.
 */
import { SvelteMap } from 'svelte/reactivity';
import { FieldMemory, type ShownField } from '../forms/field-memory.ts';
import { renameField, type FieldKind, type RecordField } from '../forms/record.ts';
import { withKept, type ChecklistItem } from '../forms/checklist.ts';
import { shapeOf } from '../forms/shape.ts';
import { back, forth, NO_STEPS, stepFrom, type Steps, type Turned } from '../forms/undo.ts';
import { languageOf } from './content-type.ts';
import type { Entry } from './entry.svelte.ts';

export type FormEntry = Pick<Entry, 'text' | 'contentType' | 'readOnly' | 'binary' | 'heldBack' | 'edit' | 'startedAs'>;

/** What is typed in a field while it is no value. */
export interface Held {
  readonly typed: string;
  readonly why: string;
}

const ID_LENGTH = 10;

export class Form {
  readonly entry: FormEntry;
  readonly #memory = new FieldMemory();
  /** Counts the kinds that people chose: a kind can change without the text. */
  #chosen = $state(0);
  /** What the person wants to see; a text without a form is shown as source all the same. */
  #view = $state<'form' | 'source' | null>(null);
  /** Said to ears when it changes. */
  said = $state('');
  hidesDone = $state(false);
  readonly #held = new SvelteMap<string, Held>();
  #steps = $state.raw<Steps>(NO_STEPS);
  #mine = $state.raw<string | null>(null);
  #paused = false;
  /** As they were read last. */
  #items: readonly ChecklistItem[] = [];

  readonly isJson = $derived.by(() => languageOf(this.entry.contentType) === 'json' && !this.entry.binary);
  readonly shape = $derived.by(() => {
    const shape = this.isJson ? shapeOf(this.entry.text) : null;
    if (shape?.form !== 'checklist') return shape;
    this.#items = withKept(this.#items, shape.items);
    return { ...shape, items: this.#items };
  });
  readonly hasForm = $derived(this.shape !== null && (this.shape.form !== 'none' || this.shape.is === 'blank'));
  readonly view = $derived.by(() => (this.hasForm && (this.#view ?? this.#first) === 'form' ? 'form' : 'source'));
  readonly canUndo = $derived.by(() => this.#isMine && this.#steps.past.length > 0);

  constructor(entry: FormEntry) {
    this.entry = entry;
  }

  get #first(): 'form' | 'source' {
    return this.entry.startedAs === 'json' ? 'source' : 'form';
  }

  /** False: something typed here is no value yet, and would be lost. */
  show(view: 'form' | 'source'): boolean {
    if (view === this.view) return true;
    if (this.entry.heldBack !== null || (view === 'form' && !this.hasForm)) return false;
    this.#view = view;
    return true;
  }

  /** Somebody writes in the source: it stays, though the text become one that has a form. */
  keepSource(): void {
    this.#view = 'source';
  }

  /** `what` names the place; typing on there is one step back. */
  edit(what: string, change: (source: string) => string, typing = false): void {
    const { entry } = this;
    const before = entry.text;
    const after = entry.readOnly ? before : change(before);
    if (after === before) return;
    const steps = this.#isMine ? this.#steps : NO_STEPS;
    this.#write(after, stepFrom(steps, before, what, typing && !this.#paused));
    this.#paused = false;
  }

  /** Fields with the places and kinds that they have on the page. */
  shownFields(fields: readonly RecordField[]): readonly ShownField[] {
    void this.#chosen;
    return this.#memory.show(fields);
  }

  /** A field is shown as this kind from now on; `change` gives it a value of the kind. */
  turnField(name: string, kind: FieldKind, change: (source: string) => string): void {
    this.#memory.choose(name, kind);
    this.edit('fields', change);
    this.#chosen += 1;
  }

  renameField(place: string, name: string, next: string): void {
    this.#memory.rename(name, next);
    this.edit(place, (source) => renameField(source, name, next), true);
  }

  /** The writing goes on elsewhere: the next letter is a step of its own. */
  pause(): void {
    this.#paused = true;
  }

  /** What is typed and no value yet goes first. */
  undo(): boolean {
    if (this.entry.heldBack === null) return this.#turn(back, 'Undone');
    this.release(...this.#held.keys());
    this.said = 'Undone';
    return true;
  }

  redo(): boolean {
    return this.#turn(forth, 'Done again');
  }

  heldAt(place: string): Held | undefined {
    return this.entry.heldBack === null ? undefined : this.#held.get(place);
  }

  /** Keeps what is typed at a place while it is no value. */
  hold(place: string, typed: string, why: string): void {
    if (this.entry.heldBack === null) this.#held.clear();
    this.#held.set(place, { typed, why });
    this.entry.heldBack = why;
  }

  release(...places: readonly string[]): void {
    for (const place of places) this.#held.delete(place);
    if (this.entry.heldBack !== null) this.entry.heldBack = [...this.#held.values()].at(-1)?.why ?? null;
  }

  /** Unlike any other, on whatever device it is made. */
  newId(): string {
    const bytes = crypto.getRandomValues(new Uint8Array(ID_LENGTH));
    return [...bytes].map((byte) => (byte % 36).toString(36)).join('');
  }

  /** Nobody else changed the text since the last step. */
  get #isMine(): boolean {
    return this.#mine === this.entry.text;
  }

  #turn(turn: (steps: Steps, now: string) => Turned | undefined, said: string): boolean {
    const { entry } = this;
    const turned = this.#isMine && !entry.readOnly ? turn(this.#steps, entry.text) : undefined;
    if (turned === undefined) return false;
    this.#write(turned.text, turned.steps);
    this.#paused = true;
    this.said = said;
    return true;
  }

  #write(text: string, steps: Steps): void {
    this.#steps = steps;
    this.#mine = text;
    this.entry.edit(text);
  }
}
