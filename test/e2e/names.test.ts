/** Who wrote what, as the window says it: asked for at the beginning, set while it runs, named on every screen. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { RunningMember } from '../cluster/member-harness.ts';
import { until } from '../cluster/member-harness.ts';
import { allSeeAll } from '../cluster/team-steps.ts';
import { writeApart, writeInTurn } from './apart.ts';
import { assertAccessible, close, goTo, openWindow, type OpenWindow } from './browser.ts';
import { setStage } from './stage.ts';
import { screenshotThemes } from './story.ts';

const TIMEOUT = { timeout: 180_000 };
const ANNA = 'Anna Berg on Front desk laptop';
const BEN = 'Ben Ōtani on Workshop';
const MERGE_WAYS = /to choose|by itself/;

const stage = setStage(0);

const person = async (member: RunningMember): Promise<string | null> => (await member.ask('GET', '/v1/status')).json().person;

async function stranger(dir: string, name: string): Promise<{ readonly member: RunningMember; readonly opened: OpenWindow }> {
  const member = await stage.start(dir, ['--name', name]);
  const opened = await openWindow(stage.browser, member);
  await opened.page.getByTestId('welcome').waitFor();
  return { member, opened };
}

const memberRow = (page: Page, words: string) => page.getByTestId('member').filter({ hasText: words });

test('WN-41 who begins or joins is asked for a name, and may leave it out', TIMEOUT, async () => {
  const { member: founder, opened } = await stranger('anna', 'Front desk laptop');
  const { page } = opened;
  assert.equal(await page.getByLabel('Your name').inputValue(), '');
  await page.getByTestId('team-name').fill('Orchard');
  await page.getByTestId('welcome-person').fill('a'.repeat(129));
  await page.getByTestId('welcome-submit').click();
  await page.getByRole('alert').filter({ hasText: /^1 to 128 bytes/ }).waitFor();
  assert.equal(await page.getByTestId('welcome-person').getAttribute('aria-invalid'), 'true');
  assert.equal(await page.getByTestId('team-name').getAttribute('aria-invalid'), 'false');
  assert.equal(await person(founder), null);
  await page.getByTestId('welcome-person').fill(' Anna Berg ');
  await screenshotThemes(page, 'names-welcome');
  await assertAccessible(page, 'welcome with a name');
  await page.getByTestId('welcome-submit').click();
  await page.getByTestId('nav-team').click();
  await memberRow(page, ANNA).waitFor();
  assert.equal(await person(founder), 'Anna Berg');

  const { invite } = (await founder.ask('POST', '/v1/invites')).json();
  const second = await stranger('ben', 'Workshop');
  await second.opened.page.getByTestId('welcome-join').check({ force: true });
  await second.opened.page.getByTestId('invite-input').fill(invite);
  await second.opened.page.getByTestId('welcome-person').fill('Ben Ōtani');
  await second.opened.page.getByTestId('invite-saying').waitFor();
  await assertAccessible(second.opened.page, 'welcome with an invitation and a name');
  await second.opened.page.getByTestId('welcome-submit').click();
  await memberRow(page, BEN).waitFor();

  const third = await stranger('nas', 'NAS');
  const { invite: another } = (await founder.ask('POST', '/v1/invites')).json();
  await goTo(third.opened.page, `#/welcome?invite=${String(another).slice('ringleaf://join/'.length)}`);
  await third.opened.page.getByTestId('join-link-dialog').getByTestId('welcome-person').waitFor();
  await third.opened.page.getByTestId('join-link-submit').click();
  await memberRow(page, 'NAS').waitFor();
  assert.equal(await person(third.member), null);
  await allSeeAll([founder, second.member, third.member]);
  stage.members.push(founder, second.member, third.member);
  await screenshotThemes(page, 'names-team');
  await assertAccessible(page, 'team with persons');
  await third.opened.page.getByTestId('nav-team').click();
  await third.opened.page.getByTestId('say-person').click();
  await third.opened.page.getByTestId('own-person').waitFor();
  for (const one of [opened, second.opened, third.opened]) await close(one);
});

test('WN-40 the writers of keys, versions and deletions are named with their devices', TIMEOUT, async () => {
  await writeInTurn(stage.members, { bucket: 'notes', key: 'plan.md', contentType: 'text/markdown', versions: ['one', 'two'] });
  await writeInTurn(stage.members, { bucket: 'notes', key: 'gone.md', contentType: 'text/markdown', versions: ['one', null] });
  await writeInTurn(stage.members, { bucket: 'notes', key: 'by-nas.md', contentType: 'text/markdown', versions: ['one', 'two', 'three'] });
  const opened = await stage.open('#/keys/notes');
  const { page } = opened;
  const row = page.locator('[data-testid=key-row][data-key="plan.md"]');
  await row.filter({ hasText: 'Ben Ōtani ·' }).waitFor();
  await row.getByTitle(BEN).waitFor();
  await page.locator('[data-testid=key-row][data-key="by-nas.md"]').filter({ hasText: 'NAS ·' }).waitFor();
  await row.click();
  await page.getByTestId('last-editor').filter({ hasText: BEN }).waitFor();
  await screenshotThemes(page, 'names-editor');
  await page.getByTestId('open-history').click();
  await page.getByTestId('history-now').filter({ hasText: BEN }).waitFor();
  await page.getByTestId('history-version').filter({ hasText: ANNA }).waitFor();
  await page.getByTestId('history-comparison').filter({ hasText: `then (${ANNA}` }).waitFor();
  await screenshotThemes(page, 'names-history');
  await assertAccessible(page, 'history with persons');
  await page.keyboard.press('Escape');
  await goTo(page, '#/trash/notes');
  await page.getByTestId('trash-row').filter({ hasText: `Deleted by ${BEN}` }).waitFor();
  await page.getByTestId('nav-activity').click();
  await page.getByTestId('activity-line').filter({ hasText: `${BEN} deleted notes/gone.md` }).waitFor();
  await goTo(page, '#/keys/notes/gone.md');
  await page.getByTestId('last-editor').filter({ hasText: `Deleted by ${BEN}` }).waitFor();
  await goTo(page, '#/keys/notes/plan.md');
  await page.getByTestId('editor-text').click();
  await page.keyboard.type('mine ');
  const path = '/v1/buckets/notes/keys/plan.md';
  const seen = (await stage.member(1).ask('GET', path)).headers['x-causal-context'];
  assert.equal((await stage.member(1).ask('PUT', path, { headers: { 'content-type': 'text/markdown', 'x-causal-context': String(seen) }, body: 'three' })).status, 200);
  await page.getByTestId('changed-elsewhere').filter({ hasText: `${BEN} changed this elsewhere` }).waitFor();
  await close(opened);
});

test('WN-40 the versions of a merge, the inbox, and who merges are named with their devices', TIMEOUT, async () => {
  const record = { item: 'Desk lamp', count: 12, shelf: 'A3' };
  const written = { bucket: 'inventory', key: 'lamp', contentType: 'application/json', base: JSON.stringify(record) };
  await writeApart(stage.members, { ...written, versions: [JSON.stringify({ ...record, count: 10 }), JSON.stringify({ ...record, count: 9 }), null] });
  await writeApart(stage.members, { ...written, key: 'chair', versions: ['{"item":"Chair"}', '{"item":"Stool"}'] });
  const opened = await stage.open('#/conflicts');
  const { page } = opened;
  const row = page.getByTestId('conflict-row').filter({ hasText: 'lamp' }).filter({ hasText: MERGE_WAYS });
  await row.filter({ hasText: /Ben Ōtani/ }).filter({ hasText: 'Anna Berg' }).waitFor();
  await row.locator(`[title*="${ANNA}"][title*="${BEN}"]`).waitFor();
  const other = await stage.open('#/conflicts/inventory/lamp', stage.member(1));
  await page.getByTestId('conflict-merging').filter({ hasText: 'Ben Ōtani merging it' }).waitFor();
  assert.equal(await page.getByTestId('conflict-row').filter({ hasText: 'merging it' }).count(), 1, 'of one key it is said');
  await screenshotThemes(page, 'names-inbox');
  await assertAccessible(page, 'inbox with persons');
  await goTo(page, '#/conflicts/inventory/lamp');
  await page.getByTestId('merge-others').filter({ hasText: `${BEN} is merging this too` }).waitFor();
  await close(other);
  const column = (words: string) => page.getByTestId('merge-column').filter({ hasText: words });
  await column('on Workshop').filter({ hasText: 'Ben Ōtani' }).first().waitFor();
  await column('deleted by Anna Berg').filter({ hasText: 'on Front desk laptop' }).waitFor();
  await column('NAS').first().waitFor();
  assert.match((await column('deleted by').getAttribute('title')) ?? '', new RegExp(`^${ANNA}, `));
  await page.getByTestId('merge-people').filter({ hasText: /Anna Berg/ }).waitFor();
  await page.getByTestId('merge-others').waitFor({ state: 'detached', timeout: 60_000 });
  await screenshotThemes(page, 'names-merge');
  await assertAccessible(page, 'merge with persons');
  await close(opened);
});

test('WN-42 the names of the device and of who works at it change in Settings, for the whole team and what was written', TIMEOUT, async () => {
  const opened = await stage.open('#/settings', stage.member(1));
  const watching = await stage.open('#/team');
  const { page } = opened;
  await page.getByTestId('own-names-shown').filter({ hasText: `Your team sees ${BEN}` }).waitFor();
  await page.locator('[data-testid=own-person]:enabled').waitFor();
  assert.equal(await page.getByTestId('own-person').inputValue(), 'Ben Ōtani');
  assert.equal(await page.getByTestId('save-own-names').isDisabled(), true);
  await page.getByTestId('own-person').fill('b'.repeat(129));
  await page.getByTestId('save-own-names').click();
  await page.getByTestId('settings-names').getByRole('alert').filter({ hasText: /^1 to 128 bytes/ }).waitFor();
  await page.getByTestId('own-person').fill('Benjamin Ōtani');
  await page.getByTestId('own-name').fill('Lathe');
  await page.getByTestId('own-name').press('Enter');
  await page.getByTestId('own-names-shown').filter({ hasText: 'Benjamin Ōtani on Lathe' }).waitFor();
  assert.equal(await page.getByTestId('settings-names').getByRole('alert').count(), 0);
  await screenshotThemes(page, 'names-settings');
  await assertAccessible(page, 'settings with names');
  await memberRow(watching.page, 'Benjamin Ōtani on Lathe').waitFor();
  await goTo(watching.page, '#/trash/notes');
  await watching.page.getByTestId('trash-row').filter({ hasText: 'Deleted by Benjamin Ōtani on Lathe' }).waitFor();

  await page.getByTestId('own-person').fill('');
  await page.getByTestId('save-own-names').click();
  await page.getByTestId('own-names-shown').filter({ hasText: /sees Lathe\./ }).waitFor();
  await watching.page.getByTestId('trash-row').filter({ hasText: 'Deleted by Lathe ·' }).waitFor();
  await until('the founder has heard', async () => !JSON.stringify((await stage.member().ask('GET', '/v1/members')).json()).includes('Ōtani'));
  await close(watching);
  await close(opened);
});
