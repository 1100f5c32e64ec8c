/** Getting into a team, and getting others into it. */
import type { App } from './app.svelte.ts';
import { messageOf } from './client.ts';

export class Welcome {
  readonly #app: App;
  mode = $state<'create' | 'join'>('create');
  name = $state('');
  invite = $state('');
  busy = $state(false);
  error = $state<string | null>(null);
  /** What to do once this device is in a team. */
  onDone: () => void = () => undefined;
  /** Seconds since joining began, so that a wait over a second shows that it goes on. */
  waitedS = $state(0);

  readonly ready = $derived((this.mode === 'create' ? this.name : this.invite).trim() !== '');

  constructor(app: App) {
    this.#app = app;
  }

  choose(mode: 'create' | 'join'): void {
    this.mode = mode;
    this.error = null;
  }

  async submit(): Promise<void> {
    if (!this.ready || this.busy) return;
    this.busy = true;
    this.error = null;
    this.waitedS = 0;
    const { route } = this.#app.router;
    const timer = setInterval(() => this.waitedS++, 1_000);
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
      clearInterval(timer);
      this.busy = false;
    }
  }
}

/** How long an invitation may be used. */
export const INVITE_EXPIRES_IN_S = 24 * 3_600;

export class Invitation {
  readonly #app: App;
  link = $state<string | null>(null);
  expiresAt = $state<string | null>(null);
  error = $state<string | null>(null);
  copied = $state(false);

  constructor(app: App) {
    this.#app = app;
    void this.create();
  }

  async create(): Promise<void> {
    this.error = null;
    try {
      const { invite } = await this.#app.client.invite({ expiresInS: INVITE_EXPIRES_IN_S });
      this.link = invite;
      this.expiresAt = new Date(Date.now() + INVITE_EXPIRES_IN_S * 1_000).toISOString();
    } catch (error) {
      this.error = messageOf(error);
    }
  }

  async copy(): Promise<void> {
    if (this.link === null) return;
    try {
      await navigator.clipboard.writeText(this.link);
      this.copied = true;
    } catch {
      this.error = 'The clipboard is not available. Select the link and copy it.';
    }
  }
}
