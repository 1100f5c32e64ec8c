/** What this device's key is protected by, as somebody chooses it: nothing, the keychain, or a passphrase that is typed twice. */
import type { KeyChoice } from '../../main/api/contract.ts';
import type { Protection } from './access-words.ts';
import type { App } from './app.svelte.ts';
import { messageOf } from './client.ts';

export type KeyProtectionPorts = Pick<App, 'status' | 'refreshTeam'> & { readonly client: Pick<App['client'], 'protectKey'> };

const DONE: Readonly<Record<Protection, string>> = {
  nothing: 'The key is no longer encrypted. Ringleaf starts without asking.',
  keychain: 'The key is encrypted. This computer’s keychain opens it from now on.',
  passphrase: 'The key is encrypted. Ringleaf asks for the passphrase at its next start.',
};

export class KeyProtection {
  readonly #ports: KeyProtectionPorts;
  /** `null`: nothing else than what holds. */
  #chosen = $state<Protection | null>(null);
  passphrase = $state('');
  again = $state('');
  isChanging = $state(false);
  error = $state<string | null>(null);
  /** What was done last. */
  said = $state('');

  readonly now: Protection = $derived.by(() => this.#ports.status?.access.key.protectedBy ?? 'nothing');
  readonly choice: Protection = $derived.by(() => this.#chosen ?? this.now);
  readonly differs = $derived(this.again !== '' && this.again !== this.passphrase);
  readonly canChange = $derived.by(() => !this.isChanging && (this.choice === 'passphrase' ? this.passphrase !== '' && this.again === this.passphrase : this.choice !== this.now));

  constructor(ports: KeyProtectionPorts) {
    this.#ports = ports;
  }

  choose(protection: Protection): void {
    this.#chosen = protection;
    this.error = null;
    this.said = '';
  }

  /** What was typed stays when it was refused, and goes as soon as it holds. */
  async change(): Promise<void> {
    const { choice } = this;
    if (!this.canChange) return;
    this.isChanging = true;
    this.error = null;
    this.said = '';
    try {
      await this.#ports.client.protectKey(this.#call(choice));
      this.passphrase = '';
      this.again = '';
      await this.#ports.refreshTeam();
      this.#chosen = null;
      this.said = DONE[choice];
    } catch (error) {
      this.error = messageOf(error);
    } finally {
      this.isChanging = false;
    }
  }

  #call(choice: Protection): KeyChoice {
    if (choice === 'keychain') return { keychain: true };
    return { passphrase: choice === 'passphrase' ? this.passphrase : null };
  }
}
