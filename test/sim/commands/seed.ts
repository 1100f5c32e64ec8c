/** Replays one run. */
import { parseArgs } from 'node:util';
import { drawPlan } from '../plan.ts';
import { runPlan } from '../run-plan.ts';
import { drawSwarm } from '../swarm.ts';
import { MORE_OPTIONS, moreOf } from './faults-option.ts';

export function main(args: readonly string[]): number {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: { ...MORE_OPTIONS, trace: { type: 'boolean', default: false } } });
  const seed = Number(positionals[0] ?? 1);
  const swarm = drawSwarm(seed, moreOf(values));
  const result = runPlan(drawPlan(swarm), {}, values.trace ? 'printed' : 'kept');
  const { violation, steps, writes, convergedMs, virtualMs, hash, peaks } = result;
  if (violation !== undefined && !values.trace) console.log(`${result.tail}\n`);
  console.log(JSON.stringify(swarm));
  console.log(`seed ${seed}: ${steps} events, ${writes} writes, ${Math.round(virtualMs)} ms, agreed ${convergedMs} ms after healing, trace ${hash.toString(16)}`);
  console.log(`most at once: ${JSON.stringify(peaks)}`);
  console.log(violation === undefined ? 'all holds' : violation.message);
  return violation === undefined ? 0 : 1;
}
