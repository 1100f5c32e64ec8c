/**
 * Export: JSON Lines, one key a line, with everything that a read knows of it (every sibling, its
 * dot, its author, the context). A key that cannot be read ends the export with a failure: half a
 * backup must not look like a whole one.
 */
import { ApiError } from './api-error.ts';
import type { ReadResult } from './contract.ts';
import type { Dispatch } from './dispatch.ts';
import { KEYS_LIMIT_MAX } from './params.ts';

export interface ExportLine {
  readonly bucket: string;
  readonly key: string;
  readonly context: string;
  readonly siblings: readonly Pick<
    ReadResult['siblings'][number],
    'value' | 'encoding' | 'contentType' | 'deleted' | 'dot' | 'writtenBy' | 'writtenAt'
  >[];
}

/** Lines with their line feeds. @throws ApiError when a partition or key cannot be read. */
export async function* exportLines(dispatch: Dispatch, bucket: string | undefined): AsyncGenerator<string, void> {
  const buckets = bucket === undefined ? (await dispatch.call('buckets', {})).buckets : [bucket];
  for (const name of buckets) {
    for await (const key of keysOf(dispatch, name)) {
      const { context, siblings } = await dispatch.call('get', { bucket: name, key });
      if (siblings.length > 0) yield `${JSON.stringify(toLine(name, key, context, siblings))}\n`;
    }
  }
}

async function* keysOf(dispatch: Dispatch, bucket: string): AsyncGenerator<string, void> {
  let after: string | undefined;
  do {
    const page = await dispatch.call('keys', { bucket, limit: KEYS_LIMIT_MAX, ...(after === undefined ? {} : { after }) });
    if (page.partial !== undefined) {
      const facts = { needed: page.partial.length, acks: 0, durable: 0 };
      throw new ApiError('QUORUM_UNREACHABLE', `${page.partial.length} partitions cannot be reached now.`, facts);
    }
    for (const { key } of page.keys) yield key;
    after = page.next;
  } while (after !== undefined);
}

function toLine(bucket: string, key: string, context: string, siblings: ReadResult['siblings']): ExportLine {
  return {
    bucket,
    key,
    context,
    siblings: siblings.map(({ value, encoding, contentType, deleted, dot, writtenBy, writtenAt }) => {
      return { value, encoding, contentType, deleted, dot, writtenBy, writtenAt };
    }),
  };
}
