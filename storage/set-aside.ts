/**
 * Damaged stores that were put out of the way, as `<dir>.damaged-<n>`, and whether people were told.
 * That is told by the opening of the store that comes in their place, which may not come about at
 * once: the disk that damaged one may refuse the next. So what is noted is that it was told, not that it
 * is to be: a full disk cannot lose that.
 */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** In a folder that was set aside: people know of it. */
const TOLD_FILE = 'ringleaf-told';

/** Renames the folder. @returns its new path. */
export function setAside(dir: string): string {
  const aside = asides(dir).free;
  renameSync(dir, aside);
  return aside;
}

/** Folders that nobody was told of yet. */
export function untold(dir: string): readonly string[] {
  return asides(dir).taken.filter((aside) => !existsSync(join(aside, TOLD_FILE)));
}

/** They have been told of for as long as a store was open. */
export function noteTold(asideDirs: readonly string[]): void {
  for (const aside of asideDirs) {
    try {
      writeFileSync(join(aside, TOLD_FILE), '', { mode: 0o600 });
    } catch {
      // Then it is told once more.
    }
  }
}

/** They are numbered from 1 on. */
function asides(dir: string): { readonly taken: readonly string[]; readonly free: string } {
  const taken: string[] = [];
  for (;;) {
    const name = `${dir}.damaged-${taken.length + 1}`;
    if (!existsSync(name)) return { taken, free: name };
    taken.push(name);
  }
}
