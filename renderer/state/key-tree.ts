/**
 * Pure: the rows of a bucket as folders and keys, and changes to them. Folders end with `/` and
 * stand first. A key in the list is its row, so that a long list costs nothing beside its rows.
 */
import type { KeyRow } from '../../main/api/contract.ts';

export interface FolderEntry {
  readonly path: string;
  readonly name: string;
  readonly keys: number;
  readonly conflicts: number;
  /** The list went on behind it, so there may be more keys in it than were counted. */
  readonly isPassed: boolean;
}

export type ListEntry = FolderEntry | KeyRow;

/** So many keys of a folder are counted; then the list goes on behind it. */
export const COUNTED_IN_FOLDER = 200;
/** The last character that there is, in UTF-8 and otherwise. */
const LAST_CHARACTER = '\u{10ffff}';
const LAST_CHARACTER_BYTES = 4;
const KEY_BYTES_MAX = 1_024;

export function isFolder(entry: ListEntry): entry is FolderEntry {
  return 'path' in entry;
}

export function idOf(entry: ListEntry): string {
  return isFolder(entry) ? `folder:${entry.path}` : `key:${entry.key}`;
}

/** What stands directly in `folder`; while searching, every row. `passed` are folders that the list went on behind. */
export function entriesIn(rows: readonly KeyRow[], folder: string, searching: boolean, passed: ReadonlySet<string> = new Set()): readonly ListEntry[] {
  if (searching) return rows;
  const folders = new Map<string, FolderEntry>();
  const keys: KeyRow[] = [];
  for (const row of rows) {
    if (!row.key.startsWith(folder)) continue;
    const path = folderBelow(folder, row.key);
    if (path === undefined) keys.push(row);
    else addTo(folders, { path, name: path.slice(folder.length), keys: 1, conflicts: Number(row.siblings > 1), isPassed: passed.has(path) });
  }
  return [...folders.values(), ...keys];
}

/** With what the next rows bring. Costs what they cost, however long the list is. */
export function grown(entries: readonly ListEntry[], more: readonly ListEntry[]): readonly ListEntry[] {
  const [had, has] = [foldersOf(entries), foldersOf(more)];
  if (has.length === 0) return entries.concat(more);
  const folders = new Map(had.map((entry) => [entry.path, entry]));
  for (const entry of has) addTo(folders, entry);
  const first: readonly ListEntry[] = [...folders.values()];
  return first.concat(entries.slice(had.length), more.slice(has.length));
}

/** The folder at the end of the rows, if enough of it was counted to go on behind it. */
export function folderToPass(rows: readonly KeyRow[], folder: string): string | undefined {
  const path = folderBelow(folder, rows.at(-1)?.key ?? '');
  return path !== undefined && rows.at(-COUNTED_IN_FOLDER)?.key.startsWith(path) === true ? path : undefined;
}

/** The folder directly in `folder` that the key is in; `undefined`: it stands there itself. */
function folderBelow(folder: string, key: string): string | undefined {
  const slash = key.indexOf('/', folder.length);
  return slash <= folder.length ? undefined : key.slice(0, slash + 1);
}

/** No key of the folder comes after this, but for such as are made of the last characters themselves. */
export function lastKeyIn(folder: string): string {
  const bytes = new TextEncoder().encode(folder).length;
  return folder + LAST_CHARACTER.repeat(Math.max(0, Math.floor((KEY_BYTES_MAX - bytes) / LAST_CHARACTER_BYTES)));
}

/** The folder above, or `''` at the top. */
export function parentOf(folder: string): string {
  return folder.slice(0, folder.slice(0, -1).lastIndexOf('/') + 1);
}

/** Keeps the order of keys. */
export function withRow(rows: readonly KeyRow[], row: KeyRow): readonly KeyRow[] {
  const others = rows.filter((other) => other.key !== row.key);
  const at = indexOrEnd(others, (other) => other.key > row.key);
  return [...others.slice(0, at), row, ...others.slice(at)];
}

export function withoutKey(rows: readonly KeyRow[], key: string): readonly KeyRow[] {
  return rows.filter((row) => row.key !== key);
}

function addTo(folders: Map<string, FolderEntry>, more: FolderEntry): void {
  const had = folders.get(more.path);
  const sum = had && { ...had, keys: had.keys + more.keys, conflicts: had.conflicts + more.conflicts, isPassed: had.isPassed || more.isPassed };
  folders.set(more.path, sum ?? more);
}

function foldersOf(entries: readonly ListEntry[]): readonly FolderEntry[] {
  return entries.slice(0, indexOrEnd(entries, (entry) => !isFolder(entry))).filter(isFolder);
}

function indexOrEnd<T>(list: readonly T[], is: (one: T) => boolean): number {
  const at = list.findIndex(is);
  return at === -1 ? list.length : at;
}
