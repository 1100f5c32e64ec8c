import { type Keychain, KeychainError } from './key-asking.ts';
import { keychainAnswerOf, type KeychainAsk } from './keychain-messages.ts';

/** The keychain as a utilityProcess has it: its parent asks it. */
export class KeychainAtParent implements Keychain {
  readonly #tellParent: (message: KeychainAsk) => void;
  readonly #asked = new Map<number, PromiseWithResolvers<Uint8Array>>();
  #lastId = 0;

  constructor(tellParent: (message: KeychainAsk) => void) {
    this.#tellParent = tellParent;
  }

  seal(secret: Uint8Array): Promise<Uint8Array> {
    return this.#ask('seal', secret);
  }

  open(sealed: Uint8Array): Promise<Uint8Array> {
    return this.#ask('open', sealed);
  }

  /** What the parent says; only its answers are for this. */
  receive(message: unknown): void {
    const answer = keychainAnswerOf(message);
    const asked = answer === null ? undefined : this.#asked.get(answer.id);
    if (answer === null || asked === undefined) return;
    this.#asked.delete(answer.id);
    if ('bytes' in answer) asked.resolve(answer.bytes);
    else asked.reject(new KeychainError(answer.refusal));
  }

  #ask(verb: KeychainAsk['verb'], bytes: Uint8Array): Promise<Uint8Array> {
    this.#lastId += 1;
    const asked = Promise.withResolvers<Uint8Array>();
    this.#asked.set(this.#lastId, asked);
    this.#tellParent({ type: 'keychain', id: this.#lastId, verb, bytes });
    return asked.promise;
  }
}
