/** Runs seeds one after another, here. */
import { drawPlan } from './plan.ts';
import type { RunResult } from './run-plan.ts';
import { runPlan } from './run-plan.ts';
import type { DrawMore } from './swarm.ts';
import { drawSwarm } from './swarm.ts';
import type { Tamper } from './tamper.ts';
import type { TraceMode } from './trace.ts';

export function runSeed(seed: number, more: DrawMore = {}, tamper: Tamper = {}, mode: TraceMode = 'off'): RunResult {
  return runPlan(drawPlan(drawSwarm(seed, more)), tamper, mode);
}
