/** SC-17, SC-18: a real Electron whose member's key is protected by the keychain, or would be. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { ElectronApplication, Page } from 'playwright-core';
import { build } from '../../main/build.ts';
import { removeDir, temporaryDir } from '../cluster/member-harness.ts';
import { assertAccessible, goTo } from './browser.ts';
import { untilShown, withDesktop } from './electron-harness.ts';
import { screenshotThemes } from './story.ts';

declare global {
  /** What the stand-in keychain was given to seal. */
  var secretsSealed: string[] | undefined;
}

const TIMEOUT = { timeout: 240_000 };
const WAIT = { timeout: 60_000 };
const ENV = { RINGLEAF_NAME: 'Front desk', RINGLEAF_MACHINE: 'desktop', RINGLEAF_NO_DHT: '1' };
/** What Electron falls back to where no keychain is found, which is no protection. */
const FALLBACK = ['--password-store=basic'];
const BY_KEYCHAIN = 2;

before(() => build());

/** In the shell, in the place of a keychain, which no test machine has: one secret, `keyring`. */
async function putKeychain(app: ElectronApplication, keyring: string): Promise<void> {
  await app.evaluate(({ safeStorage }, secret) => {
    globalThis.secretsSealed = [];
    const turned = (text: string): string => [...text].reverse().join('');
    Object.assign(safeStorage, {
      getSelectedStorageBackend: () => 'gnome_libsecret',
      isEncryptionAvailable: () => true,
      encryptString: (text: string) => {
        globalThis.secretsSealed?.push(text);
        return Buffer.from(`v11${secret}|${turned(text)}`);
      },
      decryptString: (sealed: Buffer) => {
        const [by = '', text = ''] = sealed.toString().slice(3).split('|');
        if (by !== secret) throw new Error('Error while decrypting the ciphertext provided to safeStorage.decryptString.');
        return turned(text);
      },
    });
  }, keyring);
}

async function makeTeam(page: Page): Promise<void> {
  await page.getByTestId('team-name').fill('Lab');
  await page.getByTestId('welcome-submit').click();
  await page.getByTestId('nav-team').waitFor(WAIT);
}

const keyFileIn = (dataDir: string): Buffer => readFileSync(join(dataDir, 'identity.key'));

test('SC-18 where Electron has only its fallback, Settings says that there is no keychain and offers a passphrase; a program is refused', TIMEOUT, async () => {
  await withDesktop({ env: ENV, args: [...FALLBACK, '--http', '127.0.0.1:0'] }, async ({ app, page, dataDir }) => {
    await makeTeam(page);
    assert.equal(await app.evaluate(({ safeStorage }) => safeStorage.getSelectedStorageBackend()), 'basic_text');
    await goTo(page, '#/settings');
    const section = page.getByTestId('settings-key');
    await section.filter({ hasText: 'No keychain was found in this desktop session. What could stand in for it is no protection: take a passphrase' }).waitFor(WAIT);
    assert.deepEqual([await page.getByTestId('key-by-keychain').isDisabled(), await page.getByTestId('key-by-passphrase').isEnabled()], [true, true]);
    await screenshotThemes(page, 'settings-no-keychain');
    await assertAccessible(page, 'settings without a keychain');
    const address = /http:\/\/127\.0\.0\.1:\d+/.exec(await page.getByTestId('settings-device').innerText())?.[0] ?? assert.fail('HTTP is not served');
    const token = readFileSync(join(dataDir, 'http-token'), 'utf8').trim();
    const refused = await fetch(`${address}/v1/key-protection`, { method: 'PUT', headers: { authorization: `Bearer ${token}` }, body: '{"keychain":true}' });
    assert.equal(refused.status, 503);
    assert.match(await refused.text(), /KEYCHAIN_UNAVAILABLE.*No keychain was found/);
    assert.notEqual(keyFileIn(dataDir).subarray(0, 7).toString('latin1'), 'RINGKEY');
  });
});

test('SC-17 SC-18 a key in the keychain opens with nobody asked; one that the keychain lost is told with the way back, and opens once it is there again', TIMEOUT, async () => {
  const dataDir = await temporaryDir();
  try {
    let sealed: readonly string[] = [];
    await withDesktop({ env: ENV, dataDir, args: FALLBACK }, async ({ app, page, processes }) => {
      await makeTeam(page);
      await putKeychain(app, 'ada-1');
      await page.reload();
      await goTo(page, '#/settings');
      await page.getByTestId('key-by-keychain').check(WAIT);
      await screenshotThemes(page, 'settings-keychain');
      await assertAccessible(page, 'settings with a keychain');
      await page.getByTestId('key-protect').click();
      await page.getByTestId('key-state').filter({ hasText: 'this computer’s keychain opens it at each start' }).waitFor(WAIT);
      sealed = await app.evaluate(() => globalThis.secretsSealed ?? []);
      assert.equal(keyFileIn(dataDir)[8], BY_KEYCHAIN);

      const members = () => processes().filter(({ command }) => command.includes('node.mojom.NodeService'));
      const killed = members()[0]?.pid ?? assert.fail('no member');
      process.kill(killed, 'SIGKILL');
      await untilShown(() => members().some(({ pid }) => pid !== killed));
      await page.getByTestId('engine-lost').waitFor({ state: 'detached', ...WAIT });
      await page.getByTestId('key-state').filter({ hasText: 'keychain' }).waitFor(WAIT);
    });
    assert.equal(sealed.length, 1);
    const file = keyFileIn(dataDir);

    await withDesktop({ env: ENV, dataDir, args: FALLBACK }, async ({ app, page }) => {
      const reason = page.getByRole('alert');
      await reason.filter({ hasText: 'No keychain was found' }).waitFor(WAIT);
      assert.match(await reason.innerText(), /Nothing was changed[^]*ringleaf start --new-identity --data-dir .* --join INVITE/);
      await screenshotThemes(page, 'keychain-lost');
      await assertAccessible(page, 'the page of a lost keychain');
      await putKeychain(app, 'ada-2');
      await page.getByRole('link', { name: 'Try again' }).click();
      await reason.filter({ hasText: 'it was reset' }).waitFor(WAIT);
      assert.deepEqual(keyFileIn(dataDir), file);
      await putKeychain(app, 'ada-1');
      await page.getByRole('link', { name: 'Try again' }).click();
      await page.getByTestId('nav-team').waitFor(WAIT);
      await goTo(page, '#/settings');
      await page.getByTestId('key-by-nothing').check(WAIT);
      await page.getByTestId('key-protect').click();
      await page.getByTestId('key-state').filter({ hasText: 'is not encrypted' }).waitFor(WAIT);
    });
    const log = readFileSync(join(dataDir, 'logs', 'ringleaf.log'), 'utf8');
    for (const secret of sealed) assert.equal(log.includes(secret), false);
    await withDesktop({ env: ENV, dataDir, args: FALLBACK }, async ({ page }) => {
      await page.getByTestId('nav-team').waitFor(WAIT);
    });
  } finally {
    await removeDir(dataDir);
  }
});
