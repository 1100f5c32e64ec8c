/**
 * Export: JSON Lines (`backup-line.ts`), buckets and keys in order. What cannot be read ends the
 * export with a failure: half a backup must not look like a whole one.
 */
import type { Engine } from '../member/engine.ts';
import { expect } from './answers.ts';
import { ApiError } from './api-error.ts';
import { keyLine, settingsLine } from './backup-line.ts';
import { KEYS_LIMIT_MAX } from './params.ts';
import { executePatiently } from './patience.ts';

/** Keys read at once; their lines keep their order. */
const KEYS_AT_ONCE = 16;

export interface ExportLine {
  /** With its line feed. */
  readonly text: string;
  readonly kind: 'key' | 'settings';
}

/** @throws ApiError when a partition or a key cannot be read. */
export async function* exportLines(engine: Engine, only: string | undefined): AsyncGenerator<ExportLine, void> {
  const { buckets, configured, partial } = expect(await executePatiently(engine, { kind: 'buckets' }), 'buckets');
  if (only === undefined) mustBeWhole(partial);
  const settings = new Map(configured.map((one) => [one.bucket, one.settings]));
  const names = only === undefined ? [...new Set([...buckets, ...settings.keys()])] : [only];
  for (const bucket of names) {
    const own = settings.get(bucket);
    if (own !== undefined) yield { text: settingsLine(bucket, own), kind: 'settings' };
    yield* keyLines(engine, bucket);
  }
}

async function* keyLines(engine: Engine, bucket: string): AsyncGenerator<ExportLine, void> {
  let after: string | undefined;
  do {
    const page = { kind: 'list', bucket, prefix: '', limit: KEYS_LIMIT_MAX, withDeleted: true, ...(after !== undefined && { after }) } as const;
    const { entries, next, partial } = expect(await executePatiently(engine, page), 'listed');
    mustBeWhole(partial);
    for (let from = 0; from < entries.length; from += KEYS_AT_ONCE) {
      const keys = entries.slice(from, from + KEYS_AT_ONCE).map(({ key }) => key);
      const read = await Promise.all(keys.map((key) => executePatiently(engine, { kind: 'export', bucket, key })));
      for (const [index, key] of keys.entries()) {
        const outcome = read[index];
        const exported = outcome && expect(outcome, 'exported');
        if (exported !== undefined && exported.siblings.length > 0) yield { text: keyLine(bucket, key, exported), kind: 'key' };
      }
    }
    after = next;
  } while (after !== undefined);
}

function mustBeWhole(partial: readonly number[]): void {
  if (partial.length === 0) return;
  const facts = { needed: partial.length, acks: 0, durable: 0 };
  throw new ApiError('QUORUM_UNREACHABLE', `${partial.length} partitions cannot be reached now.`, facts);
}
