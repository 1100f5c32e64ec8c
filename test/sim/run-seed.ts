/**
 * One run: a safety phase with faults, then a liveness phase in which all is healed and the team
 * has to converge, work and agree.
 */
import { keyRef } from '../../p2p/ring/position.ts';
import { checkAcknowledged } from './checkers/acknowledged.ts';
import { findDifference } from './checkers/convergence.ts';
import { checkNotice } from './checkers/copies.ts';
import { checkSiblings } from './checkers/siblings.ts';
import { Faults } from './faults.ts';
import { History } from './history.ts';
import type { SimOptions } from './options.ts';
import { Simulator } from './simulator.ts';
import type { Tamper } from './tamper.ts';
import { demand, Violation } from './violation.ts';
import { Client } from './workload.ts';

/** Virtual time from healing until all primaries hold the same bytes and no hint is left. */
export const CONVERGED_WITHIN_MS = 90_000;
const LOOK_EVERY_MS = 500;

export interface RunResult {
  readonly options: SimOptions;
  readonly violation: Violation | undefined;
  readonly hash: number;
  readonly steps: number;
  readonly writes: number;
  readonly convergedMs: number;
  readonly tail: string;
}

export function runSeed(options: SimOptions, tamper: Tamper = {}, print = false): RunResult {
  const history = new History();
  const sim: Simulator = new Simulator(
    options,
    {
      object: (_, ref, bytes) => history.durable(ref, bytes),
      notice: (_, notice) => {
        if (notice.kind === 'copies') checkNotice(sim, notice, keyRef(notice.bucket, notice.key, options.partitions));
      },
    },
    tamper,
    print,
  );
  let violation: Violation | undefined;
  let convergedMs = 0;
  try {
    safetyPhase(sim, history);
    convergedMs = livenessPhase(sim, history);
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    violation = error;
  }
  const { hash, count } = sim.trace;
  return { options, violation, hash, steps: count, writes: history.writes.size, convergedMs, tail: violation === undefined ? '' : sim.trace.tail(60) };
}

function safetyPhase(sim: Simulator, history: History): void {
  const faults = new Faults(sim);
  const clients = Array.from({ length: sim.options.clients }, (_, index) => new Client(sim, history, sim.random.fork(`client ${index}`)));
  sim.startAll();
  faults.start();
  for (const client of clients) client.start();
  sim.run(sim.options.safetyMs);
  for (const client of clients) client.isStopped = true;
  faults.heal();
}

function livenessPhase(sim: Simulator, history: History): number {
  const healedMs = sim.queue.nowMs;
  // Requests under way end first: their writes are still to come.
  sim.run(8_000);
  for (;;) {
    const difference = findDifference(sim, history);
    const tookMs = sim.queue.nowMs - healedMs;
    if (difference === undefined) break;
    demand(tookMs < CONVERGED_WITHIN_MS, 'I2', () => `after ${tookMs} ms ${difference}`);
    sim.run(LOOK_EVERY_MS);
  }
  const convergedMs = sim.queue.nowMs - healedMs;
  for (const { name } of sim.members.values()) {
    const shown = readAll(sim, history, name);
    checkAcknowledged(history, shown);
    checkSiblings(history, shown);
  }
  const difference = findDifference(sim, history);
  demand(difference === undefined, 'I2', () => `reads made a difference: ${difference}`);
  return convergedMs;
}

/** What this member answers for every key: with all healed, everybody has to answer. */
function readAll(sim: Simulator, history: History, member: string): ReadonlyMap<string, ReadonlySet<string>> {
  const shown = new Map<string, ReadonlySet<string>>();
  let left = 0;
  for (const ref of history.keys.values()) {
    const { settings } = sim.options.buckets.find(({ name }) => name === ref.bucket) ?? {};
    left += 1;
    sim.member(member).execute({ kind: 'get', bucket: ref.bucket, key: ref.key, r: 'all' }, (outcome) => {
      left -= 1;
      demand(outcome?.kind === 'read', 'I7', () => `${member} cannot read ${ref.key} with all healed: ${outcome?.kind}`);
      if (settings?.resolution === 'siblings') shown.set(ref.id, new Set(outcome.siblings.map(({ dot }) => history.writeOf(ref, dot))));
      else demand(outcome.siblings.length <= 1, 'I4', () => `${ref.key} keeps the latest only, and shows ${outcome.siblings.length}`);
    });
  }
  sim.run(6_000);
  demand(left === 0, 'replies', () => `${member} left ${left} reads unanswered`);
  return shown;
}
