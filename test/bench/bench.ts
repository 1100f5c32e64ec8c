/**
 * `npm run bench`: the floor and the product in one run, three processes each on loopback, quorum
 * 2 of 3, fsynced; the product encrypted as well. The two take turns, and each line is the round
 * whose ratio is the median: a machine that is slow for some seconds spoils one round, not the
 * figure. Read the ratios: the machines are noisy.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Measured } from './system.ts';
import { System } from './system.ts';

const ROUNDS = 3;
const VALUE_BYTES = 1024;
const OPERATIONS: Readonly<Record<number, number>> = { 1: 1_500, 16: 12_000, 64: 24_000 };

async function measure(script: string): Promise<Map<string, Measured>> {
  const dir = await mkdtemp(join(tmpdir(), 'ringleaf-bench-'));
  const system = await System.start(script, dir);
  const results = new Map<string, Measured>();
  try {
    for (const inFlight of [1, 16, 64]) {
      const operations = OPERATIONS[inFlight] ?? 1_000;
      const base = { inFlight, operations, keys: operations, valueBytes: VALUE_BYTES };
      results.set(`put ${inFlight}`, await system.run({ ...base, op: 'put' }));
      results.set(`get ${inFlight}`, await system.run({ ...base, op: 'get' }));
    }
  } finally {
    await system.stop();
    await rm(dir, { recursive: true, force: true });
  }
  return results;
}

interface Pair {
  readonly floor: Measured;
  readonly product: Measured;
}

function ratio({ floor, product }: Pair): number {
  return product.opsPerSecond / floor.opsPerSecond;
}

function row(name: string, pairs: readonly Pair[]): string {
  const byRatio = [...pairs].sort((a, b) => ratio(a) - ratio(b));
  const median = byRatio[byRatio.length >> 1];
  if (median === undefined) return name;
  const cells = [median.floor, median.product].flatMap(({ opsPerSecond, p50Ms, p99Ms, allCpuMicros }) => [
    opsPerSecond.toFixed(0).padStart(8),
    p50Ms.toFixed(2).padStart(7),
    p99Ms.toFixed(2).padStart(7),
    allCpuMicros.toFixed(0).padStart(6),
  ]);
  const all = byRatio.map((pair) => ratio(pair).toFixed(2)).join(' ');
  return `${name.padEnd(8)}${cells.join(' ')}   ${ratio(median).toFixed(2)}  (${all})`;
}

console.log('1 KiB values, three processes on loopback, 2 of 3, fsynced. CPU µs an operation over all three.');
const pairs = new Map<string, Pair[]>();
for (let round = 0; round < ROUNDS; round += 1) {
  const floor = await measure('./floor-member.ts');
  const product = await measure('./product-member.ts');
  for (const [name, measured] of floor) {
    const ours = product.get(name);
    if (ours !== undefined) pairs.set(name, [...(pairs.get(name) ?? []), { floor: measured, product: ours }]);
  }
}
console.log('           floor                           product');
console.log('            ops/s  p50 ms  p99 ms  CPU µs    ops/s  p50 ms  p99 ms  CPU µs   ratio');
for (const [name, all] of pairs) console.log(row(name, all));
