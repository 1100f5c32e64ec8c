/**
 * `npm run bench`: the floor and the product in one run, three processes each on loopback, quorum
 * 2 of 3, fsynced; the product encrypted as well. Read the ratios: the machines are noisy.
 */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchCall, BenchRequest, BenchResult } from './bench-protocol.ts';

const MEMBERS = 3;
const VALUE_BYTES = 1024;
const OPERATIONS: Readonly<Record<number, number>> = { 1: 1_500, 16: 12_000, 64: 24_000 };
const CALL_WITHIN_MS = 120_000;

interface Measured extends BenchResult {
  readonly allCpuMicros: number;
}

class System {
  readonly #children: readonly ChildProcess[];

  private constructor(children: readonly ChildProcess[]) {
    this.#children = children;
  }

  static async start(script: string, dir: string): Promise<System> {
    const path = new URL(script, import.meta.url).pathname;
    const children = Array.from({ length: MEMBERS }, (_, index) => fork(path, [join(dir, String(index)), String(index)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
    const addresses: string[] = [];
    for (const child of children) addresses.push((await nextMessage(child)) as string);
    const system = new System(children);
    for (const [index, child] of children.entries()) {
      await call(child, { kind: 'connect', addresses: addresses.filter((_, other) => other !== index) });
    }
    return system;
  }

  async run(request: BenchRequest): Promise<Measured> {
    const [first] = this.#children;
    if (first === undefined) throw new Error('no member runs');
    const before = await this.#cpu();
    const result = (await call(first, { kind: 'run', request })) as BenchResult;
    return { ...result, allCpuMicros: ((await this.#cpu()) - before) / request.operations };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => call(child, { kind: 'stop' })));
  }

  async #cpu(): Promise<number> {
    const each = await Promise.all(this.#children.map((child) => call(child, { kind: 'cpu' })));
    return each.reduce<number>((sum, micros) => sum + Number(micros), 0);
  }
}

async function call(child: ChildProcess, message: BenchCall): Promise<unknown> {
  const answer = nextMessage(child);
  child.send(message);
  return answer;
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${CALL_WITHIN_MS} ms`)), CALL_WITHIN_MS);
    child.once('message', (message: { readonly result: unknown }) => {
      clearTimeout(timer);
      resolve(message.result);
    });
  });
}

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
