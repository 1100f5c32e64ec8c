/**
 * Who elsewhere merges which key at this moment, and telling others what is merged here. A
 * courtesy: when it cannot be told or asked, nothing else waits for it.
 */
import { SvelteMap } from 'svelte/reactivity';
import type { KeyName, MergingKey } from '../../main/api/contract.ts';
import type { Client } from './client.ts';

/** Two tellings may get lost before the others forget it. */
export const MERGING_SAY_MS = 10_000;

type MergingApi = Pick<Client, 'sayMerging' | 'merging' | 'onEvent' | 'onLink'>;

export class MergingNow {
  readonly #api: MergingApi;
  /** Member ids by key; keys that nobody merges are not among them. */
  readonly #byKey = new SvelteMap<string, readonly string[]>();

  constructor(api: MergingApi) {
    this.#api = api;
    api.onEvent((event) => {
      if (event.type === 'merging') this.#take(event);
      if (event.type === 'team' || event.type === 'missed') void this.#ask();
    });
    api.onLink((state) => {
      if (state === 'open') void this.#ask();
    });
  }

  /** Members that merge it elsewhere. */
  by(name: KeyName): readonly string[] {
    return this.#byKey.get(idOf(name)) ?? [];
  }

  /** Tells the others, again and again, until the returned function is called. */
  say(name: KeyName): () => void {
    const { bucket, key } = name;
    const tell = (isOn: boolean): void => {
      this.#api.sayMerging({ bucket, key, isOn }).then((answer) => this.#take(answer), () => undefined);
    };
    tell(true);
    const timer = setInterval(() => tell(true), MERGING_SAY_MS);
    return () => {
      clearInterval(timer);
      tell(false);
    };
  }

  /** After a reconnect: events of the time between were missed. */
  async #ask(): Promise<void> {
    const keys = await this.#api.merging({}).catch(() => null);
    if (keys === null) return;
    this.#byKey.clear();
    for (const key of keys) this.#take(key);
  }

  #take(key: MergingKey): void {
    if (key.by.length === 0) this.#byKey.delete(idOf(key));
    else this.#byKey.set(idOf(key), key.by);
  }
}

function idOf({ bucket, key }: KeyName): string {
  return JSON.stringify([bucket, key]);
}
