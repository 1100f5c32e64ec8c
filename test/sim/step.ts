/** One thing that happens in a run, at its time: an operation of a client, a fault, a member that joins. */
import type { BucketSettings, QuorumSpec, WriteQuorumSpec } from '../../p2p/types.ts';
import type { SimOptions } from './options.ts';

/** Each is switched on by itself: see `fault-draws.ts` for how it is drawn, `faults.ts` for what it does. */
export const FAULT_KINDS = [
  'crash', 'power-loss', 'stop', 'partition', 'cut', 'flap', 'bridge', 'majorities', 'clog', 'slow-peer', 'slow-disk', 'disk-full',
  'flip', 'lost-block', 'read-errors', 'wipe', 'clone', 'backup', 'pause', 'suspend', 'clock-jump',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultStep {
  readonly type: 'fault';
  readonly atMs: number;
  readonly kind: FaultKind;
  /** Members, with `/` between groups. */
  readonly who: readonly string[];
  /** Until it ends; `undefined` = until all is healed. */
  readonly forMs: number | undefined;
  /** What the kind needs beside: a rate, a factor, a period, an age, a jump. */
  readonly amount: number | undefined;
}

export type Verb = 'put' | 'delete' | 'merge' | 'get' | 'list' | 'conflicts' | 'buckets' | 'where' | 'set-bucket';

export interface Operation {
  readonly type: 'operation';
  readonly atMs: number;
  readonly verb: Verb;
  readonly member: string;
  readonly bucket: string;
  readonly key: string;
  /** Value of a write, and its id. */
  readonly value: string;
  /** The context is kept under this name. */
  readonly as: string | undefined;
  /** The context kept under this name goes with the write. */
  readonly seen: string | undefined;
  readonly w: WriteQuorumSpec | undefined;
  readonly r: QuorumSpec | undefined;
  readonly timeoutMs: number | undefined;
  readonly sloppy: boolean | undefined;
  /** A write that got no yes is tried again, under the same id. */
  readonly retries: number;
  /** The client gives the write an id. Without one only its coordinator can tell it from another, and the client never tries again. */
  readonly hasId: boolean;
  readonly settings: Partial<BucketSettings> | undefined;
}

/**
 * A change of the ring. One line here and one in `churn.ts` add another (a leave, a removal): the
 * plan, the text and the shrinking follow.
 */
export const CHURN_KINDS = ['join'] as const;
export type ChurnKind = (typeof CHURN_KINDS)[number];

export interface ChurnStep {
  readonly type: 'churn';
  readonly atMs: number;
  readonly kind: ChurnKind;
  readonly member: string;
}

export type Step = FaultStep | Operation | ChurnStep;

/** The steps of a run, in order of time. */
export interface Plan {
  readonly options: SimOptions;
  readonly steps: readonly Step[];
}
