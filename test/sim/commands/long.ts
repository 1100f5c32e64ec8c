/**
 * Goes on with fresh seeds for hours. The next seed is kept in a file, so that the next campaign
 * takes up where this one ended. Of each kind of failure the first is cut down and printed; others
 * of its kind are named, to be run again once the first is mended.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import type { Failure, Turn } from '../workers.ts';
import { sweepInParallel } from '../workers.ts';
import type { DrawMore } from '../swarm.ts';
import { commitName } from './commit.ts';
import { MORE_OPTIONS, moreOf } from './faults-option.ts';
import { shrunkText } from './shrink.ts';

const LOG_EVERY_MS = 60_000;
const SHRINK_MS = 60_000;
const HOUR_MS = 3_600_000;

export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...MORE_OPTIONS, hours: { type: 'string', default: '1' }, workers: { type: 'string', default: '2' },
      from: { type: 'string' }, counter: { type: 'string', default: 'dist/sim/next-seed' },
    },
  });
  const first = Number(values.from ?? readCounter(values.counter));
  const campaign = new Campaign(values.counter, moreOf(values));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => campaign.stop());
  console.log(`commit ${commitName()}, from seed ${first}, for ${values.hours} hours`);
  const endMs = performance.now() + Number(values.hours) * HOUR_MS;
  await sweepInParallel({
    first, count: Number.MAX_SAFE_INTEGER - first, workers: Number(values.workers), more: moreOf(values),
    onTurn: (sum, next) => campaign.turn(sum, next) && performance.now() < endMs,
  });
  campaign.log();
  campaign.explain();
  return campaign.failures.size > 0 ? 1 : 0;
}

class Campaign {
  /** The first of each kind. */
  readonly failures = new Map<string, Failure>();
  readonly #counter: string;
  readonly #more: DrawMore;
  readonly #startedMs = performance.now();
  readonly #named = new Set<number>();
  #sum: Turn | undefined;
  #next = 0;
  #loggedMs = performance.now();
  #isStopped = false;

  constructor(counter: string, more: DrawMore) {
    this.#counter = counter;
    this.#more = more;
    mkdirSync(dirname(counter), { recursive: true });
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** @returns whether to go on. */
  turn(sum: Turn, next: number): boolean {
    this.#sum = sum;
    this.#next = next;
    writeFileSync(this.#counter, String(next));
    for (const failure of sum.failures) {
      if (this.#named.has(failure.seed)) continue;
      this.#named.add(failure.seed);
      const isFirst = !this.failures.has(failure.invariant);
      if (isFirst) this.failures.set(failure.invariant, failure);
      console.log(`${isFirst ? 'first' : 'another'} of its kind: seed ${failure.seed}: ${failure.message}`);
    }
    if (performance.now() - this.#loggedMs > LOG_EVERY_MS) this.log();
    return !this.#isStopped;
  }

  log(): void {
    this.#loggedMs = performance.now();
    if (this.#sum === undefined) return;
    const { seeds, virtualMs, failures, slowestMs } = this.#sum;
    const minutes = ((performance.now() - this.#startedMs) / 60_000).toFixed(1);
    console.log(`${minutes} min: ${seeds} seeds, ${(virtualMs / HOUR_MS).toFixed(1)} simulated hours, ${failures.length} failures of ${this.failures.size} kinds, slowest agreement ${slowestMs} ms, next seed ${this.#next}`);
  }

  explain(): void {
    for (const { seed } of this.failures.values()) {
      console.log(`\n${shrunkText(seed, { more: this.#more, tamper: () => ({}), withinMs: SHRINK_MS }) ?? `seed ${seed} does not fail again`}`);
    }
  }
}

function readCounter(path: string): number {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    return 1_000_001;
  }
}
