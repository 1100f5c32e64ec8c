/** The network doctor, what members are seen like, and the first sync, in a real Chromium over real members. */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { RunningMember } from '../cluster/member-harness.ts';
import { until } from '../cluster/member-harness.ts';
import { assertAccessible, close, openWindow } from './browser.ts';
import { setStage } from './stage.ts';
import { screenshotThemes } from './story.ts';

const TIMEOUT = { timeout: 240_000 };
const AWAY = { timeout: 90_000 };

const stage = setStage(2);
const member = (index: number): RunningMember => stage.member(index);

const hostPort = (one: RunningMember): string => `127.0.0.1:${/\/tcp\/(\d+)/.exec(one.listen[0] ?? '')?.[1] ?? '0'}`;
const finding = (page: Page, id: string) => page.locator(`[data-testid=finding][data-id="${id}"]`);
const result = (page: Page, outcome: string) => page.locator(`[data-testid=doctor-result][data-outcome=${outcome}]`);

test('DR-9 the team shows round trip, clock and version; the doctor says that nothing is wrong, from Team and from the palette', TIMEOUT, async () => {
  const opened = await stage.openByKey('t');
  const { page } = opened;
  const other = page.locator(`[data-testid=member][data-member="${member(1).memberId}"]`);
  await other.getByTestId('round-trip').filter({ hasText: / m?s$/ }).waitFor(AWAY);
  await other.getByTestId('clock').filter({ hasText: 'agrees' }).waitFor(AWAY);
  assert.match(await other.getByTestId('release').innerText(), /^\d+\.\d+\.\d+/);
  await screenshotThemes(page, 'team-vitals');
  await assertAccessible(page, 'team with round trips');
  await page.keyboard.press('d');
  await finding(page, 'all-well').waitFor();
  await screenshotThemes(page, 'doctor-well');
  await assertAccessible(page, 'doctor when all is well');
  await page.keyboard.press('Escape');
  await page.getByTestId('doctor').waitFor({ state: 'detached' });
  await page.getByTestId('open-doctor').click();
  await page.getByTestId('doctor').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Control+k');
  await page.keyboard.type('network doctor');
  await page.keyboard.press('Enter');
  await page.getByTestId('doctor').waitFor();
  await close(opened);
});

test('DR-10 nobody is reached: a banner, the doctor that names the layer, and an address by hand that reaches', TIMEOUT, async () => {
  await member(1).kill();
  await member(0).stop();
  // Each comes back where the other does not look; without mDNS nothing brings them together.
  for (const index of [0, 1]) await stage.startAgain(index);
  const opened = await openWindow(stage.browser, member(0));
  const { page } = opened;
  await page.getByTestId('nobody-reached').waitFor(AWAY);
  await screenshotThemes(page, 'doctor-banner');
  await assertAccessible(page, 'banner that nobody is reached');
  await page.getByTestId('find-out-why').click();
  await finding(page, 'nobody-reached').filter({ hasText: 'Workshop' }).waitFor(AWAY);
  await finding(page, 'dial-refused').waitFor(AWAY);
  assert.equal(await page.getByTestId('findings').getAttribute('data-verdict'), 'problem');
  await screenshotThemes(page, 'doctor-nobody');
  await assertAccessible(page, 'doctor when nobody is reached');

  await page.getByTestId('doctor-address').fill('no address');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: '192.168.1.20:4001' }).waitFor();
  await page.getByTestId('doctor-address').fill(hostPort(member(0)));
  await page.keyboard.press('Enter');
  await result(page, 'self').waitFor();
  await page.getByTestId('doctor-address').fill('127.0.0.1:1');
  await page.getByTestId('doctor-dial').click();
  await result(page, 'refused').waitFor();
  await page.getByTestId('doctor-kept').filter({ hasText: '/tcp/1' }).waitFor();
  await screenshotThemes(page, 'doctor-refused');
  await assertAccessible(page, 'doctor after a refused address');
  await page.getByTestId('doctor-kept').getByRole('button').click();
  await page.getByTestId('doctor-kept').waitFor({ state: 'detached' });
  await page.getByTestId('doctor-address').fill(hostPort(member(1)));
  await page.keyboard.press('Enter');
  await result(page, 'reached').filter({ hasText: 'Workshop is reached.' }).waitFor();
  await finding(page, 'all-well').waitFor(AWAY);
  await page.keyboard.press('Escape');
  await page.getByTestId('nobody-reached').waitFor({ state: 'detached', ...AWAY });
  await close(opened);
});

test('DR-11 who has everything to fetch and reaches nobody is shown why, and goes on when an address is given', TIMEOUT, async () => {
  const welcome = await openWindow(stage.browser, await stage.start('fresh'));
  await welcome.page.getByTestId('welcome-doctor').click();
  await finding(welcome.page, 'no-team').waitFor();
  await assertAccessible(welcome.page, 'doctor without a team');
  await welcome.page.keyboard.press('Escape');
  await welcome.page.getByTestId('doctor').waitFor({ state: 'detached' });
  await close(welcome);

  // Without its store a device enters its team again, with everything to fetch.
  const [host, joiner] = [member(0), member(1)];
  await host.ask('PUT', '/v1/buckets/notes/keys/kept?w=all', { headers: { 'content-type': 'text/plain' }, body: 'a' });
  await Promise.all([host.stop(), joiner.stop()]);
  await rm(join(joiner.dataDir, 'store'), { recursive: true });
  await stage.startAgain(1);
  const opened = await openWindow(stage.browser, member(1));
  const { page } = opened;
  await page.getByTestId('first-sync').waitFor();
  await page.getByTestId('first-sync-words').filter({ hasText: /^0 of \d+ partitions · 0 records · looking/ }).waitFor();
  await screenshotThemes(page, 'first-sync');
  await assertAccessible(page, 'first sync');
  await finding(page, 'nobody-reached').waitFor(AWAY);
  await finding(page, 'first-sync').waitFor(AWAY);
  await screenshotThemes(page, 'first-sync-nobody');
  await assertAccessible(page, 'first sync with nobody reached');
  await stage.startAgain(0);
  await page.getByTestId('doctor-address').fill(hostPort(member(0)));
  await page.keyboard.press('Enter');
  await page.getByTestId('nav-keys').waitFor(AWAY);
  await until('what it keeps is here', async () => (await member(1).ask('GET', '/v1/buckets/notes/keys/kept?r=1')).text === 'a');
  await close(opened);
});
