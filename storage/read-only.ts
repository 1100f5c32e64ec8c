/**
 * What happens when the disk refuses a write. LevelDB then refuses all writes until it is opened
 * again, also when space is free again, and its reads go on. So: say why, refuse commits, and on a
 * later commit, at most once an interval, look whether the disk takes as much as an opening may
 * need, and only then open again. Opening on a full disk would fail and cost the reads too.
 */
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { StoreReadOnlyError } from '../p2p/ports.ts';
import type { Database } from './database.ts';
import { describeError } from './errors.ts';
import { WRITE_BUFFER_BYTES } from './open-level.ts';

const PROBE_FILE = 'ringleaf-probe';
const PROBE_CHUNK = Buffer.alloc(1024 * 1024);
/** An opening may write the whole replayed log to a table, and a new manifest. */
const PROBE_BYTES = WRITE_BUFFER_BYTES + PROBE_CHUNK.length;

export interface ReadOnlyOptions {
  readonly dir: string;
  readonly database: Database;
  readonly retryMs: number;
  readonly nowMs: () => number;
  /** While the database is closed. @param isDamage It stumbled over some, and would stumble over it again. */
  readonly checkTables: (isDamage: boolean) => Promise<void>;
  /** Brings memory in line with what turned out to be on disk. */
  readonly reload: () => Promise<void>;
}

export class ReadOnlyGate {
  readonly #options: ReadOnlyOptions;
  #reason: string | undefined;
  #triedAtMs = 0;
  #hasRefused = false;
  #isDamage = false;

  constructor(options: ReadOnlyOptions) {
    this.#options = options;
  }

  get reason(): string | undefined {
    return this.#reason;
  }

  /** @throws StoreReadOnlyError */
  async enter(): Promise<void> {
    if (this.#reason === undefined) return;
    const { checkTables, database, nowMs, reload, retryMs } = this.#options;
    if (nowMs() - this.#triedAtMs < retryMs) throw new StoreReadOnlyError(this.#reason);
    this.#triedAtMs = nowMs();
    try {
      probe(this.#options.dir);
      await database.reopen(() => checkTables(this.#isDamage));
      await reload();
      this.#reason = undefined;
    } catch (error) {
      throw this.shut(error);
    }
  }

  /** Some commit since opening was refused: what it held may live on at other members only. */
  get hasRefused(): boolean {
    return this.#hasRefused;
  }

  /** A write failed. */
  shut(error: unknown): StoreReadOnlyError {
    const { code, message } = describeError(error);
    this.#hasRefused = true;
    this.#isDamage = code === 'LEVEL_CORRUPTION';
    this.#reason = `the disk refuses writes: ${message}`;
    this.#triedAtMs = this.#options.nowMs();
    return new StoreReadOnlyError(this.#reason, { cause: error });
  }
}

function probe(dir: string): void {
  const path = join(dir, PROBE_FILE);
  const file = openSync(path, 'w', 0o600);
  try {
    for (let written = 0; written < PROBE_BYTES; ) written += writeSync(file, PROBE_CHUNK);
    fsyncSync(file);
  } finally {
    closeSync(file);
    rmSync(path, { force: true });
  }
}
