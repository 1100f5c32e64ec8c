/** Runs seeds in several processes of this machine at once: each takes the next few. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { DrawMore } from './swarm.ts';

export interface Failure {
  readonly seed: number;
  readonly invariant: string;
  readonly message: string;
}

/** What a worker reports of the seeds of one turn. */
export interface Turn {
  readonly seeds: number;
  readonly virtualMs: number;
  readonly steps: number;
  readonly demanded: number;
  readonly slowestMs: number;
  readonly peaks: Readonly<Record<string, number>>;
  readonly failures: readonly Failure[];
}

export interface Job {
  readonly first: number;
  readonly count: number;
  readonly workers: number;
  readonly more: DrawMore;
  /** Called after each turn; false ends the sweep. */
  readonly onTurn?: (sum: Turn, nextSeed: number) => boolean;
}

const SEEDS_A_TURN = 10;
const WORKER = join(import.meta.dirname, 'worker.ts');
const NOTHING: Turn = { seeds: 0, virtualMs: 0, steps: 0, demanded: 0, slowestMs: 0, peaks: {}, failures: [] };

/** @throws Error when a worker ends by itself: a fault of the simulator, not of what it simulates. */
export async function sweepInParallel({ first, count, workers, more, onTurn }: Job): Promise<Turn> {
  let [next, sum, isOver] = [first, NOTHING, false];
  const work = async (): Promise<void> => {
    const child = fork(WORKER, { stdio: 'inherit' });
    try {
      while (next < first + count && !isOver) {
        const from = next;
        next += SEEDS_A_TURN;
        const seeds = Math.min(SEEDS_A_TURN, first + count - from);
        const turn = await turnOf(child, { first: from, count: seeds, more });
        sum = add(sum, turn);
        isOver ||= onTurn?.(sum, Math.min(next, first + count)) === false;
      }
    } finally {
      if (child.connected) child.disconnect();
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return sum;
}

function turnOf(child: ReturnType<typeof fork>, order: Pick<Job, 'first' | 'count' | 'more'>): Promise<Turn> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`a worker ended with ${code} at seeds ${order.first} to ${order.first + order.count - 1}`));
    child.once('exit', ended);
    child.once('message', (turn) => {
      child.off('exit', ended);
      resolve(turn as Turn);
    });
    child.send(order);
  });
}

function add(a: Turn, b: Turn): Turn {
  const peaks = { ...a.peaks };
  for (const [name, peak] of Object.entries(b.peaks)) peaks[name] = Math.max(peak, peaks[name] ?? 0);
  return {
    seeds: a.seeds + b.seeds,
    virtualMs: a.virtualMs + b.virtualMs,
    steps: a.steps + b.steps,
    demanded: a.demanded + b.demanded,
    slowestMs: Math.max(a.slowestMs, b.slowestMs),
    peaks,
    failures: [...a.failures, ...b.failures],
  };
}
