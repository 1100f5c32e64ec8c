/** A passphrase for this device's key, as somebody types it twice, or takes it off. */
import type { App } from './app.svelte.ts';
import { messageOf } from './client.ts';

export type KeyProtectionPorts = { readonly client: Pick<App['client'], 'protectKey'>; readonly refreshTeam: () => Promise<void> };

export class KeyProtection {
  readonly #ports: KeyProtectionPorts;
  passphrase = $state('');
  again = $state('');
  isChanging = $state(false);
  error = $state<string | null>(null);
  /** What was done last. */
  said = $state('');

  readonly differs = $derived(this.again !== '' && this.again !== this.passphrase);
  readonly canProtect = $derived(this.passphrase !== '' && this.again === this.passphrase && !this.isChanging);

  constructor(ports: KeyProtectionPorts) {
    this.#ports = ports;
  }

  async protect(): Promise<void> {
    if (this.canProtect) await this.#change(this.passphrase, 'The key is encrypted. Ringleaf asks for the passphrase at its next start.');
  }

  async takeOff(): Promise<void> {
    if (!this.isChanging) await this.#change(null, 'The key is no longer encrypted. Ringleaf starts without a passphrase.');
  }

  /** What was typed stays when it was refused, and goes as soon as it holds. */
  async #change(passphrase: string | null, done: string): Promise<void> {
    this.isChanging = true;
    this.error = null;
    this.said = '';
    try {
      await this.#ports.client.protectKey({ passphrase });
      this.passphrase = '';
      this.again = '';
      this.said = done;
      await this.#ports.refreshTeam();
    } catch (error) {
      this.error = messageOf(error);
    } finally {
      this.isChanging = false;
    }
  }
}
