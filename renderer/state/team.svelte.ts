/** Getting into a team. */
import type { App } from './app.svelte.ts';
import { messageOf } from './client.ts';
import { errorOfField } from './field-error.ts';
import { InviteReading } from './invite-reading.svelte.ts';

export class Welcome {
  readonly #app: App;
  mode = $state<'create' | 'join'>('create');
  name = $state('');
  /** Who comes in; may stay empty. */
  person = $state('');
  /** What this device has of an earlier time. */
  #remembered = '';
  invite = $state('');
  readonly reading: InviteReading;
  busy = $state(false);
  #failure = $state<string | null>(null);
  readonly personError = $derived(errorOfField(this.#failure, 'person'));
  /** What was refused but the person. */
  readonly error = $derived(this.personError === null ? this.#failure : null);
  /** What to do once this device is in a team. */
  onDone: () => void = () => undefined;

  readonly ready = $derived((this.mode === 'create' ? this.name : this.invite).trim() !== '');

  constructor(app: App) {
    this.#app = app;
    this.reading = new InviteReading(app.client);
    void this.#remember();
  }

  choose(mode: 'create' | 'join'): void {
    this.mode = mode;
    this.#failure = null;
  }

  /** Call when `invite` has changed. What was wrong with the former one is not wrong with this. */
  readInvite(): void {
    this.#failure = null;
    this.reading.read(this.invite);
  }

  async submit(): Promise<void> {
    if (!this.ready || this.busy) return;
    this.busy = true;
    this.#failure = null;
    const { route } = this.#app.router;
    const person = this.person.trim();
    const who = person === this.#remembered ? {} : { person: person || null };
    try {
      if (this.mode === 'create') await this.#app.client.createTeam({ name: this.name.trim(), ...who });
      else await this.#app.client.join({ invite: this.invite.trim(), ...who });
      await this.#app.refresh();
      // Whoever went somewhere meanwhile stays there.
      if (this.#app.router.route === route) this.#app.router.replace({ screen: 'keys' });
      this.onDone();
    } catch (error) {
      this.#failure = messageOf(error);
    } finally {
      this.busy = false;
    }
  }

  /** Asks without changing anything; what somebody has typed meanwhile stays. */
  async #remember(): Promise<void> {
    const { person } = await this.#app.client.rename({}).catch(() => ({ person: null }));
    this.#remembered = person ?? '';
    if (this.person === '') this.person = this.#remembered;
  }
}
