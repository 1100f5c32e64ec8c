/** Gives a file to be saved: to the desktop shell, which asks where to and tells what came of it, or to the browser. */
import type { FileSaved } from '../../main/desktop/contract.ts';

/** `given`: to a browser, which tells nobody what it does with it. */
export type SaveOutcome = { readonly outcome: 'given' } | Pick<FileSaved, 'outcome' | 'path'>;

const TAKEN_MS = 10_000;

export async function saveFile(name: string, file: Blob): Promise<SaveOutcome> {
  const url = URL.createObjectURL(file);
  const saved = window.ringleaf?.desktop === true ? fromShell(url) : null;
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  if (saved === null) {
    setTimeout(() => URL.revokeObjectURL(url), TAKEN_MS);
    return { outcome: 'given' };
  }
  const { outcome, path } = await saved;
  URL.revokeObjectURL(url);
  return { outcome, path };
}

/** What the shell says of the file at this address. */
function fromShell(url: string): Promise<FileSaved> {
  return new Promise((resolve) => {
    const listen = ({ source, data }: MessageEvent<unknown>): void => {
      if (source !== window || !isSaved(data) || data.detail.url !== url) return;
      window.removeEventListener('message', listen);
      resolve(data.detail);
    };
    window.addEventListener('message', listen);
  });
}

function isSaved(data: unknown): data is { readonly detail: FileSaved } {
  return typeof data === 'object' && data !== null && 'type' in data && data.type === 'ringleaf-desktop-saved';
}
