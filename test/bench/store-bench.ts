/** Prints what the store does a second: `node test/bench/store-bench.ts`. 1 KiB objects. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../storage/index.ts';
import { keyRef, objectMutation, version } from '../contract/store-samples.ts';

const OBJECT_BYTES = 1024;
const PARTITIONS = 256;
const RUN_MS = 3000;
const KEYS = 20_000;
const HOT_KEYS = 200;

const root = await mkdtemp(join(tmpdir(), 'ringleaf-bench-'));
const store = await openStore({ dir: join(root, 'store') });
const values = Array.from({ length: 64 }, () => new Uint8Array(randomBytes(OBJECT_BYTES)));
const leafDelta = new Uint8Array(randomBytes(8));
const refs = Array.from({ length: KEYS }, (_, index) =>
  keyRef('bench', `key-${index}`, { partition: (index * 31) % PARTITIONS, leaf: (index * 7) % 64, first: index & 255 }),
);
const pick = (index: number) => refs[(index * 7919) % KEYS] ?? keyRef('bench', 'none');
const put = (index: number) => objectMutation(pick(index), values[index % 64] ?? new Uint8Array(), {}, { leafDelta });

await store.commit(refs.map((_, index) => put(index)));
for (const inFlight of [1, 16, 64]) await measure('commit', inFlight, (index) => store.commit([put(index)]));
await measure('commit + version', 64, (index) => store.commit([put(index), version(pick(index), index)]));
// The same few keys again and again, so that each has as many versions as are kept.
const hot = (index: number) => pick(index % HOT_KEYS);
await measure('commit + version of hot keys', 64, (index) => store.commit([put(index % HOT_KEYS), version(hot(index), index, { sibling: values[index % 64] })]));
for (const inFlight of [1, 64]) await measure('read', inFlight, (index) => store.read(pick(index)));
await store.close();
await rm(root, { recursive: true });

async function measure(what: string, inFlight: number, once: (index: number) => Promise<unknown>): Promise<void> {
  const startMs = performance.now();
  let count = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() - startMs < RUN_MS) await once((count += 1));
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
  const perSecond = Math.round((count * 1000) / (performance.now() - startMs));
  process.stdout.write(`${what} · ${inFlight} in flight: ${perSecond}/s\n`);
}
