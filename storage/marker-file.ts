/**
 * A small file beside the tables that tells this folder from a copy of it, and from an older state
 * of itself. It is made anew at each opening and each close, and the database remembers the inodes and
 * birth times of it and of its folder, and the random text in it:
 *   - a copied or cloned folder has another inode or birth time, if only of the folder itself;
 *   - a backup that is put back in place, with the file, writes its old text into the present file,
 *     and its old database expects the file of then;
 *   - a backup that leaves the file alone brings an older database, which expects an older text.
 *
 * Nothing here changes with modes, owners, links or other attributes: backup tools, virus scanners and
 * `chmod -R` touch every file of a folder, and that makes no copy of it.
 *
 *     next file made, on disk ── database remembers it, and the one before ── next takes the place
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

const FILE = 'ringleaf-store';
const NEXT = 'ringleaf-store.next';

/** Reads as one string, to be compared as a whole. `undefined` when there is no marker. */
export function readMarker(dir: string): string | undefined {
  return markerOf(join(dir, FILE));
}

/** Makes the next file, durably, and answers what `readMarker` will say once it is placed. */
export function prepareMarker(dir: string, text: string): string | undefined {
  const path = join(dir, NEXT);
  const file = openSync(path, 'w', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return markerOf(path);
}

/** To be called when the database knows both: whichever of them is there after a crash is right. */
export function placeMarker(dir: string): void {
  renameSync(join(dir, NEXT), join(dir, FILE));
}

function markerOf(path: string): string | undefined {
  try {
    const [folder, file] = [statSync(dirname(path), { bigint: true }), statSync(path, { bigint: true })];
    return `${folder.ino} ${folder.birthtimeNs} ${file.ino} ${file.birthtimeNs} ${readFileSync(path, 'utf8')}`;
  } catch {
    return undefined;
  }
}
