/** Runs many seeds, and lists those that fail. */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { sweepInParallel } from '../workers.ts';
import { MORE_OPTIONS, moreOf } from './faults-option.ts';

export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { ...MORE_OPTIONS, first: { type: 'string', default: '1' }, count: { type: 'string', default: '1000' }, workers: { type: 'string', default: '2' } },
  });
  const startedMs = performance.now();
  const sum = await sweepInParallel({ first: Number(values.first), count: Number(values.count), workers: Number(values.workers), more: moreOf(values) });
  const seconds = (performance.now() - startedMs) / 1_000;
  for (const { seed, message } of sum.failures) console.log(`seed ${seed}: ${message}`);
  const { seeds, virtualMs, steps, demanded, slowestMs, peaks, failures } = sum;
  console.log(`${seeds} seeds in ${seconds.toFixed(1)} s (${(seeds / seconds).toFixed(1)} a second), ${(virtualMs / 3_600_000).toFixed(1)} simulated hours, ${steps} events`);
  console.log(`${demanded} requests had to succeed; slowest agreement ${slowestMs} ms after healing; most at once: ${JSON.stringify(peaks)}`);
  console.log(`${failures.length} failures`);
  return failures.length > 0 ? 1 : 0;
}
