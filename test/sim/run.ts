/**
 *     node test/sim/run.ts --seed 123             replays one run
 *     node test/sim/run.ts --seed 1 --count 1000  sweeps
 *     … --trace                                   prints every event
 *     … --keep-going                              does not stop at the first failure
 *     node test/sim/run.ts merkle                 what an exchange costs at 1,000 to 1,000,000 keys
 */
import { parseArgs } from 'node:util';
import { printMerkleReport } from './merkle-report.ts';
import { drawOptions } from './options.ts';
import { runSeed } from './run-seed.ts';

if (process.argv[2] === 'merkle') {
  const counts = process.argv.slice(3).map(Number);
  printMerkleReport(counts.length > 0 ? counts : [1_000, 10_000, 100_000, 1_000_000]);
  process.exit(0);
}

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
  },
});

const first = Number(values.seed);
const count = Number(values.count);
const startedMs = performance.now();
const failures: string[] = [];
let slowestMs = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const result = runSeed(drawOptions(seed), {}, values.trace);
  slowestMs = Math.max(slowestMs, result.convergedMs);
  if (count === 1) console.log(`seed ${seed}: ${result.steps} steps, ${result.writes} writes, converged in ${result.convergedMs} ms, trace ${result.hash.toString(16)}`);
  if (result.violation === undefined) continue;
  failures.push(`seed ${seed}: ${result.violation.message.split('\n')[0]}`);
  if (values['keep-going']) continue;
  console.log(`\n${result.tail}\n\n${JSON.stringify(result.options)}\n\nseed ${seed}: ${result.violation.message}`);
  break;
}
const seconds = (performance.now() - startedMs) / 1_000;
for (const failure of failures) console.log(failure);
console.log(`${failures.length} failures; ${(count / seconds).toFixed(1)} seeds/s; slowest convergence ${slowestMs} ms of virtual time`);
process.exitCode = failures.length > 0 ? 1 : 0;
