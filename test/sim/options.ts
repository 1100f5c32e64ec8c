/** What one run is like. Plain values: a run is its options and its plan, and nothing else. */
import type { BucketSettings } from '../../p2p/types.ts';
import type { FaultKind } from './step.ts';

export interface SimOptions {
  readonly seed: number;
  /** Tells teams apart that seal contexts; absent = 0. */
  readonly team?: number;
  /** Members from the start. */
  readonly members: number;
  /** Members that may join later, by a step of the plan. */
  readonly joiners: number;
  /** The second member stands on the machine of the first. */
  readonly sharedMachine: boolean;
  readonly partitions: number;
  readonly buckets: readonly SimBucket[];
  readonly safetyMs: number;
  readonly dotLease: number;
  readonly exchangeIntervalMs: number;
  readonly latencyMs: number;
  /** Share of frames lost. */
  readonly loss: number;
  readonly duplication: number;
  /** Share of frames that may be overtaken. */
  readonly reordering: number;
  readonly readMs: number;
  readonly syncMs: number;
  /** Wall clocks differ from each other by up to this. */
  readonly clockSkewMs: number;
  /** What a member takes for a day when it judges the age of deletions. */
  readonly reapDayMs: number;
  readonly reapQuietMs: number;
  /** What hints of others may take of each disk. */
  readonly hintBytesMax: number;
  /** `from to` of a direction that loses everything for the whole of the progress phase. */
  readonly lastingCut: string | undefined;
}

export interface SimBucket {
  readonly name: string;
  readonly settings: BucketSettings;
}

/** What the plan is drawn from. */
export interface Swarm extends SimOptions {
  readonly keys: number;
  readonly clients: number;
  readonly thinkMs: number;
  /** Share of operations that go to the first key. */
  readonly heat: number;
  readonly mix: Mix;
  /** Mean time between faults of a kind; a kind that is not there is off. */
  readonly faults: Partial<Readonly<Record<FaultKind, number>>>;
}

/** Weights of operations. */
export interface Mix {
  readonly get: number;
  readonly informed: number;
  readonly blind: number;
  readonly delete: number;
  readonly merge: number;
  readonly look: number;
  readonly settings: number;
}

export const NAMES = ['ada', 'ben', 'cleo', 'dan', 'eve', 'fay', 'gus', 'hal'] as const;

/** No faults, no chance: what scenarios start from. */
export const QUIET: SimOptions = {
  seed: 1, members: 3, joiners: 0, sharedMachine: false, partitions: 16, buckets: [], safetyMs: 0,
  dotLease: 1_000, exchangeIntervalMs: 15_000, latencyMs: 5, loss: 0, duplication: 0, reordering: 0, readMs: 1, syncMs: 2,
  clockSkewMs: 0, reapDayMs: 86_400_000, reapQuietMs: 3_000, hintBytesMax: 1_073_741_824, lastingCut: undefined,
};
