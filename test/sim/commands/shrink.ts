/** Cuts a failing run down, and prints it as a scenario that plays again. */
import { parseArgs } from 'node:util';
import { MUTANTS } from '../mutants.ts';
import { drawPlan } from '../plan.ts';
import { shrink } from '../shrink.ts';
import { planText } from '../step-text.ts';
import type { DrawMore } from '../swarm.ts';
import { drawSwarm } from '../swarm.ts';
import type { Tamper } from '../tamper.ts';
import { commitName } from './commit.ts';
import { MORE_OPTIONS, moreOf } from './faults-option.ts';

const SECONDS = 120;

export function main(args: readonly string[]): number {
  const { values, positionals } = parseArgs({
    args: [...args], allowPositionals: true,
    options: { ...MORE_OPTIONS, seconds: { type: 'string', default: String(SECONDS) }, mutant: { type: 'string' } },
  });
  const mutant = MUTANTS.find(({ name }) => name === values.mutant);
  const more = { ...moreOf(values), ...mutant?.more };
  const text = shrunkText(Number(positionals[0] ?? 1), { more, tamper: () => mutant?.tamper ?? {}, withinMs: Number(values.seconds) * 1_000 });
  console.log(text ?? 'this seed does not fail');
  return text === undefined ? 0 : 1;
}

export interface ShrinkJob {
  readonly more: DrawMore;
  readonly tamper: () => Tamper;
  readonly withinMs: number;
}

/** A scenario with its seed, commit and options above it, or `undefined` when nothing fails. */
export function shrunkText(seed: number, { more, tamper, withinMs }: ShrinkJob): string | undefined {
  const { plan, result, runs } = shrink(drawPlan(drawSwarm(seed, more)), tamper, withinMs);
  if (result.violation === undefined) return undefined;
  return [
    `# Seed ${seed} of commit ${commitName()}, drawn with ${JSON.stringify(more)}, cut down in ${runs} runs.`,
    planText(plan),
    '----',
    result.violation.message.split('\n')[0],
  ].join('\n');
}
