/** What the desktop does beside its window, in a real Electron with a member that a test controls. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type * as Electron from 'electron';
import type { ElectronApplication, Page } from 'playwright-core';
import { type DesktopUnderTest, launchDesktop, untilShown } from './electron-harness.ts';
import { type FixtureApp, makeFixtureApp } from './fixture/app.ts';

const POLL_MS = 50;
const WAIT_MS = 30_000;
const STATUS = {
  memberId: 'me',
  team: { name: 'Orchard' },
  membership: { status: 'up' },
  counts: { members: 2, alive: 2 },
  hints: {},
  disk: { readOnly: null },
  closing: { verdict: 'safe', isSafe: true, words: 'Safe to close', detail: 'All is well.', underWay: 0 },
};
/** Two copies wait for a member that is here. */
const WAITING = { ...STATUS, hints: { ben: 2 }, closing: { verdict: 'here-only', isSafe: false, words: '2 only here', detail: 'On no other device yet.', underWay: 0 } };
const BEN = [{ memberId: 'ben', liveness: 'alive', self: false }];

type FixtureCall = (call: string, params?: object) => Promise<unknown>;

interface Shown {
  readonly title: string;
  readonly body: string;
  readonly click: () => void;
}
declare global {
  var shownNotifications: Shown[];
}

describe('the desktop beside its window', { concurrency: false }, () => {
  let fixture: FixtureApp;
  let home: string;
  before(async () => {
    fixture = await makeFixtureApp();
    home = mkdtempSync(join(tmpdir(), 'ringleaf-home-'));
    for (const [name, has] of [['tray', true], ['no-tray', false]] as const) {
      mkdirSync(join(home, name));
      const program = join(home, name, 'dbus-send');
      writeFileSync(program, `#!/bin/sh\necho "   boolean ${String(has)}"\n`);
      chmodSync(program, 0o755);
    }
  });
  after(() => {
    fixture.remove();
    rmSync(home, { recursive: true, force: true });
  });

  const launch = async (tray: 'tray' | 'no-tray', answers: object = { status: STATUS }): Promise<DesktopUnderTest> => {
    const env = {
      PATH: `${join(home, tray)}${delimiter}${process.env['PATH'] ?? ''}`,
      XDG_CONFIG_HOME: join(home, 'config'),
      FIXTURE_ANSWERS: JSON.stringify(answers),
    };
    const desktop = await launchDesktop({ appDir: fixture.appDir, env });
    await desktop.page.waitForFunction(() => Number(document.querySelector('#ports')?.textContent) >= 1, undefined, { timeout: WAIT_MS });
    return desktop;
  };

  test('DM-2 with a tray the first close asks, and then the window only hides', async () => {
    const desktop = await launch('tray');
    const { app, dataDir, page } = desktop;
    await answerMessageBox(app, 0);
    await untilState(page, { tray: true });
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await untilIn(app, ({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible() === false);
    assert.match(readFileSync(join(dataDir, 'desktop.json'), 'utf8'), /"closeToTray": true/);
    await app.evaluate(({ app: electron }) => void electron.emit('second-instance', {}, []));
    await untilIn(app, ({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible() === true);
    await desktop.stop();
  });

  test('DM-2 without a tray closing the window ends the app', async () => {
    const desktop = await launch('no-tray');
    await untilState(desktop.page, { tray: false });
    await desktop.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close()).catch(() => undefined);
    await desktop.ended();
  });

  test('DM-3 DM-4 conflicts of others are one notification, and a click opens the one', async () => {
    const others = { siblings: [{ writtenBy: 'ben', writtenAt: '2026-01-01T00:00:00Z' }, { writtenBy: 'cleo', writtenAt: '2026-01-01T00:00:00Z' }] };
    const desktop = await launch('no-tray', { status: STATUS, conflicts: { conflicts: [{}] }, get: others });
    const { app, page } = desktop;
    await catchNotifications(app);
    await sleep(1_500);
    await call(page, 'emit', { type: 'conflict', bucket: 'notes', key: 'a/b', context: '' });
    await untilIn(app, () => globalThis.shownNotifications.length === 1);
    const shown = await app.evaluate(() => globalThis.shownNotifications.map(({ title, body }) => `${title}: ${body}`));
    assert.deepEqual(shown, ['A record was changed by two people: notes / a/b']);
    await app.evaluate(() => globalThis.shownNotifications[0]?.click());
    await untilShown(() => page.url() === 'app://ringleaf/#/conflicts/notes/a%2Fb');
    await desktop.stop();
  });

  test('DM-5 a conflict of one’s own doing is not told of, nor any when notifications are off', async () => {
    const own = { siblings: [{ writtenBy: 'me', writtenAt: new Date(Date.now() + 3_600_000).toISOString() }, { writtenBy: 'me', writtenAt: '2026-01-01T00:00:00Z' }] };
    const desktop = await launch('no-tray', { status: STATUS, get: own });
    const { app, page } = desktop;
    await catchNotifications(app);
    await sleep(1_500);
    await call(page, 'emit', { type: 'conflict', bucket: 'notes', key: 'own', context: '' });
    await ask(page, { type: 'change', change: { notifications: false } });
    await call(page, 'answers', { get: { siblings: [{ writtenBy: 'ben', writtenAt: '2026-01-01T00:00:00Z' }] } });
    await call(page, 'emit', { type: 'conflict', bucket: 'notes', key: 'others', context: '' });
    await sleep(3_000);
    assert.equal(await app.evaluate(() => globalThis.shownNotifications.length), 0);
    await desktop.stop();
  });

  test('DM-6 quitting shows what waits, and ends by itself once it was handed over', async () => {
    const desktop = await launch('no-tray', { status: WAITING, members: BEN });
    const { app, page } = desktop;
    await app.evaluate(({ app: electron }) => electron.quit());
    await untilIn(app, ({ BrowserWindow }) => BrowserWindow.getAllWindows().some((one) => one.getTitle() === 'Quitting Ringleaf' && one.webContents.getURL() === 'app://ringleaf/quitting'));
    assert.equal(existsSync(join(desktop.dataDir, 'journal.txt')) && readFileSync(join(desktop.dataDir, 'journal.txt'), 'utf8').includes('stop'), false);
    await call(page, 'answers', { status: STATUS });
    await desktop.ended();
  });

  test('DM-6 "Quit anyway" quits at once', async () => {
    const desktop = await launch('no-tray', { status: WAITING, members: BEN });
    const { app } = desktop;
    const startedMs = performance.now();
    await app.evaluate(({ app: electron }) => electron.quit());
    await untilIn(app, ({ BrowserWindow }) => BrowserWindow.getAllWindows().some((one) => one.webContents.getURL() === 'app://ringleaf/quitting' && !one.webContents.isLoading()));
    // The page has no script to ask: by keyboard, "Quit anyway" is its second link.
    await app
      .evaluate(({ BrowserWindow }) => {
        const contents = BrowserWindow.getAllWindows().find((one) => one.webContents.getURL() === 'app://ringleaf/quitting')?.webContents;
        contents?.focus();
        for (const keyCode of ['Tab', 'Tab', 'Enter']) {
          for (const type of ['keyDown', 'keyUp'] as const) contents?.sendInputEvent({ type, keyCode });
          if (keyCode === 'Enter') contents?.sendInputEvent({ type: 'char', keyCode });
        }
      })
      .catch(() => undefined);
    await desktop.ended();
    assert.ok(performance.now() - startedMs < 12_000, 'before its deadline');
  });

  test('DM-7 a SIGTERM ends it cleanly, without a question, in bounded time', async () => {
    const desktop = await launch('no-tray', { status: WAITING, members: BEN });
    const startedMs = performance.now();
    desktop.app.process().kill('SIGTERM');
    await desktop.ended();
    assert.ok(performance.now() - startedMs < 15_000);
  });

  test('DM-8 DM-10 the page switches the start at login, and saves diagnostics where a person says', async () => {
    const desktop = await launch('no-tray');
    const { app, page, dataDir } = desktop;
    const entry = join(home, 'config/autostart/ringleaf.desktop');
    await ask(page, { type: 'change', change: { startAtLogin: true } });
    await untilShown(() => existsSync(entry));
    assert.match(readFileSync(entry, 'utf8'), /^Exec=".*electron" ".*" "--data-dir" ".*" "--hidden"$/m);
    await ask(page, { type: 'change', change: { startAtLogin: false } });
    await untilShown(() => !existsSync(entry));
    const file = join(dataDir, 'saved.json');
    await app.evaluate(({ dialog }, filePath) => {
      dialog.showSaveDialog = async () => await Promise.resolve({ canceled: false, filePath });
    }, file);
    await ask(page, { type: 'save-diagnostics' });
    await untilShown(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('}\n'));
    const bundle = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    assert.equal((bundle['system'] as Record<string, unknown>)['platform'], 'linux');
    assert.equal(JSON.stringify(bundle).includes('Orchard'), false);
    assert.ok(existsSync(join(dataDir, 'logs')));
    await desktop.stop();
  });
});

async function call(page: Page, name: string, params: object): Promise<void> {
  await page.evaluate(async ([calls, given]) => void (await (window.fixtureCall as unknown as FixtureCall)(calls, given)), [name, params] as const);
}

async function ask(page: Page, request: object): Promise<void> {
  await page.evaluate((wanted) => window.postMessage({ type: 'ringleaf-desktop-ask', request: wanted }, '/'), request);
}

/** Asks the shell until its state holds what is wanted: the tray is looked for after the start. */
async function untilState(page: Page, wanted: Readonly<Record<string, unknown>>): Promise<void> {
  await page.evaluate(async ([expected, waitMs]) => {
    const seen = await new Promise<boolean>((resolve) => {
      window.addEventListener('message', ({ data }: MessageEvent<{ type?: string; detail?: Record<string, unknown> }>) => {
        if (data.type !== 'ringleaf-desktop-state') return;
        if (Object.entries(expected).every(([name, value]) => data.detail?.[name] === value)) resolve(true);
      });
      const timer = setInterval(() => window.postMessage({ type: 'ringleaf-desktop-ask', request: { type: 'state' } }, '/'), 100);
      setTimeout(() => {
        clearInterval(timer);
        resolve(false);
      }, waitMs);
    });
    if (!seen) throw new Error('the shell never said so');
  }, [wanted, WAIT_MS] as const);
}

async function answerMessageBox(app: ElectronApplication, response: number): Promise<void> {
  await app.evaluate(({ dialog }, answer) => {
    dialog.showMessageBox = async () => await Promise.resolve({ response: answer, checkboxChecked: false });
  }, response);
}

async function catchNotifications(app: ElectronApplication): Promise<void> {
  await app.evaluate(({ Notification }) => {
    globalThis.shownNotifications = [];
    Notification.isSupported = () => true;
    Notification.prototype.show = function show(this: Electron.Notification): void {
      globalThis.shownNotifications.push({ title: this.title, body: this.body, click: () => void this.emit('click') });
    };
  });
}

async function untilIn(app: ElectronApplication, holds: (electron: typeof Electron) => boolean): Promise<void> {
  for (let waitedMs = 0; waitedMs < WAIT_MS; waitedMs += POLL_MS) {
    if (await app.evaluate(holds as never)) return;
    await sleep(POLL_MS);
  }
  assert.fail(`did not happen in Electron within ${WAIT_MS} ms: ${holds.toString()}`);
}
