/**
 * `npm run bench:overload`: what a member does with ten times the writes that it can carry. Read
 * the ratios: accepted ones must stay about as quick as at the brim, memory flat, the rest refused.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { System } from './system.ts';

const VALUE_BYTES = 1024;
const SECONDS = 8;
const MEBIBYTE = 1024 * 1024;

const dir = await mkdtemp(join(tmpdir(), 'ringleaf-overload-'));
const system = await System.start('./product-member.ts', dir);
try {
  const { opsPerSecond } = await system.run({ op: 'put', inFlight: 256, operations: 12_000, keys: 12_000, valueBytes: VALUE_BYTES });
  console.log(`It carries ${opsPerSecond.toFixed(0)} writes a second (1 KiB, 2 of 3, fsynced, 256 in flight).`);
  console.log('load     offered/s  accepted/s  refused/s  failed  p50 ms  p99 ms  memory MiB (start, most)');
  for (const times of [0.5, 1, 10]) {
    const perSecond = Math.round(opsPerSecond * times);
    const { accepted, refused, failed, p50Ms, p99Ms, rssStartBytes, rssMaxBytes } = await system.flood({ perSecond, seconds: SECONDS, valueBytes: VALUE_BYTES });
    const cells = [perSecond, accepted / SECONDS, refused / SECONDS, failed, p50Ms, p99Ms].map((cell) => cell.toFixed(0).padStart(9));
    console.log(`${`${times}×`.padEnd(6)}${cells.join(' ')}   ${(rssStartBytes / MEBIBYTE).toFixed(0)}, ${(rssMaxBytes / MEBIBYTE).toFixed(0)}`);
  }
} finally {
  await system.stop();
  await rm(dir, { recursive: true, force: true });
}
