/**
 * Where `ringleaf start` has the passphrase of the device's key from: `RINGLEAF_PASSPHRASE`, or a
 * person at a terminal, who sees none of it.
 */
import { PASSPHRASE_CHARS_MAX } from '../../p2p/bounds.ts';
import type { AskPassphrase } from './key-asking.ts';
import { StartError } from './start-error.ts';

const VARIABLE = 'RINGLEAF_PASSPHRASE';
const TRIES_MAX = 5;
const INTERRUPT = '\u0003';
const END = '\u0004';
const BACKSPACES: readonly string[] = ['\u0008', '\u007f'];

/** The parts of `process.stdin` that are used here. */
export interface Terminal {
  readonly isTTY?: boolean;
  setRawMode(isRaw: boolean): unknown;
  setEncoding(encoding: 'utf8'): unknown;
  resume(): unknown;
  pause(): unknown;
  on(event: 'data', handler: (text: string) => void): unknown;
  off(event: 'data', handler: (text: string) => void): unknown;
}

/** Takes the variable out of `env`: what this process starts does not have it. */
export function takePassphrase(env: NodeJS.ProcessEnv): string | undefined {
  const passphrase = env[VARIABLE];
  delete env[VARIABLE];
  return passphrase === '' ? undefined : passphrase;
}

/** Answers with what the variable held, once; without it, as `otherwise` does. */
export function askGiven(given: string | undefined, otherwise: AskPassphrase): AskPassphrase {
  if (given === undefined) return otherwise;
  return (wasWrong) => {
    if (wasWrong) return Promise.reject(new StartError(5, `${VARIABLE} is not the passphrase of this device's key.`));
    return Promise.resolve(given);
  };
}

export function askAtTerminal(terminal: Terminal, say: (text: string) => void): AskPassphrase {
  let tries = 0;
  return async (wasWrong) => {
    if (terminal.isTTY !== true) {
      throw new StartError(5, `This device's key is encrypted: give its passphrase in ${VARIABLE}, or start in a terminal.`);
    }
    tries += 1;
    if (tries > TRIES_MAX) throw new StartError(5, `${TRIES_MAX} times a wrong passphrase. Nothing was changed.`);
    say(`${wasWrong ? 'That is not it. ' : ''}Passphrase of this device's key: `);
    try {
      return await hiddenLine(terminal);
    } finally {
      say('\n');
    }
  };
}

/** One line, of which the terminal shows nothing. */
function hiddenLine(terminal: Terminal): Promise<string> {
  return new Promise((resolve, reject) => {
    let line: readonly string[] = [];
    const end = (settle: () => void): void => {
      terminal.off('data', onData);
      terminal.setRawMode(false);
      terminal.pause();
      settle();
    };
    const onData = (text: string): void => {
      for (const letter of text) {
        if (letter === '\r' || letter === '\n') return end(() => resolve(line.join('')));
        if (letter === INTERRUPT || letter === END) return end(() => reject(new StartError(5, 'No passphrase was given.')));
        if (BACKSPACES.includes(letter)) line = line.slice(0, -1);
        else if (line.length < PASSPHRASE_CHARS_MAX) line = [...line, letter];
      }
    };
    terminal.setEncoding('utf8');
    terminal.setRawMode(true);
    terminal.on('data', onData);
    terminal.resume();
  });
}
