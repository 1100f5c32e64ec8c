import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const INSTALL_TIMEOUT_MS = 300_000;

/** What the browser, window and network tests need from Debian, installed in one go. */
const PACKAGES: readonly string[] = ['chromium', 'xvfb', 'fonts-dejavu-core', 'iproute2'];

/**
 * Path of the first of these programs that is there; otherwise installs `PACKAGES`, when root.
 * @throws one line that says what is missing: a test that cannot run must not look like one that passed.
 */
export async function provideProgram(names: readonly string[]): Promise<string> {
  const found = onPath(names);
  if (found !== null) return found;
  const wish = `${names.join(' or ')} is missing; install it: apt-get install -y --no-install-recommends ${PACKAGES.join(' ')}`;
  if (process.platform !== 'linux' || process.getuid?.() !== 0 || onPath(['apt-get']) === null) throw new Error(wish);
  await install(wish);
  const installed = onPath(names);
  if (installed === null) throw new Error(wish);
  return installed;
}

async function install(wish: string): Promise<void> {
  const options = { timeout: INSTALL_TIMEOUT_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  // Test files that start together wait here for dpkg's lock.
  const lock = ['-o', `DPkg::Lock::Timeout=${INSTALL_TIMEOUT_MS / 1_000}`];
  try {
    await run('apt-get', [...lock, 'update', '-qq'], options);
    await run('apt-get', [...lock, 'install', '-y', '-qq', '--no-install-recommends', ...PACKAGES], options);
  } catch (error) {
    throw new Error(`${wish} (apt-get failed: ${String(error).slice(0, 300)})`, { cause: error });
  }
}

function onPath(names: readonly string[]): string | null {
  for (const name of names) {
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      const file = join(folder, name);
      if (isExecutable(file)) return file;
    }
  }
  return null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
