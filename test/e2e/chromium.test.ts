/** The interface in a real Chromium, served by real members over loopback. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertAccessible, close, openWindow } from './browser.ts';
import { setStage } from './stage.ts';
import { assertMerged, makeConflicts, mergeNote, mergeRecord, screenshotThemes, writeNote } from './story.ts';

const stage = setStage(2);

test('a note is written, a conflict of a record and one of a note are merged', { timeout: 180_000 }, async () => {
  const opened = await stage.open();
  const { page } = opened;
  await writeNote(page);
  await screenshotThemes(page, 'editor');
  await makeConflicts(stage.member(0), stage.member(1));
  await page.getByTestId('nav-conflicts-count').filter({ hasText: '2' }).waitFor();
  assert.match(await page.title(), /2/);
  await page.getByTestId('nav-conflicts').click();
  await page.getByTestId('conflict-row').first().waitFor();
  await screenshotThemes(page, 'conflicts');
  await assertAccessible(page, 'conflicts');
  await mergeRecord(page);
  await mergeNote(page);
  await assertMerged(stage.members);
  await page.getByTestId('nav-team').click();
  await page.getByTestId('member').nth(1).waitFor();
  await screenshotThemes(page, 'team');
  await assertAccessible(page, 'team');
  await page.getByTestId('nav-keys').click();
  await page.getByTestId('bucket').filter({ hasText: 'notes' }).click();
  await page.getByTestId('key-row').first().waitFor();
  await screenshotThemes(page, 'keys');
  await assertAccessible(page, 'keys');
  await close(opened);
});

test('the other member wrote meanwhile: a late sibling survives the merge', { timeout: 180_000 }, async () => {
  const [first, second] = [stage.member(0), stage.member(1)];
  const path = '/v1/buckets/notes/keys/late.md';
  const headers = { 'content-type': 'text/plain' };
  await first.ask('PUT', `${path}?w=all`, { headers, body: 'one' });
  await second.ask('PUT', `${path}?w=all`, { headers, body: 'two' });
  const { page, context } = await stage.open('', first);
  await page.getByTestId('nav-conflicts').click();
  await page.getByTestId('conflict-row').filter({ hasText: 'late.md' }).click();
  await page.getByTestId('merge-take').first().waitFor();
  await second.ask('PUT', `${path}?w=all`, { headers, body: 'three, while somebody merges' });
  await page.getByTestId('merge-newer').waitFor();
  await page.getByTestId('merge-keep-newer').click();
  await page.getByTestId('merge-take').first().click();
  await page.getByTestId('merge-save').click();
  await page.getByTestId('merge-saved').waitFor();
  await page.getByTestId('merge-again').waitFor();
  const left = await second.ask('GET', path, { headers: { accept: 'application/json' } });
  const values = (left.json().siblings as { value: string }[]).map(({ value }) => value);
  assert.equal(values.length, 2, left.text);
  assert.ok(values.includes('three, while somebody merges'));
  await context.close();
});

test('a device with no team is welcomed, and makes one', { timeout: 180_000 }, async () => {
  const opened = await openWindow(stage.browser, await stage.start('alone'));
  const { page } = opened;
  await page.getByTestId('welcome').waitFor();
  await screenshotThemes(page, 'welcome');
  await assertAccessible(page, 'welcome');
  await page.getByTestId('team-name').fill('Workshop');
  await page.getByTestId('welcome-submit').click();
  await page.getByTestId('nav-team').click();
  await page.getByTestId('invite').click();
  assert.match(await page.getByTestId('invite-link').innerText().catch(() => '') || await page.getByTestId('invite-link').inputValue(), /^ringleaf:\/\/join\//);
  await close(opened);
});
