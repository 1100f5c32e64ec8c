/** Whose the keyboard is: a dialog's, a popover's or the palette's while one is open, then the screen's again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { writeApart, writeInTurn } from './apart.ts';
import { goTo } from './browser.ts';
import { setStage } from './stage.ts';

const TIMEOUT = { timeout: 180_000 };

const stage = setStage(2, async () => {
  const [first] = stage.members;
  const written = { bucket: 'notes', contentType: 'text/plain' };
  for (const [key, versions] of [['one', ['a']], ['two', ['a', 'b']], ['three', ['a', null]]] as const) await writeInTurn([first ?? assert.fail()], { ...written, key, versions });
  for (const key of ['apart 1', 'apart 2']) await writeApart(stage.members, { bucket: 'apart', key, contentType: 'application/json', base: '{"a":1}', versions: ['{"a":2}', '{"a":3}'] });
});

async function openAt(hash: string, ready: string): Promise<Page> {
  const { page } = await stage.open(hash);
  await page.getByTestId(ready).first().waitFor();
  return page;
}

interface Layer {
  /** What opens it, with the focus where it should be again afterwards. */
  readonly open: () => Promise<void>;
  readonly testid: string;
  /** Keys that mean something to the screen below. */
  readonly keys: readonly string[];
}

/** Opens it, presses the screen's keys and those that work everywhere, and closes it by Esc. */
async function assertOwnsKeyboard(page: Page, { open, testid, keys }: Layer): Promise<void> {
  const layer = page.getByTestId(testid);
  const before = await page.evaluateHandle(() => document.activeElement);
  const url = page.url();
  await open();
  await layer.waitFor();
  await layer.evaluate((node) => (node.querySelector<HTMLElement>('button') ?? (node as HTMLElement)).focus());
  for (const key of [...keys, 'g', 'k', 'g', 't', '?', 'Control+k', 'Control+s', 'Control+h']) await page.keyboard.press(key);
  assert.deepEqual(await page.locator('[role=dialog]').evaluateAll((all) => all.map((one) => one.getAttribute('data-testid'))), [testid], `${testid} alone has the keyboard`);
  assert.equal(page.url(), url, `${testid}: the screen stays`);
  await page.keyboard.press('Escape');
  await layer.waitFor({ state: 'detached' });
  assert.equal(page.url(), url, `Esc closes ${testid} and nothing below it`);
  await page.waitForFunction((node) => node === document.activeElement, before).catch(async () => {
    assert.fail(`${testid}: the focus is at ${await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200))}`);
  });
}

const press = (page: Page, key: string) => () => page.keyboard.press(key);
/** By pointer: the focus comes back to what was clicked. */
const click = (page: Page, testid: string) => async () => page.getByTestId(testid).first().click();

test('WN-12 over the list of keys: new key, deleting, copies, help', TIMEOUT, async () => {
  const page = await openAt('#/keys/notes', 'key-row');
  await page.getByTestId('key-rows').focus();
  await page.keyboard.press('j');
  const keys = ['j', 'k', 'n', 'c', 'd', 'Delete', 'Backspace', '/'];
  await assertOwnsKeyboard(page, { open: press(page, 'n'), testid: 'new-key-dialog', keys });
  await assertOwnsKeyboard(page, { open: press(page, 'Delete'), testid: 'delete-dialog', keys });
  await assertOwnsKeyboard(page, { open: press(page, 'c'), testid: 'copies-popover', keys });
  assert.equal(await page.locator('[data-testid=key-row][aria-selected=true]').getAttribute('data-key'), 'one', 'the same row is chosen');
  await page.context().close();
});

test('WN-12 over the list of keys: the menu of a bucket, and the dialogs that it opens', TIMEOUT, async () => {
  const page = await openAt('#/keys/notes', 'key-row');
  await page.getByTestId('key-rows').focus();
  await page.keyboard.press('j');
  const menu = page.getByTestId('bucket-menu-items');
  const url = page.url();
  await page.getByTestId('bucket-menu').focus();
  await page.keyboard.press('Enter');
  await menu.waitFor();
  for (const key of ['j', 'k', 'n', 'c', 'Delete', '/', 'g', 'r', '?']) await page.keyboard.press(key);
  assert.deepEqual([await page.locator('[role=dialog]').count(), await menu.count(), page.url()], [0, 1, url], 'the menu alone has the keyboard');
  assert.equal(await page.locator('[data-testid=key-row][aria-selected=true]').getAttribute('data-key'), 'one', 'the same row is chosen');
  await page.keyboard.press('Escape');
  await menu.waitFor({ state: 'detached' });
  const keys = ['j', 'k', 'n', 'c', 'd', 'Delete', 'Backspace', '/'];
  for (const [item, testid] of [['open-export', 'export-dialog'], ['open-import', 'import-dialog']] as const) {
    const open = async (): Promise<void> => {
      await page.keyboard.press('Enter');
      await page.getByTestId(item).press('Enter');
    };
    await assertOwnsKeyboard(page, { open, testid, keys });
  }
  await page.context().close();
});

test('WN-12 over the editor: history, copies', TIMEOUT, async () => {
  const page = await openAt('#/keys/notes/two', 'editor-text');
  const keys = ['n', 'd', '/', 'c', 'Delete', 'Control+e'];
  await page.getByTestId('open-history').focus();
  await assertOwnsKeyboard(page, { open: press(page, 'Enter'), testid: 'history', keys });
  await page.getByTestId('toggle-copies').focus();
  await assertOwnsKeyboard(page, { open: press(page, 'Enter'), testid: 'copies-popover', keys });
  await page.getByTestId('delete-key').focus();
  await assertOwnsKeyboard(page, { open: press(page, 'Enter'), testid: 'delete-dialog', keys });
  await page.context().close();
});

test('WN-12 over the trash, the inbox and a merge', TIMEOUT, async () => {
  const page = await openAt('#/trash/notes', 'trash-row');
  await page.getByTestId('trash-history').focus();
  await assertOwnsKeyboard(page, { open: press(page, 'Enter'), testid: 'history', keys: ['d'] });
  assert.equal(await page.getByTestId('trash-row').count(), 1, 'nothing was brought back');
  await goTo(page, '#/conflicts');
  await page.getByTestId('conflict-row').nth(1).waitFor();
  await page.keyboard.press('j');
  await page.locator('[data-testid=conflict-row]:focus').waitFor();
  await assertOwnsKeyboard(page, { open: press(page, 'a'), testid: 'safe-dialog', keys: ['j', 'a', 'End'] });
  await goTo(page, '#/conflicts/apart/apart%201');
  await page.getByTestId('merge-take').first().focus();
  await page.keyboard.press('1');
  const taken = () => page.getByTestId('merge-take').evaluateAll((all) => all.map((one) => one.getAttribute('aria-pressed')));
  const chosen = await taken();
  assert.ok(chosen.includes('true'));
  await page.keyboard.press('?');
  await page.getByTestId('help').focus();
  for (const key of ['2', '0', 'b', 'x', 'u', 'Backspace', 'v', ']', 'Control+Enter']) await page.keyboard.press(key);
  await page.keyboard.press('Escape');
  await page.getByTestId('help').waitFor({ state: 'detached' });
  await page.getByTestId('merge-view').waitFor();
  assert.deepEqual(await taken(), chosen, 'the choice is the same');
  await page.context().close();
});

test('WN-12 over team, ring, activity and settings: dialogs, and the card in the corner', TIMEOUT, async () => {
  const page = await openAt('#/team', 'member');
  await page.getByTestId('leave-team').focus();
  await assertOwnsKeyboard(page, { open: press(page, 'Enter'), testid: 'departure-dialog', keys: ['i'] });
  await page.getByTestId('invite').focus();
  await assertOwnsKeyboard(page, { open: press(page, 'i'), testid: 'invite-dialog', keys: ['i'] });
  for (const [hash, ready, keys] of [['#/ring', 'ring-drawing', ['t', '/']], ['#/activity', 'activity-line', ['f']], ['#/settings', 'settings', []]] as const) {
    await goTo(page, hash);
    await page.getByTestId(ready).first().waitFor();
    await page.getByTestId('status-footer').focus();
    await assertOwnsKeyboard(page, { open: click(page, 'status-footer'), testid: 'closing-popover', keys });
    await page.getByTestId(ready).first().waitFor();
  }
  await page.context().close();
});

test('WN-12 the palette takes every letter, the help gives way to it, and Esc closes the topmost alone', TIMEOUT, async () => {
  const page = await openAt('#/ring', 'ring-drawing');
  await page.getByTestId('ring-table-toggle').focus();
  await page.keyboard.press('Control+k');
  await page.keyboard.type('tgk/?');
  assert.equal(await page.getByTestId('palette-input').inputValue(), 'tgk/?');
  await page.keyboard.press('Control+k');
  assert.equal(await page.getByTestId('palette').count(), 1);
  await page.keyboard.press('Escape');
  await page.getByTestId('palette').waitFor({ state: 'detached' });
  await page.getByTestId('ring-drawing').waitFor();
  assert.equal(await page.getByTestId('ring-table-toggle').evaluate((node) => node === document.activeElement), true, 'the focus is back');

  await page.keyboard.press('?');
  await page.getByTestId('help').waitFor();
  await page.keyboard.press('Control+k');
  await page.getByTestId('palette').waitFor();
  assert.equal(await page.getByTestId('help').count(), 0);
  await page.keyboard.press('Escape');

  await page.keyboard.press('?');
  await page.getByTestId('help').waitFor();
  await goTo(page, '#/welcome?invite=AAAA');
  await page.getByTestId('join-link-dialog').waitFor();
  await page.keyboard.press('Escape');
  await page.getByTestId('join-link-dialog').waitFor({ state: 'detached' });
  assert.equal(await page.getByTestId('help').count(), 1, 'what was below is still there');
  await page.keyboard.press('Escape');
  await page.getByTestId('help').waitFor({ state: 'detached' });
  assert.match(page.url(), /#\/ring$/);
  await page.context().close();
});
