/**
 * When tables are checked, and what is remembered of it beside the store:
 *
 *   at each opening    a bounded part of them, beginning where the last opening ended, so that a
 *                      start stays short and every table has its turn; all of them when the store
 *                      did not end cleanly twice in a row, for then a table may be why
 *   before a scrub     all of them, while LevelDB is open; it is opened again when something is lost
 *   before a purge     the same
 *   at each reopening  all of them, when damage is why the database refused to write
 *
 * Nothing is written before it is known that no other process has the store.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Access, WHILE_CLOSED, fenceTables, hollowTables, whileOpen } from './check-tables.ts';
import { type LiveTable, liveTables } from './manifest.ts';

/** Some 0.3 s of a processor, which checks 450 MB/s here. */
const AT_OPENING_BYTES = 128 * 1024 * 1024;
const UNCLEAN_ENDS_MAX = 2;
/** Later ones are not told: those before them say enough. */
const WARNINGS_MAX = 20;

interface Remembered {
  /** The number of the table with which the next opening begins. */
  readonly next: number;
  /** Openings in a row, up to this one, that were not closed. */
  readonly uncleanEnds: number;
  /** Something was or is to be taken out, so records may be gone without a trace, and no scrub has begun since. */
  readonly hasLost: boolean;
  /** What was found since the store was last closed: a run that was cut short may have told nobody. */
  readonly warnings: readonly string[];
}

const NOTHING: Remembered = { next: 0, uncleanEnds: 0, hasLost: false, warnings: [] };

export class TableChecks {
  /** Told when something is taken out. */
  onLoss: () => void = () => undefined;
  /** What was found, in words. */
  readonly warnings: string[] = [];
  readonly #dir: string;
  readonly #file: string;
  readonly #openingBytes: number;
  #remembered = NOTHING;
  #isAllChecked = false;
  /** The check of an open database that is under way: one at a time. */
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;
  /** Under an open database, and not hollowed out yet. */
  #fenced: readonly LiveTable[] = [];
  /** All that is remembered is in the file. */
  #isNoted = false;

  constructor(dir: string, openingBytes = AT_OPENING_BYTES) {
    this.#dir = dir;
    this.#file = `${dir}.checked`;
    this.#openingBytes = openingBytes;
  }

  get hasLost(): boolean {
    return this.#remembered.hasLost;
  }

  /** While nobody has the store open. */
  async beforeOpening(): Promise<void> {
    this.#remembered = recall(this.#file);
    const { next, uncleanEnds, warnings } = this.#remembered;
    this.warnings.push(...warnings);
    const tables = liveTables(this.#dir) ?? [];
    const isSuspect = uncleanEnds >= UNCLEAN_ENDS_MAX;
    const chosen = isSuspect ? tables : takeTurns(tables, next, this.#openingBytes);
    this.#isAllChecked = chosen.length === tables.length;
    this.#note({ next: (chosen.at(-1)?.number ?? -1) + 1, uncleanEnds: uncleanEnds + 1 });
    await this.#takeOut(await this.#fence(chosen, WHILE_CLOSED));
  }

  /** While LevelDB is closed, because it stumbled over damage. */
  async beforeReopening(): Promise<void> {
    this.#fenced = [];
    await this.#takeOut(await this.#fence(liveTables(this.#dir) ?? [], WHILE_CLOSED));
  }

  /** Before all tables are read: none of them may be what ends the process. @param isAnew Also those that were checked already. */
  async beforeReadingAll(isAnew: boolean): Promise<void> {
    if (!isAnew && this.#isAllChecked) return;
    this.#isAllChecked = true;
    const before = this.#running;
    const check = async (): Promise<void> => {
      await before.catch(() => undefined);
      this.#fenced = await this.#fence(liveTables(this.#dir) ?? [], whileOpen(() => this.#isStopped));
    };
    this.#running = check();
    await this.#running;
  }

  /** Before the store is closed: its files may be another's a moment later. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running.catch(() => undefined);
  }

  /** A compaction that meets a fence makes the database refuse writes: it is to be closed soon, and `hollowFenced`. */
  get hasFenced(): boolean {
    return this.#fenced.length > 0;
  }

  /** While LevelDB is closed. A disk that takes no change leaves the fence, until all tables are checked again. */
  async hollowFenced(): Promise<void> {
    const fenced = this.#fenced;
    this.#fenced = [];
    await this.#takeOut(fenced).catch(() => undefined);
  }

  /** @param isNoted That it begins anew is durable, so it need not be told to begin anew. */
  scrubBegins(isNoted: boolean): void {
    if (isNoted && this.hasLost) this.#note({ hasLost: false });
  }

  /** For as long as a store was open, people have been told. */
  closed(): void {
    this.#note({ uncleanEnds: 0, warnings: [] });
  }

  async #fence(tables: readonly LiveTable[], access: Access): Promise<readonly LiveTable[]> {
    const { lost, warnings } = await fenceTables(this.#dir, tables, access);
    this.warnings.push(...warnings.slice(0, Math.max(WARNINGS_MAX - this.warnings.length, 0)));
    if (lost.length > 0 || warnings.length > 0) this.#note({ hasLost: this.hasLost || lost.length > 0, warnings: this.warnings });
    return lost;
  }

  /** What cannot be remembered to be lost stays fenced. @throws when the disk takes no change */
  async #takeOut(tables: readonly LiveTable[]): Promise<void> {
    if (!this.#isNoted || tables.length === 0) return;
    this.onLoss();
    await hollowTables(this.#dir, tables);
  }

  #note(news: Partial<Remembered>): void {
    this.#remembered = { ...this.#remembered, ...news };
    try {
      replaceFile(this.#file, JSON.stringify(this.#remembered), this.hasLost);
      this.#isNoted = true;
    } catch {
      // A full disk: the next opening begins where this one did.
      this.#isNoted = false;
    }
  }
}

/**
 * Whole, whenever the process dies. Only a loss is worth a sync: a machine that dies proves nothing
 * else that is noted here.
 */
function replaceFile(path: string, text: string, isDurable: boolean): void {
  const next = `${path}.next`;
  const file = openSync(next, 'w', 0o600);
  try {
    writeSync(file, text);
    if (isDurable) fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(next, path);
  // Windows keeps its directories itself.
  if (isDurable && process.platform !== 'win32') syncFolder(dirname(path));
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** From `next` on and around, as many as are `bytesMax` together, and one at least. */
function takeTurns(tables: readonly LiveTable[], next: number, bytesMax: number): readonly LiveTable[] {
  const first = Math.max(tables.findIndex(({ number }) => number >= next), 0);
  let bytes = 0;
  const inTurn = [...tables.slice(first), ...tables.slice(0, first)];
  const end = inTurn.findIndex(({ size }, index) => {
    bytes += size;
    return index > 0 && bytes > bytesMax;
  });
  return end < 0 ? inTurn : inTurn.slice(0, end);
}

function recall(file: string): Remembered {
  try {
    const { next, uncleanEnds, hasLost, warnings } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Remembered>;
    const texts = (Array.isArray(warnings) ? warnings : []).filter((text) => typeof text === 'string');
    return { next: countIn(next), uncleanEnds: countIn(uncleanEnds), hasLost: hasLost === true, warnings: texts };
  } catch {
    // None yet, or one that was cut short: every table has its turn all the same.
    return NOTHING;
  }
}

const countIn = (value: unknown): number => (typeof value === 'number' && Number.isSafeInteger(value) ? Math.max(value, 0) : 0);
