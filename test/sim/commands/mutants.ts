/** Hunts each deliberate defect from seed 1 on, and prints the table of docs/simulator.md. */
import { huntMutant } from '../hunt.ts';
import { MUTANTS } from '../mutants.ts';

const SEEDS_MAX = 2_000;

export function main(args: readonly string[]): number {
  let missed = 0;
  console.log('| defect | what it breaks | caught by | at seed |\n| --- | --- | --- | --- |');
  for (const mutant of MUTANTS.filter(({ name }) => name.includes(args[0] ?? ''))) {
    const caught = huntMutant(mutant, 1, SEEDS_MAX);
    const isMeant = caught !== undefined && mutant.caughtBy.includes(caught.violation.invariant);
    missed += Number(!isMeant);
    console.log(`| ${mutant.name} | ${mutant.breaks} | ${caught?.violation.invariant ?? 'nobody'}${isMeant ? '' : ' (not meant)'} | ${caught?.seed ?? '—'} |`);
  }
  return missed > 0 ? 1 : 0;
}
