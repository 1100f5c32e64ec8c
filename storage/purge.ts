/**
 * What LevelDB still has of a row once it was overwritten or deleted: its earlier states, in older
 * tables, until a compaction meets them. Damage to the newer table shows them again. To be rid of them
 * all tables are compacted. LevelDB does not rewrite the deepest level, where one table may have several
 * states of a row, unless something comes down to it: so the end of a row that never was is written
 * into the range of each table first, and goes down to where it meets that.
 */
import { type Operation, deleteOperation } from './database.ts';
import type { LiveTable } from './tables/manifest.ts';

/** Between two of them the database can be closed. */
const SLICE_BYTES = 16 * 1024 * 1024;
/** What a compaction may take of a disk before it gives anything back, and more: a full one would stop people's writes. */
export const PURGE_ROOM_BYTES = 512 * 1024 * 1024;
/** There never is such a row. Its end beside a row makes a table of two keys, and shows whether LevelDB takes writes. */
export const NO_ROW = deleteOperation(Buffer.of(0));

/** @param tables All that there are, with nothing but these operations in memory above them. */
export function touch(tables: readonly LiveTable[]): readonly Operation[] {
  return tables.map(({ lastKey }) => deleteOperation(justBefore(lastKey)));
}

/** Keys that cut the store into parts of some size, in order. */
export function slicesOf(tables: readonly LiveTable[]): readonly Buffer[] {
  const ends: Buffer[] = [];
  let bytes = 0;
  for (const { size, lastKey } of [...tables].sort((a, b) => Buffer.compare(a.lastKey, b.lastKey))) {
    bytes += size;
    if (bytes < SLICE_BYTES) continue;
    ends.push(lastKey);
    bytes = 0;
  }
  return ends;
}

/** Below the key and above all others below it that there can be: no row ends with this byte. */
function justBefore(key: Buffer): Buffer {
  const last = key.at(-1) ?? 0;
  return last === 0 ? key.subarray(0, -1) : Buffer.concat([key.subarray(0, -1), Buffer.of(last - 1, 0xff)]);
}
