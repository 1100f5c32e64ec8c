/** How the ring changes: one line for each kind of `step.ts`. */
import type { Simulator } from './simulator.ts';
import type { ChurnKind, ChurnStep } from './step.ts';

const CHURN: Readonly<Record<ChurnKind, (sim: Simulator, member: string) => void>> = {
  join: (sim, member) => sim.join(member),
};

export function churn(sim: Simulator, { kind, member }: ChurnStep): void {
  sim.trace.add(member, kind);
  CHURN[kind](sim, member);
}
