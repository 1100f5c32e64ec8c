import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const STALL_MS = 30_000;
const POLL_MS = 500;
const RETRY_AFTER_MS = 24 * 60 * 60 * 1_000;

export type ElectronSearch =
  | { readonly found: true; readonly path: string }
  | { readonly found: false; readonly why: string };

/** Where the npm package `electron` keeps, or would keep, its program. */
export function electronPath(root: string): string {
  const dist = process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(root, 'node_modules/electron/dist');
  if (process.platform === 'darwin') return join(dist, 'Electron.app/Contents/MacOS/Electron');
  return join(dist, process.platform === 'win32' ? 'electron.exe' : 'electron');
}

/** Electron 45 fetches its program at first use. That is tried once a day, and given up when it stalls. */
export async function findElectron(root: string): Promise<ElectronSearch> {
  const path = electronPath(root);
  if (existsSync(path)) return { found: true, path };
  const why = 'no Electron binary could be had (try `npx install-electron`)';
  const installer = join(root, 'node_modules/electron/install.js');
  if (process.env['ELECTRON_OVERRIDE_DIST_PATH'] !== undefined || !existsSync(installer)) return { found: false, why };
  const marker = join(root, '.cache/electron-download-failed');
  if (existsSync(marker) && Date.now() - statSync(marker).mtimeMs < RETRY_AFTER_MS) return { found: false, why };
  await download(installer, join(root, '.cache/electron-download'));
  if (existsSync(path)) return { found: true, path };
  writeFileSync(marker, '');
  return { found: false, why };
}

/** As long as bytes arrive a slow line may take its time; no new byte for `STALL_MS` ends it. */
async function download(installer: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const env = { ...process.env, TMPDIR: folder, TEMP: folder, TMP: folder };
  const child = spawn(process.execPath, [installer], { env, stdio: 'ignore' });
  let running = true;
  for (const end of ['exit', 'error']) child.once(end, () => (running = false));
  let bytes = 0;
  for (let quietMs = 0; running && quietMs < STALL_MS; quietMs += POLL_MS) {
    await sleep(POLL_MS);
    const now = bytesIn(folder);
    if (now !== bytes) quietMs = 0;
    bytes = now;
  }
  if (running) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}

function bytesIn(folder: string): number {
  let bytes = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    bytes += statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}
