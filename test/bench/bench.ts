/**
 * `npm run bench`: the floor and the product in one run, three processes each on loopback, quorum
 * 2 of 3, fsynced; the product encrypted as well. Read the ratios: the machines are noisy.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Measured } from './system.ts';
import { System } from './system.ts';

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

function row(name: string, floor: Measured, product: Measured): string {
  const cells = [floor, product].flatMap(({ opsPerSecond, p50Ms, p99Ms, allCpuMicros }) => [
    opsPerSecond.toFixed(0).padStart(8),
    p50Ms.toFixed(2).padStart(7),
    p99Ms.toFixed(2).padStart(7),
    allCpuMicros.toFixed(0).padStart(6),
  ]);
  return `${name.padEnd(8)}${cells.join(' ')}   ${(product.opsPerSecond / floor.opsPerSecond).toFixed(2)}`;
}

console.log('1 KiB values, three processes on loopback, 2 of 3, fsynced. CPU µs an operation over all three.');
const floor = await measure('./floor-member.ts');
const product = await measure('./product-member.ts');
console.log('           floor                           product');
console.log('            ops/s  p50 ms  p99 ms  CPU µs    ops/s  p50 ms  p99 ms  CPU µs   ratio');
for (const [name, measured] of floor) {
  const ours = product.get(name);
  if (ours !== undefined) console.log(row(name, measured, ours));
}
