/** Trust in sight: history, trash, copies, and whether this device may be closed. Real Chromium, real members. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { RunningMember } from '../cluster/member-harness.ts';
import { samePlace, until } from '../cluster/member-harness.ts';
import { writeInTurn as writeVersions, type Version } from './apart.ts';
import { assertAccessible, close, goTo, type OpenWindow } from './browser.ts';
import { ALONE, setStage, writer } from './stage.ts';
import { screenshotThemes } from './story.ts';

const TIMEOUT = { timeout: 180_000 };
const AWAY = { timeout: 60_000 };

const stage = setStage(3);
const member = (index: number): RunningMember => stage.member(index);
const open = (hash: string, of = member(0)): Promise<OpenWindow> => stage.open(hash, of);

/** One version after the other, by members of these numbers in turn. */
async function writeInTurn(path: string, contentType: string, versions: readonly Version[], by = [0]): Promise<void> {
  const [bucket = '', ...key] = path.split('/');
  await writeVersions(by.map(member), { bucket, key: key.join('/'), contentType, versions });
}

/** What several selected versions look like: who, and whether it is the selected one. */
const versions = (page: Page) => page.getByTestId('history-version');
const comparison = (page: Page, kind: string) => page.locator(`[data-testid=history-comparison][data-kind=${kind}]`);

const PLAN = ['# Autumn plan', '', 'Order new lenses.', 'Ask Ben about the freezer.', '', ...Array.from({ length: 12 }, (_, at) => `Week ${at + 1}: as usual.`), '', 'Signed: Ada', ''];
const PLANS = [PLAN, PLAN.with(3, 'Ask Ben and Cleo about the freezer.'), PLAN.with(3, 'Ask Cleo about the freezer.').with(18, 'Signed: Ada and Ben').toSpliced(3, 0, 'Clean the hoods.')].map((lines) => lines.join('\n'));

test('TS-5 TS-6 the history of a note: lines compared by keyboard, a version restored, and that taken back', TIMEOUT, async () => {
  await writeInTurn('notes/plan.md', 'text/markdown', PLANS, [0, 1, 2]);
  const opened = await open('#/keys/notes/plan.md');
  const { page } = opened;
  await page.getByTestId('editor-text').waitFor();
  await page.keyboard.press('Control+h');
  await page.getByTestId('history').waitFor();
  await versions(page).nth(1).waitFor();
  assert.equal(await versions(page).count(), 2);
  assert.match(await versions(page).first().innerText(), new RegExp(writer(1)));
  assert.match(await page.getByTestId('history-now').innerText(), new RegExp(writer(2)));
  await page.keyboard.press('j');
  assert.equal(await versions(page).nth(1).getAttribute('aria-selected'), 'true');
  await comparison(page, 'text').waitFor();
  const lines = page.getByTestId('history-lines');
  assert.deepEqual(await lines.locator('[data-kind=removed] .text').allInnerTexts().then((texts) => texts.map((text) => text.replace(/^gone:\s*/, ''))), ['Ask Ben about the freezer.', 'Signed: Ada']);
  assert.match(await lines.innerText(), /equal lines/);
  await screenshotThemes(page, 'history');
  await assertAccessible(page, 'history of a note');

  await page.keyboard.press('r');
  await page.getByText('Restored plan.md').waitFor();
  await page.getByTestId('history').waitFor({ state: 'detached' });
  await until('the first version is everywhere', async () => (await member(2).ask('GET', '/v1/buckets/notes/keys/plan.md')).text === PLANS[0]);
  await page.getByTestId('editor-text').filter({ hasText: 'Ask Ben about the freezer.' }).waitFor();
  assert.equal(await page.getByTestId('changed-elsewhere').count(), 0, 'what was restored is shown at once');
  await page.getByRole('button', { name: 'Undo' }).click();
  await until('what was there is back', async () => (await member(1).ask('GET', '/v1/buckets/notes/keys/plan.md')).text === PLANS[2]);
  await page.getByTestId('open-history').click();
  await page.getByTestId('history').waitFor();
  await page.keyboard.press('Escape');
  await page.getByTestId('history').waitFor({ state: 'detached' });
  await close(opened);
});

test('TS-5 records are compared field by field, bytes by size and fingerprint', TIMEOUT, async () => {
  const record = { name: 'Microscope 3', room: 'B12', lenses: 4, service: { by: 'Ada', on: '2026-03-02' } };
  const now = { name: 'Microscope 3', room: 'B14', service: { by: 'Ben', on: '2026-03-02' }, note: 'New stand' };
  await writeInTurn('inventory/microscope', 'application/json', [JSON.stringify(record), JSON.stringify(now, null, 2)]);
  await writeInTurn('inventory/picture.bin', 'application/octet-stream', [new Uint8Array([255, 1, 2]), new Uint8Array([255, 1, 2, 3, 4])]);
  const opened = await open('#/keys/inventory/microscope');
  const { page } = opened;
  await page.getByTestId('open-history').click();
  await comparison(page, 'fields').waitFor();
  assert.deepEqual(await page.getByTestId('history-field').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-path'))), ['room', 'lenses', 'service › by', 'note']);
  await screenshotThemes(page, 'history-record');
  await assertAccessible(page, 'history of a record');
  await page.keyboard.press('Escape');
  await goTo(page, '#/keys/inventory/picture.bin');
  await page.getByTestId('editor').filter({ hasText: 'This is no text' }).waitFor();
  await page.getByTestId('open-history').click();
  await comparison(page, 'bytes').waitFor();
  assert.match(await page.getByTestId('history-bytes').innerText(), /3 B[^]*5 B/);
  await assertAccessible(page, 'history of bytes');
  await close(opened);
});

test('TS-5 a history says when it is bounded, switched off, or empty', TIMEOUT, async () => {
  await member(0).ask('PUT', '/v1/buckets/short', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ historyVersions: 2 }) });
  await member(0).ask('PUT', '/v1/buckets/none', { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ historyVersions: 0 }) });
  await until('all know the settings', async () => {
    const kept = await Promise.all(stage.members.map(async (one) => (await one.ask('GET', '/v1/buckets/none')).json().historyVersions as number));
    return kept.every((count) => count === 0);
  });
  await writeInTurn('short/k', 'text/plain', ['a', 'b', 'c', 'd']);
  await writeInTurn('none/k', 'text/plain', ['a', 'b']);
  await writeInTurn('notes/once', 'text/plain', ['a']);
  const opened = await open('#/keys/short/k');
  const { page } = opened;
  await page.getByTestId('open-history').click();
  await page.getByTestId('history-bounded').filter({ hasText: 'the last 2 versions' }).waitFor();
  await page.keyboard.press('Escape');
  for (const [route, words] of [['#/keys/none/k', 'keeps no earlier versions'], ['#/keys/notes/once', 'Nothing was replaced yet']]) {
    await goTo(page, route ?? '');
    await page.locator(`[data-testid=editor][aria-label="${route?.split('/').at(-1)}"]`).waitFor();
    await page.getByTestId('open-history').click();
    await page.getByTestId('history').getByTestId('empty-state').filter({ hasText: words ?? '' }).waitFor();
    await assertAccessible(page, `empty history, ${words}`);
    await page.keyboard.press('Escape');
    await page.getByTestId('history').waitFor({ state: 'detached' });
  }
  await close(opened);
});

test('TS-8 TS-9 the trash: who deleted what, brought back by keyboard, or why not', TIMEOUT, async () => {
  await writeInTurn('drafts/letter.md', 'text/markdown', ['Dear all', null], [0, 1]);
  await writeInTurn('drafts/old.md', 'text/markdown', ['Older', 'Old', null], [0, 1, 2]);
  await writeInTurn('drafts/stays.md', 'text/markdown', ['I stay']);
  await writeInTurn('none/gone', 'text/plain', ['a', null]);
  const opened = await open('#/keys/drafts');
  const { page } = opened;
  await page.getByTestId('key-row').filter({ hasText: 'stays.md' }).waitFor();
  await page.keyboard.press('d');
  await page.getByTestId('trash-row').nth(1).waitFor();
  assert.deepEqual(await page.getByTestId('trash-row').evaluateAll((rows) => rows.map((row) => row.getAttribute('data-key'))), ['letter.md', 'old.md']);
  assert.match(await page.getByTestId('trash-row').nth(1).innerText(), new RegExp(`Deleted by ${writer(2)}`));
  await screenshotThemes(page, 'trash');
  await assertAccessible(page, 'trash');
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  await page.getByTestId('history').waitFor();
  await versions(page).nth(1).waitFor();
  await screenshotThemes(page, 'history-deleted');
  await assertAccessible(page, 'history of a deleted key');
  await page.keyboard.press('Escape');
  await page.getByTestId('history').waitFor({ state: 'detached' });
  await page.keyboard.press('r');
  await page.getByText('Brought old.md back').waitFor();
  await until('it is back', async () => (await member(1).ask('GET', '/v1/buckets/drafts/keys/old.md')).text === 'Old');
  assert.equal(await page.getByTestId('trash-row').count(), 1);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByTestId('trash-row').nth(1).waitFor();
  await goTo(page, '#/trash/none');
  await page.getByTestId('trash-row').filter({ hasText: 'gone' }).getByTestId('trash-undelete').click();
  await page.getByTestId('trash-refusal').filter({ hasText: 'keeps no earlier versions' }).waitFor();
  await assertAccessible(page, 'trash that cannot bring back');
  await goTo(page, '#/trash/notes');
  await page.getByTestId('empty-state').filter({ hasText: 'Nothing is deleted here' }).waitFor();
  await assertAccessible(page, 'empty trash');
  await page.keyboard.press('Escape');
  await page.getByTestId('key-list').waitFor();
  await close(opened);
});

test('TS-7 TS-11 TS-12 where the copies are, from the badge and from the list', TIMEOUT, async () => {
  await writeInTurn('notes/copied', 'text/plain', ['a']);
  await writeInTurn('notes/large', 'text/plain', ['a'.repeat(200_000)]);
  const opened = await open('#/keys/notes/copied');
  const { page } = opened;
  await page.getByTestId('toggle-copies').click();
  await page.getByTestId('copies-summary').filter({ hasText: '3 of 3 copies on disk' }).waitFor();
  assert.equal(await page.locator('[data-testid=copy][data-state=held]').count(), 3);
  await screenshotThemes(page, 'copies');
  await assertAccessible(page, 'copies');
  await page.keyboard.press('Escape');
  await page.getByTestId('copies-popover').waitFor({ state: 'detached' });
  await goTo(page, '#/keys/notes');
  await page.getByTestId('editor').waitFor({ state: 'detached' });
  await page.locator('body').click({ position: { x: 900, y: 700 } });
  for (const key of ['copied', 'large']) {
    await page.getByTestId('key-row').filter({ hasText: key }).locator('[data-testid=copies-mark][data-kind=whole]').filter({ hasText: '3/3' }).waitFor();
  }
  await page.keyboard.press('j');
  await page.keyboard.press('c');
  await page.getByTestId('copies-summary').waitFor();
  await screenshotThemes(page, 'copies-list');
  await assertAccessible(page, 'copies beside the list');
  await page.keyboard.press('Escape');
  await page.getByTestId('key-row').filter({ hasText: 'copied' }).hover();
  await page.getByTestId('key-row').filter({ hasText: 'copied' }).getByTestId('key-copies').click();
  await page.getByTestId('copies-summary').waitFor();
  await close(opened);
});

test('TS-4 TS-5 TS-7 others are away: what waits is said, and who could not be asked', TIMEOUT, async () => {
  await writeInTurn('notes/away', 'text/plain', ['a', 'b']);
  const opened = await open('#/keys/notes/away');
  const { page } = opened;
  const safety = (verdict: string) => page.locator(`[data-testid=status-footer][data-safety=${verdict}]`);
  await safety('safe').waitFor(AWAY);
  const gone = member(2);
  await gone.kill();
  await until('it is known to be away', async () => {
    const known = (await member(0).ask('GET', '/v1/members')).json() as { memberId: string; liveness: string }[];
    return known.some(({ memberId, liveness }) => memberId === gone.memberId && liveness === 'down');
  }, 60_000);
  await page.getByTestId('editor-text').click();
  await page.keyboard.type('more ');
  await page.keyboard.press('Control+s');
  await page.getByTestId('saved-state').filter({ hasText: '2 of 3 copies' }).waitFor();
  await safety('waiting').waitFor(AWAY);
  await page.getByTestId('key-row').filter({ hasText: 'away' }).locator('[data-testid=copies-mark][data-kind=some]').filter({ hasText: '2/3' }).waitFor();
  await page.getByTestId('toggle-copies').click();
  await page.locator('[data-testid=copy][data-state=unknown]').filter({ hasText: 'When it returns' }).waitFor();
  await screenshotThemes(page, 'copies-away');
  await assertAccessible(page, 'copies with a member away');
  await page.keyboard.press('Escape');
  await page.getByTestId('copies-popover').waitFor({ state: 'detached' });
  await page.keyboard.press('Control+h');
  await page.getByTestId('history-silent').filter({ hasText: 'Office could not be asked' }).waitFor();
  await screenshotThemes(page, 'history-silent');
  await assertAccessible(page, 'history with somebody silent');
  await page.keyboard.press('Escape');
  await page.getByTestId('history').waitFor({ state: 'detached' });
  await page.getByTestId('status-footer').click();
  await page.getByTestId('closing-detail').filter({ hasText: 'on fewer devices than the bucket asks for' }).waitFor();
  await page.getByTestId('closing-hint').filter({ hasText: 'Office, away' }).waitFor();
  await screenshotThemes(page, 'closing');
  await assertAccessible(page, 'closing');
  await page.keyboard.press('Escape');

  await stage.startAgain(2, samePlace(gone));
  await safety('safe').waitFor(AWAY);
  await close(opened);
});

test('TS-4 TS-10 alone, with more conflicts than a page, and without the engine', TIMEOUT, async () => {
  const alone = await stage.start('alone', ALONE);
  for (const body of ['a', 'b']) await alone.ask('PUT', '/v1/buckets/notes/keys/k', { headers: { 'content-type': 'text/plain' }, body });
  const { page, context } = await open('#/trash/notes', alone);
  await page.getByTestId('empty-state').waitFor();
  await goTo(page, '#/keys/notes/k');
  await page.getByTestId('status-footer').click();
  await page.getByTestId('closing-popover').filter({ hasText: 'Closing changes nothing' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByTestId('open-history').click();
  await page.getByTestId('history').getByTestId('empty-state').or(page.getByTestId('history-conflict')).first().waitFor();
  await page.keyboard.press('Escape');
  for (let number = 0; number <= 200; number += 1) {
    for (const body of ['a', 'b']) await alone.ask('PUT', `/v1/buckets/clashes/keys/k${number}`, { headers: { 'content-type': 'text/plain' }, body });
  }
  await page.getByTestId('nav-conflicts-count').filter({ hasText: '200+' }).waitFor();
  assert.match(await page.title(), /^\(200\+\) Alone/);
  await page.getByTestId('open-history').click();
  await page.getByTestId('history').waitFor();
  await alone.kill();
  await page.getByTestId('engine-lost').waitFor();
  await assertAccessible(page, 'history without the engine');
  await page.keyboard.press('Escape');
  await page.getByTestId('history').waitFor({ state: 'detached' });
  await page.getByTestId('status-footer').click();
  await page.getByTestId('closing-lost').waitFor();
  await assertAccessible(page, 'closing without the engine');
  await page.keyboard.press('Escape');
  await page.getByTestId('open-history').click();
  await page.getByTestId('history').getByTestId('empty-state').filter({ hasText: 'cannot be read now' }).waitFor();
  await page.keyboard.press('Escape');
  await goTo(page, '#/trash/notes');
  await page.getByTestId('empty-state').filter({ hasText: 'could not be read' }).waitFor();
  await context.close();
});
