/**
 * A small file beside the tables that tells this folder from a copy of it. The database remembers
 * the file's inode, birth time, change time and the random text in it:
 *   - a copied or cloned folder has another inode or birth time;
 *   - a backup put back in place changes the file's change time, which nobody can set;
 *   - a backup that leaves the file alone brings an older database, which expects an older text.
 */
import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const FILE = 'ringleaf-store';

/** Reads as one string, to be compared as a whole. `undefined` when there is no marker. */
export function readMarker(dir: string): string | undefined {
  const path = join(dir, FILE);
  try {
    const { ino, birthtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return `${ino} ${birthtimeNs} ${ctimeNs} ${readFileSync(path, 'utf8')}`;
  } catch {
    return undefined;
  }
}

/** Replaces the text, durably, and answers what `readMarker` will say. */
export function writeMarker(dir: string, text: string): string | undefined {
  const file = openSync(join(dir, FILE), 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return readMarker(dir);
}
