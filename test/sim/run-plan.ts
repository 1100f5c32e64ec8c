/**
 * One run of a plan:
 *
 *     safety     the plan's operations and faults; what must hold at every moment is looked at
 *     progress   all healed but one direction, in some runs: work goes on
 *     liveness   all healed: within a bound of virtual time the team has to agree
 *     judgement  everybody reads everything: nothing lost, nothing back, nothing left under way
 */
import { decodeObject } from '../../p2p/causality/object-codec.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import { checkAcknowledged } from './checkers/acknowledged.ts';
import { Bounds, checkAtRest } from './checkers/bounds.ts';
import { findDifference } from './checkers/convergence.ts';
import { checkNotice } from './checkers/copies.ts';
import { checkReading } from './checkers/corruption.ts';
import { checkDeletions, Deletions } from './checkers/deletions.ts';
import { checkLooks } from './checkers/looks.ts';
import { checkProgressUnderCut, Progress } from './checkers/progress.ts';
import type { Shown } from './checkers/shown.ts';
import { checkSiblings } from './checkers/siblings.ts';
import { churn } from './churn.ts';
import { Clients } from './clients.ts';
import { Faults } from './faults.ts';
import type { WriteRecord } from './history.ts';
import { History } from './history.ts';
import { Simulator } from './simulator.ts';
import type { Plan, Step } from './step.ts';
import type { Tamper } from './tamper.ts';
import type { TraceMode } from './trace.ts';
import { demand, Violation } from './violation.ts';

/** Virtual time from healing until all primaries hold the same bytes and no hint is left. */
const CONVERGED_WITHIN_MS = 120_000;
const LOOK_EVERY_MS = 500;
/** Requests under way when all is healed end first: their writes are still to come. */
const ENDING_MS = 8_000;
const READING_MS = 6_000;

export interface RunResult {
  readonly violation: Violation | undefined;
  /** The same for the same run. */
  readonly hash: number;
  readonly steps: number;
  readonly writes: number;
  /** Keys of which a deletion was forgotten. */
  readonly reaped: number;
  /** Virtual ms from healing to agreement. */
  readonly convergedMs: number;
  readonly virtualMs: number;
  /** Requests that had to succeed. */
  readonly demanded: number;
  readonly peaks: Bounds['peaks'];
  /** The end of the story, when it was kept. */
  readonly tail: string;
}

/** A simulated team with everything that watches it. */
export class Run {
  readonly sim: Simulator;
  readonly history = new History(
    (keyId, dot, byMs) => this.sim.isForgotten(keyId, dot, byMs),
    (process) => this.sim.isProcessBehind(process),
    () => this.sim.queue.nowMs,
  );
  readonly faults: Faults;
  readonly clients: Clients;
  readonly bounds: Bounds;
  readonly progress: Progress;
  convergedMs = 0;
  readonly #deletions = new Deletions(this.history);

  constructor(options: Plan['options'], tamper: Tamper = {}, mode: TraceMode = 'off') {
    const { history } = this;
    this.sim = new Simulator(
      options,
      {
        object: (process, ref, bytes, isHint) => {
          const object = decodeObject(bytes);
          history.durable(process, ref, object);
          if (!isHint) this.#deletions.durable(process, ref, object);
        },
        loss: (process, keyId) => this.#deletions.lost(process, keyId),
        drop: (process, keyId) => {
          history.gaveUp(process, keyId);
          this.#deletions.lost(process, keyId);
        },
        takenAway: (keyId, known, isElsewhere) => history.takenAway(keyId, known, isElsewhere),
        notice: (_, notice) => {
          if (notice.kind === 'copies') checkNotice(history, keyRef(notice.bucket, notice.key, options.partitions), notice);
        },
        stepped: (process, effects) => this.bounds.stepped(process, effects),
      },
      tamper,
      mode,
    );
    this.faults = new Faults(this.sim);
    this.progress = new Progress(this.sim, this.faults);
    this.clients = new Clients(this.sim, history, this.progress);
    this.bounds = new Bounds(this.sim);
  }

  /** All members start; steps are carried out from here on. */
  start(): void {
    this.sim.startAll();
    this.bounds.start();
  }

  schedule(steps: readonly Step[]): void {
    for (const step of steps) this.sim.queue.at(step.atMs, () => this.perform(step));
  }

  /** Heals all and judges: progress, liveness, judgement. */
  judge(): void {
    const { sim, history, faults, clients } = this;
    clients.isStopped = true;
    faults.heal();
    if (sim.options.lastingCut !== undefined) checkProgressUnderCut(sim, clients, sim.options.lastingCut);
    const healedMs = sim.queue.nowMs;
    sim.run(ENDING_MS);
    this.#agree(healedMs, '');
    this.convergedMs = sim.queue.nowMs - healedMs;
    for (const shown of this.#readAll()) {
      checkAcknowledged(history, shown);
      checkDeletions(history, shown);
      checkSiblings(history, shown, (bucket) => sim.running()[0]?.node?.core.isLatestOnly(bucket) === true);
    }
    // Repair after the last read takes some writes, and may bring back a deletion that was being forgotten.
    this.#agree(sim.queue.nowMs, 'reads made a difference: ');
    checkAtRest(sim);
  }

  #agree(sinceMs: number, how: string): void {
    for (;;) {
      const difference = findDifference(this.sim, this.history);
      if (difference === undefined) return;
      const tookMs = this.sim.queue.nowMs - sinceMs;
      demand(tookMs < CONVERGED_WITHIN_MS, 'I2', () => `after ${tookMs} ms ${how}${difference}`);
      this.sim.run(LOOK_EVERY_MS);
    }
  }

  /** Now, whatever its time. */
  perform(step: Step): void {
    if (this.clients.isStopped) return;
    switch (step.type) {
      case 'operation':
        // Another n is another ring for the bucket: who gains copies has to fetch them.
        if (step.verb === 'set-bucket') this.faults.noticeChange();
        return this.clients.perform(step);
      case 'fault':
        return this.faults.begin(step);
      case 'churn':
        this.faults.noticeChange();
        return churn(this.sim, step);
    }
  }

  /** What each member answers for every key: with all healed, everybody has to answer. */
  #readAll(): readonly Shown[] {
    const { sim, history } = this;
    let left = 0;
    const all = [...sim.members.keys()].map((name) => {
      const shown = new Map<string, readonly WriteRecord[]>();
      for (const ref of history.keys.values()) {
        left += 1;
        sim.member(name).execute({ kind: 'get', bucket: ref.bucket, key: ref.key, r: 'all', sloppy: false }, (outcome) => {
          left -= 1;
          demand(outcome?.kind === 'read', 'I7', () => `${name} cannot read ${ref.key} with all healed: ${outcome?.kind}`);
          shown.set(ref.id, checkReading(history, ref, outcome));
        });
      }
      return shown;
    });
    sim.run(READING_MS);
    demand(left === 0, 'replies', () => `${left} reads were left unanswered`);
    checkLooks(sim, history, all[0] ?? new Map());
    return all;
  }
}

export function runPlan({ options, steps }: Plan, tamper: Tamper = {}, mode: TraceMode = 'off'): RunResult {
  let violation: Violation | undefined;
  const run = new Run(options, tamper, mode);
  try {
    run.start();
    run.schedule(steps);
    run.sim.run(options.safetyMs);
    run.judge();
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error;
  }
  const { sim, history, bounds, progress, convergedMs } = run;
  return {
    violation, convergedMs,
    hash: sim.trace.hash,
    steps: sim.trace.count,
    writes: history.writes.size,
    reaped: sim.forgotten.size,
    virtualMs: sim.queue.nowMs,
    demanded: progress.demanded,
    peaks: bounds.peaks,
    tail: sim.trace.tail(60),
  };
}
