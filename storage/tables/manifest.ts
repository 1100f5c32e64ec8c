/**
 * Which tables a database consists of, and how large each is: LevelDB's manifest, a log of changes.
 * Only these are looked at: a compaction that was killed leaves half a table that means nothing.
 *
 *     log     blocks of 32 KiB, of records: masked crc32c:4, length:2, type:1 (1 whole, 2 first, 3 middle, 4 last)
 *     change  (tag, fields) …: a table that was added or deleted, and facts that are passed over here
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32c, unmasked } from './crc32c.ts';
import { readVarint } from './varint.ts';

const LOG_BLOCK_BYTES = 32 * 1024;
const HEADER_BYTES = 7;
const WHOLE = 1;
const FIRST = 2;
const LAST = 4;

/** How a change is written, by tag: `n` a number, `b` bytes behind their length. */
const FIELDS: ReadonlyMap<number, string> = new Map([[1, 'b'], [2, 'n'], [3, 'n'], [4, 'n'], [5, 'nb'], [6, 'nn'], [7, 'nnnbb'], [9, 'n']]);
const DELETED = 6;
const ADDED = 7;

/** Behind each key of a table: a sequence number and a type. */
const KEY_TRAILER_BYTES = 8;

export interface LiveTable {
  readonly number: number;
  readonly size: number;
  /** The last key in it. */
  readonly lastKey: Buffer;
}

/** By number. @returns `undefined` where LevelDB itself has to say what is wrong with the folder. */
export function liveTables(dir: string): readonly LiveTable[] | undefined {
  let log: Buffer;
  try {
    const current = readFileSync(join(dir, 'CURRENT'), 'utf8').trimEnd();
    if (!/^MANIFEST-\d+$/.test(current)) return undefined;
    log = readFileSync(join(dir, current));
  } catch {
    return undefined;
  }
  const tables = new Map<number, LiveTable>();
  for (const record of logRecords(log)) if (record === undefined || !apply(tables, record)) return undefined;
  return [...tables.values()].sort((a, b) => a.number - b.number);
}

/** Up to where the log ends, or is still being written; `undefined` for what is damaged. */
function* logRecords(log: Buffer): Generator<Buffer | undefined> {
  let parts: Buffer[] = [];
  let offset = 0;
  while (offset + HEADER_BYTES <= log.length) {
    const left = LOG_BLOCK_BYTES - (offset % LOG_BLOCK_BYTES);
    if (left < HEADER_BYTES) {
      offset += left;
      continue;
    }
    const [length, type] = [log.readUInt16LE(offset + 4), log[offset + 6] ?? 0];
    const end = offset + HEADER_BYTES + length;
    if (end > log.length) return;
    if (crc32c(log, offset + 6, end) !== unmasked(log.readUInt32LE(offset))) {
      yield undefined;
      return;
    }
    if (type === WHOLE || type === FIRST) parts = [];
    parts.push(log.subarray(offset + HEADER_BYTES, end));
    if (type === WHOLE || type === LAST) yield Buffer.concat(parts);
    offset = end;
  }
}

/** @returns false for a change that this does not understand. */
function apply(tables: Map<number, LiveTable>, record: Buffer): boolean {
  let offset = 0;
  while (offset < record.length) {
    const tag = readVarint(record, offset);
    const fields = tag && FIELDS.get(tag.value);
    if (tag === undefined || fields === undefined) return false;
    offset = tag.end;
    const numbers: number[] = [];
    let last = record.subarray(0, 0);
    for (const field of fields) {
      const read = readVarint(record, offset);
      if (read === undefined) return false;
      numbers.push(read.value);
      offset = field === 'b' ? read.end + read.value : read.end;
      if (field === 'b') last = record.subarray(read.end, offset);
    }
    const [, number = 0, size = 0] = numbers;
    if (tag.value === DELETED) tables.delete(number);
    if (tag.value === ADDED) tables.set(number, { number, size, lastKey: last.subarray(0, -KEY_TRAILER_BYTES) });
  }
  return offset === record.length;
}
