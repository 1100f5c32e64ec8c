/** Leaving the team, and taking out a member that will not come back: each asks once, in words. */
import type { MemberInfo } from '../../main/api/contract.ts';
import type { App } from './app.svelte.ts';
import { messageOf } from './client.ts';
import { notify } from './notices.ts';

/** The window is not held longer; a leave goes on by itself. */
const LEAVE_WAITS_MS = 4_000;

export type Departing = { readonly kind: 'leave' } | { readonly kind: 'remove'; readonly member: MemberInfo };

export class Departure {
  readonly #app: App;
  asked = $state.raw<Departing | null>(null);
  busy = $state(false);
  error = $state<string | null>(null);
  /** Nobody else stays: what this device keeps goes to nobody. */
  readonly alone = $derived.by(() => !this.#app.members.some(({ self, status }) => !self && (status === 'up' || status === 'joining')));

  constructor(app: App) {
    this.#app = app;
  }

  ask(departing: Departing): void {
    this.error = null;
    this.asked = departing;
  }

  cancel(): void {
    if (!this.busy) this.asked = null;
  }

  async confirm(): Promise<void> {
    const { asked } = this;
    if (asked === null || this.busy) return;
    this.busy = true;
    this.error = null;
    try {
      if (asked.kind === 'leave') await this.#leave();
      else await this.#remove(asked.member);
      this.asked = null;
      await this.#app.refresh();
    } catch (error) {
      this.error = messageOf(error);
    } finally {
      this.busy = false;
    }
  }

  async #leave(): Promise<void> {
    const { status, setAside, waitingFor } = await this.#app.client.leave({ force: this.alone, timeoutMs: LEAVE_WAITS_MS });
    if (status === 'left') notify('success', `You left the team. What this device kept is in ${setAside ?? 'its data folder'}.`);
    else notify('success', `Leaving: handing over to ${waitingFor.map((id) => this.#app.nameOf(id)).join(', ') || 'the others, when they are here'}.`);
  }

  async #remove({ memberId, name }: MemberInfo): Promise<void> {
    await this.#app.client.removeMember({ member: memberId });
    notify('success', `${name} is no longer in the team`);
  }
}
