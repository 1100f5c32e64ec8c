import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build, PROJECT_ROOT } from './build.ts';
import { findElectron } from './electron-binary.ts';

/** `npm start`: the desktop app; where that cannot be, the same interface in a browser. */
interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly afterMs: number;
}

/** An Electron that dies by a signal this early lacks a library or its sandbox. */
const FAILED_START_MS = 5_000;
const FATAL_SIGNALS: readonly unknown[] = ['SIGTRAP', 'SIGABRT', 'SIGSEGV', 'SIGILL'];
const MISSING_LIBRARY_EXIT = 127;

async function start(args: readonly string[]): Promise<number> {
  await build();
  const why = hasDisplay() ? await startDesktop(args) : 'there is no display';
  if (typeof why === 'number') return why;
  console.error(`Ringleaf opens in a browser instead of a window: ${why}.`);
  const http = args.some((one) => one === '--http' || one.startsWith('--http=')) ? [] : ['--http', '127.0.0.1:0'];
  const cli = join(PROJECT_ROOT, 'main/cli/index.ts');
  return exitCodeOf(await run(process.execPath, [cli, 'start', '--open', ...http, ...args]));
}

/** @returns its exit code, or why there is no window. */
async function startDesktop(args: readonly string[]): Promise<number | string> {
  const electron = await findElectron(PROJECT_ROOT);
  if (!electron.found) return electron.why;
  const asRoot = process.platform === 'linux' && process.getuid?.() === 0;
  if (asRoot) console.error('Ringleaf runs as root: Electron starts without its sandbox (--no-sandbox).');
  const end = await run(electron.path, [...(asRoot ? ['--no-sandbox'] : []), PROJECT_ROOT, ...args]);
  const died = FATAL_SIGNALS.includes(end.signal) || end.code === MISSING_LIBRARY_EXIT;
  return died && end.afterMs < FAILED_START_MS ? 'Electron could not start here' : exitCodeOf(end);
}

function hasDisplay(): boolean {
  if (process.platform !== 'linux') return true;
  return ['DISPLAY', 'WAYLAND_DISPLAY'].some((name) => (process.env[name] ?? '') !== '');
}

async function run(program: string, args: readonly string[]): Promise<End> {
  const startedAt = performance.now();
  const env = { ...process.env };
  delete env['ELECTRON_RUN_AS_NODE'];
  const child = spawn(program, args, { stdio: 'inherit', env });
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGINT', pass).on('SIGTERM', pass);
  return await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      process.off('SIGINT', pass).off('SIGTERM', pass);
      resolve({ code, signal, afterMs: performance.now() - startedAt });
    });
  });
}

function exitCodeOf(end: End): number {
  return end.code ?? 1;
}

process.exitCode = await start(process.argv.slice(2));
