import { join } from 'node:path';
import { BrowserWindow, screen } from 'electron';
import { APP_ORIGIN, isHomeUrl } from './app-files.ts';
import { SAFE_MODE_URL } from './safe-mode.ts';
import { UNLOCK_URL } from './unlock-page.ts';
import { textOf, writeWhole } from './whole-file.ts';
import {
  WINDOW_DEFAULT,
  WINDOW_HEIGHT_MIN,
  WINDOW_WIDTH_MIN,
  windowStateOf,
  windowStateText,
} from './window-state.ts';

const SAVE_DELAY_MS = 500;

export interface WindowParts {
  readonly preload: string;
  readonly dataDir: string;
  /** Comes up in the tray: made, and not shown. */
  readonly hidden: boolean;
}

export function openWindow({ preload, dataDir, hidden }: WindowParts): BrowserWindow {
  const stateFile = join(dataDir, 'window.json');
  const screens = screen.getAllDisplays().map((display) => display.workArea);
  const { place, maximized } = windowStateOf(textOf(stateFile), screens);
  const window = new BrowserWindow({
    ...(place ?? WINDOW_DEFAULT),
    minWidth: WINDOW_WIDTH_MIN,
    minHeight: WINDOW_HEIGHT_MIN,
    title: 'Ringleaf',
    show: false,
    webPreferences: {
      preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
    },
  });
  // To maximize is to show.
  if (maximized) window.once('show', () => window.maximize());
  if (!hidden) window.once('ready-to-show', () => window.show());
  rememberPlace(window, stateFile);
  return window;
}

/** A changed fragment alone does not load the page anew, so a draft stays. */
export function showHome(window: BrowserWindow, route = ''): void {
  load(window, `${APP_ORIGIN}/${route}`);
}

export function showSafeMode(window: BrowserWindow): void {
  load(window, SAFE_MODE_URL);
}

export function showUnlock(window: BrowserWindow): void {
  load(window, UNLOCK_URL);
}

/** The form that was sent stands in the window's history, until the next page is there. */
export function forgetUnlock(window: BrowserWindow): void {
  const { webContents } = window;
  const forget = (): void => {
    if (!isHomeUrl(webContents.getURL())) return;
    webContents.off('did-finish-load', forget);
    webContents.navigationHistory.clear();
  };
  webContents.on('did-finish-load', forget);
}

export function bringToFront(window: BrowserWindow): void {
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

/** A load is given up when the next begins or the window closes: that is no error. */
function load(window: BrowserWindow, url: string): void {
  window.loadURL(url).catch((error: unknown) => {
    if (!window.isDestroyed()) console.error(`cannot show ${url}: ${String(error)}`);
  });
}

function rememberPlace(window: BrowserWindow, stateFile: string): void {
  let saving: NodeJS.Timeout | undefined;
  const save = (): void => {
    clearTimeout(saving);
    if (window.isDestroyed() || window.isMinimized()) return;
    keepPlace(stateFile, windowStateText(window.getNormalBounds(), window.isMaximized()));
  };
  const saveSoon = (): void => {
    clearTimeout(saving);
    saving = setTimeout(save, SAVE_DELAY_MS);
  };
  window.on('resize', saveSoon);
  window.on('move', saveSoon);
  window.on('close', save);
}

/** Losing the place of a window is no reason to fail. */
function keepPlace(stateFile: string, text: string): void {
  try {
    writeWhole(stateFile, text);
  } catch (error) {
    console.error(`cannot remember the window: ${String(error)}`);
  }
}
