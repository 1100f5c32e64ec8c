import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readFileSync, readSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** A file of the log, and how many older ones are kept. */
export const LOG_FILE_BYTES_MAX = 1024 * 1024;
export const LOG_FILES_KEPT = 3;
const LINE_CHARS_MAX = 16_384;

/**
 * The log of the shell and its member on disk: `ringleaf.log`, and older ones as `ringleaf.log.1`,
 * `.2`, … Never more than (kept + 1) · max bytes. A disk that refuses costs the log, nothing else.
 */
export class LogFile {
  readonly #file: string;
  readonly #bytesMax: number;
  #bytes: number;

  constructor(file: string, bytesMax = LOG_FILE_BYTES_MAX) {
    this.#file = file;
    this.#bytesMax = bytesMax;
    this.#bytes = sizeOf(file);
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    } catch {
      // `write` finds out.
    }
  }

  get path(): string {
    return this.#file;
  }

  /** Takes one line, with or without its line feed. */
  write(line: string): void {
    const text = `${line.replace(/\n+$/, '').slice(0, LINE_CHARS_MAX)}\n`;
    const bytes = Buffer.byteLength(text);
    try {
      if (this.#bytes + bytes > this.#bytesMax) this.#rotate();
      appendFileSync(this.#file, text, { mode: 0o600 });
      this.#bytes += bytes;
    } catch {
      this.#bytes = sizeOf(this.#file);
    }
  }

  /** The latest lines, oldest first: at most `bytesMax` of the newest files. */
  tail(bytesMax: number): readonly string[] {
    const now = tailOf(this.#file, bytesMax);
    const left = bytesMax - Buffer.byteLength(now);
    const before = left > 0 ? tailOf(`${this.#file}.1`, left) : '';
    return (before + now).split('\n').filter((line) => line !== '');
  }

  #rotate(): void {
    for (let nth = LOG_FILES_KEPT - 1; nth >= 1; nth -= 1) moved(`${this.#file}.${nth}`, `${this.#file}.${nth + 1}`);
    moved(this.#file, `${this.#file}.1`);
    this.#bytes = 0;
  }
}

function moved(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Whole lines only: the first one may be cut. */
function tailOf(file: string, bytesMax: number): string {
  try {
    if (sizeOf(file) <= bytesMax) return readFileSync(file, 'utf8');
    const handle = openSync(file, 'r');
    try {
      const bytes = Buffer.alloc(bytesMax);
      const read = readSync(handle, bytes, 0, bytesMax, fstatSync(handle).size - bytesMax);
      const text = bytes.toString('utf8', 0, read);
      return text.slice(text.indexOf('\n') + 1);
    } finally {
      closeSync(handle);
    }
  } catch {
    return '';
  }
}

/** Cuts a stream of bytes into lines; what has no line feed for too long is cut too. */
export function lineCutter(onLine: (line: string) => void): (text: string) => void {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (rest.length <= LINE_CHARS_MAX) return;
    onLine(rest);
    rest = '';
  };
}
