/**
 * Goes through tables of a database, one after the other, and sees to it that LevelDB can live with
 * what is damaged (`inspect-table.ts`). A file is copied beside the store before it is changed, and
 * none is changed while another process has the store.
 */
import { closeSync, constants, copyFileSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setImmediate as turn, setTimeout as rest } from 'node:timers/promises';
import { StoreUnavailableError, describeError } from '../errors.ts';
import { refuseInUse } from '../store-lock.ts';
import { type Finding, type Patch, inspectTable } from './inspect-table.ts';
import type { LiveTable } from './manifest.ts';

export interface Fenced {
  /** Tables in which something is fenced that is to be hollowed out. */
  readonly lost: readonly LiveTable[];
  readonly warnings: readonly string[];
}

/** Of all copies together. What is found beyond it is dealt with without a copy. */
const COPIES_BYTES_MAX = 64 * 1024 * 1024;

/** While people work, after each MiB, which takes 2 ms of a processor. */
const REST_MS = 10;

/** How to go about a database. */
export interface Access {
  /** Lets others have their turn. It alone keeps no process alive. */
  readonly breathe: () => Promise<unknown>;
  /** Right before a file is changed: whoever does not have the database open must know that nobody has. */
  readonly claim: (dir: string) => Promise<void>;
}
/** @param isOver The database is about to be closed: no file is looked at or changed from then on. */
export function whileOpen(isOver: () => boolean = () => false): Access {
  const goOn = (): void => {
    if (isOver()) throw new StoreUnavailableError('the store is being closed');
  };
  return { breathe: () => rest(REST_MS, undefined, { ref: false }).then(goOn), claim: () => Promise.resolve().then(goOn) };
}
export const WHILE_CLOSED: Access = { breathe: () => turn(), claim: refuseInUse };

/** Mends or fences what is damaged, a byte each: LevelDB may read the files meanwhile. @throws StoreLockedError */
export async function fenceTables(dir: string, tables: readonly LiveTable[], access: Access): Promise<Fenced> {
  const lost: LiveTable[] = [];
  const warnings: string[] = [];
  for (const table of tables) {
    const { path, file, findings } = await inspect(dir, table, access);
    if (isLoss(findings)) lost.push(table);
    const fresh = findings.filter(({ mended, isFenced }) => mended !== undefined || !isFenced);
    if (fresh.length === 0) continue;
    await access.claim(dir);
    const copy = keepCopy(dir, path, file.length);
    try {
      writePatches(path, fresh.map(({ mended, fence }) => mended ?? fence));
      warnings.push(inWords(basename(path), fresh, copy));
    } catch (error) {
      // A disk that takes no byte: what can be read still is, as long as that lasts.
      warnings.push(`a damaged file of the store cannot be changed: ${basename(path)} (${describeError(error).message})`);
    }
  }
  return { lost, warnings };
}

/** Takes out what is fenced, for good. The database has to be closed. @throws StoreLockedError, or when the disk takes no change */
export async function hollowTables(dir: string, tables: readonly LiveTable[]): Promise<void> {
  for (const table of tables) {
    const { path, findings } = await inspect(dir, table, WHILE_CLOSED);
    if (findings.length === 0) continue;
    await WHILE_CLOSED.claim(dir);
    // A file that is too short, or too long, gets the length that LevelDB looks for its end at.
    writePatches(path, findings.map(({ mended, hollow, fence }) => mended ?? hollow ?? fence), table.size);
  }
}

async function inspect(dir: string, { number, size }: LiveTable, { breathe }: Access) {
  const path = join(dir, `${String(number).padStart(6, '0')}.ldb`);
  // A compaction may have done away with it, and what the disk cannot read LevelDB cannot either.
  const file = await readFile(path).catch(() => undefined);
  const findings: Finding[] = [];
  for (const finding of file === undefined ? [] : inspectTable(file, size)) {
    if (finding === undefined) await breathe();
    else findings.push(finding);
  }
  return { path, file: file ?? Buffer.alloc(0), findings };
}

const isLoss = (findings: readonly Finding[]): boolean => findings.some(({ part, mended }) => mended === undefined && part !== 'filter');

function inWords(name: string, findings: readonly Finding[], copy: string | undefined): string {
  const kept = copy === undefined ? '' : ` (as it was: ${copy})`;
  const gone = findings.filter(({ mended }) => mended === undefined);
  if (gone.length === 0) return `put a wrong byte right in a file of the store: ${name}${kept}`;
  if (!isLoss(gone)) return `does without the damaged filter of a file of the store: ${name}${kept}`;
  const blocks = gone.filter(({ part }) => part === 'data').length;
  const what = gone.some(({ part }) => part === 'table') ? 'a file' : blocks === 1 ? 'a part of a file' : `${blocks} parts of a file`;
  return `${what} of the store cannot be read; other devices are asked for what was in it: ${name}${kept}`;
}

/** @returns where it is; `undefined` when there is no room, or the disk takes none. */
function keepCopy(dir: string, path: string, bytes: number): string | undefined {
  const folder = `${dir}.damaged-tables`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const kept = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
    if (kept.reduce((sum, size) => sum + size, bytes) > COPIES_BYTES_MAX) return undefined;
    const copy = join(folder, `${kept.length + 1}-${basename(path)}`);
    copyFileSync(path, copy, constants.COPYFILE_EXCL);
    return copy;
  } catch {
    return undefined;
  }
}

/** Durable when it returns. A file that went away meanwhile needs nothing. */
function writePatches(path: string, patches: readonly Patch[], size?: number): void {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r+');
  try {
    if (size !== undefined) ftruncateSync(file, size);
    for (const { offset, bytes } of patches) writeSync(file, bytes, 0, bytes.length, offset);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
