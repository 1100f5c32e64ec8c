/**
 * Import: a causal write, never a rollback (TRAPS 26). Each line's siblings are compared with what
 * the team holds now, and only what it lacks is written, without a context, so that an import can
 * add a sibling for a person to merge but can never replace anything:
 *
 *     the team still holds this dot               → there already
 *     the team holds the same bytes and type      → the same, said again (a second import)
 *     a deletion of what the team does not have   → nothing to delete
 *     anything else                               → written beside what is there
 */
import { StringDecoder } from 'node:string_decoder';
import * as v from 'valibot';
import { ApiError, errorBody } from './api-error.ts';
import type { ApiErrorBody, ReadResult } from './contract.ts';
import type { Dispatch } from './dispatch.ts';
import { checkParams } from './params.ts';

export interface ImportReport {
  readonly dryRun: boolean;
  readonly lines: number;
  /** Siblings written (with `dryRun`: that would be). */
  readonly written: number;
  /** Siblings that the team has already. */
  readonly present: number;
  /** Lines that were not, or not wholly, imported; the first `FAILURES_MAX` of them. */
  readonly failed: readonly { readonly line: number; readonly error: ApiErrorBody }[];
  readonly failures: number;
}

/** 25 siblings of 1 MiB in base64, and room. */
const LINE_CHARS_MAX = 40 * 1024 * 1024;
const SIBLINGS_MAX = 1_000;
const FAILURES_MAX = 100;

const LINE = v.object({
  bucket: v.string(),
  key: v.string(),
  siblings: v.pipe(
    v.array(
      v.object({
        value: v.nullable(v.string()),
        encoding: v.picklist(['utf8', 'base64']),
        contentType: v.string(),
        deleted: v.boolean(),
        dot: v.string(),
      }),
    ),
    v.maxLength(SIBLINGS_MAX),
  ),
});
type Line = v.InferOutput<typeof LINE>;
type LineSibling = Line['siblings'][number];

export async function importLines(
  dispatch: Dispatch,
  body: AsyncIterable<Buffer>,
  dryRun: boolean,
): Promise<ImportReport> {
  // Fails at once without a team, instead of once a line.
  await dispatch.call('buckets', {});
  const failed: { line: number; error: ApiErrorBody }[] = [];
  const counts = { lines: 0, written: 0, present: 0, failures: 0 };
  for await (const text of splitLines(body)) {
    counts.lines += 1;
    try {
      const { written, present } = await importLine(dispatch, text, dryRun);
      counts.written += written;
      counts.present += present;
    } catch (error) {
      counts.failures += 1;
      if (failed.length < FAILURES_MAX) failed.push({ line: counts.lines, error: errorBody(error) });
    }
  }
  return { dryRun, ...counts, failed };
}

async function importLine(dispatch: Dispatch, text: string, dryRun: boolean): Promise<{ written: number; present: number }> {
  const line = parseLine(text);
  const { bucket, key } = line;
  const now = await dispatch.call('get', { bucket, key });
  const lacking = line.siblings.filter((sibling) => !holds(now.siblings, sibling));
  for (const { value, encoding, contentType } of dryRun ? [] : lacking) {
    await dispatch.call('put', { bucket, key, value: value ?? '', encoding, contentType });
  }
  return { written: lacking.length, present: line.siblings.length - lacking.length };
}

function holds(siblings: ReadResult['siblings'], wanted: LineSibling): boolean {
  if (wanted.deleted || wanted.value === null) return true;
  return siblings.some(
    (sibling) =>
      sibling.dot === wanted.dot ||
      (sibling.value === wanted.value && sibling.encoding === wanted.encoding && sibling.contentType === wanted.contentType),
  );
}

function parseLine(text: string): Line {
  let line: unknown;
  try {
    line = JSON.parse(text);
  } catch {
    throw new ApiError('BAD_REQUEST', 'The line is not JSON.');
  }
  return checkParams(LINE, line);
}

/** Lines of UTF-8, empty ones left out. @throws ApiError `VALUE_TOO_LARGE` for an endless one. */
async function* splitLines(body: AsyncIterable<Buffer>): AsyncGenerator<string, void> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of body) {
    const pieces = (rest + decoder.write(chunk)).split('\n');
    rest = pieces.pop() ?? '';
    for (const piece of pieces) if (piece.trim() !== '') yield piece;
    if (rest.length > LINE_CHARS_MAX) throw new ApiError('VALUE_TOO_LARGE', 'A line of the import is too long.');
  }
  rest += decoder.end();
  if (rest.trim() !== '') yield rest;
}
