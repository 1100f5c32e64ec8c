import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type KeyLock, readWrapped, WRAPPED_BYTES_MAX } from '../../p2p/libp2p/wrapped-key.ts';
import { KEY_FILE } from './new-identity.ts';

/** What the key of a data folder is protected by, seen from outside; `null`: by nothing that can be told. */
export async function keyProtectedBy(dataDir: string): Promise<KeyLock['by'] | null> {
  const path = join(dataDir, KEY_FILE);
  try {
    if ((await stat(path)).size > WRAPPED_BYTES_MAX) return null;
    return readWrapped(await readFile(path))?.by ?? null;
  } catch {
    return null;
  }
}
