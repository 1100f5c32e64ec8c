/** What people get: the app packed by electron-builder, its contents, its fuses, and its first run. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { listPackage } from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { PROJECT_ROOT } from '../../main/build.ts';
import { provideElectron } from '../provide/index.ts';
import { type DesktopUnderTest, launchDesktop } from './electron-harness.ts';
import { screenshot } from './story.ts';

const run = promisify(execFile);
const PACK_TIMEOUT_MS = 180_000;
const WAIT_MS = 45_000;
/** A fuse is one ASCII digit within the program. */
const DISABLE = 0x30;
const ENABLE = 0x31;

/** classic-level and what it needs to run; all else is inside of `dist/main`. */
const PACKAGES = [
  'abstract-level',
  'classic-level',
  'level-supports',
  'level-transcoder',
  'maybe-combine-errors',
  'module-error',
  'node-gyp-build',
];
const PREBUILD = '/node_modules/classic-level/prebuilds/linux-x64/classic-level.node';

describe('the packed app', { concurrency: false }, () => {
  let outDir: string;
  let appDir: string;

  before(async () => {
    outDir = mkdtempSync(join(tmpdir(), 'ringleaf-packed-'));
    const { dist, version } = await provideElectron();
    const args = ['--for-test', '--electron-dist', dist, '--electron-version', version, '--out', outDir];
    await run(process.execPath, [join(PROJECT_ROOT, 'main/pack.ts'), ...args], { timeout: PACK_TIMEOUT_MS });
    appDir = join(outDir, 'linux-unpacked');
  });
  after(() => rmSync(outDir, { recursive: true, force: true }));

  test('holds what runs, for this platform, and nothing else', () => {
    const files = listPackage(join(appDir, 'resources/app.asar'), { isPack: false });
    const outside = files.filter((file) => !file.startsWith('/node_modules'));
    const known = /^\/dist(\/(main|renderer))?$|^\/dist\/renderer\/(assets|index\.html)$|^\/dist\/renderer\/assets\/[\w-]+\.\w+$|^\/dist\/main\/[\w-]+\.c?js$|^\/package\.json$/;
    assert.deepEqual(outside.filter((file) => !known.test(file)), []);
    for (const file of ['index.js', 'member.js', 'preload.cjs']) assert.ok(files.includes(`/dist/main/${file}`), file);

    assert.deepEqual(files.filter((file) => /^\/node_modules\/[^/]+$/.test(file)).map((file) => file.slice(14)).sort(), PACKAGES);
    assert.deepEqual(files.filter((file) => file.endsWith('.node')), [PREBUILD]);
    assert.deepEqual(files.filter((file) => /\.(ts|map|cc|h|gyp|md|svelte)$|\/test\//.test(file) && !file.endsWith('/LICENSE.md')), []);
    assert.ok(existsSync(join(appDir, 'resources/app.asar.unpacked', PREBUILD)));
    assert.equal(existsSync(join(appDir, 'resources/app')), false);
  });

  test('has its fuses blown; only the one that lets Playwright in is open, and only for tests', async () => {
    const wire = await getCurrentFuseWire(join(appDir, 'ringleaf'));
    const wanted = {
      [FuseV1Options.RunAsNode]: DISABLE,
      [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: DISABLE,
      [FuseV1Options.EnableNodeCliInspectArguments]: ENABLE,
      [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: ENABLE,
      [FuseV1Options.OnlyLoadAppFromAsar]: ENABLE,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: DISABLE,
      [FuseV1Options.GrantFileProtocolExtraPrivileges]: DISABLE,
    };
    for (const [fuse, state] of Object.entries(wanted)) {
      assert.equal(Number(wire[Number(fuse) as FuseV1Options]), state, FuseV1Options[Number(fuse)]);
    }
    assert.match(await readFile(join(PROJECT_ROOT, 'electron-builder.yml'), 'utf8'), /^ {2}enableNodeCliInspectArguments: false$/m);
  });

  test('makes a team in its window, copies an invite, and ends with nothing left', async () => {
    const desktop = await launchDesktop({ executablePath: join(appDir, 'ringleaf') });
    let failed = true;
    try {
      await makeTeam(desktop);
      await copyInvite(desktop);
      failed = false;
    } finally {
      await desktop.stop().catch((error: unknown) => {
        if (!failed) throw error;
      });
    }
  });
});

async function makeTeam({ app, page }: DesktopUnderTest): Promise<void> {
  assert.equal(await app.evaluate((electron) => electron.app.isPackaged), true);
  await page.getByTestId('welcome').waitFor({ timeout: WAIT_MS });
  await screenshot(page, 'packed-welcome');
  await page.getByTestId('team-name').fill('Orchard');
  await page.getByTestId('welcome-submit').click();
  await page.getByTestId('sidebar').waitFor({ timeout: WAIT_MS });
  await page.getByTestId('members-alive').filter({ hasText: '1 of 1 device' }).waitFor({ timeout: WAIT_MS });
  await screenshot(page, 'packed-team');
}

async function copyInvite({ app, page }: DesktopUnderTest): Promise<void> {
  await page.getByTestId('nav-team').click();
  await page.getByTestId('invite').click();
  const link = await page.getByTestId('invite-link').inputValue({ timeout: WAIT_MS });
  assert.match(link, /^ringleaf:\/\/join\//);
  await page.getByTestId('copy-invite').click();
  await page.getByTestId('copy-invite').filter({ hasText: 'Copied' }).waitFor({ timeout: WAIT_MS });
  await screenshot(page, 'packed-invite');
  assert.equal(await app.evaluate(({ clipboard }) => clipboard.readText()), link);
}
