/**
 * When tables are checked, and what is remembered of it beside the store:
 *
 *   at each opening    a bounded part of them, beginning where the last opening ended, so that a
 *                      start stays short and every table has its turn; all of them when the store
 *                      did not end cleanly twice in a row, for then a table may be why
 *   before a scrub     all of them, while LevelDB is open
 *   at each reopening  all of them, when damage is why the database refused to write
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { type Access, WHILE_CLOSED, WHILE_OPEN, fenceTables, hollowTables } from './check-tables.ts';
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
  /** Something was taken out under a store that was open: the next opening is to say so. */
  readonly hasLost: boolean;
}

export class TableChecks {
  /** What was found, in words. */
  readonly warnings: string[] = [];
  /** Something was taken out, so records may be gone without a trace. */
  hasLost: boolean;
  readonly #dir: string;
  readonly #file: string;
  readonly #openingBytes: number;
  #remembered: Remembered;
  #isAllChecked = false;
  /** Under an open database, and not hollowed out yet. */
  #fenced: readonly LiveTable[] = [];

  constructor(dir: string, openingBytes = AT_OPENING_BYTES) {
    this.#dir = dir;
    this.#file = `${dir}.checked`;
    this.#openingBytes = openingBytes;
    this.#remembered = recall(this.#file);
    this.hasLost = this.#remembered.hasLost;
  }

  /** While nobody has the store open. */
  async beforeOpening(): Promise<void> {
    const { next, uncleanEnds } = this.#remembered;
    const tables = liveTables(this.#dir) ?? [];
    const isSuspect = uncleanEnds >= UNCLEAN_ENDS_MAX;
    const chosen = isSuspect ? tables : takeTurns(tables, next, this.#openingBytes);
    this.#isAllChecked = chosen.length === tables.length;
    const lost = await this.#fence(chosen, WHILE_CLOSED);
    this.#note({ next: (chosen.at(-1)?.number ?? -1) + 1, uncleanEnds: uncleanEnds + 1, hasLost: false });
    await hollowTables(this.#dir, lost);
  }

  /** While LevelDB is closed, because it stumbled over damage. */
  async beforeReopening(): Promise<void> {
    const lost = await this.#fence(liveTables(this.#dir) ?? [], WHILE_CLOSED);
    this.#fenced = [];
    await hollowTables(this.#dir, lost);
    this.#note({ ...this.#remembered, hasLost: this.#remembered.hasLost || lost.length > 0 });
  }

  /** Before records are looked at: none of them may be what ends the process. */
  async beforeScrub(isFirstPage: boolean): Promise<void> {
    if (!isFirstPage && this.#isAllChecked) return;
    this.#isAllChecked = true;
    this.#fenced = await this.#fence(liveTables(this.#dir) ?? [], WHILE_OPEN);
  }

  /** A compaction that meets a fence makes the database refuse writes: it is to be closed soon, and `hollowFenced`. */
  get hasFenced(): boolean {
    return this.#fenced.length > 0;
  }

  /** While LevelDB is closed. A disk that takes no change leaves the fence, until all tables are checked again. */
  async hollowFenced(): Promise<void> {
    const fenced = this.#fenced;
    this.#fenced = [];
    await hollowTables(this.#dir, fenced).catch(() => undefined);
  }

  closed(): void {
    this.#note({ ...this.#remembered, uncleanEnds: 0 });
  }

  async #fence(tables: readonly LiveTable[], access: Access): Promise<readonly LiveTable[]> {
    const { lost, warnings } = await fenceTables(this.#dir, tables, access);
    this.hasLost ||= lost.length > 0;
    this.warnings.push(...warnings.slice(0, Math.max(WARNINGS_MAX - this.warnings.length, 0)));
    return lost;
  }

  /** Without a sync: a process that dies leaves what it wrote, and a machine that dies proves nothing. */
  #note(remembered: Remembered): void {
    this.#remembered = remembered;
    try {
      writeFileSync(this.#file, JSON.stringify(remembered), { mode: 0o600 });
    } catch {
      // A full disk: the next opening begins where this one did.
    }
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
    const { next, uncleanEnds, hasLost } = JSON.parse(readFileSync(file, 'utf8')) as Partial<Remembered>;
    return { next: countIn(next), uncleanEnds: countIn(uncleanEnds), hasLost: hasLost === true };
  } catch {
    // None yet, or one that was cut short: every table has its turn all the same.
    return { next: 0, uncleanEnds: 0, hasLost: false };
  }
}

const countIn = (value: unknown): number => (typeof value === 'number' && Number.isSafeInteger(value) ? Math.max(value, 0) : 0);
