/** Pure: what a history does not show, and why, in words. */
import type { BucketInfo, HistoryResult, Sibling } from '../../main/api/contract.ts';

type Kept = Pick<BucketInfo, 'historyVersions' | 'historyDays'>;
type Answer = Pick<HistoryResult, 'versions' | 'partial'>;

export interface HistoryNote {
  readonly kind: 'silent' | 'cut' | 'bounded';
  readonly words: string;
}

/** What may be missing from a list of versions. */
export function historyNotes(answer: Answer, kept: Kept | null, nameOf: (member: string) => string): readonly HistoryNote[] {
  const notes: HistoryNote[] = [];
  const silent = answer.partial?.silent ?? [];
  if (silent.length > 0) {
    const they = silent.length === 1 ? 'It may keep' : 'They may keep';
    notes.push({ kind: 'silent', words: `${listed(silent.map(nameOf))} could not be asked. ${they} versions that are not listed here.` });
  }
  if (answer.partial?.cut === true) notes.push({ kind: 'cut', words: 'There are older versions than one answer holds.' });
  const isFull = kept !== null && kept.historyVersions > 0 && answer.versions.length >= kept.historyVersions;
  if (isFull) notes.push({ kind: 'bounded', words: `What was before these may be gone: ${ruleWords(kept)}` });
  return notes;
}

/** Why nothing is listed. */
export function emptyWords(answer: Answer, kept: Kept | null, isDeleted: boolean): { readonly title: string; readonly text: string } {
  if (kept?.historyVersions === 0) {
    return { title: 'This bucket keeps no earlier versions', text: 'How many are kept is a setting of the bucket. What is kept from now on shows here.' };
  }
  if ((answer.partial?.silent ?? []).length > 0) {
    return { title: 'No earlier version at hand', text: 'Those who could be asked keep none. Others may, once they are back.' };
  }
  const rule = kept === null ? '' : ` ${sentence(ruleWords(kept))}`;
  if (isDeleted) return { title: 'No earlier version is left', text: `What was deleted is kept nowhere any more.${rule}` };
  return { title: 'No earlier version', text: `Nothing was replaced yet, or it is too long ago.${rule}` };
}

/** "each device keeps the last 10 versions, for 30 days." */
export function ruleWords({ historyVersions, historyDays }: Kept): string {
  const versions = historyVersions === 1 ? 'the last version' : `the last ${historyVersions} versions`;
  const days = historyDays === 1 ? 'one day' : `${historyDays} days`;
  return historyVersions === 0 ? 'no earlier versions are kept in this bucket.' : `each device keeps ${versions} that it saw replaced, for ${days}.`;
}

export function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The newest version that has a value: what undeleting brings back. */
export function lastValue(versions: readonly Sibling[]): Sibling | null {
  return versions.find(({ deleted }) => !deleted) ?? null;
}

/** "Ben", "Ben and Cleo", "Ben, Cleo and 2 more". */
export function listed(names: readonly string[], most = 3): string {
  if (names.length > most) return `${names.slice(0, most - 1).join(', ')} and ${names.length - most + 1} more`;
  return names.length < 2 ? (names[0] ?? 'nobody') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
