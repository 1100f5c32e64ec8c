import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ElectronApplication, Page } from 'playwright-core';
import { type DesktopUnderTest, launchDesktop, untilShown, withDesktop } from './electron-harness.ts';
import { type FixtureApp, makeFixtureApp } from './fixture/app.ts';

declare global {
  interface Window {
    fixtureCall: (call: string) => Promise<{ pid: number; argv: string[] }>;
  }
}

const WAIT_MS = 45_000;

describe('the desktop shell in a real Electron', { concurrency: false }, () => {
  let fixture: FixtureApp;
  before(async () => {
    fixture = await makeFixtureApp();
  });
  after(() => fixture.remove());

  const withFixture = (env: Record<string, string>, args: readonly string[], check: (desktop: DesktopUnderTest) => Promise<void>): Promise<void> =>
    withDesktop({ appDir: fixture.appDir, env, args }, check);

  test('the page speaks with the member over its own port, isolated and without Node', async () => {
    await withFixture({}, ['--zone', 'attic'], async ({ page, dataDir, app }) => {
      const answer = await callMember(page, 'status');
      assert.notEqual(answer.pid, app.process().pid);
      assert.deepEqual(answer.argv, ['--data-dir', dataDir, '--zone', 'attic']);
      const seen = await page.evaluate(() => ({
        ringleaf: (window as unknown as { ringleaf: unknown }).ringleaf,
        node: ['require', 'process', 'module', 'Buffer', 'ipcRenderer'].filter((name) => name in window),
        origin: window.location.origin,
        nonce: document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? '',
      }));
      assert.deepEqual(seen.ringleaf, { desktop: true, platform: 'linux' });
      assert.deepEqual(seen.node, []);
      assert.equal(seen.origin, 'app://ringleaf');
      assert.match(seen.nonce, /^[A-Za-z0-9+/]{24}$/);
      const screenshot = process.env['RINGLEAF_SCREENSHOT'];
      if (screenshot !== undefined) await page.screenshot({ path: screenshot });
    });
  });

  test('the page reaches nothing but its own files, and goes nowhere', async () => {
    await withFixture({}, [], async ({ page, app }) => {
      await callMember(page, 'status');
      const before = page.url();
      const results = await page.evaluate(async () => {
        const statusOf = async (url: string): Promise<number | string> =>
          await fetch(url).then(
            (response) => response.status,
            () => 'refused',
          );
        return {
          own: await statusOf('app://ringleaf/page.js'),
          missing: await statusOf('app://ringleaf/nothing.js'),
          up: await statusOf('app://ringleaf/..%2f..%2fpackage.json'),
          upMain: await statusOf('app://ringleaf/..%2Fmain%2Findex.js'),
          host: await statusOf('app://other/page.js'),
          web: await statusOf('http://127.0.0.1:9/'),
          camera: await navigator.mediaDevices.getUserMedia({ video: true }).then(() => 'given', () => 'refused'),
          notification: await Notification.requestPermission(),
          opened: window.open('app://ringleaf/') === null,
        };
      });
      assert.deepEqual(results, {
        own: 200,
        missing: 404,
        up: 404,
        upMain: 404,
        host: 'refused',
        web: 'refused',
        camera: 'refused',
        notification: 'denied',
        opened: true,
      });
      await page.evaluate(() => window.location.assign('http://127.0.0.1:9/'));
      await page.evaluate(() => window.location.assign('app://ringleaf/safe-mode'));
      await sleep(300);
      assert.equal(page.url(), before);
      assert.equal(app.windows().length, 1);
      const inline = await page.evaluate(() => {
        const script = document.createElement('script');
        try {
          script.textContent = 'window.injected = true';
          document.head.append(script);
        } catch {
          return 'refused by Trusted Types';
        }
        return 'injected' in window ? 'ran' : 'refused by the policy';
      });
      assert.equal(inline, 'refused by Trusted Types');
    });
  });

  test('a crashed member comes back and the page gets a new port', async () => {
    await withFixture({}, [], async ({ page }) => {
      const first = await callMember(page, 'status');
      await page.evaluate(() => void window.fixtureCall('crash'));
      await portsReach(page, 2);
      const second = await callMember(page, 'status');
      assert.notEqual(second.pid, first.pid);
    });
  });

  test('a reloaded page gets a port to the same member', async () => {
    await withFixture({}, [], async ({ page }) => {
      const first = await callMember(page, 'status');
      await page.reload();
      assert.equal((await callMember(page, 'status')).pid, first.pid);
    });
  });

  test('a crash loop ends in safe mode with the reason', async () => {
    await withFixture({ FIXTURE_MODE: 'crash' }, [], async ({ page, dataDir }) => {
      await page.getByRole('heading', { name: 'cannot start' }).waitFor({ timeout: WAIT_MS });
      assert.match(await page.getByRole('alert').innerText(), /stopped 5 times.*code 70/);
      assert.equal(startsIn(dataDir), 5);
    });
  });

  test('a failure that cannot heal is shown at once, as text, and may be tried again', async () => {
    await withFixture({ FIXTURE_MODE: 'locked' }, [], async ({ page, dataDir }) => {
      await page.getByRole('heading', { name: 'cannot start' }).waitFor({ timeout: WAIT_MS });
      assert.equal(await page.getByRole('alert').innerText(), 'another <process> holds the data folder');
      assert.equal(startsIn(dataDir), 1);
      await page.getByRole('link', { name: 'Try again' }).click();
      await untilShown(() => startsIn(dataDir) === 2);
      await page.getByRole('heading', { name: 'cannot start' }).waitFor({ timeout: WAIT_MS });
    });
  });

  test('a deep link opens the welcome page with the invite; a hostile one opens nothing', async () => {
    await withFixture({}, ['ringleaf://join/abc_DEF-123', '--zone', 'evil'], async ({ page }) => {
      const answer = await callMember(page, 'status');
      assert.equal(page.url(), 'app://ringleaf/#/welcome?invite=abc_DEF-123');
      assert.equal(answer.argv.includes('--zone'), false);
    });
    await withFixture({}, ['ringleaf://join/<script>'], async ({ page }) => {
      await callMember(page, 'status');
      assert.equal(page.url(), 'app://ringleaf/');
    });
  });

  test('a second start hands its link to the first and ends', async () => {
    await withFixture({}, [], async ({ page, dataDir, app }) => {
      await callMember(page, 'status');
      await page.evaluate(() => Object.assign(window, { draft: 'kept' }));
      const again = [fixture.appDir, '--data-dir', dataDir, 'ringleaf://join/second'];
      assert.equal(await desktopExitCode(app, again), 0);
      await untilShown(() => page.url() === 'app://ringleaf/#/welcome?invite=second');
      assert.equal(await page.evaluate(() => 'draft' in window), true);
      assert.equal(startsIn(dataDir), 1);
    });
  });

  test('the window remembers its place', async () => {
    await withFixture({}, [], async ({ app, page, dataDir }) => {
      await callMember(page, 'status');
      await app.evaluate(({ BrowserWindow }) => {
        BrowserWindow.getAllWindows()[0]?.setBounds({ x: 40, y: 50, width: 900, height: 600 });
      });
      await untilShown(() => textOf(join(dataDir, 'window.json')).includes('"width":900'));
    });
  });

  test('quitting stops the member once and leaves nothing', async () => {
    const desktop = await launchDesktop({ appDir: fixture.appDir });
    const { pid } = await callMember(desktop.page, 'status');
    assert.ok(desktop.processes().some((one) => one.pid === pid));
    const journal = join(desktop.dataDir, 'journal.txt');
    await desktop.app.evaluate(({ app }) => app.quit());
    await untilShown(() => textOf(journal).includes('stop'));
    assert.equal(textOf(journal).split('\n').filter((line) => line === 'stop').length, 1);
    await desktop.ended();
  });

  test('a member that hangs is killed after the deadline', async () => {
    const desktop = await launchDesktop({ appDir: fixture.appDir, env: { FIXTURE_MODE: 'hang' } });
    const { pid } = await callMember(desktop.page, 'status');
    assert.ok(desktop.processes().some((one) => one.pid === pid), 'the check sees the member');
    await desktop.stop();
  });

  test('when the shell is killed, its member ends too', async () => {
    const desktop = await launchDesktop({ appDir: fixture.appDir });
    const { pid } = await callMember(desktop.page, 'status');
    assert.ok(desktop.processes().some((one) => one.pid === pid), 'the check sees the member');
    desktop.app.process().kill('SIGKILL');
    await desktop.ended();
  });
});

/** Starts the same Electron once more, on the same display, and waits for its end. */
async function desktopExitCode(app: ElectronApplication, args: readonly string[]): Promise<number | null> {
  const { file, env } = await app.evaluate(() => ({ file: process.execPath, env: process.env }));
  const switches = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const second = spawn(file, [...switches, ...args], { env, stdio: 'inherit', timeout: WAIT_MS });
  const [code]: unknown[] = await once(second, 'exit');
  return typeof code === 'number' ? code : null;
}

async function callMember(page: Page, call: string): Promise<{ pid: number; argv: string[] }> {
  await portsReach(page, 1);
  return await page.evaluate(async (name) => await window.fixtureCall(name), call);
}

async function portsReach(page: Page, count: number): Promise<void> {
  await page.waitForFunction((wanted) => Number(document.querySelector('#ports')?.textContent) >= wanted, count, {
    timeout: WAIT_MS,
  });
}

function startsIn(dataDir: string): number {
  return textOf(join(dataDir, 'journal.txt')).split('\n').filter((line) => line.startsWith('start ')).length;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
