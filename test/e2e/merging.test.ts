/** Merging, as a person does it: real members, a real Chromium, mostly the keyboard alone. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { RunningMember } from '../cluster/member-harness.ts';
import { until } from '../cluster/member-harness.ts';
import { siblingsOf, writeApart, type Apart } from './apart.ts';
import { assertAccessible, close, goTo, type OpenWindow } from './browser.ts';
import { setStage, writer } from './stage.ts';
import { screenshotThemes } from './story.ts';

const JSON_TYPE = 'application/json';
const TIMEOUT = { timeout: 180_000 };

const stage = setStage(3);

const first = (): RunningMember => stage.member();

/** The merge view of a fresh conflict. */
async function openMerge(apart: Apart): Promise<OpenWindow> {
  await writeApart(stage.members, apart);
  const opened = await stage.open();
  await goToMerge(opened.page, apart);
  return opened;
}

async function goToMerge(page: Page, { bucket, key }: Pick<Apart, 'bucket' | 'key'>): Promise<void> {
  await goTo(page, `#/conflicts/${bucket}/${encodeURIComponent(key)}`);
  await page.getByTestId('merge-save').waitFor();
}

async function saved(page: Page): Promise<void> {
  await page.keyboard.press('Control+Enter');
  await page.getByTestId('merge-saved').waitFor();
}

async function only(bucket: string, key: string): Promise<Record<string, unknown>> {
  const [value, ...others] = await siblingsOf(first(), bucket, key);
  assert.deepEqual(others, []);
  return JSON.parse(value ?? 'null') as Record<string, unknown>;
}

test('two versions, from the inbox to saved and back, without a mouse', TIMEOUT, async () => {
  const name = { bucket: 'two', key: 'lamp' };
  await writeApart(stage.members, { ...name, contentType: JSON_TYPE, base: '{"room":1,"count":4}', versions: ['{"room":2,"count":5}', '{"room":1,"count":3}'] });
  const opened = await stage.open();
  const { page } = opened;
  await page.getByTestId('nav-conflicts-count').waitFor();
  for (const key of ['g', 'c']) await page.keyboard.press(key);
  await page.getByTestId('conflict-row').first().waitFor();
  await page.keyboard.press('j');
  await page.locator('[data-testid=conflict-row]:focus').filter({ hasText: 'lamp' }).waitFor();
  await page.keyboard.press('Enter');
  await page.getByTestId('merge-save').waitFor();
  await assertAccessible(page, 'merge of two');
  await page.keyboard.press('n');
  await page.keyboard.press('s');
  await saved(page);
  assert.deepEqual(await only('two', 'lamp'), { room: 2, count: 4 });
  await page.keyboard.press('u');
  await page.getByTestId('merge-save').waitFor();
  await until('the siblings are back', async () => (await siblingsOf(first(), 'two', 'lamp')).length === 2);
  assert.deepEqual([...(await siblingsOf(first(), 'two', 'lamp'))].sort(), ['{"room":1,"count":3}', '{"room":2,"count":5}']);
  await page.keyboard.press('x');
  await saved(page);
  assert.deepEqual(await only('two', 'lamp'), { room: 2 });
  await close(opened);
});

test('MG-11 who merges a key is seen by the others, and no more once they are done', TIMEOUT, async () => {
  const opened = await openMerge({ bucket: 'both', key: 'rota', contentType: 'text/plain', base: 'one', versions: ['two', 'three'] });
  const second = await stage.open('#/conflicts', stage.member(1));
  await second.page.getByTestId('conflict-row').filter({ hasText: 'rota' }).getByTestId('conflict-merging').waitFor();
  await screenshotThemes(second.page, 'conflicts-merged-elsewhere');
  await assertAccessible(second.page, 'inbox with a merge elsewhere');
  await goToMerge(second.page, { bucket: 'both', key: 'rota' });
  for (const { page } of [opened, second]) await page.getByTestId('merge-others').waitFor();
  await screenshotThemes(second.page, 'merge-elsewhere');
  await assertAccessible(second.page, 'a merge that somebody else does too');
  await opened.page.keyboard.press('Escape');
  await second.page.getByTestId('merge-others').waitFor({ state: 'detached' });
  await close(second);
  await close(opened);
});

test('five versions of twenty fields by keyboard alone', TIMEOUT, async () => {
  const fields = Array.from({ length: 20 }, (_, index) => `field ${index}`);
  const version = (number: number): string => JSON.stringify(Object.fromEntries(fields.map((field, index) => [field, index % 4 === 3 && number !== 2 ? 'old' : `${field} by ${number}`])));
  const opened = await openMerge({ bucket: 'five', key: 'form', contentType: JSON_TYPE, base: JSON.stringify(Object.fromEntries(fields.map((field) => [field, 'old']))), versions: [1, 2, 3, 4, 5].map(version) });
  const { page } = opened;
  assert.equal(await page.getByTestId('merge-column').count(), 6);
  await screenshotThemes(page, 'merge-five');
  await assertAccessible(page, 'merge of five');
  for (let left = 15; left > 0; left -= 1) {
    await page.keyboard.press('n');
    await page.keyboard.press('3');
  }
  await page.keyboard.press('e');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('typed');
  await page.keyboard.press('Escape');
  await page.getByTestId('merge-progress').filter({ hasText: 'Everything is decided' }).waitFor();
  await saved(page);
  const result = await only('five', 'form');
  assert.equal(Object.values(result).filter((value) => value === 'typed').length, 1);
  assert.equal(Object.entries(result).filter(([field, value]) => value === `${field} by 2` && Number(field.slice(6)) % 4 === 3).length, 5, 'what only one changed is taken');
  await close(opened);
});

test('twenty-five versions: each variant once, the twelfth by two digits, the sum of all', TIMEOUT, async () => {
  const versions = Array.from({ length: 25 }, (_, index) => JSON.stringify({ count: 101 + index, shelf: index % 3 === 0 ? 'B' : 'A', by: `row ${index}` }));
  const opened = await openMerge({ bucket: 'many', key: 'stock', contentType: JSON_TYPE, base: '{"count":100,"shelf":"A","by":""}', versions });
  const { page } = opened;
  const row = (label: string) => page.locator(`[data-testid=merge-row][data-label="${label}"]`);
  assert.equal(await row('shelf').getByTestId('merge-variant').count(), 2);
  assert.equal(await row('count').getByTestId('merge-variant').count(), 26);
  assert.equal(await row('shelf').getByTestId('merge-state').getAttribute('data-state'), 'auto');
  await screenshotThemes(page, 'merge-many');
  await assertAccessible(page, 'merge of twenty-five');
  await row('by').locator('[data-decision]').focus();
  for (const key of ['1', '2']) await page.keyboard.press(key);
  assert.equal(await row('by').getByTestId('merge-take').and(page.locator('[aria-pressed=true]')).getAttribute('data-number'), '12');
  await row('count').locator('[data-decision]').focus();
  await page.keyboard.press('s');
  await page.keyboard.press('v');
  await page.getByTestId('merge-column').nth(25).waitFor();
  await saved(page);
  const { count, shelf } = await only('many', 'stock');
  assert.deepEqual([count, shelf], [100 + (25 * 26) / 2, 'B']);
  await close(opened);
});

test('a deletion is a column of its own, and never wins by itself', TIMEOUT, async () => {
  const opened = await openMerge({ bucket: 'gone', key: 'chair', contentType: JSON_TYPE, base: '{"legs":4}', versions: ['{"legs":3}', null] });
  const { page } = opened;
  await page.getByTestId('merge-column').filter({ hasText: new RegExp(`deleted by ${writer(2)}`) }).waitFor();
  assert.equal(await page.getByTestId('merge-save').isDisabled(), true);
  await screenshotThemes(page, 'merge-deleted');
  await assertAccessible(page, 'merge with a deletion');
  const keep = page.locator('[data-testid=merge-row][data-label="keep or delete"]').getByTestId('merge-take').filter({ hasText: 'keep it' });
  await keep.click();
  await saved(page);
  assert.deepEqual(await only('gone', 'chair'), { legs: 3 });
  await close(opened);
});

test('files are shown, and all can be kept under keys of their own', TIMEOUT, async () => {
  const pictures = ['iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC', 'R0lGODlhAQABAIAAAP8AAAAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=='];
  const opened = await openMerge({ bucket: 'files', key: 'logo.png', contentType: 'image/png', versions: pictures.map((picture) => Buffer.from(picture, 'base64')) });
  const { page } = opened;
  await page.locator('[data-testid=merge-take] img').nth(1).waitFor();
  assert.match(await page.getByTestId('merge-people').innerText(), /Common version unknown/);
  await screenshotThemes(page, 'merge-file');
  await assertAccessible(page, 'merge of files');
  await page.keyboard.press('b');
  await saved(page);
  const keys = ((await first().ask('GET', '/v1/buckets/files/keys')).json().keys as { key: string }[]).map(({ key }) => key);
  assert.equal(keys.length, 2, keys.join());
  const kept = await Promise.all(keys.map((key) => siblingsOf(first(), 'files', key)));
  assert.deepEqual(kept.flat().sort(), [...pictures].sort());
  await close(opened);
});

test('a draft survives the window, and a version that came while it was closed', TIMEOUT, async () => {
  const name = { bucket: 'draft', key: 'sheet' };
  const base = '{"a":1,"b":1}';
  const opened = await openMerge({ ...name, contentType: JSON_TYPE, base, versions: ['{"a":2,"b":2}', '{"a":3,"b":3}'] });
  const { page, context } = opened;
  const row = (label: string) => page.locator(`[data-testid=merge-row][data-label="${label}"]`);
  await row('a').locator('[data-decision]').focus();
  await page.keyboard.press('1');
  await row('b').locator('[data-decision]').focus();
  await page.keyboard.press('e');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('77');
  await page.reload();
  await page.getByTestId('merge-draft').waitFor();
  assert.match(await row('b').getByTestId('merge-result-cell').innerText(), /77/);
  await page.close();
  const { headers } = await first().ask('GET', '/v1/buckets/draft/keys/sheet', { headers: { accept: 'application/json' } });
  assert.ok(headers['x-causal-context'] !== undefined);
  await first().ask('PUT', '/v1/buckets/draft/keys/sheet?w=all', { headers: { 'content-type': JSON_TYPE }, body: '{"a":9,"b":1}' });
  const again = await context.newPage();
  await again.goto(`${first().url}/?token=${first().token}`);
  await again.getByTestId('nav-keys').waitFor();
  await goToMerge(again, name);
  await again.getByTestId('merge-draft').filter({ hasText: 'asked again' }).waitFor();
  await context.close();
});

test('apply all safe: a preview first, one left out, and all of it taken back', TIMEOUT, async () => {
  const base = '{"a":1,"b":1}';
  for (const key of ['safe 1', 'safe 2', 'safe 3']) await writeApart(stage.members, { bucket: 'bulk', key, contentType: JSON_TYPE, base, versions: ['{"a":2,"b":1}', '{"a":1,"b":3}'] });
  await writeApart(stage.members, { bucket: 'bulk', key: 'clash', contentType: JSON_TYPE, base, versions: ['{"a":2,"b":1}', '{"a":5,"b":1}'] });
  const opened = await stage.open();
  const { page } = opened;
  await page.getByTestId('nav-conflicts').click();
  await page.getByTestId('conflict-row').filter({ hasText: 'safe 3' }).waitFor();
  await page.keyboard.press('a');
  await page.getByTestId('safe-item').filter({ hasText: 'safe 3' }).waitFor();
  assert.equal(await page.getByTestId('safe-item').filter({ hasText: 'clash' }).count(), 0);
  assert.equal((await siblingsOf(first(), 'bulk', 'safe 1')).length, 2, 'a preview saves nothing');
  await screenshotThemes(page, 'safe-preview');
  await assertAccessible(page, 'preview of the bulk merge');
  await page.getByTestId('safe-item').filter({ hasText: 'safe 2' }).getByRole('checkbox').uncheck();
  await page.getByTestId('safe-apply').click();
  await page.getByTestId('safe-done').waitFor();
  assert.deepEqual(await only('bulk', 'safe 1'), { a: 2, b: 3 });
  assert.equal((await siblingsOf(first(), 'bulk', 'safe 2')).length, 2);
  assert.equal((await siblingsOf(first(), 'bulk', 'clash')).length, 2);
  await page.getByTestId('safe-undo').click();
  await page.getByTestId('safe-close').waitFor();
  await page.getByTestId('safe-done').waitFor();
  assert.deepEqual([...(await siblingsOf(first(), 'bulk', 'safe 1'))].sort(), ['{"a":1,"b":3}', '{"a":2,"b":1}']);
  await page.getByTestId('safe-close').click();
  await page.getByTestId('conflict-safe').nth(2).waitFor();
  await page.getByTestId('apply-all-safe').click();
  await page.locator('[data-testid=safe-apply]:enabled').click();
  await page.getByTestId('safe-done').waitFor();
  for (const key of ['safe 1', 'safe 2', 'safe 3']) assert.deepEqual(await only('bulk', key), { a: 2, b: 3 }, 'what was undone merges as before');
  await page.getByTestId('safe-close').click();
  await close(opened);
});

test('a long inbox comes page by page, and only what is in sight exists', TIMEOUT, async () => {
  const keys = Array.from({ length: 230 }, (_, index) => `k${String(index).padStart(3, '0')}`);
  for (let from = 0; from < keys.length; from += 10) {
    await Promise.all(keys.slice(from, from + 10).map((key) => writeApart(stage.members, { bucket: 'zz', key, contentType: 'text/plain', versions: ['one', 'two'] })));
  }
  const listed: string[] = [];
  for (let next: string | undefined = '', page; next !== undefined; next = page.next as string | undefined) {
    page = (await first().ask('GET', `/v1/conflicts?bucket=zz&limit=100${next === '' ? '' : `&after=${next}`}`)).json();
    listed.push(...(page.conflicts as { key: string }[]).map(({ key }) => key));
  }
  assert.deepEqual(listed, keys);
  const opened = await stage.open();
  const { page } = opened;
  await page.getByTestId('nav-conflicts').click();
  await page.getByTestId('conflict-row').first().waitFor();
  assert.ok((await page.getByTestId('conflict-row').count()) < 60);
  const last = page.locator('[data-testid=conflict-row]:focus').filter({ hasText: 'k229' });
  await until('the end, page by page', async () => {
    await page.keyboard.press('End');
    return (await last.count()) > 0;
  });
  assert.ok((await page.getByTestId('conflict-row').count()) < 60);
  await assertAccessible(page, 'long inbox');
  await close(opened);
});
