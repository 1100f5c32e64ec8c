import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 50;

export interface ProcessInfo {
  readonly pid: number;
  readonly command: string;
}

/**
 * Processes of one desktop, by its data dir, which is unique. Main has it in its environment; the
 * children have it in `--user-data-dir`, because Chromium writes their titles over their
 * environment. Linux only; a zombie has neither and does not count.
 */
export function processesMarked(mark: string): readonly ProcessInfo[] {
  const dataDir = mark.slice(mark.indexOf('=') + 1);
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => textOf(`/proc/${pid}/environ`).split('\0').includes(mark) || textOf(`/proc/${pid}/cmdline`).includes(dataDir))
    .map((pid) => ({ pid: Number(pid), command: textOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ') }));
}

/** Waits until none is left. @returns those that stayed. */
export async function orphansAfter(mark: string, timeoutMs: number): Promise<readonly ProcessInfo[]> {
  for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += POLL_MS) {
    if (processesMarked(mark).length === 0) return [];
    await sleep(POLL_MS);
  }
  return processesMarked(mark);
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
