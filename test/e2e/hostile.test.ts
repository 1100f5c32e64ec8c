/** Every screen and dialog, over a team in which everything that somebody can write was written to harm. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import type { RunningMember } from '../cluster/member-harness.ts';
import { until } from '../cluster/member-harness.ts';
import { allSeeAll } from '../cluster/team-steps.ts';
import { pathOf, writeApart, writeInTurn, type Version } from './apart.ts';
import { goTo, SIZE } from './browser.ts';
import { HOSTILE_VALUES, IMPOSTOR, LONG_KEY, PAYLOADS, TURNED, watch, type Watch } from './hostile.ts';
import { setStage } from './stage.ts';
import { screenshotThemes } from './story.ts';

const TIMEOUT = { timeout: 300_000 };
const AWAY = { timeout: 90_000 };
const TEAM = '<img src=x onerror="window.__ran=1">\u202e';
const MACHINES = ['<u>m1</u>', '<u>m2\u200b</u>', '<u>m3\u200b</u>'] as const;
const NAMES = ['<svg/onload=window.__ran=1>', IMPOSTOR, `${TURNED} <b>`] as const;
/** What a door lets in; two of them look like one another, and the third would be two persons. */
const PERSONS = ['<img src=x onerror=window.__ran=1>', IMPOSTOR, `<i>Ada</i> on \u200b${PAYLOADS[4]}`] as const;
const BUCKET = `<b onclick=window.__ran=1>${TURNED}`;
const FOLDER = '<i>folder\u200b';
const JSON_TYPE = 'application/json';

const stage = setStage(0, async () => {
  await makeTeam();
  await fill();
});
const { members } = stage;
const member = (index = 0): RunningMember => stage.member(index);

async function makeTeam(): Promise<void> {
  const named = (index: number): readonly string[] => ['--name', NAMES[index] ?? '', '--person', PERSONS[index] ?? '', '--zone', `<i>${TURNED}</i>`];
  members.push(await stage.start('m1', ['--create-team', TEAM, '--partitions', '16', ...named(0)], MACHINES[0]));
  for (const index of [1, 2]) {
    const { invite } = (await member().ask('POST', '/v1/invites')).json();
    members.push(await stage.start(`m${index + 1}`, ['--join', invite, ...named(index)], MACHINES[index]));
  }
  await allSeeAll(members);
}

/** Each version by the next member, which had seen the one before. */
async function write(bucket: string, key: string, contentType: string, versions: readonly Version[]): Promise<void> {
  await writeInTurn(members, { bucket, key, contentType, versions });
}

const TYPES = ['text/plain', 'text/markdown', 'text/html', 'image/svg+xml', JSON_TYPE, 'application/xhtml+xml'] as const;
/** A record whose names and values are payloads, in every place that JSON has; one name reads like a path. */
const recordOf = (value: string): string => JSON.stringify({ [value]: value, name: value, due: '2026-11-26', list: [value], rows: [{ id: value, text: value }], nested: { [value]: { value } }, [`nested › ${value}`]: value });
const checklistOf = (value: string): string => JSON.stringify([{ id: '1', text: value, done: false }, { id: value, text: 'x', done: true }]);

async function fill(): Promise<void> {
  for (const [index, payload] of [...PAYLOADS, TURNED, LONG_KEY, `${FOLDER}/${TURNED}`].entries()) {
    const type = TYPES[index % TYPES.length] ?? '';
    await write(BUCKET, payload, type, [type === JSON_TYPE ? recordOf(payload) : payload]);
  }
  for (const [index, value] of HOSTILE_VALUES.entries()) await write('values', `v${index}`, index % 3 === 0 ? JSON_TYPE : 'text/markdown', [index % 3 === 0 ? recordOf(value) : value]);
  await write('values', 'list', JSON_TYPE, [checklistOf(PAYLOADS[2] ?? '')]);
  await write('values', 'picture.svg', 'image/svg+xml', [new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" onload="parent.__ran=1"/>'), new Uint8Array([0xff, 0xfe, 0x3c])]);
  await write(BUCKET, `told ${TURNED}`, 'text/markdown', [...PAYLOADS.slice(0, 6), 'the end']);
  await write(BUCKET, `record ${TURNED}`, JSON_TYPE, PAYLOADS.slice(0, 4).map(recordOf));
  await write(BUCKET, `gone ${TURNED}`, 'text/html', [PAYLOADS[0] ?? '', null]);
  await apart(`fields ${TURNED}`, JSON_TYPE, recordOf('x'), [recordOf(PAYLOADS[0] ?? ''), recordOf(PAYLOADS[2] ?? ''), recordOf('\u2067turned')]);
  await apart(`safe ${TURNED}`, JSON_TYPE, '{"a":1,"b":1}', [`{"a":${JSON.stringify(PAYLOADS[2])},"b":1}`, '{"a":1,"b":3}']);
  await apart(`text ${TURNED}`, 'text/markdown', 'one\n\ntwo\n', [`${PAYLOADS[0]}\n\ntwo\n`, `${PAYLOADS[2]}\n\ntwo ${PAYLOADS[8]}\n`]);
  await apart(`deleted ${TURNED}`, 'text/html', PAYLOADS[0] ?? '', [PAYLOADS[2] ?? '', null]);
  await apart(`bytes ${TURNED}`, 'image/svg+xml', undefined, [new Uint8Array([0xff, 1]), new Uint8Array([0xff, 2])]);
  await apart(`unread ${TURNED}`, JSON_TYPE, undefined, PAYLOADS.slice(0, 7).map((payload) => JSON.stringify(payload)));
}

async function apart(key: string, contentType: string, base: string | undefined, versions: readonly Version[]): Promise<void> {
  await writeApart(members, { bucket: BUCKET, key, contentType, versions, ...(base === undefined ? {} : { base }) });
}

interface Opened {
  readonly page: Page;
  readonly calm: Watch['assertCalm'];
  readonly close: () => Promise<void>;
}

async function open(of = member()): Promise<Opened> {
  const context = await stage.browser.newContext({ viewport: SIZE });
  const page = await context.newPage();
  const { assertCalm } = await watch(context, page, of.url);
  await page.goto(`${of.url}/?token=${of.token}`);
  return { page, calm: assertCalm, close: () => context.close() };
}

async function go(page: Page, ...names: readonly string[]): Promise<void> {
  await goTo(page, `#/${names.map(encodeURIComponent).join('/')}`);
}

test('WN-10 keys and their values, in list, search, folder, editor, form and source', TIMEOUT, async () => {
  const { page, calm, close } = await open();
  await page.getByTestId('bucket').filter({ hasText: '<b onclick' }).click();
  await page.getByTestId('key-row').first().waitFor();
  await screenshotThemes(page, 'hostile-keys');
  await calm('the list of keys');
  await page.getByTestId('folder-row').filter({ hasText: '<i>folder⟨U+200B⟩' }).click();
  await page.getByTestId('key-row').filter({ hasText: 'exe.⟨U+202E⟩fdp' }).waitFor();
  await page.getByTestId('key-search').fill('<nothing>');
  await page.getByTestId('empty-state').filter({ hasText: '<nothing>' }).waitFor();
  await calm('a folder, and nothing found in it');
  for (const key of [...PAYLOADS, TURNED, LONG_KEY]) {
    await go(page, 'keys', BUCKET, key);
    await page.locator('[data-testid=editor]').filter({ has: page.locator('h2') }).locator('.cm-content, [data-testid=form], [data-testid=empty-state]').first().waitFor();
    await calm(`the editor of ${key.slice(0, 60)}`);
  }
  for (const index of HOSTILE_VALUES.keys()) {
    await go(page, 'keys', 'values', `v${index}`);
    await page.locator(`[data-testid=editor][aria-label=v${index}]`).locator('.cm-content, [data-testid=form]').first().waitFor();
    if (index % 3 === 0 && (await page.getByTestId('view-source').isEnabled())) await page.getByTestId('view-source').click({ force: true });
    await calm(`value ${index}`);
  }
  await go(page, 'keys', 'values', 'list');
  await page.getByTestId('checklist-item').first().waitFor();
  await go(page, 'keys', 'values', 'picture.svg');
  await page.getByTestId('empty-state').filter({ hasText: 'This is no text' }).waitFor();
  await calm('a checklist, and bytes');
  await close();
});

test('WN-10 history, copies, deleting, the dialogs of the editor', TIMEOUT, async () => {
  const { page, calm, close } = await open();
  await page.getByTestId('nav-keys').waitFor();
  for (const key of [`told ${TURNED}`, `record ${TURNED}`]) {
    await go(page, 'keys', BUCKET, key);
    await page.getByTestId('open-history').click();
    await page.getByTestId('history-version').first().waitFor();
    for (let times = 0; times < 6; times += 1) {
      await page.getByTestId('history-comparison').waitFor();
      await calm(`history of ${key}`);
      await page.keyboard.press('j');
    }
    await page.keyboard.press('Escape');
    await page.getByTestId('history').waitFor({ state: 'detached' });
  }
  await screenshotThemes(page, 'hostile-editor');
  await page.getByTestId('toggle-copies').click();
  await page.getByTestId('copy').nth(2).waitFor();
  await calm('where the copies are');
  await page.keyboard.press('Escape');
  await page.getByTestId('delete-key').click();
  await page.getByTestId('delete-dialog').filter({ hasText: '⟨U+202E⟩' }).waitFor();
  await calm('the question before a deletion');
  await page.getByTestId('confirm-delete').click();
  await page.getByText('Deleted record exe.⟨U+202E⟩fdp').waitFor();
  await calm('the notice of a deletion');
  await page.getByTestId('new-key').first().click();
  await page.getByTestId('new-key-dialog').filter({ hasText: '⟨U+202E⟩' }).waitFor();
  await page.getByTestId('new-key-name').fill('typed <img src=x onerror=window.__ran=1>.json');
  await page.getByTestId('new-key-submit').click();
  await page.getByTestId('view-source').check({ force: true });
  await page.getByTestId('editor-text').click();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Backspace');
  await page.keyboard.insertText('{"a": <script>window.__ran=1</script>');
  await page.keyboard.press('Control+s');
  await page.getByTestId('invalid-json').waitFor();
  await calm('text that is no JSON');
  await page.keyboard.press('Escape');
  await close();
});

test('WN-10 deleted keys and their history', TIMEOUT, async () => {
  const { page, calm, close } = await open();
  await page.getByTestId('nav-keys').waitFor();
  await go(page, 'trash', BUCKET);
  await page.getByTestId('trash-row').filter({ hasText: 'gone exe.⟨U+202E⟩fdp' }).waitFor();
  await calm('the trash');
  await page.getByTestId('trash-history').first().click();
  await page.getByTestId('history-version').first().waitFor();
  await calm('history of a deleted key');
  await page.keyboard.press('Escape');
  await page.getByTestId('trash-row').filter({ hasText: 'gone' }).getByTestId('trash-undelete').click();
  await page.getByText('Brought gone exe.⟨U+202E⟩fdp back').waitFor();
  await calm('a key that was brought back');
  await close();
});

test('WN-10 conflicts: the inbox, every kind of merge, applying all safe', TIMEOUT, async () => {
  const { page, calm, close } = await open();
  await page.getByTestId('nav-conflicts').click();
  await page.getByTestId('conflict-row').nth(5).waitFor();
  await page.getByTestId('conflict-row').filter({ hasText: 'safe exe.⟨U+202E⟩fdp' }).getByTestId('conflict-safe').waitFor();
  await screenshotThemes(page, 'hostile-conflicts');
  await calm('the inbox');
  await page.keyboard.press('a');
  await page.getByTestId('safe-item').first().waitFor();
  await calm('the preview of all that is safe');
  await page.keyboard.press('Escape');
  for (const kind of ['fields', 'text', 'deleted', 'bytes', 'unread', 'safe']) {
    await go(page, 'conflicts', BUCKET, `${kind} ${TURNED}`);
    await page.getByTestId('merge-key').filter({ hasText: `${kind} exe.⟨U+202E⟩fdp` }).waitFor();
    await page.getByTestId('merge-preview').waitFor();
    if (kind === 'fields') await screenshotThemes(page, 'hostile-merge');
    await calm(`merging ${kind}`);
    await page.keyboard.press('v');
    await page.keyboard.press('1');
    await page.keyboard.press('e');
    await calm(`merging ${kind} by variants, with a choice`);
    await page.keyboard.press('Escape');
    await page.getByTestId('merge-view').or(page.getByTestId('conflicts-view')).waitFor();
  }
  await go(page, 'conflicts', BUCKET, `safe ${TURNED}`);
  await page.locator('[data-testid=merge-save]:enabled').click();
  await page.getByTestId('merge-saved').waitFor();
  await calm('a merge that was saved');
  await page.getByTestId('merge-undo-save').click();
  await page.getByTestId('merge-save').waitFor();
  await calm('a merge that was taken back');
  await go(page, 'conflicts', BUCKET, `bytes ${TURNED}`);
  await page.getByTestId('take-all').first().click();
  await page.locator('[data-testid=merge-save]:enabled').click();
  await page.getByTestId('merge-saved').filter({ hasText: /Kept as well: bytes exe \(.+\)\.⟨U\+202E⟩fdp/ }).waitFor();
  await calm('versions kept under keys of their own');
  await close();
});

test('WN-10 WN-11 the team, the ring, the activity, the settings, the palette: nobody looks like another', TIMEOUT, async () => {
  const { page, calm, close } = await open();
  await page.getByTestId('nav-team').click();
  await page.getByTestId('member').filter({ hasText: 'A⟨U+200B⟩da on A⟨U+200B⟩da' }).waitFor();
  await page.getByRole('heading', { level: 1 }).filter({ hasText: 'onerror="window.__ran=1">⟨U+202E⟩' }).waitFor();
  await screenshotThemes(page, 'hostile-team');
  await calm('the team');
  await page.getByTestId('invite').click();
  await page.getByTestId('invite-link').waitFor();
  await calm('an invitation');
  await page.keyboard.press('Escape');
  await page.getByTestId('remove-member').first().click();
  await page.getByTestId('departure-dialog').filter({ hasText: /Remove/ }).waitFor();
  await calm('the question before a removal');
  await page.keyboard.press('Escape');
  await page.getByTestId('leave-team').click();
  await page.getByTestId('departure-dialog').filter({ hasText: /Leave <img/ }).waitFor();
  await calm('the question before leaving');
  await page.keyboard.press('Escape');

  await go(page, 'ring', BUCKET, TURNED);
  await page.locator('[data-testid=ring-answer][data-state=found]').waitFor();
  await page.getByTestId('ring-dial').focus();
  await page.keyboard.press('Home');
  await screenshotThemes(page, 'hostile-ring');
  await calm('the ring with a key on it');
  await page.getByTestId('ring-table-toggle').click();
  await page.getByTestId('ring-tables').waitFor();
  await calm('the ring as tables');
  await page.getByTestId('ring-lookup').fill('<img src=x onerror=window.__ran=1>');
  await page.getByTestId('ring-lookup-submit').click();
  await page.getByRole('alert').waitFor();
  await calm('a look-up that is none');

  await page.getByTestId('nav-activity').click();
  await page.getByTestId('activity-line').first().waitFor();
  await page.getByTestId('activity-more').evaluateAll((all) => all.forEach((one) => (one as HTMLElement).click()));
  await calm('the activity');
  await page.getByTestId('activity-search').fill(PAYLOADS[2] ?? '');
  await calm('the activity, filtered');

  await go(page, 'settings', BUCKET);
  await page.getByTestId('own-names-shown').filter({ hasText: '<img src=x onerror=window.__ran=1> on <svg/onload' }).waitFor();
  await page.locator('[data-testid=own-person]:enabled').waitFor();
  assert.equal(await page.getByTestId('own-person').inputValue(), PERSONS[0]);
  await page.getByTestId('settings-meaning').waitFor();
  await calm('the settings');
  await page.getByTestId('setting-history-versions').fill('7');
  await page.getByTestId('settings-save').click();
  await page.getByText(/Settings of <b onclick/).waitFor();
  await calm('settings that were saved');

  await page.keyboard.press('Control+k');
  await page.getByTestId('palette-item').filter({ hasText: '⟨U+202E⟩' }).first().waitFor();
  await page.keyboard.insertText('<img');
  await page.getByTestId('palette-item').filter({ hasText: '<img src=x onerror' }).first().waitFor();
  await screenshotThemes(page, 'hostile-palette');
  await calm('the palette');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.getByTestId('help').waitFor();
  await calm('the help');
  await page.keyboard.press('Escape');
  await page.getByTestId('status-footer').click();
  await page.getByTestId('closing-popover').waitFor();
  await calm('whether it is safe to close');
  await close();
});

test('WN-10 addresses and links that others give: screens, names and invitations', TIMEOUT, async () => {
  const alone = await stage.start('alone', ['--name', TURNED]);
  const { page, calm, close } = await open(alone);
  await page.getByTestId('welcome').filter({ hasText: 'exe.⟨U+202E⟩fdp' }).waitFor();
  await calm('the welcome');
  await page.getByTestId('welcome-join').check({ force: true });
  await page.getByTestId('invite-input').fill('ringleaf://join/<img src=x onerror=window.__ran=1>');
  await page.getByRole('alert').waitFor();
  await calm('an invitation that is none');
  for (const hash of ['#/welcome?invite=javascript:window.__ran=1', '#/welcome?invite=AAAA', '#javascript:window.__ran=1', '#/keys/%E0%A4%A/%', '#/<script>window.__ran=1</script>']) {
    await goTo(page, hash);
    await calm(`the address ${hash}`);
  }
  await page.getByTestId('join-link-dialog').getByRole('alert').waitFor();
  await calm('a link that leads nowhere');
  await page.keyboard.press('Escape');
  const { invite } = (await member().ask('POST', '/v1/invites')).json() as { invite: string };
  await page.getByTestId('invite-input').fill(invite);
  await page.getByTestId('welcome').filter({ hasText: 'onerror="window.__ran=1">⟨U+202E⟩' }).waitFor();
  await calm('an invitation to a team of a hostile name');
  await goTo(page, `#/welcome?invite=${invite.slice('ringleaf://join/'.length)}`);
  await page.getByTestId('join-link-dialog').filter({ hasText: 'onerror="window.__ran=1">⟨U+202E⟩' }).waitFor();
  await calm('a link to a team of a hostile name');
  await close();
});

test('WN-10 WN-11 invitations: who comes in by one, who came by others, and one that is withdrawn', TIMEOUT, async () => {
  const { page, calm, close } = await open();
  await page.getByTestId('nav-team').click();
  await page.getByTestId('invite').click();
  const invite = await page.getByTestId('invite-link').inputValue();
  members.push(await stage.start('m4', ['--join', invite, '--name', `${TURNED}${PAYLOADS[2]}`]));
  await page.getByTestId('invite-used').filter({ hasText: 'exe.⟨U+202E⟩fdp<img src=x' }).waitFor();
  await calm('an invitation that was used');
  await page.getByTestId('invite-another').click();
  await page.getByTestId('invite-expiry').waitFor();
  await page.keyboard.press('Escape');
  await page.getByTestId('invite-dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('a');
  for (const name of ['A⟨U+200B⟩da', 'exe.⟨U+202E⟩fdp <b>', 'exe.⟨U+202E⟩fdp<img src=x']) await page.locator('[data-testid=invitation][data-state=used]').filter({ hasText: name }).waitFor();
  await screenshotThemes(page, 'hostile-invitations');
  await calm('the invitations');
  await page.getByTestId('withdraw-invite').first().click();
  await page.getByText('Invitation withdrawn').waitFor();
  await calm('an invitation that was withdrawn');
  await close();
});

test('WN-10 what is served as a value or as an error is never a page', TIMEOUT, async () => {
  for (const type of ['text/html', 'image/svg+xml', 'application/xhtml+xml']) {
    await write('served', type, type, [PAYLOADS[0] ?? '']);
    const { headers } = await member().ask('GET', pathOf('served', type));
    assert.match(String(headers['content-security-policy']), /default-src 'none'.*sandbox/, type);
    assert.equal(headers['x-content-type-options'], 'nosniff');
  }
  const refusals = [
    await member().ask('POST', '/v1/import', { body: `{"bucket":${JSON.stringify(PAYLOADS[0])},"key":1}\n${PAYLOADS[2]}\n` }),
    await member().ask('GET', `/v1/buckets/x/keys/${encodeURIComponent(`${PAYLOADS[0]}\u0007`)}`),
    await member().ask('GET', `/v1/${encodeURIComponent(PAYLOADS[0] ?? '')}`),
    await member().ask('PUT', '/v1/buckets/x/keys/y', { headers: { 'content-type': `text/html;${'x'.repeat(300)}` }, body: 'x' }),
  ];
  for (const { headers, text } of refusals) {
    assert.match(String(headers['content-type']), /^application\/(json|x-ndjson)/, text);
    assert.equal(headers['x-content-type-options'], 'nosniff');
  }
});

test('WN-10 WN-11 the network doctor: an address that is none, and nobody reached of those who share a name', TIMEOUT, async () => {
  const finding = (of: Page, id: string) => of.locator(`[data-testid=finding][data-id="${id}"]`);
  const { page, calm, close } = await open();
  await page.getByTestId('nav-team').click();
  await page.getByTestId('open-doctor').click();
  await finding(page, 'all-well').waitFor(AWAY);
  await calm('the doctor when all is well');
  for (const address of [PAYLOADS[2] ?? '', `${TURNED}:80`, '/dns/<svg onload=window.__ran=1>/tcp/1']) {
    await page.getByTestId('doctor-address').fill(address);
    await page.getByTestId('doctor-dial').click();
    await page.getByTestId('doctor').getByRole('alert').waitFor();
    await calm(`the address ${address}`);
  }
  await close();

  // As a hostile member would: it takes the name of another, mark and all.
  await member(2).stop();
  members[2] = await stage.start('m3', ['--name', IMPOSTOR], MACHINES[2]);
  await until('both have the name', async () => ((await member().ask('GET', '/v1/members')).json() as { name: string }[]).filter(({ name }) => name === IMPOSTOR).length === 2);
  await Promise.all(members.map((one) => one.stop()));
  members[0] = await stage.start('m1', [], MACHINES[0]);
  const again = await open();
  await again.page.getByTestId('nobody-reached').waitFor(AWAY);
  await again.page.getByTestId('find-out-why').click();
  await finding(again.page, 'dial-refused').filter({ hasText: 'A⟨U+200B⟩da' }).waitFor(AWAY);
  assert.equal(await finding(again.page, 'nobody-reached').getByText('A⟨U+200B⟩da: ').count(), 2, 'each of the two stands there');
  await screenshotThemes(again.page, 'hostile-doctor');
  await again.calm('the doctor with nobody reached');
  await again.close();
});
