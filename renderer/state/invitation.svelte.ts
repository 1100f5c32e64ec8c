/** Getting others into the team: a new invitation, and those that this device has made. */
import type { InviteInfo, NewInvite } from '../../main/api/contract.ts';
import { messageOf, type Client } from './client.ts';

/** How long an invitation may be used. */
const INVITE_EXPIRES_IN_S = 24 * 3_600;

export class Invitation {
  readonly #client: Client;
  made = $state.raw<NewInvite | null>(null);
  /** Who came in by it. */
  used = $state.raw<InviteInfo['used']>(null);
  error = $state<string | null>(null);
  copied = $state(false);

  constructor(client: Client) {
    this.#client = client;
  }

  async create(): Promise<void> {
    this.error = null;
    this.copied = false;
    this.used = null;
    this.made = null;
    try {
      this.made = await this.#client.invite({ expiresInS: INVITE_EXPIRES_IN_S });
    } catch (error) {
      this.error = messageOf(error);
    }
  }

  /** Whether somebody came: asked whenever the members have changed. */
  async look(): Promise<void> {
    const { made } = this;
    if (made === null) return;
    const all = await this.#client.invites({}).catch((): readonly InviteInfo[] => []);
    if (this.made === made) this.used = all.find(({ inviteId }) => inviteId === made.inviteId)?.used ?? null;
  }

  async copy(): Promise<void> {
    if (this.made === null) return;
    try {
      await navigator.clipboard.writeText(this.made.invite);
      this.copied = true;
    } catch {
      this.error = 'The clipboard is not available. Select the link and copy it.';
    }
  }
}

export interface InvitationsInit {
  readonly client: Client;
  readonly onWithdrawn: () => void;
}

export class Invitations {
  readonly #init: InvitationsInit;
  /** `null` before the first answer. */
  all = $state.raw<readonly InviteInfo[] | null>(null);
  error = $state<string | null>(null);
  /** The id of the one that is being withdrawn. */
  busy = $state<string | null>(null);

  constructor(init: InvitationsInit) {
    this.#init = init;
  }

  async refresh(): Promise<void> {
    try {
      this.all = await this.#init.client.invites({});
      this.error = null;
    } catch (error) {
      this.error = messageOf(error);
    }
  }

  /** It may have been used, or have expired, meanwhile: then the list says so. */
  async withdraw(inviteId: string): Promise<void> {
    if (this.busy !== null) return;
    this.busy = inviteId;
    try {
      this.all = await this.#init.client.withdrawInvite({ inviteId });
      this.error = null;
      this.#init.onWithdrawn();
    } catch (error) {
      await this.refresh();
      this.error = messageOf(error);
    } finally {
      this.busy = null;
    }
  }
}
