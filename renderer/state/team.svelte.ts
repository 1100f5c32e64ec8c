/** Getting into a team. */
import type { App } from './app.svelte.ts';
import { messageOf } from './client.ts';
import { InviteReading } from './invite-reading.svelte.ts';

export class Welcome {
  readonly #app: App;
  mode = $state<'create' | 'join'>('create');
  name = $state('');
  invite = $state('');
  readonly reading: InviteReading;
  busy = $state(false);
  error = $state<string | null>(null);
  /** What to do once this device is in a team. */
  onDone: () => void = () => undefined;

  readonly ready = $derived((this.mode === 'create' ? this.name : this.invite).trim() !== '');

  constructor(app: App) {
    this.#app = app;
    this.reading = new InviteReading(app.client);
  }

  choose(mode: 'create' | 'join'): void {
    this.mode = mode;
    this.error = null;
  }

  /** Call when `invite` has changed. What was wrong with the former one is not wrong with this. */
  readInvite(): void {
    this.error = null;
    this.reading.read(this.invite);
  }

  async submit(): Promise<void> {
    if (!this.ready || this.busy) return;
    this.busy = true;
    this.error = null;
    const { route } = this.#app.router;
    try {
      if (this.mode === 'create') await this.#app.client.createTeam({ name: this.name.trim() });
      else await this.#app.client.join({ invite: this.invite.trim() });
      await this.#app.refresh();
      // Whoever went somewhere meanwhile stays there.
      if (this.#app.router.route === route) this.#app.router.replace({ screen: 'keys' });
      this.onDone();
    } catch (error) {
      this.error = messageOf(error);
    } finally {
      this.busy = false;
    }
  }
}
