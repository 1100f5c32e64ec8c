/** What a coordinator of a write is asked for. */
import type { CausalContext } from '../causality/causal-context.ts';
import type { ReplacedWrite } from '../causality/replaced-writes.ts';
import type { Dot, KeyRef, MemberId, WriteQuorumSpec } from '../types.ts';
import type { Refusal, WriteOutcome } from './commands.ts';

/** What a write out of a backup keeps of the time when it was first made. */
export interface Imported {
  /** Its dot then: nothing is written where the key has seen it. `undefined` = it was never made. */
  readonly origin: Dot | undefined;
  readonly writtenAt: number;
  /** Its place among concurrent writes. */
  readonly stamp: number;
  /** What its first writer had seen. */
  readonly seen: CausalContext;
}

export interface PutRequest {
  readonly ref: KeyRef;
  readonly value: Uint8Array | undefined;
  readonly contentType: string;
  readonly seen: CausalContext;
  /** The latest stamp that the client was shown, or 0. */
  readonly seenStamp: number;
  /** The newest writes with ids that the client was shown. */
  readonly seenWrites: readonly ReplacedWrite[];
  readonly w: WriteQuorumSpec;
  readonly sloppy: boolean;
  readonly timeoutMs: number;
  readonly writeId: string;
  readonly writtenBy: MemberId;
  readonly imported: Imported | undefined;
  /** Tell the window about copies that come late. */
  readonly isLocal: boolean;
  readonly respond: (outcome: WriteOutcome | Refusal) => void;
}

/** Only primaries count. */
export function isStrict({ sloppy, w }: Pick<PutRequest, 'sloppy' | 'w'>): boolean {
  return !sloppy && w !== 'any';
}
