/** Pure: the rows of a bucket as folders and keys, and changes to them. Folders end with `/`. */
import type { KeyRow } from '../../main/api/contract.ts';

export type ListEntry =
  | { readonly kind: 'folder'; readonly id: string; readonly path: string; readonly name: string; readonly keys: number; readonly conflicts: number }
  | { readonly kind: 'key'; readonly id: string; readonly name: string; readonly row: KeyRow };

/** What stands directly in `folder`; while searching, every row with its whole name. */
export function entriesIn(rows: readonly KeyRow[], folder: string, searching: boolean): readonly ListEntry[] {
  if (searching) return rows.map((row) => keyEntry(row, row.key));
  const folders = new Map<string, { keys: number; conflicts: number }>();
  const keys: ListEntry[] = [];
  for (const row of rows) {
    if (!row.key.startsWith(folder)) continue;
    const rest = row.key.slice(folder.length);
    const slash = rest.indexOf('/');
    if (slash <= 0) keys.push(keyEntry(row, rest === '' ? row.key : rest));
    else countInto(folders, rest.slice(0, slash + 1), row.siblings > 1);
  }
  const folderEntries = [...folders].map(([name, counts]): ListEntry => {
    const path = folder + name;
    return { kind: 'folder', id: `folder:${path}`, path, name, ...counts };
  });
  return [...folderEntries, ...keys];
}

/** The folder above, or `''` at the top. */
export function parentOf(folder: string): string {
  return folder.slice(0, folder.slice(0, -1).lastIndexOf('/') + 1);
}

/** Keeps the order of keys. */
export function withRow(rows: readonly KeyRow[], row: KeyRow): readonly KeyRow[] {
  const others = rows.filter((other) => other.key !== row.key);
  const found = others.findIndex((other) => other.key > row.key);
  const at = found === -1 ? others.length : found;
  return [...others.slice(0, at), row, ...others.slice(at)];
}

export function withoutKey(rows: readonly KeyRow[], key: string): readonly KeyRow[] {
  return rows.filter((row) => row.key !== key);
}

function keyEntry(row: KeyRow, name: string): ListEntry {
  return { kind: 'key', id: `key:${row.key}`, name, row };
}

function countInto(folders: Map<string, { keys: number; conflicts: number }>, name: string, conflict: boolean): void {
  const counts = folders.get(name) ?? { keys: 0, conflicts: 0 };
  folders.set(name, { keys: counts.keys + 1, conflicts: counts.conflicts + (conflict ? 1 : 0) });
}
