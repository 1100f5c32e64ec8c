/** `ringleaf start`: one member in the foreground, until it is told to stop. */
import { spawn } from 'node:child_process';
import { openLog } from './log.ts';
import type { Parts } from './engine.ts';
import { startMember } from './member.ts';
import { askAtTerminal, askGiven, takePassphrase } from './passphrase.ts';
import { parseStartOptions, type StartOptions } from './options.ts';
import { realParts } from './parts.ts';
import { StartError } from './start-error.ts';

/** A stop that hangs must not keep the process: the store survives a kill. */
const STOP_DEADLINE_MS = 10_000;

/** Runs to the end. @returns the exit code. */
export async function start(argv: readonly string[], env: NodeJS.ProcessEnv, parts: Parts = realParts): Promise<number> {
  const log = openLog(env['RINGLEAF_LOG_LEVEL']);
  const stopAsked = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => resolve());
  });
  try {
    const options = optionsWithDoor(parseStartOptions(argv, env));
    const ask = askGiven(takePassphrase(env), askAtTerminal(process.stdin, (text) => process.stderr.write(text)));
    const stopped = stopAsked.then(() => Promise.reject(new StartError(5, 'It was stopped before its key was opened.')));
    stopped.catch(() => undefined);
    const asking = { passphrase: (wasWrong: boolean) => Promise.race([ask(wasWrong), stopped]), keychain: undefined };
    const member = await startMember(options, log, asking, parts);
    process.stdout.write(`${JSON.stringify(member.ready)}\n`);
    if (options.open && member.ready.ui !== null) openBrowser(member.ready.ui);
    await stopAsked;
    setTimeout(() => process.exit(1), STOP_DEADLINE_MS).unref();
    await member.stop();
    return 0;
  } catch (error) {
    process.stderr.write(`ringleaf: ${error instanceof Error ? error.message : String(error)}\n`);
    if (!(error instanceof StartError)) log('error', 'The member could not start.', { err: error });
    return error instanceof StartError ? error.exitCode : 5;
  }
}

/** A browser needs something to open. */
function optionsWithDoor(options: StartOptions): StartOptions {
  return options.open && options.http === undefined ? { ...options, http: { host: '127.0.0.1', port: 0 } } : options;
}

function openBrowser(url: string): void {
  const [command, ...args] =
    process.platform === 'win32' ? ['rundll32', 'url.dll,FileProtocolHandler', url] : [process.platform === 'darwin' ? 'open' : 'xdg-open', url];
  const child = spawn(command, args, { stdio: 'ignore', detached: true });
  child.on('error', () => process.stderr.write(`ringleaf: no browser could be opened; go to ${url}\n`));
  child.unref();
}
