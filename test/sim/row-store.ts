/**
 * A store that answers what listing asks, in order, and counts the rows that it has to read for it.
 * Rows may be shared by many stores: only what is written here is kept here.
 */
import { compareText } from '../../p2p/bytes/text-order.ts';
import type { KeyObject } from '../../p2p/causality/key-object.ts';
import { EMPTY_OBJECT, write } from '../../p2p/causality/key-object.ts';
import { clockHash, decodeObject, encodeObject } from '../../p2p/causality/object-codec.ts';
import type { StoreAnswer, StoreQuery } from '../../p2p/node/events.ts';
import { summarize } from '../../p2p/node/replica.ts';
import type { IndexEntry, Mutation } from '../../p2p/ports.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import type { KeyRef } from '../../p2p/types.ts';

export interface Row {
  readonly ref: KeyRef;
  readonly object: Uint8Array;
  readonly entry: IndexEntry;
}

type NamedEntry = Extract<StoreAnswer, { readonly kind: 'conflicts' }>['entries'][number];

export class RowStore {
  /** Rows of the store that were read to answer lists and conflicts. */
  rowsRead = 0;
  readonly #rows = new Map<string, Row>();
  /** By bucket and key; sorted when it is looked at. */
  #index: Row[] = [];
  #conflicts: Row[] = [];
  #isSorted = true;

  put(row: Row): void {
    this.#rows.set(row.ref.id, row);
    this.#isSorted = false;
  }

  remove(ref: KeyRef): void {
    this.#rows.delete(ref.id);
    this.#isSorted = false;
  }

  get(ref: KeyRef): Row | undefined {
    return this.#rows.get(ref.id);
  }

  all(): Iterable<Row> {
    return this.#rows.values();
  }

  commit(batch: readonly Mutation[]): void {
    for (const mutation of batch) {
      const { kind } = mutation;
      if (kind === 'object') this.put({ ref: mutation.ref, object: mutation.object, entry: { key: mutation.ref.key, ...mutation.summary } });
      else if (kind === 'drop') this.remove(mutation.ref);
    }
  }

  answer(query: StoreQuery): StoreAnswer {
    switch (query.kind) {
      case 'list': {
        const { bucket, prefix, after, limit } = query;
        const from = after === undefined || compareText(after, prefix) < 0 ? { key: prefix, isAfter: false } : { key: after, isAfter: true };
        const isMine = ({ ref }: Row): boolean => ref.bucket === bucket && ref.key.startsWith(prefix);
        return { kind: 'list', entries: this.#page(this.#sorted(), { bucket, ...from, limit, isMine }).map(({ entry }) => entry) };
      }
      case 'conflicts': {
        const { bucket, after, limit } = query;
        const isMine = ({ ref }: Row): boolean => bucket === undefined || ref.bucket === bucket;
        const first = { bucket: bucket ?? '', key: '', isAfter: false };
        const from = after === undefined || compareText(after.bucket, first.bucket) < 0 ? first : { ...after, isAfter: true };
        this.#sorted();
        return { kind: 'conflicts', entries: this.#page(this.#conflicts, { ...from, limit, isMine }).map(named) };
      }
      case 'buckets':
        return { kind: 'buckets', buckets: [...new Set(this.#sorted().map(({ ref }) => ref.bucket))] };
      case 'leaves':
        return { kind: 'leaves', leaves: [] };
      case 'leaf-entries':
        return { kind: 'leaf-entries', entries: [] };
      case 'scan':
        return { kind: 'scan', records: 0, damaged: [], unlisted: [], miscounted: [], next: undefined };
      case 'hints':
        return { kind: 'hints', hints: [] };
      case 'hint-targets':
        return { kind: 'hint-targets', members: [] };
      case 'hint-bytes':
        return { kind: 'hint-bytes', bytes: 0 };
      case 'history':
        return { kind: 'history', versions: [], isWhole: true };
      case 'histories':
        return { kind: 'histories', rows: [] };
      case 'deletions':
        return { kind: 'deletions', notes: [] };
      case 'is-hinted':
        return { kind: 'is-hinted', isHinted: false };
      case 'purge':
        return { kind: 'purged' };
    }
  }

  #page(rows: readonly Row[], { bucket, key, isAfter, limit, isMine }: Page): readonly Row[] {
    const found: Row[] = [];
    for (let index = firstAt(rows, bucket, key, isAfter); index < rows.length && found.length < limit; index += 1) {
      const row = rows[index];
      if (row === undefined || !isMine(row)) break;
      found.push(row);
    }
    this.rowsRead += found.length;
    return found;
  }

  #sorted(): readonly Row[] {
    if (!this.#isSorted) {
      this.#index = [...this.#rows.values()].sort((a, b) => compareText(a.ref.bucket, b.ref.bucket) || compareText(a.ref.key, b.ref.key));
      this.#conflicts = this.#index.filter(({ entry }) => entry.siblings > 1);
      this.#isSorted = true;
    }
    return this.#index;
  }
}

interface Page {
  readonly bucket: string;
  readonly key: string;
  readonly isAfter: boolean;
  readonly limit: number;
  readonly isMine: (row: Row) => boolean;
}

/** The first row at the key, or after it. */
function firstAt(rows: readonly Row[], bucket: string, key: string, isAfter: boolean): number {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const { ref } = rows[middle]!;
    const order = compareText(ref.bucket, bucket) || compareText(ref.key, key);
    if (order < 0 || (isAfter && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function named({ ref, entry }: Row): NamedEntry {
  return { bucket: ref.bucket, entry };
}

/** A key that nobody has written before. @param live Concurrent values; 0 = deleted. */
export function makeRow(bucket: string, key: string, partitions: number, live = 1): Row {
  return rowOf(keyRef(bucket, key, partitions), EMPTY_OBJECT, 1, live);
}

/** The same key, written by somebody who had seen all of `before`, and whose clock goes backwards. */
export function writtenOver({ ref, object, entry }: Row, live = 1): Row {
  return rowOf(ref, decodeObject(object), 1 - entry.writtenAt, live);
}

function rowOf(ref: KeyRef, before: KeyObject, version: number, live: number): Row {
  const sibling = { contentType: 'text/plain', writtenBy: 'm1', writtenAt: -version, writeId: '', value: live === 0 ? undefined : new Uint8Array(20) };
  let object = before;
  for (let value = 0; value < Math.max(1, live); value += 1) {
    const dot = { actor: `BBBBBBBBBB${String.fromCharCode(65 + value)}`, counter: version };
    object = write(object, before.context, { ...sibling, dot }).object;
  }
  const bytes = encodeObject(object);
  return { ref, object: bytes, entry: { key: ref.key, ...summarize(object, clockHash(ref, object)) } };
}
