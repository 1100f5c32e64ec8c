/** `asking`: nothing was said yet. `wrong`: what was said did not open it. `trying`: the member looks. */
export type UnlockPhase = 'asking' | 'wrong' | 'trying';

export interface UnlockingParts {
  /** To the member that asked. */
  readonly send: (passphrase: string) => void;
  /** Shows the page that asks, or that asks again. */
  readonly onAsk: () => void;
}

/**
 * The passphrase of the device's key, from a person to the member. It is kept in memory and nowhere
 * else, for a member that crashed and comes back while nobody looks on.
 */
export class Unlocking {
  readonly #parts: UnlockingParts;
  #phase: UnlockPhase = 'asking';
  #isShown = false;
  #passphrase: string | null = null;

  constructor(parts: UnlockingParts) {
    this.#parts = parts;
  }

  get phase(): UnlockPhase {
    return this.#phase;
  }

  /** Whether the page that asks is the one to show. */
  get isShown(): boolean {
    return this.#isShown;
  }

  onLocked(wasWrong: boolean): void {
    if (!wasWrong && this.#passphrase !== null) {
      this.#parts.send(this.#passphrase);
      return;
    }
    this.#passphrase = null;
    this.#phase = wasWrong ? 'wrong' : 'asking';
    this.#isShown = true;
    this.#parts.onAsk();
  }

  /** Twice from an impatient person is once. */
  onPassphrase(passphrase: string): void {
    if (!this.#isShown || this.#phase === 'trying') return;
    this.#phase = 'trying';
    this.#passphrase = passphrase;
    this.#parts.send(passphrase);
  }

  /** It opened, or nothing is asked any more. */
  onEnd(): void {
    this.#isShown = false;
  }
}
