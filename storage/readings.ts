/** The reading half of the port: ranges of the keyspace, decoded. Nothing here writes. */
import type { IndexEntry, Store, StoredHint } from '../p2p/ports.ts';
import { CorruptRecordError, HISTORY_VERSIONS_MAX } from '../p2p/ports.ts';
import type { BucketName, KeyRef, MemberId, PartitionId } from '../p2p/types.ts';
import type { Database } from './database.ts';
import * as keyspace from './keyspace.ts';
import { decodeSummary, hashOf, hintObject, hintRef, objectOf, plain } from './records.ts';

type ListQuery = Parameters<Store['list']>[0];

export class Readings {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async read(ref: KeyRef): Promise<Uint8Array | undefined> {
    await this.#database.ready();
    const payload = this.#database.get(keyspace.objectKey(ref));
    if (payload !== undefined) return objectOf(payload);
    if (this.#database.isCorrupt(keyspace.objectKey(ref))) {
      throw new CorruptRecordError(`the record of ${JSON.stringify(ref.key)} is damaged on this disk`);
    }
    return undefined;
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

  conflicts(limit: number): Promise<readonly { readonly bucket: BucketName; readonly entry: IndexEntry }[]> {
    return this.#database.collect(keyspace.familyRange('c'), limit, toRow);
  }

  leafEntries(partition: PartitionId, leaf: number) {
    return this.#database.collect(keyspace.leafRange(partition, leaf), Infinity, (key, payload) => {
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

  hints(target: MemberId, afterId: string | undefined, limit: number): Promise<readonly StoredHint[]> {
    const range = keyspace.hintsRange(target);
    const from = afterId === undefined ? undefined : keyspace.hintKey(target, afterId);
    return this.#database.collect(startAfter(range, from), limit, (key, payload) => {
      const ref = hintRef(key.toString('utf8', range.gte.length), payload);
      return ref && { target, ref, object: hintObject(payload) };
    });
  }

  async history(ref: KeyRef): Promise<readonly Uint8Array[]> {
    const range = keyspace.versionsRange(ref.id);
    const oldestFirst = await this.#database.collect(range, HISTORY_VERSIONS_MAX, (_, payload) => plain(payload));
    return oldestFirst.reverse();
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
