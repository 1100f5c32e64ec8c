/**
 * Joins concurrent commits into one synced write.
 *
 *   commit ─┐                       ┌─ resolve all
 *   commit ─┼─ waiting ─ one group ─ write(group) + fsync
 *   commit ─┘     ▲ the next ones wait here meanwhile
 *
 * An fsync costs about a millisecond however much it carries, so commits a second grow with the
 * number in flight. Groups are written strictly one after another: what decides over a group reads
 * a database in which all earlier groups are complete.
 */
export interface Commit {
  readonly bytes: number;
}

interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Above this a group is sent off, so that one giant batch does not hold up all. */
const GROUP_MAX_BYTES = 8 * 1024 * 1024;

export class GroupCommit<Item extends Commit> {
  readonly #write: (group: readonly Item[]) => Promise<void>;
  readonly #waiting: Waiting<Item>[] = [];
  #running: Promise<void> | undefined;

  /** @param write makes a group durable; when it throws, every commit of the group fails with it. */
  constructor(write: (group: readonly Item[]) => Promise<void>) {
    this.#write = write;
  }

  submit(item: Item): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing waits and nothing is being written. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    // One microtask later: commits of the same turn join the first group.
    await Promise.resolve();
    while (this.#waiting.length > 0) await this.#writeGroup(this.#takeGroup());
    this.#running = undefined;
  }

  #takeGroup(): Waiting<Item>[] {
    let bytes = 0;
    let length = 0;
    for (const { item } of this.#waiting) {
      if (length > 0 && bytes + item.bytes > GROUP_MAX_BYTES) break;
      bytes += item.bytes;
      length += 1;
    }
    return this.#waiting.splice(0, length);
  }

  async #writeGroup(group: readonly Waiting<Item>[]): Promise<void> {
    try {
      await this.#write(group.map((waiting) => waiting.item));
      for (const waiting of group) waiting.resolve();
    } catch (error) {
      for (const waiting of group) waiting.reject(error);
    }
  }
}
