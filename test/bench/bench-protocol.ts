/** How `bench.ts` talks to the three processes of a system under test, over Node's IPC. */
import { cpuMicros } from './load.ts';
import type { LoadResult } from './load.ts';

export interface BenchRequest {
  readonly op: 'put' | 'get';
  readonly inFlight: number;
  readonly operations: number;
  readonly keys: number;
  readonly valueBytes: number;
}

/** Requests at a fixed rate, whether or not they are answered. */
export interface FloodRequest {
  readonly perSecond: number;
  readonly seconds: number;
  readonly valueBytes: number;
}

export interface FloodResult {
  readonly accepted: number;
  readonly refused: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Resident memory of the coordinating process, the most and at the start. */
  readonly rssMaxBytes: number;
  readonly rssStartBytes: number;
}

export interface BenchResult extends LoadResult {
  /** User and system time of the coordinating process. */
  readonly cpuMicros: number;
}

export type BenchCall =
  | { readonly kind: 'connect'; readonly addresses: readonly string[] }
  | { readonly kind: 'run'; readonly request: BenchRequest }
  | { readonly kind: 'flood'; readonly request: FloodRequest }
  | { readonly kind: 'cpu' }
  | { readonly kind: 'stop' };

export interface BenchMember {
  /** How the others reach this process. */
  readonly port: string;
  readonly connect: (addresses: readonly string[]) => Promise<void>;
  readonly run: (request: BenchRequest) => Promise<BenchResult>;
  /** The floor has no admission control to measure. */
  readonly flood?: (request: FloodRequest) => Promise<FloodResult>;
  readonly stop: () => Promise<void>;
}

/** Serves calls from the parent until it says stop. */
export function serveBench(member: BenchMember): void {
  const answer = async (call: BenchCall): Promise<unknown> => {
    switch (call.kind) {
      case 'connect':
        return member.connect(call.addresses);
      case 'run':
        return member.run(call.request);
      case 'flood':
        return member.flood?.(call.request);
      case 'cpu':
        return cpuMicros();
      case 'stop':
        return member.stop();
    }
  };
  process.on('message', (call: BenchCall) => {
    void answer(call).then((result) => {
      process.send?.({ result });
      if (call.kind === 'stop') process.disconnect();
    });
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.({ result: member.port });
}
