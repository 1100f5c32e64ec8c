/** What this device and who works at it are called, as somebody changes it. */
import type { Params } from '../../main/api/contract.ts';
import { messageOf, type Client } from './client.ts';

export interface OwnNamesInit {
  readonly client: Pick<Client, 'rename'>;
  /** Kept, and told to the team. */
  readonly onSaved: () => void;
}

export class OwnNames {
  readonly #init: OwnNamesInit;
  name = $state('');
  person = $state('');
  busy = $state(false);
  error = $state<string | null>(null);
  /** As the engine has them, and not as they are shown; `null` before it has said so. */
  #known = $state.raw<{ readonly name: string; readonly person: string } | null>(null);

  readonly isKnown = $derived(this.#known !== null);
  /** An empty name of the device is none; who works at it may be nobody. */
  readonly #change: Params<'rename'> = $derived.by(() => {
    const [name, person] = [this.name.trim(), this.person.trim()];
    return { ...(name !== '' && name !== this.#known?.name && { name }), ...(person !== this.#known?.person && { person: person || null }) };
  });
  readonly isChanged = $derived(this.#known !== null && Object.keys(this.#change).length > 0);

  constructor(init: OwnNamesInit) {
    this.#init = init;
  }

  /** Asks without changing anything; what somebody is typing stays. */
  async read(): Promise<void> {
    await this.#attempt({});
  }

  async save(): Promise<void> {
    if (!this.isChanged || this.busy) return;
    if (await this.#attempt(this.#change)) this.#init.onSaved();
  }

  async #attempt(change: Params<'rename'>): Promise<boolean> {
    this.busy = true;
    try {
      const { name, person } = await this.#init.client.rename(change);
      const isTyping = Object.keys(change).length === 0 && this.isChanged;
      this.#known = { name, person: person ?? '' };
      if (!isTyping) [this.name, this.person] = [name, person ?? ''];
      this.error = null;
      return true;
    } catch (error) {
      this.error = messageOf(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
