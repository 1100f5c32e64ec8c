/** Why no member answers on a data folder, as far as that can be seen from outside. Pure. */
import type { FolderFacts } from './facts.ts';
import { byGravity, type Finding } from './report.ts';
import { megabytes } from './words.ts';

/** Below it a store cannot even start. */
const DISK_FULL_BYTES = 16_000_000;
/** By what the device's key is encrypted by. */
const HOW_TO_START: Readonly<Record<'nothing' | 'passphrase' | 'keychain', string>> = {
  nothing: 'Start it: "ringleaf start", or the desktop app.',
  passphrase: 'Start it: the desktop app, or "ringleaf start" in a terminal. Both ask for the passphrase of its key.',
  keychain: 'Start the desktop app: the key is protected by this computer’s keychain, which "ringleaf start" cannot ask.',
};

export function folderFindings(facts: FolderFacts): readonly Finding[] {
  return byGravity([...folder(facts), ...disk(facts), process(facts)]);
}

function folder({ dataDir, folder: state }: FolderFacts): readonly Finding[] {
  const problem = (id: string, title: string, todo: string): readonly Finding[] => [{ id, severity: 'problem', layer: 'folder', title, seen: [dataDir], todo: [todo] }];
  switch (state) {
    case 'there':
      return [];
    case 'missing':
      return problem('folder-missing', 'There is no data folder', 'Start Ringleaf, which makes one, or name the right one with "--data-dir".');
    case 'no-folder':
      return problem('folder-is-none', 'Where the data folder should be is no folder', 'Move that file away, or name another folder with "--data-dir".');
    case 'denied':
      return problem('folder-denied', 'This user may not use the data folder', 'Run Ringleaf as the user whose folder it is, or give that user the right to read and write it.');
    case 'read-only':
      return problem('folder-read-only', 'The data folder cannot be written to', 'Its disk is read-only: have it checked, or mount it for writing.');
  }
}

function disk({ freeBytes }: FolderFacts): readonly Finding[] {
  if (freeBytes === null || freeBytes >= DISK_FULL_BYTES) return [];
  return [{ id: 'disk-full', severity: 'problem', layer: 'disk', title: 'The disk is full', seen: [`${megabytes(freeBytes)} are left.`], todo: ['Make room on the disk that holds the data folder.'] }];
}

/** Always one: nobody has answered. */
function process({ dataDir, socket, lock, lockedBy, hasStore, keyBy }: FolderFacts): Finding {
  const problem = (id: string, title: string, seen: readonly string[], todo: string): Finding => ({ id, severity: 'problem', layer: 'process', title, seen, todo: [todo] });
  const holder = lockedBy === null ? 'Another process' : `The process ${lockedBy}`;
  if (socket === 'silent') return problem('member-silent', 'Ringleaf runs, and does not answer', lock === 'held' ? [`${holder} holds its store.`] : [], 'Give it a moment. If it stays so, quit it and start it again: nothing that was saved is lost.');
  if (socket === 'denied') return problem('socket-denied', 'This user may not talk to Ringleaf', [dataDir], 'Run the command as the user who runs Ringleaf.');
  if (lock === 'held') return problem('store-locked', 'Something holds the store, and no command line is served there', [`${holder} holds it.`], 'It may be starting or ending: try again in a moment. If not, quit it.');
  if (socket === 'too-long') return problem('path-too-long', 'The path of the data folder is too long for the command line', [dataDir], 'Use a shorter one with "--data-dir".');
  return problem('not-running', 'Ringleaf does not run on this data folder', hasStore ? [dataDir] : ['It has never been started here.', dataDir], HOW_TO_START[keyBy ?? 'nothing']);
}
