import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { provideProgram } from './apt.ts';

const run = promisify(execFile);

/** Network namespaces for the tests that cut cables. @throws one line when this machine has none. */
export async function provideNamespaces(): Promise<void> {
  const ip = await provideProgram(['ip']);
  const probe = `rl-probe-${process.pid}`;
  try {
    await run(ip, ['netns', 'add', probe]);
    await run(ip, ['netns', 'del', probe]);
  } catch (error) {
    throw new Error('network namespaces are needed by test/cluster: run as root (ip netns add is refused)', { cause: error });
  }
}
