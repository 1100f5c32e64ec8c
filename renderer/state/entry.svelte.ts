/**
 * The open key: what was read, what is being typed, and how far the last save has come.
 * A save carries the context of what was read, so it replaces exactly that and nothing newer.
 */
import type { ApiEvent, CopyInfo, Placement, ReadResult } from '../../main/api/contract.ts';
import { templateOf, typeOf, type KeyKind } from '../forms/templates.ts';
import type { App } from './app.svelte.ts';
import { isChange, messageOf, type Unsubscribe } from './client.ts';
import { guessContentType, jsonFault, languageOf } from './content-type.ts';
import { DraftSlot } from './drafts.ts';
import { NOTHING_READ, readKey } from './reading.ts';
import { savedState } from './saved-state.ts';
import { newest } from './sibling.ts';
import { newWriteId } from '../merge/write-id.ts';
import { putOrHere } from './writing.ts';

const PLACEMENT_PAUSE_MS = 1_200;

export class Entry {
  readonly bucket: string;
  readonly key: string;
  readonly #app: App;
  readonly #unsubscribes: readonly Unsubscribe[];
  #closed = false;
  /** The save that is not known to have come through. */
  #failed: { readonly text: string; readonly writeId: string } | null = null;
  readonly draft: DraftSlot;
  #placementTimer: ReturnType<typeof setTimeout> | undefined;

  read = $state.raw<ReadResult | null>(null);
  loadError = $state<string | null>(null);
  text = $state('');
  contentType = $state('text/plain');
  #savedText = $state('');
  #savedType = $state('text/plain');
  saving = $state(false);
  saveError = $state<string | null>(null);
  /** Why the text cannot be saved as JSON; the person decides what to do. */
  jsonFault = $state<string | null>(null);
  /** Why what is typed in a form is no value yet; nothing is saved before it is. */
  heldBack = $state<string | null>(null);
  /** What a new key was begun as; `null`: it was there, or was opened by its name. */
  startedAs = $state<KeyKind | null>(null);
  /** Somebody else's newer version, not taken over yet. */
  elsewhere = $state.raw<ReadResult | null>(null);
  placement = $state.raw<Placement | null>(null);
  draftRestored = $state(false);
  #copies = $state.raw<readonly Pick<CopyInfo, 'member' | 'durable'>[] | null>(null);

  readonly live = $derived((this.read?.siblings ?? []).filter((sibling) => !sibling.deleted));
  /** The version shown; of several, the newest by its writer's clock. */
  readonly current = $derived(newest(this.live));
  readonly tombstone = $derived(this.current === null ? newest(this.read?.siblings ?? []) : null);
  readonly inConflict = $derived((this.read?.siblings.length ?? 0) > 1);
  readonly isNew = $derived(this.read !== null && this.current === null);
  readonly binary = $derived(this.current?.encoding === 'base64');
  readonly readOnly = $derived(this.read === null || this.inConflict || this.binary);
  readonly canSave = $derived(!this.readOnly && !this.saving && this.heldBack === null && (this.dirty || this.isNew));
  readonly copiesWanted = $derived.by(() => this.placement?.primaries.length ?? this.#app.copiesByDefault);
  readonly saved = $derived.by(() =>
    savedState({
      saving: this.saving,
      failed: this.saveError !== null,
      dirty: this.dirty,
      isNew: this.isNew,
      copies: this.#copies,
      copiesWanted: this.copiesWanted,
      selfId: this.#selfId,
    }),
  );

  constructor(app: App, bucket: string, key: string) {
    this.#app = app;
    this.bucket = bucket;
    this.key = key;
    this.draft = new DraftSlot(app.status?.team?.teamId ?? '', bucket, key);
    this.#unsubscribes = [
      app.onEvent((event) => this.#onEvent(event)),
      app.onReconnect(() => void (this.read === null ? this.load() : this.#lookElsewhere())),
    ];
    void this.load();
  }

  close(): void {
    this.#closed = true;
    for (const unsubscribe of this.#unsubscribes) unsubscribe();
    clearTimeout(this.#placementTimer);
    this.draft.flush();
  }

  get #selfId(): string {
    return this.#app.status?.memberId ?? '';
  }

  get dirty(): boolean {
    return this.text !== this.#savedText || this.contentType !== this.#savedType || this.heldBack !== null;
  }

  async load(): Promise<void> {
    try {
      const read = await this.#fetch();
      if (this.#closed) return;
      this.loadError = null;
      this.#adopt(read);
      this.#restoreDraft(read);
      this.#begin();
      void this.loadPlacement();
    } catch (error) {
      this.loadError = messageOf(error);
    }
  }

  async loadPlacement(): Promise<void> {
    const context = this.read?.context;
    const placement = await this.#app.client.placement({ bucket: this.bucket, key: this.key }).catch(() => null);
    if (placement === null || this.#closed) return;
    this.placement = placement;
    const dot = this.current?.dot;
    if (dot === undefined || context !== this.read?.context) return;
    this.#copies = placement.holders.filter((holder) => holder.dots.includes(dot));
  }

  edit(text: string): void {
    this.text = text;
    this.saveError = null;
    this.#keepDraft();
  }

  setContentType(contentType: string): void {
    this.contentType = contentType;
    this.heldBack = null;
    this.#keepDraft();
  }

  async save(): Promise<void> {
    if (!this.canSave) return;
    this.jsonFault = languageOf(this.contentType) === 'json' ? jsonFault(this.text) : null;
    if (this.jsonFault === null) await this.#put();
  }

  async saveAsText(): Promise<void> {
    this.jsonFault = null;
    this.contentType = 'text/plain';
    await this.#put();
  }

  /** Takes the other version over; what was typed here is given up. */
  takeElsewhere(): void {
    if (this.elsewhere === null) return;
    this.#dropDraft();
    this.#adopt(this.elsewhere);
    void this.loadPlacement();
  }

  /** The old context stays, so the next save stands beside the other version. */
  keepMine(): void {
    this.elsewhere = null;
  }

  discardDraft(): void {
    this.#dropDraft();
    if (this.elsewhere !== null) this.takeElsewhere();
    else if (this.read !== null) this.#adopt(this.read);
  }

  async #put(): Promise<void> {
    const { bucket, key, text: value, contentType } = this;
    const context = this.read?.context ?? '';
    this.saving = true;
    this.saveError = null;
    try {
      const put = { bucket, key, value, encoding: 'utf8' as const, contentType };
      const params = context === '' ? put : { ...put, context };
      const result = await putOrHere(this.#app.client, { ...params, writeId: this.#writeIdOf(params) });
      this.#failed = null;
      this.#savedText = value;
      this.#savedType = contentType;
      this.#copies = result.copies;
      this.draftRestored = false;
      if (!this.dirty) this.#dropDraft();
      await this.#afterWrite(result.context);
    } catch (error) {
      this.saveError = messageOf(error);
    } finally {
      this.saving = false;
    }
  }

  /** Saving the same again after a failure is the same write: its first attempt may have arrived. */
  #writeIdOf(put: object): string {
    const text = JSON.stringify(put);
    this.#failed = this.#failed?.text === text ? this.#failed : { text, writeId: newWriteId() };
    return this.#failed.writeId;
  }

  /** Reads back what the key now holds: normally this write alone, else a conflict to be shown. */
  async #afterWrite(context: string): Promise<void> {
    const read = await this.#fetch('one').catch(() => null);
    const whole = read?.siblings.some((sibling) => sibling.value === this.#savedText) === true;
    if (read !== null && whole) this.read = read;
    else this.read = { ...(this.read ?? NOTHING_READ), context };
    this.elsewhere = null;
    this.#placementSoon();
  }

  #onEvent(event: ApiEvent): void {
    if (event.type !== 'copies' && !isChange(event)) return;
    if (event.bucket !== this.bucket || event.key !== this.key || this.read === null) return;
    if (event.type === 'copies') {
      if (event.context === this.read.context || this.saving) this.#copies = event.copies;
      this.#placementSoon();
    } else if (event.context !== this.read.context && !this.saving) {
      void this.#lookElsewhere();
    }
  }

  async #lookElsewhere(): Promise<void> {
    const before = this.read;
    const read = await this.#fetch().catch(() => null);
    if (read === null || this.#closed || this.read !== before || this.saving || read.context === before?.context) return;
    const [only, ...others] = read.siblings;
    const same = only?.value === this.#savedText && only.contentType === this.#savedType;
    const alike = same && others.length === 0;
    const merged = !this.dirty && (read.siblings.length > 1 || this.inConflict);
    if (alike) this.read = read;
    else if (merged) this.#adopt(read);
    else this.elsewhere = read;
    this.#placementSoon();
  }

  #fetch(r?: 'one'): Promise<ReadResult> {
    return readKey(this.#app.client, { bucket: this.bucket, key: this.key }, r);
  }

  #adopt(read: ReadResult): void {
    this.read = read;
    this.elsewhere = null;
    this.draftRestored = false;
    this.saveError = null;
    this.heldBack = null;
    this.#copies = null;
    const shown = this.current;
    this.text = this.#savedText = shown?.encoding === 'utf8' ? (shown.value ?? '') : '';
    this.contentType = this.#savedType = shown?.contentType ?? guessContentType(this.key);
  }

  #restoreDraft(read: ReadResult): void {
    const draft = this.draft.read();
    if (draft === null || this.readOnly) return;
    if (draft.text === this.text && draft.contentType === this.contentType) return this.#dropDraft();
    this.text = draft.text;
    this.contentType = draft.contentType;
    this.draftRestored = true;
    if (draft.context === read.context) return;
    this.read = { ...read, context: draft.context };
    this.elsewhere = read;
  }

  /** A key that was asked for as a checklist or record begins as one; what is there already stays. */
  #begin(): void {
    const kind = this.#app.overlays.takeKind(this);
    if (kind === null || !this.isNew || this.dirty) return;
    this.startedAs = kind;
    this.contentType = typeOf(kind, this.contentType);
    this.text = templateOf(kind).text;
    this.#keepDraft();
  }

  #keepDraft(): void {
    this.draft.keepSoon(() => {
      const { text, contentType } = this;
      return this.dirty ? { text, contentType, context: this.read?.context ?? '' } : null;
    });
  }

  #dropDraft(): void {
    this.draft.drop();
    this.draftRestored = false;
  }

  #placementSoon(): void {
    if (this.#closed) return;
    clearTimeout(this.#placementTimer);
    this.#placementTimer = setTimeout(() => void this.loadPlacement(), PLACEMENT_PAUSE_MS);
  }
}
