/**
 * Cuts a failing plan down (delta debugging, Zeller and Hildebrandt, "Simplifying and Isolating
 * Failure-Inducing Input", 2002, section 3): steps go, in halves, quarters and one by one, then
 * what makes the run noisy, as long as the same invariant still breaks.
 */
import { performance } from 'node:perf_hooks';
import type { SimOptions } from './options.ts';
import { QUIET } from './options.ts';
import type { RunResult } from './run-plan.ts';
import { runPlan } from './run-plan.ts';
import type { Plan, Step } from './step.ts';
import type { Tamper } from './tamper.ts';

export interface Shrunk {
  readonly plan: Plan;
  readonly result: RunResult;
  readonly runs: number;
}

/** Options that make a run noisy, each tried without. */
const NOISE: readonly (keyof SimOptions)[] = ['loss', 'duplication', 'reordering', 'clockSkewMs', 'latencyMs', 'readMs', 'syncMs', 'dotLease', 'sharedMachine', 'joiners', 'lastingCut'];

/** @param withinMs real time. */
export function shrink(plan: Plan, tamper: () => Tamper, withinMs: number): Shrunk {
  const deadlineMs = performance.now() + withinMs;
  let best: Shrunk = { plan, result: runPlan(plan, tamper()), runs: 1 };
  const invariant = best.result.violation?.invariant;
  const attempt = (candidate: Plan): boolean => {
    if (invariant === undefined || performance.now() > deadlineMs) return false;
    const result = runPlan(candidate, tamper());
    const isSame = result.violation?.invariant === invariant;
    best = isSame ? { plan: candidate, result, runs: best.runs + 1 } : { ...best, runs: best.runs + 1 };
    return isSame;
  };
  for (let size = 0; size !== best.plan.steps.length; ) {
    size = best.plan.steps.length;
    dropSteps(() => best.plan, attempt);
    calm(() => best.plan, attempt);
  }
  return best;
}

function dropSteps(current: () => Plan, attempt: (candidate: Plan) => boolean): void {
  for (let length = Math.ceil(current().steps.length / 2); length >= 1; length = length === 1 ? 0 : Math.ceil(length / 2)) {
    for (let from = current().steps.length - length; from > -length; from -= length) {
      const { options, steps } = current();
      const left = without(steps, Math.max(0, from), from + length);
      if (left.length < steps.length) attempt({ options, steps: left });
    }
  }
}

function calm(current: () => Plan, attempt: (candidate: Plan) => boolean): void {
  const change = (options: Partial<SimOptions>): void => {
    const plan = current();
    attempt({ ...plan, options: { ...plan.options, ...options } });
  };
  for (const name of NOISE) if (current().options[name] !== QUIET[name]) change({ [name]: QUIET[name] });
  const { options, steps } = current();
  const lastMs = Math.max(0, ...steps.map(({ atMs }) => atMs));
  if (lastMs + 1_000 < options.safetyMs) change({ safetyMs: lastMs + 1_000 });
  const buckets = options.buckets.filter(({ name }) => steps.some((step) => step.type === 'operation' && step.bucket === name));
  if (buckets.length < options.buckets.length) change({ buckets });
  while (current().options.members > 1) {
    const { members } = current().options;
    change({ members: members - 1 });
    if (current().options.members === members) return;
  }
}

function without(steps: readonly Step[], from: number, to: number): readonly Step[] {
  return [...steps.slice(0, from), ...steps.slice(Math.max(from, to))];
}
