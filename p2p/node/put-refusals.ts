/** What a user's write is refused for once it is known what is there of its key. Imports are not: they lose nothing. */
import { covers } from '../causality/causal-context.ts';
import type { KeyObject } from '../causality/key-object.ts';
import { isReused } from '../causality/replaced-writes.ts';
import type { Refusal } from './commands.ts';
import type { Core } from './core.ts';
import type { PutRequest } from './put-request.ts';

/** @param before What is there; the write is none that it knows already. */
export function refusalOf(request: PutRequest, before: KeyObject, core: Core): Refusal | undefined {
  const { ref, value, seen } = request;
  if (isReused(before, request)) {
    const message = 'the Idempotency-Key was given to another write of this key already; each write needs a new one';
    return { kind: 'bad-request', code: 'BAD_REQUEST', message };
  }
  const { objectBytesMax, siblingsMax } = core.config;
  // A write of a last-writer-wins bucket replaces what is here.
  const beside = core.isLatestOnly(ref.bucket) ? [] : before.siblings;
  const bytes = beside.reduce((sum, sibling) => sum + (sibling.value?.length ?? 0), value?.length ?? 0);
  if (value !== undefined && bytes > objectBytesMax) {
    return { kind: 'too-large', message: `the siblings of this key hold ${bytes} bytes together; merge them first` };
  }
  if (beside.length >= siblingsMax && !beside.some(({ dot }) => covers(seen, dot))) {
    return { kind: 'too-large', message: `this key has ${beside.length} siblings; merge them first` };
  }
  return undefined;
}
