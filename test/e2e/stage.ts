/**
 * What a file of browser tests stands on from its first test to its last: the built interface, one
 * Chromium, one team. Every member that was started here ends with it, also when a test fails.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { chromium, type Browser } from 'playwright-core';
import { build } from '../../main/build.ts';
import { removeDir, startMember, startTeam, temporaryDir, type RunningMember } from '../cluster/member-harness.ts';
import { provideChromium } from '../provide/index.ts';
import { goTo, openWindow, type OpenWindow } from './browser.ts';

const SET_UP_MS = 240_000;

/** Who works where in the team: what a window shows has names as people give them. */
export const TEAM_NAME = 'Orchard';
export const PEOPLE = [
  { person: 'Anna Berg', device: 'Front desk' },
  { person: 'Ben Ito', device: 'Workshop' },
  { person: 'Cleo Diaz', device: 'Office' },
] as const;

/** A team of one, for what a team of others would disturb. */
export const ALONE = ['--create-team', 'Alone', '--partitions', '8'] as const;

export class Stage {
  /** The team. Who is started again stands in the place of who was stopped. */
  readonly members: RunningMember[] = [];
  readonly #started: RunningMember[] = [];
  #dir: string | undefined;
  #browser: Browser | undefined;

  get dir(): string {
    return this.#dir ?? assert.fail('the stage is not set');
  }

  get browser(): Browser {
    return this.#browser ?? assert.fail('the stage is not set');
  }

  member(index = 0): RunningMember {
    return this.members[index] ?? assert.fail(`there is no member ${index}`);
  }

  /** A member beside the team, in a folder and on a machine of this name. */
  async start(name: string, args: readonly string[] = [], machine = name): Promise<RunningMember> {
    return this.#keep(await startMember(join(this.dir, name), machine, args));
  }

  /** One of the team once more, after it was stopped. */
  async startAgain(index: number, args: readonly string[] = []): Promise<RunningMember> {
    const again = this.#keep(await startMember(this.member(index).dataDir, `m${index + 1}`, [...named(index), ...args]));
    this.members[index] = again;
    return again;
  }

  /** A window that has started, at an address such as `#/keys/notes`. */
  async open(hash = '', of = this.member()): Promise<OpenWindow> {
    const opened = await openWindow(this.browser, of);
    await opened.page.getByTestId('nav-keys').waitFor();
    if (hash !== '') await goTo(opened.page, hash);
    return opened;
  }

  /** A window that has gone to a screen by its keys: `g` and a letter. */
  async openByKey(letter: string, of = this.member()): Promise<OpenWindow> {
    const opened = await this.open('', of);
    await opened.page.keyboard.press('g');
    await opened.page.keyboard.press(letter);
    return opened;
  }

  async set(teamOf: number): Promise<void> {
    await build();
    this.#dir = await temporaryDir();
    const { executablePath, args } = await provideChromium();
    this.#browser = await chromium.launch({ executablePath, args: [...args] });
    if (teamOf > 0) this.members.push(...(await startTeam(this.dir, teamOf, TEAM_NAME, named)).map((member) => this.#keep(member)));
  }

  async clear(): Promise<void> {
    await this.#browser?.close();
    await Promise.all(this.#started.map((member) => member.kill()));
    if (this.#dir !== undefined) await removeDir(this.#dir);
  }

  #keep(member: RunningMember): RunningMember {
    this.#started.push(member);
    return member;
  }
}

/** As the team's windows write of one of it. */
export function writer(index: number): string {
  const { person, device } = PEOPLE[index] ?? assert.fail(`nobody is at ${index}`);
  return `${person} on ${device}`;
}

function named(index: number): readonly string[] {
  const { person, device } = PEOPLE[index] ?? assert.fail(`nobody is at ${index}`);
  return ['--name', device, '--person', person];
}

/**
 * Before the first test and after the last one of the file that calls it.
 * @param teamOf 0 where the file makes its own, in `prepare`.
 */
export function setStage(teamOf: number, prepare?: () => Promise<void>): Stage {
  const stage = new Stage();
  before(async () => {
    await stage.set(teamOf);
    await prepare?.();
  }, { timeout: SET_UP_MS });
  after(() => stage.clear());
  return stage;
}
