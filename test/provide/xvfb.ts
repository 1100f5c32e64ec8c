import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { provideProgram } from './apt.ts';

export interface Xvfb {
  /** Value for `DISPLAY`. */
  readonly display: string;
  readonly stop: () => Promise<void>;
}

const START_TIMEOUT_MS = 15_000;

/** A display of its own: Xvfb chooses a free number and tells it when it listens. */
export async function provideXvfb(): Promise<Xvfb> {
  const program = await provideProgram(['Xvfb']);
  const args = ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp', '-noreset'];
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  const killWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const stop = async (): Promise<void> => {
    process.removeListener('exit', killWithUs);
    child.kill('SIGTERM');
    await exited;
  };
  try {
    return { display: `:${await numberFrom(child.stdio[3])}`, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function numberFrom(pipe: unknown): Promise<string> {
  if (!(pipe instanceof Object) || !(Symbol.asyncIterator in pipe)) throw new Error('Xvfb has no pipe');
  const stream = pipe as NodeJS.ReadableStream;
  const deadline = AbortSignal.timeout(START_TIMEOUT_MS);
  const answer: unknown[] = await once(stream, 'data', { signal: deadline });
  const number = String(answer[0]).trim();
  if (!/^\d+$/.test(number)) throw new Error(`Xvfb named no display: ${number}`);
  return number;
}
