/** The main job in a real Electron: the window, its member in a utilityProcess, and a teammate. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import type { Page } from 'playwright-core';
import { build } from '../../main/build.ts';
import type { RunningMember } from '../cluster/member-harness.ts';
import { ask, removeDir, startMember, temporaryDir, until } from '../cluster/member-harness.ts';
import { allKept, allSeeAll, type Asked, writeUntilDead } from '../cluster/team-steps.ts';
import { goTo } from './browser.ts';
import { type DesktopUnderTest, withDesktop } from './electron-harness.ts';
import { assertMerged, makeConflicts, mergeNote, mergeRecord, screenshot, writeNote } from './story.ts';

const TIMEOUT = { timeout: 180_000 };
const WAIT = { timeout: 60_000 };
const ENV = { RINGLEAF_NAME: 'Front desk', RINGLEAF_MACHINE: 'desktop', RINGLEAF_NO_DHT: '1' };
const WELCOME = '/v1/buckets/notes/keys/welcome.md';
const TEXT = { 'content-type': 'text/markdown' };
const WRITES_BEFORE_KILL = 20;

let dir: string;
const mates: RunningMember[] = [];

before(async () => {
  await build();
  dir = await temporaryDir();
});
afterEach(async () => {
  await Promise.all(mates.splice(0).map((mate) => mate.kill()));
});
after(() => removeDir(dir));

/** The desktop's member, asked over its socket of a file as the command line does. */
function overSocket({ dataDir }: DesktopUnderTest): Asked {
  return { ask: (method, path, options) => ask(join(dataDir, 'ringleaf.sock'), method, path, options) };
}

async function startMate(name: string, args: readonly string[]): Promise<RunningMember> {
  const mate = await startMember(join(dir, name), name, args);
  mates.push(mate);
  return mate;
}

/** By its window a team, and by an invite of its member a teammate. */
async function makeTeam(desktop: DesktopUnderTest, mateName: string): Promise<RunningMember> {
  await desktop.page.getByTestId('team-name').fill('Lab');
  await desktop.page.getByTestId('welcome-person').fill('Anna Berg');
  await desktop.page.getByTestId('welcome-submit').click();
  await desktop.page.getByTestId('nav-team').waitFor();
  const here = overSocket(desktop);
  const { invite } = (await here.ask('POST', '/v1/invites')).json() as { invite: string };
  const mate = await startMate(mateName, ['--join', invite, '--person', 'Ben Ito']);
  await allSeeAll([here, mate]);
  return mate;
}

test('a desktop makes a team, a teammate joins, a conflict is merged in the window', TIMEOUT, async () => {
  await withDesktop({ env: ENV }, async (desktop) => {
    const { page } = desktop;
    const mate = await makeTeam(desktop, 'Bench');
    const here = overSocket(desktop);
    await writeNote(page);
    await makeConflicts(here, mate);
    await page.getByTestId('nav-conflicts-count').filter({ hasText: '2' }).waitFor();
    await page.getByTestId('nav-conflicts').click();
    await screenshot(page, 'electron-conflicts');
    await mergeRecord(page);
    await screenshot(page, 'electron-merged');
    await mergeNote(page);
    await assertMerged([here, mate]);
  });
});

test('WN-22 a desktop that a link opened says what it is, joins when told to, and shows a note of the teammate', TIMEOUT, async () => {
  const mate = await startMate('inviter', ['--create-team', 'Orchard', '--partitions', '16']);
  assert.equal((await mate.ask('PUT', WELCOME, { headers: TEXT, body: 'Written before you came.' })).status, 200);
  const { invite } = (await mate.ask('POST', '/v1/invites')).json() as { invite: string };
  assert.match(invite, /^ringleaf:\/\/join\//);
  await withDesktop({ env: ENV, args: [invite] }, async (desktop) => {
    const { page } = desktop;
    const here = overSocket(desktop);
    const dialog = page.getByTestId('join-link-dialog');
    await dialog.getByTestId('invite-team').filter({ hasText: 'Orchard' }).waitFor(WAIT);
    const { words } = ((await mate.ask('GET', '/v1/members')).json() as { words: string[] }[])[0] ?? assert.fail();
    assert.deepEqual(await dialog.getByTestId('invite-words').locator('li').allInnerTexts(), words);
    assert.equal((await here.ask('GET', '/v1/status')).json().team, null, 'nothing happens before somebody says so');
    await screenshot(page, 'electron-join-link');
    await page.getByTestId('join-link-submit').click();
    await page.getByTestId('bucket').filter({ hasText: 'notes' }).click(WAIT);
    await page.getByTestId('key-row').filter({ hasText: 'welcome.md' }).click();
    await page.getByTestId('editor-text').filter({ hasText: 'Written before you came.' }).waitFor();
    await allSeeAll([here, mate]);
    const [used] = (await mate.ask('GET', '/v1/invites')).json() as { used: { byName: string } | null }[];
    assert.equal(used?.used?.byName, 'Front desk');
  });
});

test('DM-17 the engine is killed under the window: it says so, comes back by itself, and loses nothing that was saved or typed', TIMEOUT, async () => {
  await withDesktop({ env: ENV }, async (desktop) => {
    const { page } = desktop;
    const mate = await makeTeam(desktop, 'witness');
    const here = overSocket(desktop);
    await writeNote(page);
    await page.getByTestId('editor-text').click();
    await page.keyboard.press('End');
    await page.keyboard.type(' Not saved yet.');
    const drafted = page.getByTestId('editor-text').filter({ hasText: 'Written in the window. Not saved yet.' });
    await drafted.waitFor();

    const acknowledged = new Map<string, string>();
    const writing = writeUntilDead(here, '/v1/buckets/rush/keys/k', acknowledged);
    await until('enough writes', () => Promise.resolve(acknowledged.size >= WRITES_BEFORE_KILL));
    const killed = await memberPid(desktop);
    const lost = page.getByTestId('engine-lost').waitFor(WAIT);
    process.kill(killed, 'SIGKILL');
    await Promise.all([lost, writing]);
    assert.ok(await drafted.isVisible(), 'what is typed stays in sight');
    await page.getByTestId('engine-lost').waitFor({ state: 'detached', ...WAIT });
    assert.notEqual(await memberPid(desktop), killed);
    // A quorum of two needs them both.
    await allSeeAll([here, mate], WAIT.timeout);
    await allKept(here, acknowledged);
    assert.equal((await here.ask('GET', WELCOME)).text, 'Written in the window.');
    await draftIsSaved(page);
    await until('the teammate has it', async () => (await mate.ask('GET', WELCOME)).text === 'Written in the window. Not saved yet.');
    await allKept(mate, acknowledged);
  });
});

/** Also over a window that is loaded anew. */
async function draftIsSaved(page: Page): Promise<void> {
  await page.reload();
  await page.getByTestId('nav-keys').waitFor(WAIT);
  await goTo(page, '#/keys/notes/welcome.md');
  await page.getByTestId('draft-restored').waitFor();
  await page.getByTestId('editor-text').filter({ hasText: 'Not saved yet.' }).click();
  await page.keyboard.press('Control+s');
  await page.locator('[data-testid=saved-state][data-state=safe]').waitFor(WAIT);
}

/** Of the one process in which its member runs. */
async function memberPid({ app }: DesktopUnderTest): Promise<number> {
  const members = await app.evaluate(({ app: electron }) => electron.getAppMetrics().filter(({ name, serviceName }) => [name, serviceName].includes('Ringleaf member')));
  assert.equal(members.length, 1, JSON.stringify(members));
  return members[0]?.pid ?? assert.fail();
}
