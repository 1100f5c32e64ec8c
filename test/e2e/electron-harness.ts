import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { _electron, type ElectronApplication, errors, type Page } from 'playwright-core';
import { PROJECT_ROOT } from '../../main/build.ts';
import { provideElectron, provideXvfb } from '../provide/index.ts';
import { orphansAfter, type ProcessInfo, processesMarked } from './orphans.ts';

const LAUNCH_TIMEOUT_MS = 30_000;
/** Playwright's handshake with a program's very first start now and then gets stuck on a busy machine, and may do so twice in a row. */
const LAUNCHES_MAX = 4;
/** Longer than the member's own deadline to stop. */
const ORPHAN_TIMEOUT_MS = 40_000;
const POLL_MS = 50;
const SHOWN_MS = 45_000;

export interface DesktopOptions {
  /** A folder with a package.json; the project by default: build it first. */
  readonly appDir?: string;
  /** A packed app instead of Electron with a folder. */
  readonly executablePath?: string;
  /** Kept afterwards when given; otherwise a new one that goes with the desktop. */
  readonly dataDir?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface DesktopUnderTest {
  readonly app: ElectronApplication;
  readonly page: Page;
  readonly dataDir: string;
  /** Everything that this desktop has running now. */
  readonly processes: () => readonly ProcessInfo[];
  /** Quits as a person does, and asserts that nothing is left running. */
  readonly stop: () => Promise<void>;
  /** For tests that end the desktop themselves: waits for its end, asserts the same. */
  readonly ended: () => Promise<void>;
}

/** The real Electron on a display of its own; loopback only and no mDNS, whatever the test asks. */
export async function launchDesktop(options: DesktopOptions = {}): Promise<DesktopUnderTest> {
  const electron = options.executablePath === undefined ? await provideElectron() : null;
  const xvfb = await provideXvfb();
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'ringleaf-desktop-'));
  const mark = `RINGLEAF_DATA_DIR=${dataDir}`;
  const cleanUp = async (): Promise<void> => {
    const left = await orphansAfter(mark, ORPHAN_TIMEOUT_MS);
    for (const { pid } of left) killQuietly(pid);
    await xvfb.stop();
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    assert.deepEqual(left, [], 'processes were left behind');
  };
  try {
    const app = await launched(mark, {
      executablePath: options.executablePath ?? electron?.executablePath ?? '',
      args: [...switches(), ...appArgument(options), ...(options.args ?? [])],
      env: environment({ dataDir, display: xvfb.display, extra: options.env ?? {} }),
      timeout: LAUNCH_TIMEOUT_MS,
    });
    const page = await app.firstWindow({ timeout: LAUNCH_TIMEOUT_MS });
    return {
      app,
      page,
      dataDir,
      processes: () => processesMarked(mark),
      stop: async () => {
        await app.close();
        await cleanUp();
      },
      ended: cleanUp,
    };
  } catch (error) {
    for (const { pid } of processesMarked(mark)) killQuietly(pid);
    await cleanUp();
    throw error;
  }
}

/** For the length of `check`. What that throws counts; else, that something was left running does. */
export async function withDesktop(options: DesktopOptions, check: (desktop: DesktopUnderTest) => Promise<void>): Promise<void> {
  const desktop = await launchDesktop(options);
  let failed = true;
  try {
    await check(desktop);
    failed = false;
  } finally {
    await desktop.stop().catch((error: unknown) => {
      if (!failed) throw error;
    });
  }
}

/** Of what files and windows show, which tell nobody. */
export async function untilShown(holds: () => boolean): Promise<void> {
  for (let waitedMs = 0; waitedMs < SHOWN_MS; waitedMs += POLL_MS) {
    if (holds()) return;
    await sleep(POLL_MS);
  }
  assert.fail(`did not happen within ${SHOWN_MS} ms: ${holds.toString()}`);
}

type LaunchOptions = NonNullable<Parameters<typeof _electron.launch>[0]>;

async function launched(mark: string, options: LaunchOptions): Promise<ElectronApplication> {
  for (let left = LAUNCHES_MAX - 1; ; left -= 1) {
    try {
      return await _electron.launch(options);
    } catch (error) {
      if (left === 0 || !(error instanceof errors.TimeoutError)) throw error;
      console.error('Playwright did not get hold of Electron; once more');
      for (const { pid } of processesMarked(mark)) killQuietly(pid);
      await orphansAfter(mark, ORPHAN_TIMEOUT_MS);
    }
  }
}

/** Chromium refuses its sandbox to root. */
function switches(): readonly string[] {
  return process.getuid?.() === 0 ? ['--no-sandbox'] : [];
}

function appArgument(options: DesktopOptions): readonly string[] {
  return options.executablePath === undefined ? [options.appDir ?? PROJECT_ROOT] : [];
}

interface Surroundings {
  readonly dataDir: string;
  readonly display: string;
  readonly extra: Readonly<Record<string, string>>;
}

function environment({ dataDir, display, extra }: Surroundings): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    // Set in a shell of VS Code, it would turn Electron into plain Node.
    if (value !== undefined && name !== 'ELECTRON_RUN_AS_NODE') inherited[name] = value;
  }
  return {
    ...inherited,
    ...extra,
    DISPLAY: display,
    RINGLEAF_DATA_DIR: dataDir,
    RINGLEAF_NO_MDNS: '1',
    RINGLEAF_LISTEN: '/ip4/127.0.0.1/tcp/0',
  };
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // Gone meanwhile.
  }
}
