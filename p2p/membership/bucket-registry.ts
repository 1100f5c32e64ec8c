/**
 * Settings of buckets, known to all members: the higher (version, writer, settings) wins, the same in any
 * order of arrival. They travel with the member records, because placement needs both.
 */
import { BUCKET_BYTES_MAX, COPIES_MAX, MEMBER_BYTES_MAX, SETTINGS_VERSION_MAX } from '../bounds.ts';
import { ByteReader, MalformedError } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { BucketName, BucketSettings, MemberId } from '../types.ts';

export const DEFAULT_SETTINGS: BucketSettings = {
  n: 3,
  r: 'quorum',
  w: 'quorum',
  sloppy: true,
  resolution: 'siblings',
  historyVersions: 10,
  historyDays: 30,
};

/** Bounds of the history's settings; the versions also bound what a key costs. */
export const HISTORY_VERSIONS_MAX = 100;
export const HISTORY_DAYS_MAX = 3_650;

export interface BucketRecord {
  readonly bucket: BucketName;
  readonly version: number;
  readonly by: MemberId;
  readonly settings: BucketSettings;
}

/** Buckets with settings of their own: a bound for hostile peers. */
const BUCKETS_MAX = 10_000;
const SETTINGS_BYTES_MAX = 1024;

export class BucketRegistry {
  /** Counts what changed: what was worked out from the settings holds while it stays. */
  revision = 0;
  readonly #records = new Map<BucketName, BucketRecord>();

  get size(): number {
    return this.#records.size;
  }

  settings(bucket: BucketName): BucketSettings {
    return this.#records.get(bucket)?.settings ?? DEFAULT_SETTINGS;
  }

  all(): readonly BucketRecord[] {
    return [...this.#records.values()];
  }

  get(bucket: BucketName): BucketRecord | undefined {
    return this.#records.get(bucket);
  }

  /** The smallest `n` in use: with that many members away, some bucket may miss a key. */
  narrowestN(): number {
    let narrowest = 3;
    for (const { settings } of this.#records.values()) if (settings.n !== 'all') narrowest = Math.min(narrowest, settings.n);
    return narrowest;
  }

  /** True when the record is news. */
  merge(record: BucketRecord): boolean {
    const known = this.#records.get(record.bucket);
    if (known === undefined ? this.#records.size >= BUCKETS_MAX : !isNewer(record, known)) return false;
    this.#records.set(record.bucket, record);
    this.revision += 1;
    return true;
  }

  /**
   * Settings out of a backup, for a bucket that has none: version 0, so that whatever a person set
   * or sets anywhere wins over them. `undefined` where there are settings, or no room.
   */
  adoption(bucket: BucketName, settings: BucketSettings, by: MemberId): BucketRecord | undefined {
    return this.#records.has(bucket) || this.#records.size >= BUCKETS_MAX ? undefined : { bucket, version: 0, by, settings };
  }

  /** What `merge` takes for a change. `undefined` when there is no room for more, or somebody used up the versions of this one. */
  next(bucket: BucketName, change: Partial<BucketSettings>, by: MemberId): BucketRecord | undefined {
    const known = this.#records.get(bucket);
    const version = (known?.version ?? 0) + 1;
    if (version > SETTINGS_VERSION_MAX || (known === undefined && this.#records.size >= BUCKETS_MAX)) return undefined;
    return { bucket, version, by, settings: { ...this.settings(bucket), ...change } };
  }
}

/** @throws RangeError when a part is over its bound. */
export function encodeBucketRecord(record: BucketRecord): Uint8Array {
  if (!isSettings(record.settings)) throw new RangeError(`not settings: ${settingsText(record.settings)}`);
  return new ByteWriter()
    .text(record.bucket, BUCKET_BYTES_MAX)
    .varint(record.version, SETTINGS_VERSION_MAX)
    .text(record.by, MEMBER_BYTES_MAX)
    .text(settingsText(record.settings))
    .finish();
}

/** @throws MalformedError */
export function decodeBucketRecord(bytes: Uint8Array): BucketRecord {
  const reader = new ByteReader(bytes);
  const bucket = reader.text(BUCKET_BYTES_MAX);
  const version = reader.varint(SETTINGS_VERSION_MAX);
  const by = reader.text(MEMBER_BYTES_MAX);
  const settings = parseSettings(reader.text(SETTINGS_BYTES_MAX));
  reader.end();
  return { bucket, version, by, settings };
}

function isNewer(a: BucketRecord, b: BucketRecord): boolean {
  if (a.version !== b.version) return a.version > b.version;
  if (a.by !== b.by) return a.by > b.by;
  return settingsText(a.settings) > settingsText(b.settings);
}

/** The fields in one order, and no others: equal settings give equal bytes. */
function settingsText(settings: BucketSettings): string {
  return JSON.stringify(fieldsOf(settings));
}

function fieldsOf({ n, r, w, sloppy, resolution, historyVersions, historyDays }: BucketSettings): BucketSettings {
  return { n, r, w, sloppy, resolution, historyVersions, historyDays };
}

function parseSettings(text: string): BucketSettings {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw new MalformedError('bucket settings are not JSON');
  }
  if (!isSettings(parsed)) throw new MalformedError('bucket settings are incomplete');
  return fieldsOf(parsed);
}

export function isSettings(value: unknown): value is BucketSettings {
  if (typeof value !== 'object' || value === null) return false;
  const { n, r, w, sloppy, resolution, historyVersions, historyDays } = value as Partial<Record<keyof BucketSettings, unknown>>;
  return (
    (n === 'all' || isCount(n)) &&
    isQuorum(r) &&
    (w === 'any' || isQuorum(w)) &&
    typeof sloppy === 'boolean' &&
    (resolution === 'siblings' || resolution === 'lww') &&
    isWithin(historyVersions, 0, HISTORY_VERSIONS_MAX) &&
    isWithin(historyDays, 1, HISTORY_DAYS_MAX)
  );
}

function isQuorum(value: unknown): boolean {
  return value === 'one' || value === 'quorum' || value === 'all' || isCount(value);
}

function isCount(value: unknown): boolean {
  return isWithin(value, 1, COPIES_MAX);
}

function isWithin(value: unknown, min: number, max: number): boolean {
  return Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
}
