/** Drives an operation with a fixed number in flight and says how it went. */

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

/** User and system time of this process, µs. */
export function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
