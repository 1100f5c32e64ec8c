/**
 * The lines of an export, both ways. Two kinds:
 *
 *     {"bucket", "settings": {"n","r","w","sloppy","resolution","historyVersions","historyDays"}} of a bucket that has its own
 *     {"bucket", "key", "context", "siblings": [{"value","encoding","contentType","deleted","dot",
 *      "writtenBy","writtenAt","writeId","seen","stamp"?}]}                       of a key, deleted ones too
 *
 * `seen` is the token of what the sibling's writer had seen: the base of a later merge is found by
 * it. `writeId` tells retries of one write. A line without the two is imported all the same.
 */
import * as v from 'valibot';
import { ACTOR_BYTES_MAX, MEMBER_BYTES_MAX, TOKEN_CHARS_MAX, WRITE_ID_BYTES_MAX } from '../../p2p/bounds.ts';
import type { BackupSibling, BucketSettings, Command, ExportOutcome } from '../../p2p/index.ts';
import { DEFAULT_SETTINGS, STAMP_MAX } from '../../p2p/index.ts';
import { toIso } from './answers.ts';
import type { Encoding } from './contract.ts';
import { isWellFormed, toBucket, toKey } from './names.ts';
import { checkParams, SETTINGS } from './params.ts';
import type { FileLine } from './json-lines.ts';
import { parseLine } from './json-lines.ts';
import { decodeValue, encodeValue, toContentType } from './values.ts';

export type ImportCommand = Extract<Command, { readonly kind: 'import' | 'import-bucket' }>;

/** Room for a key of 64 MiB, the most that travels between members, at `ESCAPED_MAX`. */
export const LINE_BYTES_MAX = 136 * 1024 * 1024;
/** Text whose escapes make it longer than this many times its bytes goes as base64. */
const ESCAPED_MAX = 2;
const SIBLINGS_MAX = 10_000;
/** `{ siblings: [ { … } ] }`, and 9 fields a sibling, with room for fields of later versions. */
const STRUCTURE = { depthMax: 4, tokensMax: 16 * SIBLINGS_MAX };
/** An actor, a colon and a counter. */
const DOT_CHARS_MAX = ACTOR_BYTES_MAX + 17;

const token = v.pipe(v.string(), v.maxLength(TOKEN_CHARS_MAX), v.regex(/^[A-Za-z0-9_-]*$/, 'not a context'));
const sibling = v.pipe(
  v.object({
    value: v.nullable(v.string()),
    encoding: v.picklist(['utf8', 'base64']),
    contentType: v.string(),
    deleted: v.boolean(),
    dot: v.pipe(v.string(), v.maxLength(DOT_CHARS_MAX)),
    writtenBy: v.pipe(v.string(), v.maxLength(MEMBER_BYTES_MAX), v.regex(/^[\w-]+$/, 'not a member')),
    writtenAt: v.pipe(
      v.string(),
      v.regex(/^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/, 'not a time'),
      v.transform((text) => Date.parse(text)),
      v.finite('not a time'),
    ),
    writeId: v.exactOptional(
      v.pipe(v.string(), v.check((text) => Buffer.byteLength(text) <= WRITE_ID_BYTES_MAX && isWellFormed(text), 'not a write id')),
    ),
    seen: v.exactOptional(token),
    stamp: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(STAMP_MAX))),
  }),
  v.check(({ value, deleted }) => deleted === (value === null), 'a deletion has no value, anything else has one'),
);
const KEY_LINE = v.object({
  bucket: v.pipe(v.string(), v.transform(toBucket)),
  key: v.pipe(v.string(), v.transform(toKey)),
  context: token,
  siblings: v.pipe(v.array(sibling), v.minLength(1), v.maxLength(SIBLINGS_MAX)),
});
const SETTINGS_LINE = v.object({
  bucket: v.pipe(v.string(), v.transform(toBucket)),
  // A backup from before a bucket had a rule for its history has the usual one.
  settings: v.strictObject({
    ...SETTINGS,
    historyVersions: v.optional(SETTINGS.historyVersions, DEFAULT_SETTINGS.historyVersions),
    historyDays: v.optional(SETTINGS.historyDays, DEFAULT_SETTINGS.historyDays),
  }),
});

/** With its line feed. */
export function settingsLine(bucket: string, { n, r, w, sloppy, resolution, historyVersions, historyDays }: BucketSettings): string {
  return `${JSON.stringify({ bucket, settings: { n, r, w, sloppy, resolution, historyVersions, historyDays } })}\n`;
}

/** With its line feed. */
export function keyLine(bucket: string, key: string, { context, siblings }: ExportOutcome): string {
  return `${JSON.stringify({ bucket, key, context, siblings: siblings.map(toJson) })}\n`;
}

/** @throws ApiError `BAD_REQUEST`, `VALUE_TOO_LARGE`, with what is wrong with the line. */
export function importCommand(line: FileLine, dryRun: boolean): ImportCommand {
  const parsed = parseLine(line, STRUCTURE);
  if (typeof parsed === 'object' && parsed !== null && Object.hasOwn(parsed, 'settings')) {
    return { kind: 'import-bucket', ...checkParams(SETTINGS_LINE, parsed), dryRun };
  }
  const { bucket, key, context, siblings } = checkParams(KEY_LINE, parsed);
  return { kind: 'import', bucket, key, context, siblings: siblings.map(fromJson), dryRun };
}

function toJson({ value, contentType, dot, writtenBy, writtenAt, writeId, seen, stamp }: BackupSibling): object {
  return { ...encoded(value), contentType, deleted: value === undefined, dot, writtenBy, writtenAt: toIso(writtenAt), writeId, seen, stamp };
}

function encoded(value: Uint8Array | undefined): { readonly value: string | null; readonly encoding: Encoding } {
  if (value === undefined) return { value: null, encoding: 'utf8' };
  const text = encodeValue(value);
  const isLong = text.encoding === 'utf8' && JSON.stringify(text.value).length > ESCAPED_MAX * value.length + 2;
  return isLong ? { value: Buffer.from(value).toString('base64'), encoding: 'base64' } : text;
}

function fromJson({ value, encoding, contentType, dot, writtenBy, writtenAt, writeId = '', seen = '', stamp }: v.InferOutput<typeof sibling>): BackupSibling {
  const known = { dot, writtenBy, writtenAt, writeId, seen, ...(stamp !== undefined && { stamp }) };
  if (value === null) return { ...known, value: undefined, contentType: '' };
  return { ...known, value: decodeValue(value, encoding), contentType: toContentType(contentType) };
}
