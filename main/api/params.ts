/** The shape of every call's parameters, checked at the border. Unknown fields are refused. */
import * as v from 'valibot';
import { ADDRESS_BYTES_MAX, COPIES_MAX, MEMBER_BYTES_MAX, MEMBER_NAME_BYTES_MAX, PARTITIONS_FOUNDED_MAX, PASSPHRASE_CHARS_MAX, PASSPHRASE_CHARS_MIN, TEAM_NAME_BYTES_MAX, TOKEN_CHARS_MAX } from '../../p2p/bounds.ts';
import { DEFAULT_CONFIG, HISTORY_DAYS_MAX, HISTORY_VERSIONS_MAX, isPersonName } from '../../p2p/index.ts';
import { ApiError } from './api-error.ts';
import type { CallName, KeyChoice } from './contract.ts';
import { fromCursor } from './cursor.ts';
import { toDialAddress } from './dial-address.ts';
import { isTitle, PERSON_ERROR, spelled, titleError, toBucket, toKey, toPrefix } from './names.ts';
import { decodeValue, toContentType } from './values.ts';

export const TIMEOUT_MS_MAX = DEFAULT_CONFIG.requestTimeoutMaxMs;
export const KEYS_LIMIT_MAX = 1_000;
export const KEYS_LIMIT_DEFAULT = 100;
const INVITE_CHARS_MAX = 4_096;
const EXPIRES_S_MAX = 30 * 24 * 3_600;

const bucket = v.pipe(v.string(), v.transform(toBucket));
const key = v.pipe(v.string(), v.transform(toKey));
const copies = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(COPIES_MAX));
const quorum = v.union([copies, v.picklist(['one', 'quorum', 'all'])], 'a number, one, quorum or all');
const writeQuorum = v.union([copies, v.picklist(['one', 'quorum', 'all', 'any'])], 'a number, one, quorum, all or any');
const timeoutMs = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(TIMEOUT_MS_MAX));
const context = v.pipe(v.string(), v.maxLength(TOKEN_CHARS_MAX), v.regex(/^[A-Za-z0-9_-]+$/, 'not a context'));
const writeId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/, '1 to 64 letters, digits, - or _'));
const invite = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(INVITE_CHARS_MAX));
const spelling = v.pipe(v.string(), v.transform(spelled));
const title = (bytesMax: number) => v.pipe(spelling, v.check((text) => isTitle(text, bytesMax), titleError(bytesMax)));
/** `null`: nobody. */
const person = v.nullable(v.pipe(spelling, v.check(isPersonName, PERSON_ERROR)));
const partitions = v.pipe(
  v.number(),
  v.check((count) => count >= 1 && count <= PARTITIONS_FOUNDED_MAX && Number.isInteger(Math.log2(count)), `a power of two from 1 to ${PARTITIONS_FOUNDED_MAX}`),
);
const optional = <S extends v.GenericSchema>(schema: S): v.ExactOptionalSchema<S, undefined> => v.exactOptional(schema);

/** Settings of a bucket, each on its own. */
export const SETTINGS = {
  n: v.union([copies, v.literal('all')], 'a number or all'),
  r: quorum,
  w: writeQuorum,
  sloppy: v.boolean(),
  resolution: v.picklist(['siblings', 'lww']),
  historyVersions: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(HISTORY_VERSIONS_MAX)),
  historyDays: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(HISTORY_DAYS_MAX)),
};

/** No message of it may hold what was given. */
const passphrase = v.pipe(
  v.string('a text'),
  v.check((text) => text.length >= PASSPHRASE_CHARS_MIN && text.length <= PASSPHRASE_CHARS_MAX, `${PASSPHRASE_CHARS_MIN} to ${PASSPHRASE_CHARS_MAX} characters`),
);

const keyChoice = v.pipe(
  v.strictObject({ passphrase: optional(v.nullable(passphrase)), keychain: optional(v.literal(true)) }),
  v.rawTransform(({ dataset: { value: { passphrase: given, keychain } }, addIssue, NEVER }): KeyChoice => {
    if (given === undefined && keychain === true) return { keychain };
    if (given !== undefined && keychain === undefined) return { passphrase: given };
    addIssue({ message: 'either passphrase or keychain' });
    return NEVER;
  }),
);

const nothing = v.strictObject({});
const transfer = { transferId: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/, '32 hex digits')) };
const dialAddress = v.pipe(v.string(), v.maxLength(ADDRESS_BYTES_MAX), v.transform(toDialAddress));
const keyName = { bucket, key };
const writeOptions = {
  w: optional(writeQuorum),
  sloppy: optional(v.boolean()),
  timeoutMs: optional(timeoutMs),
  writeId: optional(writeId),
};

export const PARAMS = {
  status: nothing,
  protectKey: keyChoice,
  rename: v.strictObject({ name: optional(title(MEMBER_NAME_BYTES_MAX)), person: optional(person) }),
  createTeam: v.strictObject({ name: title(TEAM_NAME_BYTES_MAX), partitions: optional(partitions), person: optional(person) }),
  invite: v.strictObject({
    expiresInS: optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(EXPIRES_S_MAX))),
    role: optional(v.picklist(['member'])),
  }),
  invites: nothing,
  withdrawInvite: v.strictObject({ inviteId: v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/, '16 hex digits')) }),
  readInvite: v.strictObject({ invite }),
  join: v.strictObject({ invite, person: optional(person) }),
  leave: v.strictObject({ force: optional(v.boolean()), timeoutMs: optional(timeoutMs) }),
  removeMember: v.strictObject({ member: v.pipe(v.string(), v.minLength(1), v.maxLength(MEMBER_BYTES_MAX)) }),
  members: nothing,
  ring: nothing,
  buckets: nothing,
  getBucket: v.strictObject({ bucket }),
  setBucket: v.strictObject({
    bucket,
    n: optional(SETTINGS.n),
    r: optional(SETTINGS.r),
    w: optional(SETTINGS.w),
    sloppy: optional(SETTINGS.sloppy),
    resolution: optional(SETTINGS.resolution),
    historyVersions: optional(SETTINGS.historyVersions),
    historyDays: optional(SETTINGS.historyDays),
  }),
  keys: v.strictObject({
    bucket,
    prefix: optional(v.pipe(v.string(), v.transform(toPrefix))),
    after: optional(v.pipe(v.string(), v.transform(toKey))),
    limit: optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(KEYS_LIMIT_MAX))),
    deleted: optional(v.boolean()),
  }),
  conflicts: v.strictObject({
    bucket: optional(bucket),
    after: optional(v.pipe(v.string(), v.transform(fromCursor))),
    limit: optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(KEYS_LIMIT_MAX))),
  }),
  activity: v.strictObject({
    after: optional(v.pipe(v.number(), v.integer(), v.minValue(0))),
    limit: optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(KEYS_LIMIT_MAX))),
  }),
  startExport: v.strictObject({ bucket: optional(bucket) }),
  nextExport: v.strictObject(transfer),
  stopExport: v.strictObject(transfer),
  startImport: v.strictObject({ dryRun: v.boolean() }),
  feedImport: v.strictObject({
    ...transfer,
    bytes: optional(v.pipe(v.string(), v.transform((text) => decodeValue(text, 'base64')))),
    isLast: optional(v.boolean()),
  }),
  stopImport: v.strictObject(transfer),
  doctor: nothing,
  dial: v.strictObject({ address: dialAddress }),
  forgetAddress: v.strictObject({ address: dialAddress }),
  repair: v.strictObject({ bucket: optional(bucket) }),
  get: v.strictObject({ ...keyName, r: optional(quorum), sloppy: optional(v.boolean()), timeoutMs: optional(timeoutMs) }),
  put: v.strictObject({
    ...keyName,
    ...writeOptions,
    value: v.string(),
    encoding: v.picklist(['utf8', 'base64']),
    contentType: v.pipe(v.string(), v.transform(toContentType)),
    context: optional(context),
  }),
  delete: v.strictObject({ ...keyName, ...writeOptions, context }),
  history: v.strictObject({ ...keyName, timeoutMs: optional(timeoutMs) }),
  placement: v.strictObject(keyName),
  sayMerging: v.strictObject({ ...keyName, isOn: v.boolean() }),
  merging: nothing,
} satisfies Record<CallName, v.GenericSchema>;

export type Checked<C extends CallName> = v.InferOutput<(typeof PARAMS)[C]>;

/** @throws ApiError `BAD_REQUEST`, naming the parameter; `CONTEXT_REQUIRED` for a blind delete. */
export function checkParams<S extends v.GenericSchema>(schema: S, params: unknown): v.InferOutput<S> {
  const checked = v.safeParse(schema, params, { abortEarly: true });
  if (checked.success) return checked.output;
  const [issue] = checked.issues;
  const where = v.getDotPath(issue) ?? 'parameters';
  throw new ApiError('BAD_REQUEST', issue.received === 'undefined' ? `${where} is missing` : `${where}: ${issue.message}`);
}

export function isCallName(name: unknown): name is CallName {
  return typeof name === 'string' && Object.hasOwn(PARAMS, name);
}

/** A write id as it stands in a header. @throws ApiError `BAD_REQUEST`. */
export function checkWriteId(text: string): string {
  return checkParams(writeId, text);
}

/** A context as it stands in a header. @throws ApiError `BAD_REQUEST`. */
export function checkContext(text: string): string {
  return checkParams(context, text);
}
