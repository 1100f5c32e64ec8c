/** The shell as one more client of the member: the same calls and events that the window has. */
import type { ApiEvent, CallName } from '../api/contract.ts';

/** The part of a MessagePort that is used here. */
export interface LinkPort {
  readonly onMessage: (handler: (data: unknown) => void) => void;
  readonly onClose: (handler: () => void) => void;
  readonly send: (frame: unknown) => void;
  readonly close: () => void;
}

const CALL_TIMEOUT_MS = 10_000;
const CALLS_MAX = 64;
/** After so many events the member is told that they were taken: it sends some hundred more, and then none. */
const TAKEN_EVERY = 64;

interface Pending {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/** One port's worth: when the member goes, everything pending is rejected, and another link is made. */
export class MemberLink {
  readonly #port: LinkPort;
  readonly #pending = new Map<number, Pending>();
  #lastId = 0;
  #taken = 0;
  #open = true;

  constructor(port: LinkPort, onEvent: (event: ApiEvent) => void) {
    this.#port = port;
    port.onMessage((data) => this.#receive(data, onEvent));
    port.onClose(() => this.close());
  }

  /** @returns what the member answers, unchecked. @throws when it refuses, is gone, or is silent too long. */
  async call(call: CallName, params: unknown): Promise<unknown> {
    if (!this.#open || this.#pending.size >= CALLS_MAX) throw new Error('the member cannot be asked now');
    const id = (this.#lastId += 1);
    return await new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(id)?.reject(new Error('the member is silent')), CALL_TIMEOUT_MS);
      this.#pending.set(id, { resolve, reject, timer });
      this.#port.send({ id, call, params });
    });
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#port.close();
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(new Error('the member is gone'));
  }

  #receive(data: unknown, onEvent: (event: ApiEvent) => void): void {
    if (!this.#open || typeof data !== 'object' || data === null) return;
    if ('event' in data) {
      onEvent(data.event as ApiEvent);
      this.#taken += 1;
      if (this.#taken % TAKEN_EVERY === 0) this.#port.send({ taken: this.#taken });
    } else if ('id' in data && typeof data.id === 'number') {
      const waiting = this.#settle(data.id);
      if ('result' in data) waiting?.resolve(data.result);
      else waiting?.reject(new Error('the member refused'));
    }
  }

  #settle(id: number): Pending | undefined {
    const waiting = this.#pending.get(id);
    this.#pending.delete(id);
    clearTimeout(waiting?.timer);
    return waiting;
  }
}
