/** Pure: how many keys are in conflict, as far as one page can say. */
import type { ConflictPage } from '../../main/api/contract.ts';

/** "3", or "200+" when there are more pages or not everybody could be asked; empty when none are known. */
export function conflictCountWords(page: ConflictPage | null): string {
  if (page === null || page.conflicts.length === 0) return '';
  const isAll = page.next === undefined && (page.partial ?? []).length === 0;
  return `${page.conflicts.length}${isAll ? '' : '+'}`;
}
