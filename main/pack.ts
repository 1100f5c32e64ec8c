/**
 * `npm run dist:dir`: the app as a folder that runs on this platform, made by electron-builder and
 * with no network when an Electron is at hand. `npm run dist` adds the Debian package of it.
 *
 *     node main/pack.ts [--electron-dist DIR] [--electron-version V] [--out DIR] [--deb] [--for-test]
 */
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build as runBuilder, DIR_TARGET, Platform } from 'electron-builder';
import { build, PROJECT_ROOT } from './build.ts';
import { makeDeb } from './deb.ts';
import { findElectron } from './electron-binary.ts';

export interface PackOptions {
  /** Folder of an unpacked Electron, instead of the official one in `node_modules`. */
  readonly electronDist?: string | undefined;
  /** What the folder's own `version` file says, unless given. */
  readonly electronVersion?: string | undefined;
  /** Below it comes `linux-unpacked` or the like; `release` by default. */
  readonly outDir?: string | undefined;
  /** Never to be shipped: lets Playwright in by `--inspect`, and drops a stand-in Electron's own app. */
  readonly forTest?: boolean;
}

/** @returns the folder of the packed app. @throws one line when there is no Electron to pack. */
export async function pack(options: PackOptions = {}): Promise<string> {
  const electron = await electronOf(options);
  await build();
  const forTest = options.forTest ?? false;
  let packed = '';
  await runBuilder({
    projectDir: PROJECT_ROOT,
    targets: Platform.current().createTarget(DIR_TARGET),
    publish: 'never',
    // Laid over electron-builder.yml.
    config: {
      electronDist: electron.dist,
      electronVersion: electron.version,
      ...(options.outDir === undefined ? {} : { directories: { output: resolve(options.outDir) } }),
      ...(forTest ? { electronFuses: { enableNodeCliInspectArguments: true } } : {}),
      afterPack: async ({ appOutDir }) => {
        packed = appOutDir;
        if (forTest) await rm(join(appOutDir, 'resources/app'), { recursive: true, force: true });
      },
    },
  });
  return packed;
}

interface ElectronFolder {
  readonly dist: string;
  readonly version: string;
}

async function electronOf(options: PackOptions): Promise<ElectronFolder> {
  const asked = options.electronDist ?? process.env['ELECTRON_DIST'];
  const dist = resolve(asked ?? (await officialDist()));
  const versionFile = join(dist, 'version');
  const version = options.electronVersion ?? (existsSync(versionFile) ? readFileSync(versionFile, 'utf8').trim() : '');
  if (version === '') throw new Error(`${dist} does not tell its version: say --electron-version`);
  return { dist, version: version.replace(/^v/, '') };
}

async function officialDist(): Promise<string> {
  const found = await findElectron(PROJECT_ROOT);
  if (!found.found) throw new Error(`${found.why}; or name the folder of an unpacked Electron: --electron-dist DIR`);
  return process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(PROJECT_ROOT, 'node_modules/electron/dist');
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      'electron-dist': { type: 'string' },
      'electron-version': { type: 'string' },
      out: { type: 'string' },
      deb: { type: 'boolean', default: false },
      'for-test': { type: 'boolean', default: false },
    },
  });
  const packed = await pack({
    electronDist: values['electron-dist'],
    electronVersion: values['electron-version'],
    outDir: values.out,
    forTest: values['for-test'],
  });
  console.log(packed);
  if (values.deb) console.log(await makeDeb({ appDir: packed, outDir: dirname(packed) }));
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
}
