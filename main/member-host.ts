import { type KeychainAnswer, type KeychainAsk, keychainAskOf } from './member/keychain-messages.ts';
import {
  RESTART_INITIAL,
  restartStep,
  type RestartEffect,
  type RestartEvent,
  type RestartState,
} from './restart-policy.ts';

/** What the member process says to its host. */
export type MemberMessage =
  | KeychainAsk
  | { readonly type: 'ready' }
  /** The device's key is encrypted: it waits for the passphrase. */
  | { readonly type: 'locked'; readonly wasWrong: boolean }
  | { readonly type: 'failed'; readonly exitCode: number; readonly message: string };

export interface MemberEvents {
  readonly onMessage: (message: unknown) => void;
  readonly onExit: (code: number | null) => void;
}

/** One run of the member process. `Port` is a MessagePort of the surroundings. */
export interface MemberProcess<Port> {
  readonly askToStop: () => void;
  readonly kill: () => void;
  readonly addClient: (port: Port) => void;
  readonly unlock: (passphrase: string) => void;
  readonly answer: (answer: KeychainAnswer) => void;
}

export interface HostClock {
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly wakeAt: (at: number, wake: () => void) => void;
}

export interface MemberHostParts<Port> {
  readonly spawn: (events: MemberEvents) => MemberProcess<Port>;
  readonly clock: HostClock;
  /** The member serves; clients may be added until the next `onDown`. */
  readonly onReady: () => void;
  readonly onDown: () => void;
  /** Answer with `unlock`, in this run of the member. */
  readonly onLocked: (wasWrong: boolean) => void;
  /** Answers at once: the keychain of this computer is asked and waited for. */
  readonly onKeychain: (ask: KeychainAsk) => KeychainAnswer;
  readonly onSafeMode: (reason: string) => void;
}

const MESSAGE_CHARS_MAX = 2_000;

/** Keeps one member process alive by the restart policy, and leaves none behind. */
export class MemberHost<Port> {
  readonly #parts: MemberHostParts<Port>;
  readonly #waiting: (() => void)[] = [];
  #state: RestartState = RESTART_INITIAL;
  #process: MemberProcess<Port> | null = null;

  constructor(parts: MemberHostParts<Port>) {
    this.#parts = parts;
  }

  get serving(): boolean {
    return this.#state.phase === 'running';
  }

  get ended(): boolean {
    return this.#state.phase === 'stopped';
  }

  start(): void {
    this.#apply({ type: 'start' });
  }

  /** Resolves when no member process is left. Further calls wait for the same end. */
  async stop(): Promise<void> {
    this.#apply({ type: 'stop' });
    if (this.ended) return;
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Hands a client's port to the member. `false` when it does not serve now: wait for `onReady`. */
  addClient(port: Port): boolean {
    if (!this.serving || this.#process === null) return false;
    this.#process.addClient(port);
    return true;
  }

  unlock(passphrase: string): void {
    this.#process?.unlock(passphrase);
  }

  #apply(event: RestartEvent): void {
    const wasServing = this.serving;
    const step = restartStep(this.#state, event, this.#parts.clock.now());
    this.#state = step.state;
    for (const effect of step.effects) this.#run(effect);
    if (wasServing && !this.serving) this.#parts.onDown();
    if (!wasServing && this.serving) this.#parts.onReady();
  }

  #run(effect: RestartEffect): void {
    switch (effect.type) {
      case 'spawn':
        this.#spawn();
        return;
      case 'ask-stop':
        this.#process?.askToStop();
        return;
      case 'kill':
        this.#process?.kill();
        return;
      case 'wake-at':
        this.#parts.clock.wakeAt(effect.at, () => this.#apply({ type: 'timer' }));
        return;
      case 'safe-mode':
        this.#parts.onSafeMode(effect.reason);
        return;
      case 'stopped':
        for (const resolve of this.#waiting.splice(0)) resolve();
        return;
    }
  }

  /** Events of an earlier run that arrive late are not this run's. */
  #spawn(): void {
    const started: MemberProcess<Port> = this.#parts.spawn({
      onMessage: (message) => {
        if (this.#process === started) this.#receive(message);
      },
      onExit: (code) => {
        if (this.#process !== started) return;
        this.#process = null;
        this.#apply({ type: 'exited', code });
      },
    });
    this.#process = started;
  }

  #receive(raw: unknown): void {
    const message = memberMessageOf(raw);
    if (message === null) return;
    if (message.type === 'ready') this.#apply({ type: 'ready' });
    else if (message.type === 'locked') this.#parts.onLocked(message.wasWrong);
    else if (message.type === 'keychain') this.#process?.answer(this.#parts.onKeychain(message));
    else this.#apply({ type: 'failed', failure: message });
  }
}

/** The member is our own code, yet its message crosses a process border: check the shape. */
export function memberMessageOf(raw: unknown): MemberMessage | null {
  if (typeof raw !== 'object' || raw === null || !('type' in raw)) return null;
  if (raw.type === 'ready') return { type: 'ready' };
  if (raw.type === 'locked') return { type: 'locked', wasWrong: 'wasWrong' in raw && raw.wasWrong === true };
  if (raw.type === 'keychain') return keychainAskOf(raw);
  if (raw.type !== 'failed') return null;
  const exitCode = 'exitCode' in raw && Number.isInteger(raw.exitCode) ? Number(raw.exitCode) : -1;
  const said = 'message' in raw && typeof raw.message === 'string' ? raw.message : '';
  const message = said === '' ? 'it gave no reason' : said.slice(0, MESSAGE_CHARS_MAX);
  return { type: 'failed', exitCode, message };
}
