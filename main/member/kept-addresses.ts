/**
 * Addresses that a person gave while the member ran: dialled at each start, as those of `--peer`.
 * They stand in the store, so they go with the team whose devices they lead to.
 */
import * as v from 'valibot';
import { ADDRESS_BYTES_MAX } from '../../p2p/bounds.ts';
import type { Store } from '../../p2p/index.ts';

const ROW = 'kept-addresses';
const ADDRESSES_MAX = 16;
const form = v.pipe(v.array(v.pipe(v.string(), v.maxLength(ADDRESS_BYTES_MAX))), v.maxLength(ADDRESSES_MAX));

export class KeptAddresses {
  readonly #store: Store;
  #addresses: readonly string[];

  private constructor(store: Store, addresses: readonly string[]) {
    this.#store = store;
    this.#addresses = addresses;
  }

  static async open(store: Store): Promise<KeptAddresses> {
    const row = (await store.meta(ROW)).find(({ name }) => name === ROW);
    return new KeptAddresses(store, row === undefined ? [] : addressesIn(row.bytes));
  }

  get all(): readonly string[] {
    return this.#addresses;
  }

  /** As the latest one. @returns the one that had to go for it. */
  async keep(address: string): Promise<string | undefined> {
    const others = this.#addresses.filter((one) => one !== address);
    const oldest = others.length >= ADDRESSES_MAX ? others[0] : undefined;
    await this.#set([...others.filter((one) => one !== oldest), address]);
    return oldest;
  }

  async forget(address: string): Promise<void> {
    if (this.#addresses.includes(address)) await this.#set(this.#addresses.filter((one) => one !== address));
  }

  async #set(addresses: readonly string[]): Promise<void> {
    await this.#store.commit([{ kind: 'meta', name: ROW, bytes: Buffer.from(JSON.stringify(addresses)) }]);
    this.#addresses = addresses;
  }
}

/** A row that cannot be read costs the addresses, not the start. */
function addressesIn(bytes: Uint8Array): readonly string[] {
  try {
    return v.parse(form, JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return [];
  }
}
