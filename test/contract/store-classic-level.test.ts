import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../../storage/index.ts';
import { storeContract } from './store-contract.ts';

storeContract('classic-level', async () => {
  const root = await mkdtemp(join(tmpdir(), 'ringleaf-store-'));
  const dir = join(root, 'store');
  let store = await openStore({ dir });
  return {
    store,
    reopen: async () => {
      await store.close();
      store = await openStore({ dir });
      return store;
    },
    cleanup: async () => {
      await store.close();
      await rm(root, { recursive: true });
    },
  };
});
