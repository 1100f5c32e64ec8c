/** Drives an operation, with a fixed number in flight or at a fixed rate, and says how it went. */
import type { FloodResult } from './bench-protocol.ts';

export interface LoadResult {
  readonly opsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** @param operations How many in all; the first tenth warms up and is not counted. */
export async function drive(
  inFlight: number,
  operations: number,
  operation: (index: number) => Promise<void>,
): Promise<LoadResult> {
  const latencies: number[] = [];
  const warmUp = Math.floor(operations / 10);
  let next = 0;
  let startMs = performance.now();
  const lane = async (): Promise<void> => {
    while (next < operations) {
      const index = next;
      next += 1;
      if (index === warmUp) startMs = performance.now();
      const beginMs = performance.now();
      await operation(index);
      if (index >= warmUp) latencies.push(performance.now() - beginMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  const seconds = (performance.now() - startMs) / 1_000;
  latencies.sort((a, b) => a - b);
  return {
    opsPerSecond: latencies.length / seconds,
    p50Ms: latencies[Math.floor(latencies.length * 0.5)] ?? 0,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
  };
}

const TICK_MS = 5;

/** Starts operations at a fixed rate, however many are under way (an open loop). */
export async function flood(
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
  operation: (index: number) => Promise<string>,
): Promise<FloodResult> {
  const latencies: number[] = [];
  const underWay = new Set<Promise<void>>();
  const rssStartBytes = process.memoryUsage.rss();
  const count = { accepted: 0, refused: 0, failed: 0, rssMaxBytes: rssStartBytes };
  const one = async (index: number): Promise<void> => {
    const beginMs = performance.now();
    const kind = await operation(index);
    if (kind === 'overloaded') count.refused += 1;
    else if (kind === 'written') count.accepted = latencies.push(performance.now() - beginMs);
    else count.failed += 1;
  };
  const startMs = performance.now();
  let started = 0;
  for (let elapsedMs = 0; elapsedMs < seconds * 1_000; elapsedMs = performance.now() - startMs) {
    for (const due = (elapsedMs / 1_000) * perSecond; started < due; started += 1) {
      const running: Promise<void> = one(started).finally(() => underWay.delete(running));
      underWay.add(running);
    }
    count.rssMaxBytes = Math.max(count.rssMaxBytes, process.memoryUsage.rss());
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(underWay);
  latencies.sort((a, b) => a - b);
  const percentile = (part: number): number => latencies[Math.floor(latencies.length * part)] ?? 0;
  return { ...count, p50Ms: percentile(0.5), p99Ms: percentile(0.99), rssStartBytes };
}

/** User and system time of this process, µs. */
export function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
