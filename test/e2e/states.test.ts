/** Every screen while it waits, when it is refused, without the engine, and with nothing to show. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import type { CallName } from '../../main/api/contract.ts';
import { writeApart, writeInTurn } from './apart.ts';
import { assertAccessible, goTo, SIZE } from './browser.ts';
import { LinkGate } from './link-gate.ts';
import { ALONE, setStage } from './stage.ts';
import { screenshotThemes } from './story.ts';

const TIMEOUT = { timeout: 180_000 };
const TEXT = { 'content-type': 'text/markdown' };
const REFUSAL = { code: 'INTERNAL', message: 'The disk of this device did not answer.' } as const;

const stage = setStage(2, async () => {
  const [first] = stage.members;
  const text = '# Autumn plan\n\nOrder new lenses.\n';
  for (const [key, versions] of [['plan.md', [text]], ['gone', [text, null]]] as const) await writeInTurn([first ?? assert.fail()], { bucket: 'notes', key, contentType: TEXT['content-type'], versions });
  await writeApart(stage.members, { bucket: 'notes', key: 'apart', contentType: 'application/json', base: '{"a":1}', versions: ['{"a":2}', '{"a":3}'] });
});

interface Screen {
  readonly name: string;
  readonly hash: string;
  /** The call that its first answer hangs on. */
  readonly call: CallName;
  readonly waiting: string;
  readonly failed: string;
  /** What is there once it has been answered. */
  readonly ready: string;
  /** It is asked for every few seconds anyhow, so nobody has to press anything. */
  readonly asksByItself?: true;
}

const SCREENS: readonly Screen[] = [
  { name: 'keys', hash: '#/keys/notes', call: 'keys', waiting: 'Reading the keys…', failed: 'The keys could not be read', ready: 'key-row' },
  { name: 'buckets', hash: '#/keys', call: 'buckets', waiting: 'Reading the buckets…', failed: 'The buckets could not be read', ready: 'key-row' },
  { name: 'editor', hash: '#/keys/notes/plan.md', call: 'get', waiting: 'Reading…', failed: 'This key could not be read', ready: 'editor-text' },
  { name: 'trash', hash: '#/trash/notes', call: 'keys', waiting: 'Looking for deleted keys…', failed: 'The deleted keys could not be read', ready: 'trash-row' },
  { name: 'conflicts', hash: '#/conflicts', call: 'conflicts', waiting: 'Asking the team…', failed: 'The conflicts are not known', ready: 'conflict-row' },
  { name: 'merge', hash: '#/conflicts/notes/apart', call: 'get', waiting: 'Reading every version from the team…', failed: 'The versions could not be read', ready: 'merge-grid' },
  { name: 'team', hash: '#/team', call: 'members', waiting: 'Reading who is in the team…', failed: 'The members are not known', ready: 'member', asksByItself: true },
  { name: 'ring', hash: '#/ring', call: 'ring', waiting: 'Asking for the ring…', failed: 'The ring is not known', ready: 'ring-drawing' },
  { name: 'activity', hash: '#/activity', call: 'activity', waiting: 'Asking what happened…', failed: 'What happened is not known', ready: 'activity-line' },
  { name: 'settings', hash: '#/settings/notes', call: 'getBucket', waiting: 'Asking for the settings…', failed: 'The settings are not known', ready: 'settings-meaning' },
];

interface Gated {
  readonly page: Page;
  readonly gate: LinkGate;
}

/** A window at an address, behind a gate that was set up before it asked anything. */
async function openGated(hash: string, setUp: (gate: LinkGate) => void = () => undefined, of = stage.member()): Promise<Gated> {
  const context = await stage.browser.newContext({ viewport: SIZE });
  const page = await context.newPage();
  const gate = await LinkGate.before(page);
  setUp(gate);
  await page.goto(`${of.url}/?token=${of.token}${hash}`);
  return { page, gate };
}

const stateOf = (page: Page, title: string) => page.getByTestId('empty-state').filter({ hasText: title });

/** The window asks again by itself as well, and may be quicker than who presses. */
async function press(button: Locator): Promise<void> {
  await button.evaluate((element: HTMLElement) => element.click(), undefined, { timeout: 5_000 }).catch(() => undefined);
}

for (const { name, hash, call, waiting, failed, ready, asksByItself } of SCREENS) {
  test(`WN-13 WN-14 ${name}: awaited, and kept in sight when the engine goes`, TIMEOUT, async () => {
    const { page, gate } = await openGated(hash, (held) => held.hold(call));
    await page.getByTestId('waiting').filter({ hasText: waiting }).first().waitFor();
    await screenshotThemes(page, `state-${name}-loading`);
    await assertAccessible(page, `${name}, awaited`);
    await page.getByTestId('seconds').filter({ hasText: /^[1-9]\d* s$/ }).first().waitFor();
    gate.release();
    await page.getByTestId(ready).first().waitFor();
    await gate.cut();
    await page.getByTestId('engine-lost').waitFor();
    assert.ok(await page.getByTestId(ready).first().isVisible(), 'what was known stays');
    assert.equal(await stateOf(page, failed).count(), 0);
    await screenshotThemes(page, `state-${name}-offline`);
    await assertAccessible(page, `${name}, offline`);
    gate.mend();
    await press(page.getByTestId('engine-lost').getByRole('button'));
    await page.getByTestId('engine-lost').waitFor({ state: 'detached' });
    assert.ok(await page.getByTestId(ready).first().isVisible());
    await page.context().close();
  });

  test(`WN-13 ${name}: refused with the reason, asked again; without an engine from the beginning`, TIMEOUT, async () => {
    const { page, gate } = await openGated(hash, (refusing) => refusing.refuse(call, REFUSAL));
    await stateOf(page, failed).filter({ hasText: REFUSAL.message }).waitFor();
    await screenshotThemes(page, `state-${name}-error`);
    await assertAccessible(page, `${name}, refused`);
    await gate.cut();
    await stateOf(page, failed).filter({ hasText: 'is not answering' }).waitFor();
    await assertAccessible(page, `${name}, never answered`);
    gate.mend();
    await press(page.getByTestId('engine-lost').getByRole('button'));
    await stateOf(page, failed).filter({ hasText: REFUSAL.message }).waitFor();
    gate.release();
    if (asksByItself !== true) await press(stateOf(page, failed).getByRole('button'));
    await page.getByTestId(ready).first().waitFor();
    await page.context().close();
  });
}

test('WN-13 the start: awaited, refused, without the engine', TIMEOUT, async () => {
  const { page, gate } = await openGated('', (held) => held.hold('status'));
  await page.getByRole('status', { name: 'Starting Ringleaf' }).waitFor();
  await screenshotThemes(page, 'state-start-loading');
  await assertAccessible(page, 'start, awaited');
  await gate.cut();
  await stateOf(page, 'engine is not answering').waitFor();
  await screenshotThemes(page, 'state-start-offline');
  await assertAccessible(page, 'start, offline');
  gate.release();
  gate.refuse('status', REFUSAL);
  gate.mend();
  await page.getByRole('button').click();
  await stateOf(page, REFUSAL.message).waitFor();
  gate.release();
  await page.getByRole('button').click();
  await page.getByTestId('nav-keys').waitFor();
  await page.context().close();
});

test('WN-13 the welcome: busy with numbers, refused, without the engine', TIMEOUT, async () => {
  const alone = await stage.start('welcome');
  const { page, gate } = await openGated('', (held) => held.hold('createTeam'), alone);
  await page.getByTestId('team-name').fill('Workshop');
  await page.getByTestId('welcome-submit').click();
  await page.locator('[data-testid=welcome-submit][aria-busy=true], [data-testid=welcome-submit]:disabled').first().waitFor();
  await screenshotThemes(page, 'state-welcome-loading');
  await assertAccessible(page, 'welcome, busy');
  await gate.cut();
  await page.getByTestId('engine-lost').waitFor();
  await page.getByTestId('welcome').getByRole('alert').waitFor();
  assert.equal(await page.getByTestId('team-name').inputValue(), 'Workshop', 'what was typed stays');
  await screenshotThemes(page, 'state-welcome-offline');
  await assertAccessible(page, 'welcome, offline');
  gate.mend();
  gate.refuse('createTeam', REFUSAL);
  await press(page.getByTestId('engine-lost').getByRole('button'));
  await page.getByTestId('engine-lost').waitFor({ state: 'detached' });
  await page.getByTestId('welcome-submit').click();
  await page.getByRole('alert').filter({ hasText: REFUSAL.message }).waitFor();
  await assertAccessible(page, 'welcome, refused');
  gate.release();
  await page.getByTestId('welcome-submit').click();
  await page.getByTestId('nav-keys').waitFor();
  await page.context().close();
});

test('WN-13 a listing that breaks off keeps what it had, says so, and goes on when asked', TIMEOUT, async () => {
  const alone = await stage.start('many', ALONE);
  for (let from = 0; from < 260; from += 20) {
    await Promise.all(Array.from({ length: 20 }, (_, index) => alone.ask('PUT', `/v1/buckets/many/keys/k${String(from + index).padStart(3, '0')}`, { headers: TEXT, body: 'x' })));
  }
  const { page, gate } = await openGated('#/keys/many', undefined, alone);
  await page.getByTestId('key-row').first().waitFor();
  gate.refuse('keys', REFUSAL);
  await page.getByTestId('key-rows').focus();
  for (let times = 0; times < 210 && (await page.getByTestId('keys-stale').count()) === 0; times += 1) await page.keyboard.press('j');
  await page.getByTestId('keys-stale').filter({ hasText: REFUSAL.message }).waitFor();
  assert.ok((await page.getByTestId('key-row').count()) > 0);
  await assertAccessible(page, 'keys that break off');
  gate.release();
  await page.getByTestId('keys-stale').getByRole('button').click();
  await page.getByTestId('keys-stale').waitFor({ state: 'detached' });
  await page.context().close();
});

const EMPTY: readonly (readonly [string, string])[] = [
  ['#/keys', 'Write your team\'s first record'],
  ['#/keys/nothing', 'Nothing here yet'],
  ['#/trash/nothing', 'Nothing is deleted here'],
  ['#/conflicts', 'No conflicts'],
  ['#/conflicts/notes/none', 'Nothing to merge here'],
  ['#/team', 'You are alone so far'],
  ['#/activity', 'Quiet so far'],
  ['#/settings', 'No bucket yet'],
];

test('WN-13 every screen with nothing to show says what will be there', TIMEOUT, async () => {
  const alone = await stage.start('empty', ALONE);
  const { page } = await openGated('', undefined, alone);
  await page.getByTestId('nav-keys').waitFor();
  for (const [hash, words] of EMPTY) {
    await goTo(page, hash);
    await stateOf(page, words).waitFor();
    await screenshotThemes(page, `state-empty-${hash.slice(2).replaceAll('/', '-')}`);
    await assertAccessible(page, `empty ${hash}`);
  }
  await goTo(page, '#/ring');
  await page.getByTestId('ring-coverage').filter({ hasText: 'its one copy' }).waitFor();
  await page.context().close();
});
