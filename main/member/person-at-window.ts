import { StartError } from './start-error.ts';

/** Whoever sits at the parent's window, and may know the passphrase of the device's key. */
export class PersonAtWindow {
  readonly #tellParent: (message: { readonly type: 'locked'; readonly wasWrong: boolean }) => void;
  #asked: PromiseWithResolvers<string> | undefined;

  constructor(tellParent: (message: { readonly type: 'locked'; readonly wasWrong: boolean }) => void) {
    this.#tellParent = tellParent;
  }

  ask(wasWrong: boolean): Promise<string> {
    this.#asked = Promise.withResolvers<string>();
    this.#tellParent({ type: 'locked', wasWrong });
    return this.#asked.promise;
  }

  /** What the parent says; only `unlock` and `stop` are for this. */
  receive(message: { readonly type: unknown; readonly passphrase?: unknown }): void {
    if (message.type === 'unlock' && typeof message.passphrase === 'string') this.#asked?.resolve(message.passphrase);
    if (message.type === 'stop') this.#asked?.reject(new StartError(5, 'It was stopped before its key was opened.'));
  }
}
