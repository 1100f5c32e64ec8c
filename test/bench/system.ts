/** A system under test: three processes on loopback, told what to do over Node's IPC. */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { BenchCall, BenchRequest, BenchResult, FloodRequest, FloodResult } from './bench-protocol.ts';

const MEMBERS = 3;
const CALL_WITHIN_MS = 120_000;

export interface Measured extends BenchResult {
  readonly allCpuMicros: number;
}

export class System {
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
    const before = await this.#cpu();
    const result = (await call(this.#first(), { kind: 'run', request })) as BenchResult;
    return { ...result, allCpuMicros: ((await this.#cpu()) - before) / request.operations };
  }

  async flood(request: FloodRequest): Promise<FloodResult> {
    return (await call(this.#first(), { kind: 'flood', request })) as FloodResult;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#children.map((child) => call(child, { kind: 'stop' })));
  }

  #first(): ChildProcess {
    const [first] = this.#children;
    if (first === undefined) throw new Error('no member runs');
    return first;
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
