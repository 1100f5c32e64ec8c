/** Deleting asks once, with the key in view, and carries the context that was read when it asked. */
import type { KeyName, ReadResult } from '../../main/api/contract.ts';
import type { App } from './app.svelte.ts';
import { messageOf } from './client.ts';
import { notify } from './notices.ts';
import { deleteOrHere, putOrHere } from './writing.ts';
import { visible } from '../names/visible.ts';

export class Deletion {
  readonly #app: App;
  asked = $state.raw<KeyName | null>(null);
  busy = $state(false);
  error = $state<string | null>(null);

  constructor(app: App) {
    this.#app = app;
  }

  ask(name: KeyName): void {
    this.error = null;
    this.asked = name;
  }

  cancel(): void {
    if (!this.busy) this.asked = null;
  }

  async confirm(onDone: (name: KeyName) => void): Promise<void> {
    const name = this.asked;
    if (name === null || this.busy) return;
    this.busy = true;
    this.error = null;
    try {
      const read = await this.#app.client.get({ ...name });
      const result = await deleteOrHere(this.#app.client, { ...name, context: read.context });
      this.asked = null;
      onDone(name);
      this.#announce(name, read, result.context);
    } catch (error) {
      this.error = messageOf(error);
    } finally {
      this.busy = false;
    }
  }

  #announce(name: KeyName, read: ReadResult, context: string): void {
    const [only, ...others] = read.siblings;
    const value = only?.value;
    if (only === undefined || others.length > 0 || typeof value !== 'string') {
      notify('success', `Deleted ${visible(name.key)}`);
      return;
    }
    const put = { ...name, value, encoding: only.encoding, contentType: only.contentType, context };
    notify('success', `Deleted ${visible(name.key)}`, {
      label: 'Undo',
      onClick: () => {
        putOrHere(this.#app.client, put).catch((error: unknown) =>
          notify('error', `Could not bring ${visible(name.key)} back: ${messageOf(error)}`),
        );
      },
    });
  }
}
