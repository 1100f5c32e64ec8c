/** The scan's contract, bound to the real store and to the disk of the simulator. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../storage/index.ts';
import { objectKey } from '../../storage/keyspace.ts';
import { Disk } from '../sim/disk.ts';
import { EventQueue } from '../sim/queue.ts';
import { SeededRandom } from '../sim/random.ts';
import { scanContract } from './scan-contract.ts';
import { spoilRow } from './spoil-row.ts';

scanContract('classic-level', async () => {
  const root = await mkdtemp(join(tmpdir(), 'ringleaf-scan-'));
  const dir = join(root, 'store');
  let store = await openStore({ dir });
  return {
    commit: (batch) => store.commit(batch),
    scan: (from, recordsMax) => store.scan(from, recordsMax),
    damage: async (ref) => {
      await store.close();
      await spoilRow(dir, objectKey(ref));
      store = await openStore({ dir });
    },
    cleanup: async () => {
      await store.close();
      await rm(root, { recursive: true });
    },
  };
});

scanContract('the simulated disk', () => {
  const queue = new EventQueue();
  const disk = new Disk('ada', queue, new SeededRandom(1, 'disk'), { readMs: 1, syncMs: 1 }, {});
  disk.open();
  const done = (): void => queue.runUntil(queue.nowMs + 1_000);
  return Promise.resolve({
    commit: (batch) => {
      disk.commit(batch, () => undefined);
      return Promise.resolve(done());
    },
    scan: (from, recordsMax) =>
      new Promise((resolve) => {
        disk.query({ kind: 'scan', from, recordsMax }, (answer) => answer !== 'passing' && answer.kind === 'scan' && resolve({ records: answer.records, damaged: answer.damaged, unlisted: answer.unlisted, miscounted: answer.miscounted, next: answer.next }));
        done();
      }),
    damage: (ref) => Promise.resolve(disk.flip(ref.id)),
    cleanup: () => Promise.resolve(),
  });
});
