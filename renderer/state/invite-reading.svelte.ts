/** What an invitation says, read as it is typed, pasted or taken from a picture. */
import type { InviteFacts } from '../../main/api/contract.ts';
import { CallError, messageOf, type Client } from './client.ts';

/** Whoever types on is not told of half a code. */
const PAUSE_MS = 250;

export class InviteReading {
  readonly #client: Pick<Client, 'readInvite'>;
  facts = $state.raw<InviteFacts | null>(null);
  error = $state<string | null>(null);
  #turn = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: Pick<Client, 'readInvite'>) {
    this.#client = client;
  }

  /** The text given last is the one that is told of. */
  read(text: string): void {
    this.#turn += 1;
    clearTimeout(this.#timer);
    this.facts = null;
    this.error = null;
    const turn = this.#turn;
    if (text.trim() !== '') this.#timer = setTimeout(() => void this.#ask(text, turn), PAUSE_MS);
  }

  async #ask(invite: string, turn: number): Promise<void> {
    try {
      const facts = await this.#client.readInvite({ invite });
      if (turn === this.#turn) this.facts = facts;
    } catch (error) {
      if (turn !== this.#turn) return;
      const isTooLong = error instanceof CallError && error.code === 'BAD_REQUEST';
      this.error = isTooLong ? 'This is not a Ringleaf invite: it is too long.' : messageOf(error);
    }
  }
}
