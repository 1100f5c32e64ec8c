/** Unsaved edits outlive a crash of the window: one entry of localStorage for each key. */

export interface Draft {
  readonly text: string;
  readonly contentType: string;
  /** What had been read when the edit began; saving with it never hides a later write. */
  readonly context: string;
}

const PAUSE_MS = 250;

export class DraftSlot {
  readonly #name: string;
  #pending: (() => Draft | null) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(team: string, bucket: string, key: string) {
    this.#name = `ringleaf.draft:${JSON.stringify([team, bucket, key])}`;
  }

  read(): Draft | null {
    try {
      const draft: unknown = JSON.parse(localStorage.getItem(this.#name) ?? 'null');
      return isDraft(draft) ? draft : null;
    } catch {
      return null;
    }
  }

  /** After a pause in typing; `null` means that nothing is left to keep. */
  keepSoon(draft: () => Draft | null): void {
    this.#pending = draft;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.flush(), PAUSE_MS);
  }

  flush(): void {
    const draft = this.#pending?.();
    if (draft === undefined) return;
    this.#pending = undefined;
    clearTimeout(this.#timer);
    if (draft === null) localStorage.removeItem(this.#name);
    else store(this.#name, JSON.stringify(draft));
  }

  drop(): void {
    this.#pending = undefined;
    clearTimeout(this.#timer);
    localStorage.removeItem(this.#name);
  }
}

/** A full storage is no reason to stop typing: the text then lives in the window only. */
function store(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    localStorage.removeItem(name);
  }
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== 'object' || value === null) return false;
  return ['text', 'contentType', 'context'].every((name) => typeof Reflect.get(value, name) === 'string');
}
