/** WN-35: records out into a file and in from one in a real Electron, by its menu and by its window. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { ElectronApplication, Page } from 'playwright-core';
import { build } from '../../main/build.ts';
import { removeDir, temporaryDir } from '../cluster/member-harness.ts';
import { assertAccessible, goTo } from './browser.ts';
import { type DesktopUnderTest, untilShown, withDesktop } from './electron-harness.ts';
import { screenshotThemes } from './story.ts';

declare global {
  /** Where the system's dialog was to begin, each time that it would have been shown. */
  var dialogsShown: string[] | undefined;
}

const TIMEOUT = { timeout: 240_000 };
const WAIT = { timeout: 60_000 };
const DESKTOP = { env: { RINGLEAF_NAME: 'Front desk', RINGLEAF_MACHINE: 'desktop', RINGLEAF_NO_DHT: '1' }, args: ['--http', '127.0.0.1:0'] };
const NOTES = ['freezer.md', 'opening.md', 'plan.md'];

let dir: string;
before(async () => {
  await build();
  dir = await temporaryDir();
});
after(() => removeDir(dir));

/** An item of the application's menu, as if it was clicked. */
async function menu(app: ElectronApplication, label: string): Promise<void> {
  await app.evaluate(({ Menu, BrowserWindow }, wanted) => {
    const items = Menu.getApplicationMenu()?.items.flatMap(({ submenu }) => submenu?.items ?? []) ?? [];
    const item = items.find((one) => one.label === wanted);
    if (item === undefined) throw new Error(`the menu has no ${wanted}`);
    item.click({}, BrowserWindow.getAllWindows()[0]);
  }, label);
}

/** Answers the next dialog that asks where to save; `null`: with no. */
async function answerSaving(app: ElectronApplication, path: string | null): Promise<void> {
  await app.evaluate(({ session }, answer) => {
    session.defaultSession.once('will-download', (_event, item) => {
      globalThis.dialogsShown = [...(globalThis.dialogsShown ?? []), item.getSaveDialogOptions().defaultPath ?? ''];
      if (answer === null) item.cancel();
      else item.setSavePath(answer);
    });
  }, path);
}

async function makeTeam(page: Page, name: string): Promise<void> {
  await page.getByTestId('team-name').fill(name);
  await page.getByTestId('welcome-submit').click();
  await page.getByTestId('nav-team').waitFor(WAIT);
}

/** As a program does it: this is about files. */
async function writeRecords({ page, dataDir }: DesktopUnderTest): Promise<void> {
  await goTo(page, '#/settings');
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(await page.getByTestId('settings-device').innerText())?.[0] ?? assert.fail('HTTP is not served');
  const headers = { authorization: `Bearer ${readFileSync(join(dataDir, 'http-token'), 'utf8').trim()}`, 'content-type': 'text/markdown' };
  for (const [key, body] of [...NOTES.map((name) => [name, `# ${name}`]), ['conflict.md', 'ours'], ['conflict.md', 'theirs']]) {
    assert.equal((await fetch(`${url}/v1/buckets/notes/keys/${key}`, { method: 'PUT', headers, body: body ?? '' })).status, 200);
  }
}

const figures = async (page: Page): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries(await page.getByTestId('import-figure').evaluateAll((rows) => rows.map((row) => [row.getAttribute('data-figure') ?? '', Number(row.querySelector('.count')?.textContent)])));

async function choose(page: Page, button: string, path: string): Promise<void> {
  const dialog = page.waitForEvent('filechooser', WAIT);
  await page.getByTestId(button).click();
  await (await dialog).setFiles(path);
}

test('WN-35 an export by the menu and by the window is where somebody said, nowhere after a no, and told when it cannot be written', TIMEOUT, async () => {
  await withDesktop(DESKTOP, async (desktop) => {
    const { app, page } = desktop;
    await page.getByTestId('team-name').waitFor(WAIT);
    await menu(app, 'Export Records…');
    await makeTeam(page, 'Lab');
    assert.equal(await page.getByTestId('export-dialog').count(), 0, 'what was asked for without a team is not asked for with one');
    await writeRecords(desktop);
    await goTo(page, '#/keys/notes');
    await page.getByTestId('key-row').filter({ hasText: 'plan.md' }).waitFor(WAIT);

    const file = join(dir, 'notes.jsonl');
    await answerSaving(app, file);
    await menu(app, 'Export Records…');
    await page.getByTestId('export-dialog').waitFor(WAIT);
    assert.equal(await page.getByTestId('export-bucket').isChecked(), true);
    await page.getByTestId('export-now').click();
    await page.getByTestId('export-done').filter({ hasText: '4 keys' }).waitFor(WAIT);
    assert.equal(await page.getByTestId('export-place').innerText(), file);
    await assertAccessible(page, 'exported in the desktop');
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as { readonly key: string; readonly siblings: readonly object[] });
    assert.deepEqual(lines.map(({ key, siblings }) => [key, siblings.length]), [['conflict.md', 2], ...NOTES.map((key) => [key, 1])]);
    const [began] = (await app.evaluate(() => globalThis.dialogsShown)) ?? [];
    assert.match(began ?? '', /\/ringleaf-notes-\d{4}-\d\d-\d\d\.jsonl$/);
    await page.getByTestId('export-close').click();

    const before = readdirSync(dir);
    await answerSaving(app, null);
    await page.getByTestId('bucket-menu').click();
    await page.getByTestId('open-export').click();
    await page.getByTestId('export-team').check();
    await page.getByTestId('export-now').click();
    await page.getByTestId('export-unsaved').filter({ hasText: '4 keys' }).waitFor(WAIT);
    await screenshotThemes(page, 'export-unsaved');
    await assertAccessible(page, 'an export that was saved nowhere');
    // Below a file there is no folder to write into, not even for root.
    await answerSaving(app, join(file, 'team.jsonl'));
    await page.getByTestId('export-save-again').click();
    await page.getByTestId('export-trouble').filter({ hasText: 'could not be written' }).filter({ hasText: join(file, 'team.jsonl') }).waitFor(WAIT);
    await screenshotThemes(page, 'export-unwritable');
    await assertAccessible(page, 'an export that could not be written');
    assert.deepEqual(readdirSync(dir), before, 'nothing of either is left');
    await answerSaving(app, join(dir, 'team.jsonl'));
    await page.getByTestId('export-save-again').click();
    await page.getByTestId('export-done').waitFor(WAIT);
    assert.deepEqual(readdirSync(dir), [...before, 'team.jsonl']);
    await page.getByTestId('export-close').click();

    await goTo(page, '#/activity');
    await answerSaving(app, join(file, 'activity.jsonl'));
    await page.getByTestId('activity-export').click();
    await page.getByText('The file could not be written').waitFor(WAIT);
    await answerSaving(app, join(dir, 'activity.jsonl'));
    await page.getByTestId('activity-export').click();
    await untilShown(() => existsSync(join(dir, 'activity.jsonl')));
    assert.equal(await app.evaluate(() => globalThis.dialogsShown?.length), 6);
  });
});

test('WN-35 what was exported is imported by the menu and by the window, after a preview; a closed chooser does nothing', TIMEOUT, async () => {
  const file = join(dir, 'notes.jsonl');
  await withDesktop(DESKTOP, async ({ app, page }) => {
    await makeTeam(page, 'Other');
    await menu(app, 'Import Records…');
    await page.getByTestId('import-dialog').waitFor(WAIT);
    const closed = page.waitForEvent('filechooser', WAIT);
    await page.getByTestId('import-choose').click();
    await (await closed).element().dispatchEvent('cancel');
    assert.equal(await page.getByTestId('import-choose').isVisible(), true);
    const gone = join(dir, 'gone.jsonl');
    cpSync(file, gone);
    await choose(page, 'import-choose', gone);
    await page.getByTestId('import-now').waitFor(WAIT);
    rmSync(gone);
    await page.getByTestId('import-now').click();
    await page.getByTestId('import-trouble').filter({ hasText: 'cannot be read' }).waitFor(WAIT);
    await choose(page, 'import-other', file);
    await page.getByTestId('import-now').waitFor(WAIT);
    assert.deepEqual(await figures(page), { written: 5, present: 0 });
    assert.equal(await page.getByTestId('bucket').count(), 0, 'nothing is written before somebody says so');
    await page.getByTestId('import-now').click();
    await page.locator('[data-testid=import-report][data-dry=false]').waitFor(WAIT);
    assert.deepEqual(await figures(page), { written: 5, present: 0 });
    await page.getByTestId('import-close').click();
    await goTo(page, '#/keys/notes');
    for (const key of [...NOTES, 'conflict.md']) await page.getByTestId('key-row').filter({ hasText: key }).waitFor(WAIT);
    await page.getByTestId('nav-conflicts-count').filter({ hasText: '1' }).waitFor(WAIT);

    await page.getByTestId('bucket-menu').click();
    await page.getByTestId('open-import').click();
    await choose(page, 'import-choose', file);
    await page.getByTestId('import-nothing').waitFor(WAIT);
    assert.deepEqual(await figures(page), { written: 0, present: 5 });
  });
});
