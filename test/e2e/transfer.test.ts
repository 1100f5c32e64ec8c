/** Records out into a file and in from one, in a real Chromium over real members. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { RunningMember } from '../cluster/member-harness.ts';
import { until } from '../cluster/member-harness.ts';
import { assertAccessible, close, type OpenWindow } from './browser.ts';
import { setStage } from './stage.ts';
import { screenshotThemes } from './story.ts';

const TIMEOUT = { timeout: 240_000 };
const STEP = { timeout: 60_000 };
const TEXT = { 'content-type': 'text/markdown' };
const NOTES = ['opening.md', 'plan.md', 'freezer.md'];

let other: RunningMember;
const stage = setStage(3, async () => {
  other = await stage.start('other', ['--create-team', 'Other', '--partitions', '8']);
  for (const key of NOTES) await write(key, `# ${key}`);
  for (const body of ['ours', 'theirs']) await write('conflict.md', body);
});
const member = (index: number): RunningMember => stage.member(index);
const open = (of: RunningMember, hash = '#/keys'): Promise<OpenWindow> => stage.open(hash, of);

async function write(key: string, body: string): Promise<void> {
  const answer = await member(0).ask('PUT', `/v1/buckets/notes/keys/${key}?w=all`, { headers: TEXT, body });
  assert.equal(answer.status, 200, answer.text);
}

/** By the palette: nothing needs a pointer. */
async function command(page: Page, words: string, testid: string): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.locator('[data-testid=palette-input]:focus').waitFor(STEP);
  await page.keyboard.type(words);
  await page.getByTestId('palette-item').filter({ hasText: new RegExp(words, 'i') }).first().waitFor(STEP);
  await page.keyboard.press('Enter');
  await page.getByTestId(testid).waitFor(STEP);
}

const figures = async (page: Page): Promise<Readonly<Record<string, number>>> =>
  Object.fromEntries(await page.getByTestId('import-figure').evaluateAll((rows) =>
    rows.map((row) => [row.getAttribute('data-figure') ?? '', Number((row.querySelector('.count')?.textContent ?? '').replaceAll(',', ''))])));

const focused = (page: Page): Promise<string | null> => page.evaluate(() => document.activeElement?.getAttribute('data-testid') ?? null);

/** Chooses the file as the system's dialog would hand it on. */
async function choose(page: Page, button: string, path: string): Promise<void> {
  const dialog = page.waitForEvent('filechooser');
  await page.getByTestId(button).press('Enter');
  await (await dialog).setFiles(path);
}

test('WN-30 WN-31 a bucket goes into a file and into another team, by keyboard alone, with a preview before', TIMEOUT, async () => {
  const out = await open(member(0), '#/keys/notes');
  await out.page.getByTestId('key-row').first().waitFor();
  await out.page.getByTestId('bucket-menu').press('Enter');
  await out.page.getByTestId('bucket-menu-items').waitFor();
  await assertAccessible(out.page, 'menu of a bucket');
  await out.page.keyboard.press('Enter');
  await out.page.getByTestId('export-dialog').waitFor(STEP);
  await screenshotThemes(out.page, 'export');
  await assertAccessible(out.page, 'export');
  assert.equal(await out.page.getByTestId('export-bucket').isChecked(), true);
  const download = out.page.waitForEvent('download');
  await out.page.getByTestId('export-now').press('Enter');
  const saved = await download;
  const file = join(stage.dir, saved.suggestedFilename());
  assert.match(saved.suggestedFilename(), /^ringleaf-notes-\d{4}-\d\d-\d\d\.jsonl$/);
  await saved.saveAs(file);
  await out.page.getByTestId('export-done').filter({ hasText: '4 keys' }).waitFor(STEP);
  assert.equal(await focused(out.page), 'export-close');
  await assertAccessible(out.page, 'exported');
  await out.page.keyboard.press('Escape');
  await out.page.getByTestId('export-dialog').waitFor({ state: 'detached' });
  await close(out);
  const lines = (await readFile(file, 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line) as { readonly key: string; readonly siblings: readonly object[] });
  assert.deepEqual(lines.map(({ key, siblings }) => [key, siblings.length]), [['conflict.md', 2], ['freezer.md', 1], ['opening.md', 1], ['plan.md', 1]]);

  const faulty = join(stage.dir, 'with-faults.jsonl');
  await writeFile(faulty, `${await readFile(file, 'utf8')}not json\n{"bucket":"notes"}\n`);
  const into = await open(other);
  const { page } = into;
  await page.getByTestId('import-first').waitFor();
  await command(page, 'import', 'import-dialog');
  assert.equal(await focused(page), 'import-choose');
  await assertAccessible(page, 'import');
  await choose(page, 'import-choose', faulty);
  await page.getByTestId('import-now').waitFor(STEP);
  assert.deepEqual(await figures(page), { written: 5, present: 0, failures: 2 });
  assert.match(await page.getByTestId('import-faults').innerText(), /Line 5\s+The line is not JSON[^]*Line 6\s+key is missing/);
  assert.deepEqual((await other.ask('GET', '/v1/buckets')).json().buckets, [], 'nothing is written before somebody says so');
  await screenshotThemes(page, 'import-preview');
  await assertAccessible(page, 'import preview');
  assert.equal(await focused(page), 'import-now');
  assert.match(await page.getByTestId('import-now').evaluate((button) => document.getElementById(button.getAttribute('aria-describedby') ?? '')?.textContent ?? ''), /5\s*would be written/, 'the button says to ears what it is about');
  await page.keyboard.press('Enter');
  await page.locator('[data-testid=import-report][data-dry=false]').waitFor(STEP);
  assert.deepEqual(await figures(page), { written: 5, present: 0, failures: 2 });
  // What was written appears below, row by row; a row that goes while it is looked at has no name.
  await page.getByTestId('copies-mark').nth(NOTES.length).waitFor(STEP);
  await assertAccessible(page, 'imported');
  await page.keyboard.press('Enter');
  await page.getByTestId('import-dialog').waitFor({ state: 'detached' });
  await page.getByTestId('key-row').filter({ hasText: 'plan.md' }).waitFor(STEP);
  await page.getByTestId('nav-conflicts-count').filter({ hasText: '1' }).waitFor(STEP);

  await command(page, 'import', 'import-dialog');
  await choose(page, 'import-choose', file);
  await page.getByTestId('import-nothing').waitFor(STEP);
  assert.deepEqual(await figures(page), { written: 0, present: 5 }, 'a second import finds nothing to do');
  await close(into);
});

test('WN-32 a file of another kind, an empty one, and one that nobody can compare are refused in words', TIMEOUT, async () => {
  const picture = join(stage.dir, 'picture.jsonl');
  await writeFile(picture, Buffer.from(Array.from({ length: 400_000 }, (_, index) => (index % 97 === 0 ? 10 : (index * 7) % 256))));
  const empty = join(stage.dir, 'empty.jsonl');
  await writeFile(empty, '\n');
  const opened = await open(member(0), '#/keys/notes');
  const { page } = opened;
  await command(page, 'import', 'import-dialog');
  await choose(page, 'import-choose', picture);
  await page.getByTestId('import-trouble').filter({ hasText: 'no export of Ringleaf' }).waitFor(STEP);
  await screenshotThemes(page, 'import-refused');
  await assertAccessible(page, 'import of another kind of file');
  await choose(page, 'import-other', empty);
  await page.getByTestId('import-trouble').filter({ hasText: 'is empty' }).waitFor(STEP);
  await close(opened);
});

/** One key over and over: a context is of its key, and to compare it costs a read each time. */
async function longFile(path: string, count: number): Promise<void> {
  const [line = ''] = (await member(0).ask('GET', '/v1/export?bucket=notes')).text.split('\n');
  await writeFile(path, `${line}\n`.repeat(count));
}

test('WN-31 WN-32 an import is stopped, goes on, and says so when the engine goes away midway', TIMEOUT, async () => {
  const file = join(stage.dir, 'long.jsonl');
  await longFile(file, 60_000);
  const { page, context } = await open(member(1), '#/keys/notes');
  await command(page, 'import', 'import-dialog');
  await choose(page, 'import-choose', file);
  await page.getByTestId('import-progress').filter({ hasText: /[1-9][\d,]* lines/ }).waitFor(STEP);
  assert.equal(await focused(page), 'import-stop');
  await assertAccessible(page, 'import under way');
  await page.keyboard.press('Escape');
  await page.getByTestId('import-report').filter({ hasText: 'until it was stopped' }).waitFor(STEP);
  await page.getByTestId('import-again').press('Enter');
  await page.getByTestId('import-progress').filter({ hasText: /[1-9][\d,]* lines/ }).waitFor(STEP);
  await member(1).kill();
  await page.getByTestId('import-trouble').filter({ hasText: 'engine on this device went away' }).waitFor(STEP);
  await assertAccessible(page, 'import without the engine');
  await page.keyboard.press('Escape');
  await page.getByTestId('import-dialog').waitFor({ state: 'detached' });
  await context.close();
});

test('WN-32 with too few devices reachable nothing is imported or exported, and it is said what to do', TIMEOUT, async () => {
  const file = join(stage.dir, 'backup.jsonl');
  await writeFile(file, (await member(0).ask('GET', '/v1/export?bucket=notes')).text.split('\n').flatMap((line) => (line === '' ? [] : Array.from({ length: 10 }, () => line))).join('\n'));
  await member(2).kill();
  await until('both others are known to be away', async () => {
    const known = (await member(0).ask('GET', '/v1/members')).json() as { liveness: string }[];
    return known.filter(({ liveness }) => liveness === 'down').length === 2;
  }, 90_000);
  const opened = await open(member(0), '#/keys/notes');
  const { page } = opened;
  await command(page, 'import', 'import-dialog');
  await choose(page, 'import-choose', file);
  await page.getByTestId('import-trouble').filter({ hasText: 'Too few devices' }).waitFor(STEP);
  await page.keyboard.press('Escape');
  await page.getByTestId('import-dialog').waitFor({ state: 'detached' });
  await command(page, 'export', 'export-dialog');
  await page.getByTestId('export-now').press('Enter');
  await page.getByTestId('export-trouble').filter({ hasText: 'Too few devices' }).waitFor(STEP);
  await screenshotThemes(page, 'export-refused');
  await assertAccessible(page, 'export refused');
  await close(opened);
});
