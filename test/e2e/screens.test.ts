/** The screens beside the records, in a real Chromium over real members. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { RunningMember } from '../cluster/member-harness.ts';
import { samePlace, until } from '../cluster/member-harness.ts';
import { assertAccessible, close, goTo } from './browser.ts';
import { ALONE, setStage, writer } from './stage.ts';
import { screenshotThemes } from './story.ts';

const TIMEOUT = { timeout: 180_000 };
const TEXT = { 'content-type': 'text/plain' };

const stage = setStage(3);
const member = (index: number): RunningMember => stage.member(index);

async function write(of: RunningMember, path: string, body: string, query = ''): Promise<void> {
  const [bucket, key] = path.split('/');
  const answer = await of.ask('PUT', `/v1/buckets/${bucket}/keys/${key}${query}`, { headers: TEXT, body });
  assert.ok(answer.status === 200 || answer.status === 202, answer.text);
}

/** Counts the calls that the window makes from here on, by name. It is loaded anew for it. */
async function countCalls(page: Page): Promise<(name: string) => number> {
  const calls: string[] = [];
  page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => calls.push((JSON.parse(String(payload)) as { call: string }).call)));
  await page.reload();
  await page.getByTestId('ring-drawing').waitFor();
  return (name) => calls.filter((call) => call === name).length;
}

async function dialWords(page: Page): Promise<string> {
  return (await page.getByTestId('ring-dial').getAttribute('aria-valuetext')) ?? '';
}

test('the ring: who keeps what, by keyboard, as tables, and a key on it', TIMEOUT, async () => {
  await write(member(0), 'notes/on-the-ring', 'a', '?w=all');
  const opened = await stage.openByKey('r');
  const { page } = opened;
  await page.getByTestId('ring-drawing').waitFor();
  assert.match(await page.getByTestId('ring-coverage').innerText(), /Every partition has all 3 copies at hand/);
  assert.equal(await page.getByTestId('ring-seat').count(), 3);
  assert.equal(await page.getByTestId('ring-arcs').count(), 9, 'three tracks of three members');

  await page.getByTestId('ring-dial').focus();
  await page.keyboard.press('Home');
  assert.match(await dialWords(page), /^Partition 0 of 64: (Front desk|Workshop|Office), then ((Front desk|Workshop|Office)(, |$)){2}$/);
  await page.keyboard.press('ArrowLeft');
  assert.match(await dialWords(page), /^Partition 63 of 64/);
  await page.keyboard.press('Escape');
  assert.match(await dialWords(page), /^64 partitions/);

  const asked = await countCalls(page);
  await page.keyboard.press('/');
  await page.keyboard.type('notes/on-the-ring');
  await page.keyboard.press('Enter');
  await page.locator('[data-testid=ring-answer][data-state=found]').waitFor();
  assert.equal(await page.locator('[data-testid=ring-keeper][data-state=kept]').count(), 3);
  const before = asked('status');
  await until('the window has looked for news once more', async () => asked('status') > before);
  assert.ok(asked('placement') <= 2, `a key is asked for once, not ${asked('placement')} times`);
  assert.equal(await page.getByTestId('ring-pin').count(), 1);
  assert.deepEqual((await page.getByTestId('ring-seat').evaluateAll((seats) => seats.map((seat) => seat.getAttribute('data-rank')))).sort(), ['1', '2', '3']);
  assert.match(page.url(), /#\/ring\/notes\/on-the-ring$/);
  await screenshotThemes(page, 'ring');
  await assertAccessible(page, 'ring');

  await page.getByTestId('ring-member').first().click();
  assert.equal(await page.locator('[data-testid=ring-arcs].dim').count(), 6);
  await page.keyboard.press('t');
  await page.getByTestId('ring-tables').waitFor();
  assert.equal(await page.getByTestId('ring-table-member').count(), 3);
  const kept = await page.getByTestId('ring-table-group').locator('td:nth-child(2)').allInnerTexts();
  assert.equal(kept.reduce((sum, count) => sum + Number(count), 0), 64);
  await screenshotThemes(page, 'ring-table');
  await assertAccessible(page, 'ring as tables');
  await page.getByTestId('ring-lookup').fill('no slash');
  await page.getByTestId('ring-lookup-submit').click();
  await page.getByRole('alert').filter({ hasText: 'a slash' }).waitFor();
  await close(opened);
});

test('the ring lives: a member goes, hints wait for it, it comes back; the engine goes, and its picture stays', TIMEOUT, async () => {
  const gone = member(2);
  const opened = await stage.openByKey('r');
  const { page, complaints } = opened;
  await page.getByTestId('ring-drawing').waitFor();
  await gone.kill();
  await page.locator(`[data-testid=ring-member][data-member="${gone.memberId}"][data-liveness=down]`).waitFor({ timeout: 60_000 });
  for (let count = 0; count < 12; count += 1) await write(member(0), `notes/while-away-${count}`, 'x');
  await page.locator(`[data-testid=ring-hints][data-member="${gone.memberId}"]`).or(page.getByTestId('ring-traffic').filter({ hasText: 'here for' })).first().waitFor();
  assert.match(await page.getByTestId('ring-coverage').innerText(), /^All 64 partitions have 2 of 3 copies at hand/);
  await screenshotThemes(page, 'ring-away');
  await assertAccessible(page, 'ring with a member away');
  await stage.startAgain(2, samePlace(gone));
  await page.getByTestId('ring-coverage').filter({ hasText: 'Every partition' }).waitFor({ timeout: 60_000 });
  await page.getByTestId('ring-traffic').filter({ hasText: 'Nothing waits' }).waitFor({ timeout: 60_000 });
  assert.deepEqual(complaints, []);
  await opened.context.close();

  const alone = await stage.start('alone', ALONE);
  const single = await stage.openByKey('r', alone);
  await single.page.getByTestId('ring-coverage').filter({ hasText: 'its one copy' }).waitFor();
  await alone.kill();
  await single.page.getByTestId('engine-lost').waitFor();
  assert.equal(await single.page.getByTestId('ring-seat').count(), 1);
  await assertAccessible(single.page, 'ring without the engine');
  await single.context.close();
});

test('settings: the theme, and how a bucket keeps its records, for the whole team', TIMEOUT, async () => {
  await write(member(0), 'notes/a-record', 'a');
  const opened = await stage.openByKey('s');
  const { page } = opened;
  await page.getByTestId('settings').waitFor();
  await page.getByTestId('theme-dark').check();
  assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
  await page.getByTestId('theme-system').check();
  assert.equal(await page.locator('html').getAttribute('data-theme'), null);
  const device = await page.getByTestId('settings-device').innerText();
  assert.match(device, new RegExp(`m1[^]*${member(0).memberId}`));
  assert.match(device, /identity\.key[^]*mode 0600[^]*not encrypted[^]*http:\/\/127\.0\.0\.1[^]*http-token/);
  assert.equal(device.includes(member(0).token), false);

  await page.getByTestId('settings-bucket-select').selectOption('notes');
  await page.getByTestId('settings-meaning').filter({ hasText: 'done when 2 of its 3 devices' }).waitFor();
  assert.equal(await page.getByTestId('settings-save').isDisabled(), true);
  await screenshotThemes(page, 'settings');
  await assertAccessible(page, 'settings');
  await page.getByTestId('setting-w').selectOption('3');
  await page.getByTestId('setting-n').selectOption('2');
  await page.getByRole('alert').filter({ hasText: 'only 2 copies' }).waitFor();
  assert.equal(await page.getByTestId('settings-save').isDisabled(), true);
  await page.getByTestId('setting-w').selectOption('all');
  await page.getByTestId('setting-resolution').selectOption('lww');
  await page.getByTestId('setting-history-versions').fill('3');
  await page.getByTestId('settings-warning').filter({ hasText: 'nobody is asked' }).waitFor();
  await assertAccessible(page, 'settings with warnings');
  await page.getByTestId('settings-save').click();
  await page.getByText('Settings of notes saved').waitFor();
  await until('another member follows them', async () => {
    const { n, w, resolution, historyVersions, r } = (await member(1).ask('GET', '/v1/buckets/notes')).json();
    return JSON.stringify([n, w, resolution, historyVersions, r]) === '[2,"all","lww",3,"quorum"]';
  });
  await page.getByTestId('nav-keys').click();
  await page.getByTestId('bucket').filter({ hasText: 'notes' }).click();
  await page.getByTestId('bucket-menu').click();
  await page.getByTestId('bucket-settings').click();
  assert.match(page.url(), /#\/settings\/notes$/);
  assert.equal(await page.getByTestId('setting-n').inputValue(), '2');
  await close(opened);
});

test('WN-24 settings encrypt the device’s key by a passphrase that is typed twice, and take it off', TIMEOUT, async () => {
  const opened = await stage.openByKey('s');
  const { page } = opened;
  const [first, again, button] = [page.getByTestId('key-passphrase'), page.getByTestId('key-again'), page.getByTestId('key-protect')];
  const isEncrypted = async (): Promise<boolean> => (await member(0).ask('GET', '/v1/status')).json().access.key.isProtected;
  await page.getByTestId('key-state').filter({ hasText: 'is not encrypted' }).waitFor();
  assert.deepEqual([await page.getByTestId('key-by-nothing').isChecked(), await first.count(), await button.count()], [true, 0, 0]);
  assert.equal(await page.getByTestId('key-by-keychain').isDisabled(), true);
  assert.match(await page.getByTestId('settings-key').innerText(), /This computer’s keychain\s+Only the desktop app can use it/);
  await page.getByTestId('key-by-passphrase').check();
  await first.fill('correct horse');
  await again.fill('correct house');
  await page.getByRole('alert').filter({ hasText: 'These two differ' }).waitFor();
  assert.equal(await button.isDisabled(), true);
  await assertAccessible(page, 'a passphrase that was mistyped');
  for (const field of [first, again]) await field.fill('short');
  await button.click();
  await page.getByRole('alert').filter({ hasText: '8 to 1024 characters' }).waitFor();
  assert.equal(await isEncrypted(), false);
  for (const field of [first, again]) await field.fill('correct horse');
  await button.click();
  await page.getByTestId('key-state').filter({ hasText: 'encrypted by a passphrase' }).waitFor();
  await page.getByTestId('key-said').filter({ hasText: 'asks for the passphrase at its next start' }).waitFor();
  assert.equal(await isEncrypted(), true);
  assert.deepEqual([await first.inputValue(), await again.inputValue()], ['', '']);
  assert.match(await page.getByTestId('settings-device').innerText(), /mode 0600[^]*It is encrypted by a passphrase/);
  await assertAccessible(page, 'settings with an encrypted key');
  assert.equal(await page.getByTestId('key-by-passphrase').isChecked(), true);
  assert.equal(await button.innerText(), 'Change the passphrase');
  await page.getByTestId('key-by-nothing').check();
  await button.click();
  await page.getByTestId('key-state').filter({ hasText: 'is not encrypted' }).waitFor();
  assert.equal(await isEncrypted(), false);
  await close(opened);
});

test('settings without a bucket, and without the engine', TIMEOUT, async () => {
  const alone = await stage.start('no-bucket', ALONE);
  const { page, context } = await stage.openByKey('s', alone);
  await page.getByTestId('empty-state').filter({ hasText: 'No bucket yet' }).waitFor();
  await page.getByTestId('settings-no-desktop').filter({ hasText: 'in a browser' }).waitFor();
  await assertAccessible(page, 'settings without a bucket');
  await goTo(page, '#/settings/later');
  await page.getByTestId('setting-n').selectOption('1');
  await alone.kill();
  await page.getByTestId('engine-lost').waitFor();
  assert.equal(await page.getByTestId('settings-save').isDisabled(), true);
  assert.equal(await page.getByTestId('setting-n').inputValue(), '1', 'what was changed waits');
  await context.close();
});

test('activity: what happened, as it happens, filtered and exported', TIMEOUT, async () => {
  const opened = await stage.openByKey('a');
  const { page } = opened;
  const line = (words: string | RegExp) => page.getByTestId('activity-line').filter({ hasText: words });
  await page.getByTestId('activity').waitFor();
  await write(member(1), 'diary/monday', 'a', '?w=all');
  await line(`${writer(1)} wrote diary/monday`).waitFor();
  for (let count = 0; count < 7; count += 1) await write(member(0), `diary/day-${count}`, 'x');
  await line('You wrote 7 records in diary').waitFor();
  await write(member(1), 'diary/monday', 'b', '?w=all');
  await line('diary/monday has versions').waitFor();

  const gone = member(2);
  await gone.kill();
  await line('Office went away').waitFor({ timeout: 60_000 });
  for (let count = 0; count < 5; count += 1) await write(member(0), `diary/away-${count}`, 'x');
  await stage.startAgain(2);
  await line('Office is back').waitFor({ timeout: 60_000 });
  await line('handed to Office').waitFor({ timeout: 60_000 });
  await screenshotThemes(page, 'activity');
  await assertAccessible(page, 'activity');

  await page.getByTestId('activity-more').first().click();
  await page.keyboard.press('f');
  await page.keyboard.type('went away');
  assert.deepEqual(await page.getByTestId('activity-line').evaluateAll((lines) => [...new Set(lines.map((one) => one.getAttribute('data-kind')))]), ['away']);
  await page.keyboard.press('Escape');
  await page.locator('[data-testid=activity-topic][data-topic=conflicts]').click();
  assert.equal(await page.getByTestId('activity-line').count(), 1);
  await page.keyboard.press('f');
  await page.keyboard.type('nothing is like this');
  await page.getByTestId('empty-state').filter({ hasText: 'Nothing like that' }).waitFor();
  await assertAccessible(page, 'activity with nothing found');
  await page.getByTestId('activity-show-all').click();

  const download = page.waitForEvent('download');
  await page.getByTestId('activity-export').click();
  const path = await (await download).path();
  const kinds = (await readFile(path, 'utf8')).trimEnd().split('\n').map((text) => (JSON.parse(text) as { kind: string }).kind);
  for (const kind of ['put', 'conflict', 'away', 'back', 'hints']) assert.ok(kinds.includes(kind), `${kind} in ${kinds.join()}`);
  const news = (await member(0).ask('GET', '/v1/activity?limit=1')).json();
  assert.equal(news.entries.length, 1);
  assert.deepEqual((await member(0).ask('GET', `/v1/activity?after=${news.latest}`)).json().entries, []);
  await line('diary/monday has versions').getByRole('link').click();
  await page.getByTestId('merge-save').waitFor();
  await close(opened);
});

test('activity that is quiet, and without the engine', TIMEOUT, async () => {
  const alone = await stage.start('quiet', ALONE);
  const { page, context } = await stage.openByKey('a', alone);
  await page.getByTestId('empty-state').filter({ hasText: 'Quiet so far' }).waitFor();
  await assertAccessible(page, 'quiet activity');
  await write(alone, 'notes/first', 'a');
  await page.getByTestId('activity-line').filter({ hasText: 'You wrote notes/first' }).waitFor();
  await alone.kill();
  await page.getByTestId('engine-lost').waitFor();
  assert.equal(await page.getByTestId('activity-line').count(), 1, 'what was known stays');
  await context.close();
});
