import { setTimeout as sleep } from 'node:timers/promises';
import { BrowserWindow } from 'electron';
import { QUIT_NOW_URL, QUIT_STAY_URL, QUIT_URL, QUIT_WAIT_URL } from './quit-page.ts';
import { ANSWER_MAX_MS, beginQuit, quitMove, type QuitMove, type QuitRun, waitOn, type Waiting } from './quit-plan.ts';

const POLL_MS = 250;
/** One question may take this long; then the last answer counts, for `ANSWER_MAX_MS`. */
const ASK_MS = 1_000;

export interface QuittingParts {
  readonly waiting: () => Promise<Waiting | null>;
  /** Now the member may be stopped and the app ended. */
  readonly onQuit: () => void;
  /** A person changed their mind. */
  readonly onStay: () => void;
}

/** Quitting, from the wish to its end: at most one at a time, and never without an end. */
export class Quitting {
  readonly #parts: QuittingParts;
  #run: QuitRun | null = null;
  #window: BrowserWindow | null = null;
  #shown: Extract<QuitMove, { kind: 'show' }> | null = null;
  #allowed = false;
  #last: { readonly waiting: Waiting; readonly at: number } | null = null;

  constructor(parts: QuittingParts) {
    this.#parts = parts;
  }

  /** Nothing is waited for any more. */
  get allowed(): boolean {
    return this.#allowed;
  }

  get shown(): { readonly words: string; readonly detail: string } {
    return this.#shown ?? { words: 'Quitting…', detail: '' };
  }

  /** @param visible `false`: nobody looks on, and there is little time (SIGTERM, end of the session). */
  begin(visible: boolean): void {
    if (this.#allowed) return;
    if (this.#run !== null) {
      if (!visible && this.#run.visible) this.#run = beginQuit(performance.now(), false);
      return;
    }
    this.#run = beginQuit(performance.now(), visible);
    void this.#drain();
  }

  onAction(url: string): void {
    if (this.#run === null) return;
    if (url === QUIT_NOW_URL) this.#finish();
    if (url === QUIT_WAIT_URL) this.#run = waitOn(this.#run, performance.now());
    if (url === QUIT_STAY_URL) this.#stay();
  }

  async #drain(): Promise<void> {
    for (;;) {
      const waiting = await this.#ask();
      if (this.#run === null) return;
      const move = quitMove(this.#run, waiting, performance.now());
      if (move.kind === 'quit') {
        this.#finish();
        return;
      }
      if (move.kind === 'show') this.#show(move);
      await sleep(POLL_MS);
    }
  }

  async #ask(): Promise<Waiting | null> {
    const waiting = await Promise.race([this.#parts.waiting().catch(() => null), sleep(ASK_MS, null)]);
    const now = performance.now();
    if (waiting !== null) this.#last = { waiting, at: now };
    return this.#last !== null && now - this.#last.at < ANSWER_MAX_MS ? this.#last.waiting : null;
  }

  #show(move: Extract<QuitMove, { kind: 'show' }>): void {
    if (this.#shown?.words === move.words && this.#shown.detail === move.detail) return;
    this.#shown = move;
    if (this.#window === null) this.#openWindow();
    this.#window?.loadURL(QUIT_URL).catch(() => {
      // Given up for the next words, or closed meanwhile.
    });
  }

  #openWindow(): void {
    const window = new BrowserWindow({
      width: 520,
      height: 260,
      useContentSize: true,
      resizable: false,
      minimizable: false,
      maximizable: false,
      autoHideMenuBar: true,
      title: 'Quitting Ringleaf',
      webPreferences: { contextIsolation: true, sandbox: true, nodeIntegration: false, javascript: false },
    });
    window.removeMenu();
    window.on('closed', () => {
      if (this.#window !== window) return;
      this.#window = null;
      this.#stay();
    });
    this.#window = window;
  }

  #finish(): void {
    this.#run = null;
    this.#allowed = true;
    this.#dropWindow();
    this.#parts.onQuit();
  }

  #stay(): void {
    if (this.#run === null) return;
    this.#run = null;
    this.#dropWindow();
    this.#parts.onStay();
  }

  #dropWindow(): void {
    const window = this.#window;
    this.#window = null;
    this.#shown = null;
    window?.destroy();
  }
}
