/** One process of `workers.ts`: runs the seeds that it is told, and says what came of them. */
import { runSeed } from './sweep.ts';
import type { Failure, Job, Turn } from './workers.ts';

// Whoever started it ends it, by letting go of the channel: a signal to the group is not meant for it.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => undefined);

process.on('message', ({ first, count, more }: Pick<Job, 'first' | 'count' | 'more'>) => {
  const failures: Failure[] = [];
  const peaks: Record<string, number> = {};
  let [virtualMs, steps, demanded, slowestMs] = [0, 0, 0, 0];
  for (let seed = first; seed < first + count; seed += 1) {
    const result = runSeed(seed, more);
    virtualMs += result.virtualMs;
    steps += result.steps;
    demanded += result.demanded;
    slowestMs = Math.max(slowestMs, result.convergedMs);
    for (const [name, peak] of Object.entries(result.peaks)) peaks[name] = Math.max(peak, peaks[name] ?? 0);
    const { violation } = result;
    if (violation !== undefined) failures.push({ seed, invariant: violation.invariant, message: violation.message.split('\n')[0] ?? '' });
  }
  process.send?.({ seeds: count, virtualMs, steps, demanded, slowestMs, peaks, failures } satisfies Turn);
});
