/** Pure: how far a list was read. A folder is one row, however many keys are in it, so a large one is passed. */
import type { KeyPage, KeyRow } from '../../main/api/contract.ts';
import { folderToPass, lastKeyIn } from './key-tree.ts';

export interface Reading {
  /** In order; keys of passed folders are missing. */
  readonly rows: readonly KeyRow[];
  readonly passed: ReadonlySet<string>;
  /** What the next page comes after; `undefined`: there is none. */
  readonly next: string | undefined;
  /** Partitions that nobody could be asked about. */
  readonly partial: readonly number[];
}

export const NOTHING_LISTED: Reading = { rows: [], passed: new Set(), next: undefined, partial: [] };

/** @param folder That the list shows; `undefined` = every row, whatever folder it is in. */
export function withPage({ rows, passed, partial }: Reading, page: KeyPage, folder: string | undefined): Reading {
  const read = { rows: rows.concat(page.keys), passed, partial: [...new Set([...partial, ...(page.partial ?? [])])], next: page.next };
  const passes = page.next === undefined || folder === undefined ? undefined : folderToPass(read.rows, folder);
  // Once each: keys of the last characters themselves may come behind the last key that is passed.
  if (passes === undefined || passed.has(passes)) return read;
  return { ...read, passed: new Set([...passed, passes]), next: lastKeyIn(passes) };
}
