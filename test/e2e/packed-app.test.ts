/** What people get: the app packed by electron-builder, its contents, its fuses, and its first run. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { listPackage } from '@electron/asar';
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { PROJECT_ROOT } from '../../main/build.ts';
import { provideElectron } from '../provide/index.ts';
import { type DesktopUnderTest, withDesktop } from './electron-harness.ts';
import { screenshot } from './story.ts';

const run = promisify(execFile);
const PACK_TIMEOUT_MS = 600_000;
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
    const args = ['--deb', '--for-test', '--electron-dist', dist, '--electron-version', version, '--out', outDir];
    await run(process.execPath, [join(PROJECT_ROOT, 'main/pack.ts'), ...args], { timeout: PACK_TIMEOUT_MS });
    appDir = join(outDir, 'linux-unpacked');
  });
  after(() => rmSync(outDir, { recursive: true, force: true }));

  test('holds what runs, for this platform, and nothing else', () => {
    const files = listPackage(join(appDir, 'resources/app.asar'), { isPack: false });
    const outside = files.filter((file) => !file.startsWith('/node_modules'));
    const known = /^\/dist(\/(main|renderer))?$|^\/dist\/main\/tray(\/\w+(@2x)?\.png)?$|^\/dist\/renderer\/(assets|index\.html)$|^\/dist\/renderer\/assets\/[\w-]+\.\w+$|^\/dist\/main\/[\w-]+\.c?js$|^\/package\.json$/;
    assert.deepEqual(outside.filter((file) => !known.test(file)), []);
    for (const file of ['index.js', 'member.js', 'preload.cjs', 'cli.js', 'tray/fine.png', 'tray/problem@2x.png']) assert.ok(files.includes(`/dist/main/${file}`), file);

    assert.deepEqual(files.filter((file) => /^\/node_modules\/[^/]+$/.test(file)).map((file) => file.slice(14)).sort(), PACKAGES);
    assert.deepEqual(files.filter((file) => file.endsWith('.node')), [PREBUILD]);
    assert.deepEqual(files.filter((file) => /\.(ts|map|cc|h|gyp|md|svelte)$|\/test\//.test(file) && !file.endsWith('/LICENSE.md')), []);
    assert.ok(existsSync(join(appDir, 'resources/app.asar.unpacked', PREBUILD)));
    assert.equal(existsSync(join(appDir, 'resources/app')), false);
  });

  test('DM-14 ships the licences of everything in it', () => {
    for (const file of ['LICENSE.electron.txt', 'LICENSES.chromium.html', 'LICENSE.ringleaf.txt']) assert.ok(existsSync(join(appDir, file)), file);
    const main = readFileSync(join(appDir, 'THIRD-PARTY.txt'), 'utf8');
    for (const name of ['libp2p', '@libp2p/noise', 'pino', 'ws', 'valibot', 'prom-client']) assert.match(main, new RegExp(`^${name} \\d`, 'm'), name);
    const window = readFileSync(join(appDir, 'THIRD-PARTY-window.txt'), 'utf8');
    for (const name of ['svelte', 'bits-ui', '@codemirror/view', '@lucide/svelte', 'virtua']) assert.match(window, new RegExp(`^${name} \\d`, 'm'), name);
    const asar = join(appDir, 'resources/app.asar');
    for (const name of ['classic-level', 'abstract-level']) {
      assert.ok(listPackage(asar, { isPack: false }).some((file) => file.startsWith(`/node_modules/${name}/LICENSE`)), name);
    }
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
    await withDesktop({ executablePath: join(appDir, 'ringleaf') }, async (desktop) => {
      await refuseLink(desktop);
      await makeTeam(desktop);
      await copyInvite(desktop);
      await switchNames(desktop);
    });
  });

  test('DM-16 the Debian package is laid out as a package is, and nothing outside its places', async () => {
    const deb = debIn(outDir);
    const field = async (name: string): Promise<string> => (await run('dpkg-deb', ['--field', deb, name])).stdout.trim();
    assert.deepEqual([await field('Package'), await field('Architecture')], ['ringleaf', process.arch === 'arm64' ? 'arm64' : 'amd64']);
    assert.equal(await field('Version'), (JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8')) as { version: string }).version);
    assert.ok(Number(await field('Installed-Size')) > 100_000);
    const listing = (await run('dpkg-deb', ['--contents', deb], { maxBuffer: 1 << 24 })).stdout.trim().split('\n').map((line) => line.split(/\s+/));
    const modes = new Map(listing.map(([mode = '', owner = '', , , , path = '']) => [path.replace(/^\./, ''), `${mode} ${owner}`]));
    for (const [path, mode] of modes) {
      assert.match(path, /^\/(opt\/(Ringleaf\/.*)?|usr\/(bin\/(ringleaf)?|share\/((applications|doc|icons)\/.*)?)?)?$/, path);
      assert.match(mode, /^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x|-rwsr-xr-x) root\/root$/, path);
    }
    const setuid = [...modes].filter(([, mode]) => mode.startsWith('-rws')).map(([path]) => path);
    assert.deepEqual(setuid, ['/opt/Ringleaf/chrome-sandbox']);
    for (const path of ['/usr/bin/ringleaf', '/usr/share/applications/ringleaf.desktop', '/usr/share/doc/ringleaf/copyright', '/usr/share/icons/hicolor/256x256/apps/ringleaf.png']) {
      assert.ok(modes.has(path), path);
    }
  });

  test('DM-13 DM-16 unpacked from the package, the command line works without a display, and the app opens', async () => {
    const root = join(outDir, 'installed');
    await run('dpkg-deb', ['--raw-extract', debIn(outDir), root]);
    const sums = (await run('md5sum', ['--check', '--quiet', 'DEBIAN/md5sums'], { cwd: root })).stdout;
    assert.equal(sums, '');
    for (const script of ['postinst', 'postrm']) await run('sh', ['-n', join(root, 'DEBIAN', script)]);
    assert.equal(statSync(join(root, 'opt/Ringleaf/chrome-sandbox')).mode & 0o7777, 0o4755);
    const entry = readFileSync(join(root, 'usr/share/applications/ringleaf.desktop'), 'utf8');
    assert.match(entry, /^Exec=\/usr\/bin\/ringleaf %u$/m);
    assert.match(entry, /^MimeType=x-scheme-handler\/ringleaf;$/m);
    await commandLineWorks(join(root, 'usr/bin/ringleaf'));
    await withDesktop({ executablePath: join(root, 'opt/Ringleaf/ringleaf') }, async ({ page }) => {
      await page.getByTestId('welcome').waitFor({ timeout: WAIT_MS });
    });
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

function debIn(folder: string): string {
  return join(folder, readdirSync(folder).find((name) => name.endsWith('.deb')) ?? 'no .deb');
}

/** A member without a window, a value put and got again, and the exit codes. */
async function commandLineWorks(program: string): Promise<void> {
  const env: NodeJS.ProcessEnv = { ...process.env };
  for (const name of ['DISPLAY', 'WAYLAND_DISPLAY', 'ELECTRON_RUN_AS_NODE']) delete env[name];
  const dataDir = mkdtempSync(join(tmpdir(), 'ringleaf-installed-'));
  const said = (...args: string[]): Promise<{ stdout: string }> => run(program, [...args, '--data-dir', dataDir], { env, timeout: WAIT_MS });
  assert.match((await run(program, ['--help'], { env, timeout: WAIT_MS })).stdout, /^ringleaf start/);
  const options = ['--create-team', 'Lab', '--no-mdns', '--no-dht', '--listen', '/ip4/127.0.0.1/tcp/0', '--data-dir', dataDir];
  const member = spawn(program, ['start', ...options], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    const [line] = (await once(createInterface({ input: member.stdout }), 'line')) as [string];
    assert.equal((JSON.parse(line) as { event: string }).event, 'ready');
    await said('put', 'notes', 'hello', 'hi there', '--type', 'text/plain');
    assert.equal((await said('get', 'notes', 'hello')).stdout.trim(), 'hi there');
    await assert.rejects(said('get', 'notes', 'nothing'), { code: 2 });
  } finally {
    const ended = once(member, 'exit');
    member.kill('SIGTERM');
    const [code] = (await ended) as [number | null];
    rmSync(dataDir, { recursive: true, force: true });
    assert.equal(code, 0);
  }
}

/** A link is asked about, and used by nobody but a person. */
async function refuseLink({ page }: DesktopUnderTest): Promise<void> {
  await page.getByTestId('welcome').waitFor({ timeout: WAIT_MS });
  await page.evaluate(() => (window.location.hash = '#/welcome?invite=abc_DEF-123'));
  await page.getByTestId('join-link-dialog').filter({ hasText: 'abc_DEF-123' }).waitFor({ timeout: WAIT_MS });
  assert.equal(new URL(page.url()).hash.includes('invite'), false, 'a reload does not ask again');
  await screenshot(page, 'packed-join-link');
  await page.getByTestId('join-link-cancel').click();
  await page.getByTestId('join-link-dialog').waitFor({ state: 'hidden', timeout: WAIT_MS });
}

/** The desktop's switches are in the settings, and hold. */
async function switchNames({ page, dataDir }: DesktopUnderTest): Promise<void> {
  await page.keyboard.press('Escape');
  await page.getByTestId('invite-link').waitFor({ state: 'hidden', timeout: WAIT_MS });
  await page.evaluate(() => (window.location.hash = '#/welcome?invite=abc'));
  await page.getByTestId('join-link-dialog').filter({ hasText: 'in a team already' }).waitFor({ timeout: WAIT_MS });
  await page.getByTestId('join-link-cancel').click();
  await page.evaluate(() => (window.location.hash = '#/settings'));
  await page.getByTestId('desktop-keyNames').uncheck({ timeout: WAIT_MS });
  await screenshot(page, 'packed-settings');
  assert.match(readFileSync(join(dataDir, 'desktop.json'), 'utf8'), /"keyNames": false/);
}
