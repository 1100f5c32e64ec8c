import { join } from 'node:path';
import type { Event, FileFilter, SaveDialogOptions } from 'electron';
import type { FileSaved } from './contract.ts';

/** The parts of Electron's `DownloadItem` that are used here. */
export interface SavingItem {
  getURL(): string;
  getFilename(): string;
  getSavePath(): string;
  setSaveDialogOptions(options: SaveDialogOptions): void;
  cancel(): void;
  on(event: 'updated', handler: (event: Event, state: 'progressing' | 'interrupted') => void): unknown;
  once(event: 'done', handler: (event: Event, state: 'completed' | 'cancelled' | 'interrupted') => void): unknown;
}

export interface SavingSession {
  on(event: 'will-download', handler: (event: Event, item: SavingItem) => void): unknown;
}

export interface SavingParts {
  /** Where the system's dialog begins. */
  readonly folder: () => string;
  /** Of each file that the page gave. */
  readonly onEnd: (saved: FileSaved) => void;
}

/**
 * Files that the page gives to be saved: the system asks where to, and the page is told what came of
 * it, which a browser tells nobody. What Chromium cannot write whole it takes away.
 */
export function watchSaving(session: SavingSession, { folder, onEnd }: SavingParts): void {
  session.on('will-download', (event, item) => {
    // Not the page's own: another listener has refused it.
    if (event.defaultPrevented) return;
    const name = item.getFilename();
    // Without a title the dialog has the address of the blob for one.
    item.setSaveDialogOptions({ title: `Save ${name}`, defaultPath: join(folder(), name), filters: filtersOf(name) });
    let isBroken = false;
    item.on('updated', (_event, state) => {
      if (state !== 'interrupted') return;
      // It might go on by itself, and would break at the same place: the disk is full, or the folder is gone.
      isBroken = true;
      item.cancel();
    });
    item.once('done', (_event, state) => {
      const outcome = state === 'completed' ? 'saved' : isBroken || state === 'interrupted' ? 'failed' : 'cancelled';
      onEnd({ url: item.getURL(), outcome, path: item.getSavePath() });
    });
  });
}

function filtersOf(name: string): FileFilter[] {
  const [, extension] = /\.([a-z0-9]+)$/.exec(name) ?? [];
  return extension === undefined ? [] : [{ name: extension === 'jsonl' ? 'JSON Lines' : extension.toUpperCase(), extensions: [extension] }];
}
