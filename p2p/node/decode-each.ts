/** Records that travel or are kept together: one that cannot be read costs itself, not the others. */
import { MalformedError } from '../bytes/byte-reader.ts';
import type { MemberId } from '../types.ts';
import type { Core } from './core.ts';

/** @param from Whose they are: it is traced which of them were rejected. */
export function decodeEach<T>(core: Core, from: MemberId, parts: readonly Uint8Array[], decode: (bytes: Uint8Array) => T): readonly T[] {
  return parts.flatMap((bytes) => {
    try {
      return [decode(bytes)];
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      core.emit({ kind: 'trace', event: { kind: 'rejected', from, reason: error.message } });
      return [];
    }
  });
}
