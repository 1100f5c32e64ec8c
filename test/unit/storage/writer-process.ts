/** Commits until it is killed; prints its actor, then each key once it is acknowledged. */
import { writeSync } from 'node:fs';
import { openStore } from '../../../storage/index.ts';
import { keyRef, objectMutation } from '../../contract/store-samples.ts';

const store = await openStore({ dir: process.argv[2] ?? '' });
writeSync(1, `${store.identity.actor}\n`);
let next = 0;
async function write(): Promise<void> {
  for (;;) {
    const key = `k${(next += 1)}`;
    await store.commit([objectMutation(keyRef('killed', key), key)]);
    writeSync(1, `${key}\n`);
  }
}
await Promise.all(Array.from({ length: 8 }, write));
