import { lineCutter, LogFile } from './log-file.ts';

const LEVELS = { info: 30, warn: 40, error: 50 } as const;
export type ShellLevel = keyof typeof LEVELS;

/** One log for the shell and its member: lines of JSON on stderr and in the file, in one order. */
export class ShellLog {
  readonly file: LogFile;
  readonly #cut: (text: string) => void;

  constructor(path: string) {
    this.file = new LogFile(path);
    this.#cut = lineCutter((line) => this.file.write(line));
    // The terminal that it was started from may be gone.
    process.stderr.on('error', () => undefined);
  }

  /** @param message A fixed text; what varies goes into `facts`. */
  say(level: ShellLevel, message: string, facts: Readonly<Record<string, unknown>> = {}): void {
    this.take(`${JSON.stringify({ level: LEVELS[level], time: Date.now(), pid: process.pid, scope: 'shell', ...facts, msg: message })}\n`);
  }

  /** What the member wrote, as it came. */
  take(text: string): void {
    process.stderr.write(text);
    this.#cut(text);
  }
}

/** An error as pino writes it. */
export function errorFacts(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { err: { type: typeof error, message: String(error) } };
  return { err: { type: error.name, message: error.message, stack: error.stack } };
}
