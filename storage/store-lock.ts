/**
 * Whether another process has a store, found out with nothing of the store read or written: LevelDB
 * keeps a lock while it is open, and one that is asked to fail where a database exists, or does not,
 * takes this lock, fails, and lets go of it.
 */
import { existsSync } from 'node:fs';
import { ClassicLevel } from 'classic-level';
import { StoreLockedError, describeError } from './errors.ts';

/**
 * Not to be called by who has it open: on POSIX systems that would give the lock away.
 * @throws StoreLockedError, or the machine's own trouble
 */
export async function refuseInUse(dir: string): Promise<void> {
  if (!existsSync(dir)) return;
  try {
    await new ClassicLevel(dir).open({ createIfMissing: false, errorIfExists: true });
  } catch (error) {
    if (!isAnswer(error)) throw lockedOr(error, dir);
  }
}

/** What a failure to open is, if it is that the store is in use. */
export function lockedOr(error: unknown, dir: string): unknown {
  if (describeError(error).code !== 'LEVEL_LOCKED') return error;
  return new StoreLockedError(`another process uses the store in ${dir}`, { cause: error });
}

const isAnswer = (error: unknown): boolean => /\((error_if_exists|create_if_missing) is (true|false)\)$/.test(describeError(error).message);
