/**
 * What a device keeps to have a place in a team: its store, its key and its charter. Nothing of it
 * is ever deleted with the records in it: what makes room is set aside under a name that says why.
 *
 *     left      store → store.left-N                                    same key: it may join again
 *     behind    store → store.behind-N                                  same key, same team, empty store
 *     removed   store → store.removed-N, key → identity.key.removed-N   another key: another member
 *
 * The charter stands in the store and in a file beside it, so that a device whose store is lost
 * enters its team again as the member that it was.
 */
import { join } from 'node:path';
import type { MemberRecord, Store, Team } from '../../p2p/index.ts';
import { writeDurably } from '../../p2p/libp2p/durable-file.ts';
import { readIfThere, removeFile, setAside } from './data-dir.ts';
import type { Charter, DeviceKey, Identity, Log, Parts } from './engine.ts';
import { CHARTER_FILE, CHARTER_ROW, formerTeam } from './new-identity.ts';

export interface SeatInit {
  readonly dataDir: string;
  readonly parts: Parts;
  readonly log: Log;
  /** Open already: its lock keeps a second process out of everything else. */
  readonly store: Store;
  readonly key: DeviceKey;
}

export const STORE_DIR = 'store';

export class Seat {
  readonly #init: SeatInit;
  #store: Store;
  #charter: Charter | undefined;
  #former: Team | undefined;
  #warnings: readonly string[] = [];
  /** The last change of the charter file: changes come one after another. */
  #writing: Promise<unknown> = Promise.resolve();

  private constructor(init: SeatInit) {
    this.#init = init;
    this.#store = init.store;
  }

  static async open(init: SeatInit): Promise<Seat> {
    const seat = new Seat(init);
    await seat.#find();
    return seat;
  }

  get store(): Store {
    return this.#store;
  }

  get identity(): Identity {
    return this.#init.key.identity;
  }

  get key(): DeviceKey {
    return this.#init.key;
  }

  /** `undefined` = no team. */
  get charter(): Charter | undefined {
    return this.#charter;
  }

  /** The team whose records an earlier identity has left in the store. */
  get former(): Team | undefined {
    return this.#former;
  }

  /** What happened to the store, for people. */
  get warnings(): readonly string[] {
    return [...this.#store.identity.warnings, ...this.#warnings];
  }

  async take(charter: Charter): Promise<void> {
    await this.#store.commit([{ kind: 'meta', name: CHARTER_ROW, bytes: charter.bytes }]);
    this.#charter = charter;
    await this.#inTurn(() => writeDurably(this.#charterPath, charter.bytes));
  }

  /** Keeps in the file whom this device would have to ask, were its store lost. */
  async remember(records: readonly MemberRecord[]): Promise<void> {
    await this.#inTurn(async () => {
      if (this.#charter === undefined) return;
      await writeDurably(this.#charterPath, this.#init.parts.introduce(this.#charter, records).bytes);
    });
  }

  /** After leaving: an empty store, no team. @returns where the old store is now. */
  async vacate(): Promise<string> {
    const { team } = this.#charter ?? {};
    this.#charter = undefined;
    // First the file: with it and without its store the device would enter the team again.
    await this.#inTurn(() => removeFile(this.#charterPath));
    const aside = await this.#freshStore('left');
    this.#warnings = [`This device has left the team "${team?.name ?? ''}". What it kept is in ${aside}.`];
    return aside;
  }

  /** After a removal, once another team or an inviter has taken `identity` in. */
  async becomeAnother(identity: Identity): Promise<void> {
    const { team } = this.#charter ?? {};
    const aside = await this.#freshStore('removed');
    const keyAside = await this.#init.key.replace(identity, 'removed');
    this.#charter = undefined;
    this.#warnings = [`This device was removed from the team "${team?.name ?? ''}" and is another member now. What it kept is in ${aside}, its former key in ${keyAside}.`];
  }

  /** The store holds what the team has deleted and forgotten: the device begins anew in its team. */
  async beginAnew(): Promise<void> {
    this.#charter = undefined;
    const aside = await this.#freshStore('behind');
    await this.#find();
    this.#warnings = [
      ...this.#warnings,
      `The data folder was from before deletions that the team has forgotten since, as after restoring a backup. What it held is in ${aside}.`,
    ];
  }

  async close(): Promise<void> {
    await this.#store.close();
  }

  async #find(): Promise<void> {
    const { parts, log } = this.#init;
    const left = await formerTeam(this.#store);
    this.#former = left && parts.teamOf(left);
    const row = (await this.#store.meta(CHARTER_ROW)).find(({ name }) => name === CHARTER_ROW);
    if (row !== undefined) {
      this.#charter = parts.readCharter(row.bytes, this.identity);
      if (this.#charter !== undefined) return;
      const aside = await this.#freshStore('foreign');
      this.#warnings = [`The store belonged to another key than this device's. It was set aside: ${aside}.`];
    }
    const bytes = await readIfThere(this.#charterPath);
    const kept = bytes && parts.readCharter(bytes, this.identity);
    if (kept === undefined) return;
    await this.take(parts.reenter(kept, this.identity));
    this.#warnings = [...this.#warnings, 'The store is new: this device fetches what it keeps from the others.'];
    log('warn', 'The store is new; the team is known from the charter file.', { team: kept.team.name });
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#writing.then(change);
    this.#writing = done.catch(() => undefined);
    return done;
  }

  async #freshStore(why: string): Promise<string> {
    const dir = join(this.#init.dataDir, STORE_DIR);
    await this.#store.close();
    const aside = await setAside(dir, why);
    this.#store = await this.#init.parts.openStore(dir);
    this.#former = undefined;
    this.#init.log('warn', 'A store was set aside.', { aside, why });
    return aside;
  }

  get #charterPath(): string {
    return join(this.#init.dataDir, CHARTER_FILE);
  }
}
