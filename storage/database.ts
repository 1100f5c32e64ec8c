/**
 * LevelDB with the envelopes on: what leaves here has a checksum that holds. Bad records are
 * counted, once each, and told of as damaged or left out; an error of the machine is thrown. Reads wait while the database is being opened again.
 */
import { StoreUnavailableError, describeError } from './errors.ts';
import { seal, unseal } from './envelope.ts';
import type { KeyRange } from './keyspace.ts';
import { justAfter } from './keyspace.ts';
import type { Level, LevelFactory } from './open-level.ts';

/** One change of the database; `value` is sealed, `undefined` deletes. */
export interface Operation {
  readonly key: Buffer;
  readonly value: Buffer | undefined;
}

export const putOperation = (key: Buffer, ...parts: readonly Uint8Array[]): Operation => ({
  key,
  value: seal(key, ...parts),
});
export const deleteOperation = (key: Buffer): Operation => ({ key, value: undefined });

const CHUNK_ROWS = 256;
const LOWEST = Buffer.of(0);
const HIGHEST = Buffer.of(0xff);
/** Beyond this many the count stands still rather than let memory grow. */
const CORRUPT_KEYS_MAX = 100_000;

export class Database {
  readonly #dir: string;
  readonly #create: LevelFactory;
  /** Rows found damaged, and not written since: so that each counts once, and for nothing else. */
  readonly #corruptKeys = new Set<string>();
  #corrupt = 0;
  #openings = 1;
  #level: Level;
  #reopening: Promise<void> | undefined;

  constructor(dir: string, create: LevelFactory, level: Level) {
    this.#dir = dir;
    this.#create = create;
    this.#level = level;
  }

  /** Rows found damaged since opening, each once, those written anew since included. */
  get corrupt(): number {
    return this.#corrupt;
  }

  get openings(): number {
    return this.#openings;
  }

  async ready(): Promise<void> {
    while (this.#reopening !== undefined) await this.#reopening;
    if (this.#level.status !== 'open') throw new StoreUnavailableError('the store is not open');
  }

  /**
   * Synchronous on purpose: a get from memory or the page cache takes 3 to 7 µs here, a quarter of
   * what the way through the thread pool costs.
   */
  find(key: Buffer): Buffer | 'damaged' | undefined {
    let sealed: Buffer | undefined;
    try {
      sealed = this.#level.getSync(key);
    } catch (error) {
      this.#rethrowUnlessDamage(error, key);
      return 'damaged';
    }
    return sealed === undefined ? undefined : (this.#unseal(key, sealed) ?? 'damaged');
  }

  /** Of a row as it lies there, good or damaged, with its checksum; 0 where not even that can be read. */
  sizeOf(key: Buffer): number | undefined {
    try {
      return this.#level.getSync(key)?.length;
    } catch (error) {
      this.#rethrowUnlessDamage(error, key);
      return 0;
    }
  }

  /** A good row: for those who go on without a damaged one as if there were none. */
  get(key: Buffer): Buffer | undefined {
    const found = this.find(key);
    return found === 'damaged' ? undefined : found;
  }

  /**
   * Up to `limit` decoded rows of a range. `decode` may pass a row over by answering `undefined`;
   * such rows and bad ones do not use up the limit.
   */
  async collect<Row>(
    range: KeyRange,
    limit: number,
    decode: (key: Buffer, payload: Buffer) => Row | undefined,
  ): Promise<Row[]> {
    const rows: Row[] = [];
    if (limit <= 0) return rows;
    await this.walk(range, Math.min(limit, CHUNK_ROWS), (key, payload) => {
      const row = payload === undefined ? undefined : decode(key, payload);
      if (row !== undefined) rows.push(row);
      return rows.length < limit;
    });
    return rows;
  }

  /**
   * Every row of a range, damaged ones without their payload, as long as `visit` answers true. A
   * block that LevelDB itself cannot read takes its own rows out and no others: the error comes with
   * the last rows before the end, so those are asked for again one by one. A reopening cuts a walk off;
   it then goes on behind the last row.
   */
  async walk(range: KeyRange, chunkRows: number, visit: (key: Buffer, payload: Buffer | undefined) => boolean): Promise<void> {
    await this.ready();
    const level = this.#level;
    const iterator = level.iterator({ gte: range.gte, lt: range.lt });
    let last: Buffer | undefined;
    let isCutOff = false;
    try {
      for (;;) {
        const chunk = await iterator.nextv(chunkRows);
        if (chunk.length === 0) return;
        for (const [key, sealed] of chunk) {
          last = key;
          if (!visit(key, this.#unseal(key, sealed))) return;
        }
      }
    } catch (error) {
      const isReopened = this.#reopening !== undefined || this.#level !== level;
      isCutOff = isReopened && describeError(error).code === 'LEVEL_ITERATOR_NOT_OPEN';
      if (!isCutOff) this.#rethrowUnlessDamage(error, range.gte);
    } finally {
      await iterator.close();
    }
    const left = { gte: last === undefined ? range.gte : justAfter(last), lt: range.lt };
    if (isCutOff || chunkRows > 1) await this.walk(left, isCutOff ? chunkRows : 1, visit);
  }

  /** The first good row of a range: one seek. */
  async first<Row>(range: KeyRange, decode: (key: Buffer, payload: Buffer) => Row): Promise<Row | undefined> {
    return (await this.collect(range, 1, decode))[0];
  }

  /** The first key of a range, whatever is under it: one seek. */
  async nextKey(range: KeyRange): Promise<Buffer | undefined> {
    let found: Buffer | undefined;
    await this.walk(range, 1, (key) => {
      found = key;
      return false;
    });
    return found;
  }

  /** Atomic, and on disk when it resolves. */
  async write(operations: readonly Operation[]): Promise<void> {
    await this.ready();
    const batch = this.#level.batch();
    for (const { key, value } of operations) {
      if (value === undefined) batch.del(key);
      else batch.put(key, value);
    }
    await batch.write({ sync: true });
    if (this.#corruptKeys.size > 0) for (const { key } of operations) this.#corruptKeys.delete(key.toString('latin1'));
  }

  /** LevelDB keeps refusing writes after a failed one until it is closed and opened; between these comes `whileClosed`. */
  async reopen(whileClosed: () => Promise<void>): Promise<void> {
    this.#reopening ??= this.#openAgain(whileClosed).finally(() => (this.#reopening = undefined));
    await this.#reopening;
  }

  /** All that was written is in tables. */
  async flush(): Promise<void> {
    await this.ready();
    await this.#level.compactRange(LOWEST, LOWEST);
  }

  /**
   * Compacts all tables, up to each of these keys in turn. LevelDB says nothing of one that fails: it
   * refuses the next write.
   * @throws StoreUnavailableError when the database was closed or opened again meanwhile
   */
  async compact(ends: readonly Buffer[]): Promise<void> {
    await this.ready();
    const level = this.#level;
    let from: Buffer = LOWEST;
    for (const end of [...ends, HIGHEST]) {
      if (this.#level !== level || level.status !== 'open') throw new StoreUnavailableError('the store was opened again');
      await level.compactRange(from, end);
      from = end;
    }
  }

  async close(): Promise<void> {
    await this.#reopening?.catch(() => undefined);
    await this.#level.close();
  }

  async #openAgain(whileClosed: () => Promise<void>): Promise<void> {
    await this.#level.close();
    await whileClosed();
    const level = this.#create(this.#dir);
    await level.open();
    this.#level = level;
    this.#openings += 1;
  }

  #unseal(key: Buffer, sealed: Buffer): Buffer | undefined {
    const payload = unseal(key, sealed);
    if (payload === undefined) this.#countCorrupt(key);
    return payload;
  }

  #rethrowUnlessDamage(error: unknown, key: Buffer): void {
    if (describeError(error).code !== 'LEVEL_CORRUPTION') throw error;
    this.#countCorrupt(key);
  }

  #countCorrupt(key: Buffer): void {
    const name = key.toString('latin1');
    if (this.#corruptKeys.size >= CORRUPT_KEYS_MAX || this.#corruptKeys.has(name)) return;
    this.#corruptKeys.add(name);
    this.#corrupt += 1;
  }
}
