/** Where a page over several buckets ended, as text that a caller only hands back. */
import { ApiError } from './api-error.ts';
import { BUCKET_BYTES_MAX, KEY_BYTES_MAX } from '../../p2p/bounds.ts';
import { toBucket, toKey } from './names.ts';

export interface RowName {
  readonly bucket: string;
  readonly key: string;
}

/** No control character stands in a name. */
const BETWEEN = '\0';
const CHARS_MAX = Math.ceil((BUCKET_BYTES_MAX + KEY_BYTES_MAX + 1) / 3) * 4;

export function toCursor({ bucket, key }: RowName): string {
  return Buffer.from(bucket + BETWEEN + key).toString('base64url');
}

/** @throws ApiError `BAD_REQUEST` for anything that `toCursor` does not give. */
export function fromCursor(text: string): RowName {
  if (text.length > CHARS_MAX) throw notOurs();
  const [bucket, key, ...more] = Buffer.from(text, 'base64url').toString('utf8').split(BETWEEN);
  if (bucket === undefined || key === undefined || more.length > 0) throw notOurs();
  const name = { bucket: toBucket(bucket), key: toKey(key) };
  if (toCursor(name) !== text) throw notOurs();
  return name;
}

function notOurs(): ApiError {
  return new ApiError('BAD_REQUEST', 'after: not the end of a page.');
}
