/**
 * The main job, as a person does it in the window: write a record, find that somebody else changed
 * it at the same time, merge, see that all is safe. Played in Chromium and in Electron alike.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { Asked } from '../cluster/team-steps.ts';
import { until } from '../cluster/member-harness.ts';
import { settled } from './browser.ts';

/** `RINGLEAF_SCREENS=docs/screens` keeps the pictures. */
const SCREENS = process.env['RINGLEAF_SCREENS'];
const STEP_MS = 45_000;

const STOCK = '/v1/buckets/inventory/keys/microscope-3';
const NOTE = '/v1/buckets/notes/keys/opening.md';
const JSON_TYPE = { 'content-type': 'application/json' };
const TEXT_TYPE = { 'content-type': 'text/markdown' };

const noteOf = (lights: string, freezer: string, ask: string): string =>
  `# Opening the lab\n\n${lights}\n\nFume hood on.\n\n${freezer}\n\nWindows shut, gas off.\n\nQuestions: ${ask}\n`;
const NOTE_BASE = noteOf('Lights on.', 'Check the freezer log.', 'Ada');
const NOTE_OURS = noteOf('Lights on, alarm off.', 'Check the freezer log.', 'Ada or Cleo');
const NOTE_THEIRS = noteOf('Lights on.', 'Check the freezer log and sign it.', 'Ben');

export async function screenshot(page: Page, name: string): Promise<void> {
  if (SCREENS === undefined) return;
  mkdirSync(SCREENS, { recursive: true });
  await settled(page);
  await page.screenshot({ path: join(SCREENS, `${name}.png`) });
}

/** Both themes of what is shown now. */
export async function screenshotThemes(page: Page, name: string): Promise<void> {
  if (SCREENS === undefined) return;
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await screenshot(page, `${name}-${theme}`);
  }
  await page.emulateMedia({ colorScheme: null });
}

/** A record and a note, each changed by two members who had seen the same version. */
export async function makeConflicts(ours: Asked, theirs: Asked): Promise<void> {
  const record = { name: 'Microscope 3', room: 'B12', lenses: 4, serviced: '2026-03-02', owner: 'Ada' };
  await changedTwice(ours, theirs, STOCK, JSON_TYPE, [
    JSON.stringify(record, null, 2),
    JSON.stringify({ ...record, room: 'B14', lenses: 5 }, null, 2),
    JSON.stringify({ ...record, serviced: '2026-11-20', lenses: 3 }, null, 2),
  ]);
  await changedTwice(ours, theirs, NOTE, TEXT_TYPE, [NOTE_BASE, NOTE_OURS, NOTE_THEIRS]);
}

async function changedTwice(
  ours: Asked,
  theirs: Asked,
  path: string,
  headers: Readonly<Record<string, string>>,
  [base, here, there]: readonly [string, string, string],
): Promise<void> {
  const first = await ours.ask('PUT', `${path}?w=all`, { headers, body: base });
  assert.equal(first.status, 200, first.text);
  const seen = { ...headers, 'x-causal-context': String(first.headers['x-causal-context']) };
  assert.equal((await ours.ask('PUT', `${path}?w=all`, { headers: seen, body: here })).status, 200);
  assert.equal((await theirs.ask('PUT', `${path}?w=all`, { headers: seen, body: there })).status, 200);
}

/** Types a new note in the editor and sees it reach every copy. */
export async function writeNote(page: Page): Promise<void> {
  await page.getByTestId('new-key').first().click();
  await page.getByTestId('new-key-bucket').fill('notes');
  await page.getByTestId('new-key-name').fill('welcome.md');
  await page.getByTestId('new-key-submit').click();
  await page.getByTestId('editor-text').click();
  await page.keyboard.type('Written in the window.');
  await page.keyboard.press('Control+s');
  await page.locator('[data-testid=saved-state][data-state=safe]').waitFor({ timeout: STEP_MS });
}

/** The field matrix: safe fields are taken by themselves, one is chosen by key. */
export async function mergeRecord(page: Page): Promise<void> {
  await openConflict(page, 'microscope-3');
  const open = page.locator('[data-testid=merge-row][data-label=lenses]');
  await open.waitFor({ timeout: STEP_MS });
  for (const head of await page.getByTestId('merge-clock').allInnerTexts()) assert.match(head, /^(own clock|clock agrees|clock not known)$/);
  await screenshotThemes(page, 'merge-record');
  await open.getByTestId('merge-take').first().focus();
  await page.keyboard.press('2');
  await save(page);
}

/** The text merge: both changed lines come together, the clash is decided. */
export async function mergeNote(page: Page): Promise<void> {
  await openConflict(page, 'opening.md');
  await page.getByTestId('merge-view').waitFor({ timeout: STEP_MS });
  await page.getByTestId('merge-card').first().waitFor({ timeout: STEP_MS });
  await screenshotThemes(page, 'merge-note');
  for (const card of await page.getByTestId('merge-card').all()) {
    if ((await card.getByTestId('merge-state').first().getAttribute('data-state')) !== 'open') continue;
    await card.getByTestId('merge-take').last().click();
  }
  await save(page);
}

async function openConflict(page: Page, key: string): Promise<void> {
  await page.getByTestId('nav-conflicts').click();
  if (key === 'microscope-3') await page.getByTestId('conflict-row').filter({ hasText: key }).getByTestId('conflict-settled').filter({ hasText: '2 by itself' }).waitFor();
  await page.getByTestId('conflict-row').filter({ hasText: key }).click();
}

async function save(page: Page): Promise<void> {
  await page.getByTestId('merge-save').click();
  await page.getByTestId('merge-saved').waitFor({ timeout: STEP_MS });
}

/** One value everywhere, and it has what both had written. */
export async function assertMerged(members: readonly Asked[]): Promise<void> {
  for (const member of members) {
    await until('the merge has arrived', async () => (await member.ask('GET', STOCK)).status === 200);
    const record = (await member.ask('GET', STOCK)).json() as Record<string, unknown>;
    assert.deepEqual([record['room'], record['serviced']], ['B14', '2026-11-20'], 'safe fields of both sides');
    assert.ok(record['lenses'] === 5 || record['lenses'] === 3, 'the one that was chosen');
    const note = await member.ask('GET', NOTE);
    assert.equal(note.status, 200, note.text);
    assert.match(note.text, /alarm off/);
    assert.match(note.text, /sign it[^]*Questions: (Ben|Ada or Cleo)\n/);
    assert.deepEqual((await member.ask('GET', '/v1/conflicts')).json().conflicts, []);
  }
}
