/** A write on its way, and how far it is. `put-coordinator.ts` moves it on. */
import type { CausalContext } from '../causality/causal-context.ts';
import type { ReplacedWrite } from '../causality/replaced-writes.ts';
import type { Tally } from '../quorum/tally.ts';
import type { Dot, MemberId } from '../types.ts';
import type { Confirmation } from './confirmations.ts';
import type { Core } from './core.ts';
import type { PutRequest } from './put-request.ts';
import type { Changed } from './replica.ts';

/** One write on its way. */
export interface Put {
  readonly request: PutRequest;
  readonly tally: Tally;
  /** Who kept the key when this began, asked or not: hints take care of those who are away. */
  readonly primaries: readonly MemberId[];
  /** For whom a hint of this write is on disk here, or in the batch of it. */
  readonly hinted: Set<MemberId>;
  readonly requestIds: number[];
  readonly timers: ReturnType<Core['after']>[];
  changed: Changed | undefined;
  horizon: number;
  context: CausalContext;
  stamp: number;
  /** The newest writes with ids that `context` covers, this one too. */
  writes: readonly ReplacedWrite[];
  /** The write's own dot, once it has one. */
  dot: Dot | undefined;
  /** On which other machines it is known to be. */
  confirmation: Confirmation | undefined;
  /** Those who keep the key once the ring has changed, where others are among them. */
  readonly next: Tally | undefined;
  /** Members that are about to keep the key, and have not said that they have this write. */
  readonly pending: Set<MemberId>;
  readonly startedMs: number;
  /** Who keeps what, as this member saw it at the beginning. */
  readonly view: Uint8Array;
  /** The request has failed once already, on a view of the ring that was old. */
  readonly isSecond: boolean;
  /** The dot that it was given then: it is one write, whatever became of it since. */
  readonly triedAs: Dot | undefined;
  /** Somebody keeps the write, and says that it is not one of its primaries. */
  isRefused: boolean;
  isAnswered: boolean;
  /** Not answered by this try, but to be by another. */
  isTriedAgain: boolean;
  isSettled: boolean;
  /** `w=any` no longer waits to hear of more copies. */
  isHedged: boolean;
}
