/** The files beside the store: who may see the folder, the HTTP token, the CLI's socket. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { chmod, lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, win32 } from 'node:path';
import { StartError } from './start-error.ts';

const TOKEN = /^[0-9a-f]{64}$/;
/** `sun_path` has 104 bytes on macOS, 108 on Linux, with a closing zero. */
const SOCKET_PATH_BYTES_MAX = 103;

/** @throws StartError (exit code 5). */
export async function makeDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await chmod(dataDir, 0o700);
  } catch (error) {
    throw new StartError(5, `The data folder ${dataDir} cannot be used: ${reason(error)}`);
  }
}

export function httpTokenFile(dataDir: string): string {
  return join(dataDir, 'http-token');
}

/** Who may open a file, as three octal digits; `null` where the system says nothing of it. */
export function fileMode(path: string): string | null {
  const found = process.platform === 'win32' ? undefined : statSync(path, { throwIfNoEntry: false });
  return found === undefined ? null : (found.mode & 0o777).toString(8).padStart(3, '0');
}

/** The HTTP token, made at the first start. Call with the store's lock held. */
export async function httpToken(dataDir: string): Promise<string> {
  const path = httpTokenFile(dataDir);
  const kept = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (TOKEN.test(kept)) {
    await chmod(path, 0o600);
    return kept;
  }
  const token = randomBytes(32).toString('hex');
  await rm(path, { force: true });
  await writeFile(path, token, { mode: 0o600, flag: 'wx' });
  return token;
}

/** Where the CLI reaches the member of a data dir; `undefined` when the OS allows no such path. */
export function socketPath(dataDir: string): string | undefined {
  if (process.platform === 'win32') return pipePath(dataDir);
  const path = join(dataDir, 'ringleaf.sock');
  return Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX ? undefined : path;
}

/** Windows takes paths that differ in case or slashes for one folder: it has one pipe. @param dataDir Absolute. */
export function pipePath(dataDir: string): string {
  const folder = win32.resolve(dataDir).toLowerCase();
  return `\\\\.\\pipe\\ringleaf-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`;
}

/** Removes what a killed member left. Call with the store's lock held: nobody listens there. */
export async function removeStaleSocket(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isSocket()) throw new StartError(5, `${path} is in the way: it is no socket.`);
  await rm(path);
}

export async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** Renames a file or folder to `<path>.<why>-<n>`, the first that is free. @returns the new path. */
export async function setAside(path: string, why: string): Promise<string> {
  let n = 1;
  while (existsSync(`${path}.${why}-${n}`)) n += 1;
  await rename(path, `${path}.${why}-${n}`);
  return `${path}.${why}-${n}`;
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
