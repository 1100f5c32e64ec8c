/** The reading half of the port: ranges of the keyspace, decoded. Nothing here writes. */
import type { ConflictsQuery, DeletionNote, HintsQuery, HistoryRow, IndexEntry, KeptVersions, LeafSpan, Store, StoredHint } from '../p2p/ports.ts';
import { CorruptRecordError } from '../p2p/ports.ts';
import type { BucketName, KeyRef, PartitionId } from '../p2p/types.ts';
import type { Database } from './database.ts';
import * as keyspace from './keyspace.ts';
import { decodeMarks, decodeNotedAt, decodeSummary, hashOf, hintObject, hintRef, objectOf, plain } from './records.ts';

const CHUNK_ROWS = 256;
/** Damaged rows told of at once. */
const DAMAGED_MAX = 1_000;

type ListQuery = Parameters<Store['list']>[0];

export class Readings {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async read(ref: KeyRef): Promise<Uint8Array | undefined> {
    await this.#database.ready();
    const found = this.#database.find(keyspace.objectKey(ref));
    if (found === 'damaged') throw new CorruptRecordError(`the record of ${JSON.stringify(ref.key)} is damaged on this disk`);
    return found && objectOf(found);
  }

  list({ bucket, prefix, after, limit, conflictsOnly }: ListQuery): Promise<readonly IndexEntry[]> {
    const family = conflictsOnly ? 'c' : 'i';
    const range = keyspace.rowsRange(family, bucket, prefix);
    const from = after === undefined ? undefined : Buffer.from(`${family}${bucket}\0${after}`);
    return this.#database.collect(startAfter(range, from), limit, (key, payload) => toRow(key, payload)?.entry);
  }

  async buckets(): Promise<readonly BucketName[]> {
    const names: BucketName[] = [];
    let range = keyspace.familyRange('i');
    for (;;) {
      const bucket = await this.#database.first(range, (key) => keyspace.parseRowKey(key)?.bucket ?? '');
      if (bucket === undefined) return names;
      names.push(bucket);
      range = { gte: keyspace.rowsRange('i', bucket, '').lt, lt: range.lt };
    }
  }

  conflicts({ bucket, after, limit }: ConflictsQuery): Promise<readonly { readonly bucket: BucketName; readonly entry: IndexEntry }[]> {
    const range = bucket === undefined ? keyspace.familyRange('c') : keyspace.rowsRange('c', bucket, '');
    const from = after && Buffer.from(`c${after.bucket}\0${after.key}`);
    return this.#database.collect(startAfter(range, from), limit, toRow);
  }

  leafEntries(partition: PartitionId, leaves: LeafSpan) {
    return this.#database.collect(keyspace.leavesRange(partition, leaves), Infinity, (key, payload) => {
      const ref = keyspace.parseObjectKey(key);
      return ref && { ref, hash: hashOf(payload) };
    });
  }

  scanPartition(partition: PartitionId, after: KeyRef | undefined, limit: number) {
    const range = keyspace.partitionRange(partition);
    const from = after && keyspace.objectKey(after);
    return this.#database.collect(startAfter(range, from), limit, (key, payload) => {
      const ref = keyspace.parseObjectKey(key);
      return ref && { ref, object: objectOf(payload) };
    });
  }

  /** `damaged`: what follows the target in the keys of rows that were passed over, or of the first of them. */
  protected async hintsOf({ target, afterId, limit, bytesMax }: HintsQuery): Promise<{ readonly hints: readonly StoredHint[]; readonly damaged: readonly string[] }> {
    const range = keyspace.hintsRange(target);
    const from = afterId === undefined ? undefined : keyspace.hintKey(target, afterId);
    const hints: StoredHint[] = [];
    const damaged: string[] = [];
    let bytes = 0;
    if (limit <= 0) return { hints, damaged };
    await this.#database.walk(startAfter(range, from), Math.min(limit, CHUNK_ROWS), (key, payload) => {
      const id = key.toString('utf8', range.gte.length);
      const ref = payload && hintRef(id, payload);
      if (ref !== undefined && payload !== undefined) {
        const object = hintObject(payload);
        hints.push({ target, ref, object });
        bytes += object.length;
      } else if (damaged.length < DAMAGED_MAX) damaged.push(id);
      return hints.length < limit && bytes < bytesMax;
    });
    return { hints: bytes > bytesMax && hints.length > 1 ? hints.slice(0, -1) : hints, damaged };
  }

  async history(ref: KeyRef, bytesMax: number): Promise<KeptVersions> {
    await this.#database.ready();
    const row = this.#database.get(keyspace.marksKey(ref.id));
    const versions: Uint8Array[] = [];
    let bytes = 0;
    for (const { slot } of (row === undefined ? [] : decodeMarks(row)).toReversed()) {
      // A damaged version is counted and left out; it hides no other.
      const version = this.#database.get(keyspace.versionKey(ref.id, slot));
      if (version === undefined) continue;
      bytes += version.length;
      if (bytes > bytesMax) return { versions, isWhole: false };
      versions.push(plain(version));
    }
    return { versions, isWhole: true };
  }

  histories(afterId: string | undefined, limit: number): Promise<readonly HistoryRow[]> {
    const from = afterId === undefined ? undefined : keyspace.marksKey(afterId);
    return this.#database.collect(startAfter(keyspace.familyRange('w'), from), limit, (key, payload) => {
      const [name, marks] = [keyspace.parseRowKey(key), decodeMarks(payload)];
      const oldestKeptAt = marks.reduce((least, { keptAt }) => Math.min(least, keptAt), Infinity);
      return name && { ...name, versions: marks.length, oldestKeptAt };
    });
  }

  deletions(afterId: string | undefined, limit: number): Promise<readonly DeletionNote[]> {
    const from = afterId === undefined ? undefined : keyspace.deletionKey(afterId);
    return this.#database.collect(startAfter(keyspace.familyRange('d'), from), limit, (key, payload) => {
      const name = keyspace.parseRowKey(key);
      return name && { ...name, notedAt: decodeNotedAt(payload) };
    });
  }

  meta(prefix: string): Promise<readonly { readonly name: string; readonly bytes: Uint8Array }[]> {
    return this.#database.collect(keyspace.metaRange(prefix), Infinity, (key, payload) => ({
      name: key.toString('utf8', 1),
      bytes: plain(payload),
    }));
  }
}

function startAfter(range: keyspace.KeyRange, after: Buffer | undefined): keyspace.KeyRange {
  if (after === undefined || Buffer.compare(after, range.gte) < 0) return range;
  return { gte: keyspace.justAfter(after), lt: range.lt };
}

function toRow(key: Buffer, payload: Buffer): { bucket: BucketName; entry: IndexEntry } | undefined {
  const name = keyspace.parseRowKey(key);
  return name && { bucket: name.bucket, entry: { key: name.key, ...decodeSummary(payload) } };
}
