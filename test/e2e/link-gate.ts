/** Stands between a window and its member: holds answers back, refuses them, cuts the line. */
import type { Page, WebSocketRoute } from 'playwright-core';
import type { ApiErrorBody, CallName, ClientFrame } from '../../main/api/contract.ts';

export class LinkGate {
  readonly #held = new Set<CallName>();
  readonly #refused = new Map<CallName, ApiErrorBody>();
  readonly #lines = new Set<readonly [WebSocketRoute, WebSocketRoute]>();
  #waiting: (() => void)[] = [];
  #isCut = false;

  /** Before the window is opened. */
  static async before(page: Page): Promise<LinkGate> {
    const gate = new LinkGate();
    await page.routeWebSocket(/\/v1\/socket/, (window) => gate.#connect(window));
    return gate;
  }

  /** Calls of this name wait from here on. */
  hold(call: CallName): void {
    this.#held.add(call);
  }

  refuse(call: CallName, why: ApiErrorBody): void {
    this.#refused.set(call, why);
  }

  /** Everything passes again, and what was held goes on its way. */
  release(): void {
    this.#held.clear();
    this.#refused.clear();
    for (const pass of this.#waiting.splice(0)) pass();
  }

  /** Nobody is there, and nobody comes, until `mend`. */
  async cut(): Promise<void> {
    this.#isCut = true;
    this.#waiting = [];
    const lines = [...this.#lines];
    this.#lines.clear();
    await Promise.all(lines.flatMap((ends) => ends.map((end) => end.close())));
  }

  mend(): void {
    this.#isCut = false;
  }

  #connect(window: WebSocketRoute): void {
    if (this.#isCut) return void window.close();
    const member = window.connectToServer();
    this.#lines.add([window, member]);
    member.onMessage((text) => window.send(text));
    window.onMessage((text) => {
      const { id, call } = JSON.parse(String(text)) as Extract<ClientFrame, { readonly call: unknown }>;
      const error = this.#refused.get(call);
      if (error !== undefined) window.send(JSON.stringify({ id, error }));
      else if (this.#held.has(call)) this.#waiting.push(() => member.send(text));
      else member.send(text);
    });
  }
}
