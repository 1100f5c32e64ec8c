/** What can be seen of a data folder from outside, when no member answers there. Changes nothing. */
import { access, constants, open, readFile, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { socketPath } from '../member/data-dir.ts';
import { keyProtectedBy } from '../member/key-file.ts';
import type { FolderFacts } from './facts.ts';
import { folderFindings } from './folder-findings.ts';
import { freeBytesOf } from './gather.ts';
import { reportOf, type DoctorReport } from './report.ts';

const KNOCK_MS = 2_000;

export async function folderReport(dataDir: string): Promise<DoctorReport> {
  const facts = await folderFacts(dataDir);
  return reportOf(folderFindings(facts), facts, new Date().toISOString());
}

async function folderFacts(dataDir: string): Promise<FolderFacts> {
  const folder = await folderState(dataDir);
  const lock = join(dataDir, 'store', 'LOCK');
  return {
    dataDir,
    folder,
    freeBytes: await freeBytesOf(folder === 'missing' ? dirname(dataDir) : dataDir),
    socket: await knock(socketPath(dataDir)),
    ...(await lockState(lock)),
    hasStore: (await codeOf(stat(join(dataDir, 'store', 'CURRENT')))) === undefined,
    keyBy: await keyProtectedBy(dataDir),
  };
}

async function folderState(dataDir: string): Promise<FolderFacts['folder']> {
  try {
    if (!(await stat(dataDir)).isDirectory()) return 'no-folder';
  } catch (error) {
    return codeIn(error) === 'ENOENT' ? 'missing' : codeIn(error) === 'ENOTDIR' ? 'no-folder' : 'denied';
  }
  const refusal = await codeOf(access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK));
  return refusal === undefined ? 'there' : refusal === 'EROFS' ? 'read-only' : 'denied';
}

function knock(path: string | undefined): Promise<FolderFacts['socket']> {
  if (path === undefined) return Promise.resolve('too-long');
  return new Promise((resolve) => {
    const socket = connect(path);
    const settle = (state: FolderFacts['socket']): void => {
      socket.destroy();
      resolve(state);
    };
    socket.setTimeout(KNOCK_MS, () => settle('silent'));
    socket.once('connect', () => settle('silent'));
    socket.once('error', (error) => settle(codeIn(error) === 'ENOENT' ? 'missing' : codeIn(error) === 'EACCES' ? 'denied' : 'nobody'));
  });
}

/** Linux lists who holds a lock; Windows lets nobody else open the file; elsewhere it cannot be told. */
async function lockState(path: string): Promise<Pick<FolderFacts, 'lock' | 'lockedBy'>> {
  if (process.platform === 'win32') {
    const refusal = await codeOf(open(path, 'r+').then((file) => file.close()));
    return { lock: refusal === 'EBUSY' ? 'held' : 'free', lockedBy: null };
  }
  const [locks, inode] = await Promise.all([readFile('/proc/locks', 'utf8').catch(() => null), stat(path).then(({ ino }) => ino, () => null)]);
  if (inode === null) return { lock: 'free', lockedBy: null };
  if (locks === null) return { lock: 'unknown', lockedBy: null };
  const held = new RegExp(` WRITE +(\\d+) [0-9a-f]+:[0-9a-f]+:${inode} `).exec(locks);
  return held === null ? { lock: 'free', lockedBy: null } : { lock: 'held', lockedBy: Number(held[1]) };
}

async function codeOf(attempt: Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt;
    return undefined;
  } catch (error) {
    return codeIn(error);
  }
}

function codeIn(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
