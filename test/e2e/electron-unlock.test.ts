/** SC-16: a real Electron whose member's key is encrypted. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { ElectronApplication, Page } from 'playwright-core';
import { build } from '../../main/build.ts';
import { removeDir, temporaryDir, until } from '../cluster/member-harness.ts';
import { DeviceKey } from '../../p2p/libp2p/device-key.ts';
import { answering, protectionOf } from '../unit/p2p/libp2p/openers.ts';
import { assertAccessible, goTo } from './browser.ts';
import { untilShown, withDesktop } from './electron-harness.ts';

const TIMEOUT = { timeout: 240_000 };
const WAIT = { timeout: 60_000 };
const ENV = { RINGLEAF_NAME: 'Front desk', RINGLEAF_MACHINE: 'desktop', RINGLEAF_NO_DHT: '1' };
const PASSPHRASE = 'correct horse & battery+';

before(() => build());

const unlock = async (page: Page, passphrase: string): Promise<void> => {
  await page.getByLabel('Passphrase').fill(passphrase);
  await page.getByRole('button', { name: 'Unlock' }).click();
};

const historyOf = (app: ElectronApplication): Promise<readonly string[]> =>
  app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().flatMap(({ webContents }) => webContents.navigationHistory.getAllEntries().map(({ url }) => url)));

test('SC-16 a key that was encrypted in the window is asked for at the next start, again after a wrong passphrase, and not after a crash', TIMEOUT, async () => {
  const dataDir = await temporaryDir();
  try {
    await withDesktop({ env: ENV, dataDir }, async ({ page }) => {
      await page.getByTestId('team-name').fill('Lab');
      await page.getByTestId('welcome-submit').click();
      await page.getByTestId('nav-team').waitFor(WAIT);
      await goTo(page, '#/settings');
      await page.getByTestId('key-by-passphrase').check(WAIT);
      await page.getByTestId('key-passphrase').fill(PASSPHRASE);
      await page.getByTestId('key-again').fill(PASSPHRASE);
      await page.getByTestId('key-protect').click();
      await page.getByTestId('key-state').filter({ hasText: 'encrypted by a passphrase' }).waitFor(WAIT);
    });
    const file = readFileSync(join(dataDir, 'identity.key'));
    assert.equal(file.subarray(0, 7).toString('latin1'), 'RINGKEY');

    await withDesktop({ env: ENV, dataDir, args: ['--hidden'] }, async ({ app, page, processes }) => {
      await page.getByRole('heading', { name: 'Unlock this device' }).waitFor(WAIT);
      assert.equal(page.url(), 'app://ringleaf/unlock');
      await page.getByLabel('Passphrase').press('Tab');
      await unlock(page, 'incorrect horse');
      await page.getByRole('alert').filter({ hasText: 'not the passphrase' }).waitFor(WAIT);
      assert.deepEqual(readFileSync(join(dataDir, 'identity.key')), file);
      await unlock(page, PASSPHRASE);
      await page.getByTestId('nav-team').waitFor(WAIT);
      assert.equal(page.url(), 'app://ringleaf/');
      await until('the form that was sent is forgotten', async () => (await historyOf(app)).join() === 'app://ringleaf/');

      const members = () => processes().filter(({ command }) => command.includes('node.mojom.NodeService'));
      const killed = members()[0]?.pid ?? assert.fail('no member');
      process.kill(killed, 'SIGKILL');
      await untilShown(() => members().some(({ pid }) => pid !== killed));
      await page.getByTestId('engine-lost').waitFor({ state: 'detached', ...WAIT });
      await goTo(page, '#/settings');
      await page.getByTestId('key-by-nothing').check(WAIT);
      await page.getByTestId('key-protect').click();
      await page.getByTestId('key-state').filter({ hasText: 'is not encrypted' }).waitFor(WAIT);
    });
    const log = join(dataDir, 'logs', 'ringleaf.log');
    assert.ok(existsSync(log));
    for (const secret of [PASSPHRASE, encodeURIComponent(PASSPHRASE), 'incorrect horse']) assert.equal(readFileSync(log, 'utf8').includes(secret), false);
    await withDesktop({ env: ENV, dataDir }, async ({ page }) => {
      await page.getByTestId('nav-team').waitFor(WAIT);
    });
  } finally {
    await removeDir(dataDir);
  }
});

test('SC-16 quitting at the unlock page leaves nothing running, and the key as it was', TIMEOUT, async () => {
  const dataDir = await temporaryDir();
  try {
    const key = await DeviceKey.open(dataDir, answering());
    await key.protect(protectionOf(PASSPHRASE));
    const file = readFileSync(join(dataDir, 'identity.key'));
    await withDesktop({ env: ENV, dataDir }, async ({ page }) => {
      await page.getByRole('button', { name: 'Unlock' }).waitFor(WAIT);
      await assertAccessible(page, 'the unlock page');
    });
    assert.deepEqual(readFileSync(join(dataDir, 'identity.key')), file);
  } finally {
    await removeDir(dataDir);
  }
});
