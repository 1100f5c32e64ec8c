/** Getting into a team and getting others in: link, code, picture, words, and taking it back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { RunningMember } from '../cluster/member-harness.ts';
import { until } from '../cluster/member-harness.ts';
import { assertAccessible, close, goTo, openWindow, type OpenWindow } from './browser.ts';
import { setStage, TEAM_NAME } from './stage.ts';
import { screenshotThemes } from './story.ts';

const TIMEOUT = { timeout: 180_000 };

const stage = setStage(1);

const founder = (): RunningMember => stage.member();

async function stranger(name: string): Promise<{ readonly member: RunningMember; readonly opened: OpenWindow }> {
  const member = await stage.start(name);
  const opened = await openWindow(stage.browser, member);
  await opened.page.getByTestId('welcome').waitFor();
  return { member, opened };
}

async function openTeam(): Promise<OpenWindow> {
  const opened = await stage.openByKey('t');
  await opened.page.getByTestId('member').first().waitFor();
  return opened;
}

const wordsIn = async (page: Page, testid: string): Promise<readonly string[]> => page.getByTestId(testid).first().locator('li').allInnerTexts();

test('WN-20 WN-22 a picture of the invitation lets a teammate in, who first compares the words', TIMEOUT, async () => {
  const team = await openTeam();
  await team.page.keyboard.press('i');
  const code = team.page.getByTestId('qr-code');
  await code.waitFor();
  const ownWords = await wordsIn(team.page, 'own-words');
  assert.equal(ownWords.length, 6);
  await screenshotThemes(team.page, 'invite');
  await assertAccessible(team.page, 'invite');
  await team.page.emulateMedia({ colorScheme: 'dark' });
  const picture = await code.screenshot();

  const { opened } = await stranger('ben');
  const { page } = opened;
  await page.getByTestId('welcome-join').check({ force: true });
  await page.getByTestId('invite-picture-file').setInputFiles({ name: 'code.png', mimeType: 'image/png', buffer: picture });
  await page.getByTestId('invite-saying').waitFor();
  assert.equal(await page.getByTestId('invite-input').inputValue(), await team.page.getByTestId('invite-link').inputValue());
  assert.equal(await page.getByTestId('invite-team').innerText(), TEAM_NAME);
  assert.deepEqual(await wordsIn(page, 'invite-words'), ownWords);
  const submit = await page.getByTestId('welcome-submit').boundingBox();
  const viewport = page.viewportSize();
  assert.ok(submit !== null && viewport !== null && submit.y + submit.height <= viewport.height, 'all that is to be read and pressed is in sight');
  await screenshotThemes(page, 'welcome-join');
  await assertAccessible(page, 'welcome with an invitation');
  await page.getByTestId('welcome-submit').click();
  await page.getByTestId('nav-keys').waitFor();
  await team.page.getByTestId('invite-used').filter({ hasText: 'ben' }).waitFor();
  await assertAccessible(team.page, 'invite that was used');
  await close(opened);
  await close(team);
});

test('WN-22 a code in broken lines is read, what is none is told, and a picture may be pasted', TIMEOUT, async () => {
  const { opened } = await stranger('cleo');
  const { page } = opened;
  const { invite } = (await founder().ask('POST', '/v1/invites', { body: '{"expiresInS":2}' })).json() as { invite: string };
  await page.getByTestId('welcome-join').check({ force: true });
  const input = page.getByTestId('invite-input');
  await input.fill('hello');
  await page.getByText('This is not a Ringleaf invite.').waitFor();
  await assertAccessible(page, 'welcome with a text that is no invitation');
  const code = invite.slice('ringleaf://join/'.length);
  await input.fill(`${code.slice(0, 40)}  ${code.slice(40)}`);
  await page.getByTestId('invite-saying').waitFor();
  await page.getByTestId('invite-over').waitFor();
  await assertAccessible(page, 'welcome with an invitation that is over');
  await page.getByTestId('welcome-submit').click();
  await page.getByText(/may be used up, expired or withdrawn/).waitFor();
  await paste(page, 'image/png', pngOfSize(60_000, 60_000));
  await page.getByTestId('invite-picture-error').filter({ hasText: 'too many pixels' }).waitFor();
  await paste(page, 'image/png', Buffer.from('not a picture'));
  await page.getByTestId('invite-picture-error').filter({ hasText: 'no PNG or JPEG' }).waitFor();
  await paste(page, 'image/png', pngOfSize(10, 10));
  await page.getByTestId('invite-picture-error').filter({ hasText: 'damaged' }).waitFor();
  await paste(page, 'image/png', await page.getByTestId('welcome').screenshot());
  await page.getByTestId('invite-picture-error').filter({ hasText: 'No QR code' }).waitFor();
  assert.equal((await input.inputValue()).length, code.length + 2, 'what was typed is kept');
  await close(opened);
});

test('WN-22 a link that was followed says what it is before it is used', TIMEOUT, async () => {
  const { opened, member } = await stranger('dan');
  const { page } = opened;
  const { invite } = (await founder().ask('POST', '/v1/invites')).json() as { invite: string };
  const code = invite.slice('ringleaf://join/'.length);
  await goTo(page, `#/welcome?invite=${code}`);
  const dialog = page.getByTestId('join-link-dialog');
  await dialog.getByTestId('invite-saying').waitFor();
  const self = (await founder().ask('GET', '/v1/members')).json().find((one: { self: boolean }) => one.self) as { words: string[] };
  assert.deepEqual(await wordsIn(page, 'invite-words'), self.words);
  await screenshotThemes(page, 'join-link');
  await assertAccessible(page, 'a link that was followed');
  await page.getByTestId('join-link-submit').click();
  await page.getByTestId('nav-keys').waitFor();
  assert.equal((await member.ask('GET', '/v1/status')).json().team.name, TEAM_NAME);
  await close(opened);
});

test('WN-23 the team shows words and who founded it; open invitations are withdrawn by keyboard', TIMEOUT, async () => {
  await until('all names are known', async () => (await founder().ask('GET', '/v1/invites')).json().every((one: { used: { byName: string } | null }) => one.used?.byName !== ''));
  const { invite } = (await founder().ask('POST', '/v1/invites')).json() as { invite: string };
  const team = await openTeam();
  const { page } = team;
  await page.getByTestId('member').nth(2).waitFor();
  const known = (await founder().ask('GET', '/v1/members')).json() as { memberId: string; words: string[]; role: string }[];
  for (const { memberId, words, role } of known) {
    const row = page.locator(`[data-testid=member][data-member="${memberId}"]`);
    assert.match(await row.getByTestId('member-words').innerText(), new RegExp(words.join(' ')));
    assert.equal(await row.getByText('Founder').count(), role === 'founder' ? 1 : 0);
  }
  assert.deepEqual(known.map(({ role }) => role).sort(), ['founder', 'member', 'member']);
  await page.getByTestId('invitations-open').filter({ hasText: '1 open' }).waitFor();
  await assertAccessible(page, 'team with words');
  await page.keyboard.press('a');
  await page.locator('[data-testid=invitation][data-state=used]').filter({ hasText: 'ben' }).waitFor();
  assert.equal(await page.locator('[data-testid=invitation][data-state=open]').count(), 1);
  await screenshotThemes(page, 'invitations');
  await assertAccessible(page, 'invitations');
  await page.getByTestId('withdraw-invite').focus();
  await page.keyboard.press('Enter');
  await page.locator('[data-testid=invitation][data-state=open]').waitFor({ state: 'detached' });
  await assert.rejects(stage.start('eve', ['--join', invite]), /ended with 1 /);
  await page.keyboard.press('Escape');
  await page.getByTestId('invitations').waitFor({ state: 'hidden' });
  await page.getByTestId('invitations-open').waitFor({ state: 'detached' });
  await close(team);
});

/** The first bytes of a PNG that claims to be of this size, and nothing behind them. */
function pngOfSize(width: number, height: number): Buffer {
  const head = Buffer.from('89504e470d0a1a0a0000000d494844520000000000000000080600000000000000', 'hex');
  head.writeUInt32BE(width, 16);
  head.writeUInt32BE(height, 20);
  return head;
}

async function paste(page: Page, type: string, bytes: Buffer): Promise<void> {
  await page.evaluate(
    ([mime, base64]) => {
      const data = new DataTransfer();
      const content = Uint8Array.from(atob(base64 ?? ''), (letter) => letter.charCodeAt(0));
      data.items.add(new File([content], 'pasted', { type: mime ?? '' }));
      window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    },
    [type, bytes.toString('base64')],
  );
}
