/**
 * Opens LevelDB, and decides what a failure to open means: in use, damaged, or the machine's own
 * trouble (full disk, no file handles, no permission), which must never cost a folder its place.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { describeError } from './errors.ts';
import { setAside, untold } from './set-aside.ts';
import { lockedOr, refuseInUse } from './store-lock.ts';
import type { TableChecks } from './tables/table-checks.ts';

export type Level = ClassicLevel<Buffer, Buffer>;
export type LevelFactory = (dir: string) => Level;

const MIB = 1024 * 1024;
/** Two may be in memory; more means fewer compactions under load and a longer replay at start. */
export const WRITE_BUFFER_BYTES = 16 * MIB;
/** Uncompressed blocks. A team's hot records fit; a desktop app must stay small beside others. */
const CACHE_BYTES = 32 * MIB;
/** Fewer, larger tables than the default 2 MiB: fewer files to hold open. */
const TABLE_BYTES = 8 * MIB;
/** Of the default 1000 a laptop's limit of 1024 handles would leave nothing for sockets. */
const OPEN_FILES_MAX = 256;

export const createLevel: LevelFactory = (dir) =>
  new ClassicLevel<Buffer, Buffer>(dir, {
    keyEncoding: 'buffer',
    valueEncoding: 'buffer',
    writeBufferSize: WRITE_BUFFER_BYTES,
    cacheSize: CACHE_BYTES,
    maxFileSize: TABLE_BYTES,
    maxOpenFiles: OPEN_FILES_MAX,
  });

export interface Opened {
  readonly level: Level;
  /** Damaged stores that people are still to be told of. */
  readonly asides: readonly string[];
  /** One for each. */
  readonly warnings: readonly string[];
}

/**
 * Opens `dir`; a damaged folder is moved aside as `<dir>.damaged-<n>` and a fresh one opened.
 * @throws StoreLockedError, or LevelDB's error when the folder is not to blame.
 */
export async function openOrSetAside(dir: string, create: LevelFactory, checks: TableChecks): Promise<Opened> {
  await refuseInUse(dir);
  // LevelDB would create a new, empty database where only CURRENT is missing.
  if (hasDataWithoutCurrent(dir)) return openFresh(dir, create, 'its CURRENT file is missing');
  await checks.beforeOpening();
  try {
    const level = create(dir);
    await level.open();
    return opened(dir, level);
  } catch (error) {
    const { code, message } = describeError(error);
    if (!isDamage(code, message)) throw lockedOr(error, dir);
    return openFresh(dir, create, message);
  }
}

async function openFresh(dir: string, create: LevelFactory, why: string): Promise<Opened> {
  const aside = setAside(dir);
  const level = create(dir);
  await level.open();
  return opened(dir, level, { aside, why });
}

function opened(dir: string, level: Level, now?: { readonly aside: string; readonly why: string }): Opened {
  const asides = untold(dir);
  const warnings = asides.map((aside) => `set aside a damaged store: ${aside}${aside === now?.aside ? ` (${now.why})` : ''}`);
  return { level, asides, warnings };
}

function isDamage(code: string, message: string): boolean {
  if (code === 'LEVEL_CORRUPTION') return true;
  return code === 'LEVEL_IO_ERROR' && /No such file|cannot find the (file|path)/i.test(message);
}

function hasDataWithoutCurrent(dir: string): boolean {
  if (!existsSync(dir) || existsSync(join(dir, 'CURRENT'))) return false;
  return readdirSync(dir).some((name) => /^\d+\.(ldb|sst|log)$/.test(name));
}
