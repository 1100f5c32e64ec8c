/** I6: corruption is detected, never served: what a read shows is what was written, byte for byte. */
import type { ReadOutcome } from '../../../p2p/node/commands.ts';
import type { KeyRef } from '../../../p2p/types.ts';
import type { History, WriteRecord } from '../history.ts';
import { demand } from '../violation.ts';

/** The writes that a read showed. */
export function checkReading(history: History, ref: KeyRef, { siblings }: ReadOutcome): readonly WriteRecord[] {
  if (!history.knowsAll) return [];
  return siblings.map(({ dot, value }) => {
    const write = history.writeOf(ref, dot);
    const text = value === undefined ? undefined : new TextDecoder().decode(value);
    demand(text === write.value, 'I6', () => `a read of ${ref.key} shows ${text} as ${dot}, and ${write.value ?? 'a deletion'} was written`);
    return write;
  });
}
