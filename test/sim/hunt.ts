/** Looks for the first seed at which a deliberate defect is noticed. */
import type { Mutant } from './mutants.ts';
import { drawPlan } from './plan.ts';
import { runPlan } from './run-plan.ts';
import { drawSwarm } from './swarm.ts';
import type { Violation } from './violation.ts';

export interface Caught {
  readonly seed: number;
  readonly violation: Violation;
}

export function huntMutant({ tamper, more, suits }: Mutant, first: number, count: number): Caught | undefined {
  for (let seed = first; seed < first + count; seed += 1) {
    const swarm = drawSwarm(seed, more);
    if (suits?.(swarm) === false) continue;
    const { violation } = runPlan(drawPlan(swarm), tamper);
    if (violation !== undefined) return { seed, violation };
  }
  return undefined;
}
