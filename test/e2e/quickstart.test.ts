/**
 * The README's way "from nothing to a shared note", followed word for word by somebody who knows
 * nothing else: what stands in it is done, in that order, and nothing besides.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import { PROJECT_ROOT } from '../../main/build.ts';
import { goTo, SIZE } from './browser.ts';
import { setStage } from './stage.ts';

const START = '`npm ci && npm start`';
const NOTE = 'Written by somebody who had never seen Ringleaf.';

const machines: Machine[] = [];
// Hooks run in this order: the machines stop before their folders go.
after(async () => {
  await Promise.all(machines.map(({ stop }) => stop()));
});
const stage = setStage(0);

interface Machine {
  readonly page: Page;
  readonly stop: () => Promise<void>;
}

/** The numbered steps under the words that begin them. */
function stepsOfReadme(): readonly string[] {
  const readme = readFileSync(join(PROJECT_ROOT, 'README.md'), 'utf8');
  const block = /From nothing to a shared note:\n\n((?:\d\. [^]*?\n)+?)\n/.exec(readme)?.[1] ?? assert.fail('the README has no such steps');
  return block.split(/^\d\. /m).slice(1).map((step) => step.replaceAll(/\s+/g, ' ').trim());
}

/** Things to press stand between asterisks, keys and commands in backquotes, what shows in quotes. */
function wordsOf(step: string): readonly string[] {
  return [...step.matchAll(/`[^`]+`|\*[^*]+\*|"[^"]+"|\b(?:name the team|enter your name|copy the link|paste the link|name it|write it there)\b/g)].map(([word]) => word);
}

/** `npm start` as on a machine of its own, without a display; everything is installed here already. */
async function startMachine(number: number): Promise<Machine> {
  const env: NodeJS.ProcessEnv = { ...process.env, RINGLEAF_DATA_DIR: join(stage.dir, `machine-${number}`), RINGLEAF_NAME: `Machine ${number}`, RINGLEAF_MACHINE: `machine-${number}`, RINGLEAF_LISTEN: '/ip4/127.0.0.1/tcp/0', RINGLEAF_NO_MDNS: '1', RINGLEAF_NO_DHT: '1' };
  delete env['DISPLAY'];
  delete env['WAYLAND_DISPLAY'];
  const child = spawn('npm', ['start', '--silent'], { cwd: PROJECT_ROOT, env, stdio: ['ignore', 'pipe', 'inherit'] });
  const { pid, ui } = await readyLine(child);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const page = await (await stage.browser.newContext({ viewport: SIZE })).newPage();
  await page.goto(ui);
  const stop = async (): Promise<void> => {
    process.kill(pid, 'SIGTERM');
    await exited;
  };
  return { page, stop };
}

async function readyLine(child: ChildProcess): Promise<{ readonly pid: number; readonly ui: string }> {
  assert.ok(child.stdout !== null);
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('{"event":"ready"')) return JSON.parse(line) as { pid: number; ui: string };
  }
  return assert.fail('it ended before it was ready');
}

/** What one does who reads it, at the machine that the steps have come to. */
async function follow(word: string, { page }: Machine, carried: { link: string }): Promise<void> {
  const text = word.slice(1, -1);
  if (word === 'name the team') await page.getByLabel('Name of the team').fill('Orchard');
  else if (word === 'enter your name') await page.getByLabel('Your name').fill('Anna Berg');
  else if (word === 'copy the link') carried.link = await page.getByLabel('Invitation link', { exact: true }).inputValue();
  else if (word === 'paste the link') await page.getByLabel('Invitation link or code').fill(carried.link);
  else if (word === 'name it') await nameKey(page);
  else if (word === 'write it there') await page.getByTestId('editor-text').pressSequentially(NOTE);
  else if (word.startsWith('*')) await press(page, text);
  else if (word.startsWith('`')) await page.keyboard.press(text.replace('Ctrl', 'Control'));
  else await page.getByText(text, { exact: true }).first().waitFor({ timeout: 60_000 });
}

async function nameKey(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Bucket').fill('notes');
  await dialog.getByLabel('Key', { exact: true }).fill('welcome.md');
}

/** Whatever is called so: a button, a link, or one of several ways. */
async function press(page: Page, name: string): Promise<void> {
  const named = (role: 'button' | 'link' | 'radio') => page.getByRole(role, { name: role === 'radio' ? new RegExp(`^${name}`) : name, exact: true });
  const found = page.locator('main, nav, [role=dialog]').locator(named('button').or(named('link')).or(named('radio')));
  await found.first().waitFor();
  const one = found.first();
  if ((await one.getAttribute('type')) === 'radio') await one.check({ force: true });
  else await one.click();
}

test('WN-16 the steps of the README lead from nothing to a note that two members share', { timeout: 300_000 }, async () => {
  const carried = { link: '' };
  let here: Machine | undefined;
  const steps = stepsOfReadme();
  assert.ok(steps.length >= 4);
  for (const step of steps) {
    for (const word of wordsOf(step)) {
      if (word === START) machines.push((here = await startMachine(machines.length + 1)));
      else await follow(word, here ?? assert.fail('nothing was started'), carried);
    }
  }
  assert.equal(machines.length, 2);
  for (const { page } of machines) {
    await goTo(page, '#/keys/notes/welcome.md');
    await page.getByTestId('editor-text').filter({ hasText: NOTE }).waitFor();
  }
});
