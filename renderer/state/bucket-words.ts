/** Pure: what a bucket's settings mean, in the words of whoever keeps notes in it. */
import type { BucketInfo, QuorumWord } from '../../main/api/contract.ts';

export type BucketSettings = Omit<BucketInfo, 'bucket'>;

export interface SettingsWords {
  /** What will happen, a sentence each. */
  readonly meaning: readonly string[];
  /** What can go wrong with it. */
  readonly warnings: readonly string[];
}

export type Problems = Partial<Record<keyof BucketSettings, string>>;

export const HISTORY_VERSIONS_MAX = 100;
export const HISTORY_DAYS_MAX = 3_650;

/** Copies there can be: a small team has fewer devices than are wanted. */
export function copiesOf(n: number | 'all', machines: number): number {
  return Math.max(1, n === 'all' ? machines : Math.min(n, machines));
}

/** Answers that are waited for, of so many copies. */
export function answersOf(spec: number | QuorumWord | 'any', copies: number): number {
  if (typeof spec === 'number') return Math.min(spec, copies);
  if (spec === 'quorum') return Math.floor(copies / 2) + 1;
  return spec === 'all' ? copies : 1;
}

/** @param machines Machines in the team that keep records. */
export function settingsWords(settings: BucketSettings, machines: number): SettingsWords {
  const { n, r, w, sloppy } = settings;
  const copies = copiesOf(n, machines);
  const saved = answersOf(w, copies);
  const asked = answersOf(r, copies);
  const meaning = [
    copiesWords(n, machines, copies),
    w === 'any' ? 'Saving is done as soon as any one device has it, even if that is this one alone.' : `Saving is done when ${devices(saved, copies)} on disk.${awayWords(saved, copies, sloppy, 'saving')}`,
    `Opening waits for ${asked} of ${copies} ${copies === 1 ? 'copy' : 'copies'}.${awayWords(asked, copies, sloppy, 'opening')}`,
    freshWords(settings, saved + asked > copies),
    sloppy
      ? 'While a device is away, another stands in for it and hands over later.'
      : 'Nobody stands in: only the devices that keep a record take part.',
    settings.resolution === 'siblings'
      ? 'When two people edit at the same time, both versions are kept until somebody merges them.'
      : 'When two people edit at the same time, the later save wins.',
    historyWords(settings),
  ];
  return { meaning, warnings: warningsOf(settings, copies, saved, asked) };
}

function copiesWords(n: number | 'all', machines: number, copies: number): string {
  if (n === 'all') return `Every device keeps every record: ${copies} now.`;
  if (machines < n) return `Each record is to be on ${n} devices. The team has ${machines}, so on ${machines === 1 ? 'that one' : 'all of them'} for now.`;
  return `Each record is kept on ${n} ${n === 1 ? 'device' : 'different devices'}.`;
}

function devices(count: number, copies: number): string {
  if (copies === 1) return 'its one device has it';
  return count === copies ? `all ${copies} of its devices have it` : `${count} of its ${copies} devices ${count === 1 ? 'has' : 'have'} it`;
}

function awayWords(needed: number, copies: number, sloppy: boolean, what: string): string {
  const away = copies - needed;
  if (away > 0) return ` That works while ${away === 1 ? 'one of them is' : `${away} of them are`} away.`;
  return sloppy ? '' : ` While ${copies === 1 ? 'it' : 'one of them'} is away, ${what} fails.`;
}

function freshWords({ w, sloppy }: BucketSettings, overlaps: boolean): string {
  if (!overlaps || w === 'any') return 'Who opens a record right after a save may still see the version before.';
  return sloppy ? 'Who opens a record after a save sees it, unless stand-ins had to take it.' : 'Who opens a record after a save sees it.';
}

function historyWords({ historyVersions, historyDays }: BucketSettings): string {
  if (historyVersions === 0) return 'Earlier versions are not kept.';
  const versions = historyVersions === 1 ? 'The version before' : `The last ${historyVersions} versions before`;
  return `${versions} can be brought back, for ${historyDays === 1 ? 'a day' : `${historyDays} days`}.`;
}

function warningsOf({ n, w, sloppy, resolution, historyVersions }: BucketSettings, copies: number, saved: number, asked: number): readonly string[] {
  const warnings: string[] = [];
  if (n === 1) warnings.push('With one copy, losing that device loses the record.');
  else if (w === 'any' || (saved === 1 && copies > 1)) warnings.push('A save may be on one device only for a moment. If that device breaks before it has handed it over, the save is lost.');
  if (!sloppy && copies > 1 && (saved === copies || asked === copies)) warnings.push('One device that is switched off stops the others.');
  if (resolution === 'lww') warnings.push('The earlier of two edits at the same time is dropped, and nobody is asked. Clocks decide which one is earlier.');
  if (resolution === 'lww' && historyVersions === 0) warnings.push('Without earlier versions a dropped edit cannot be brought back.');
  return warnings;
}

/** What keeps the settings from being saved. */
export function problemsOf({ n, r, w, historyVersions, historyDays }: BucketSettings): Problems {
  const tooMany = (spec: number | string): boolean => typeof spec === 'number' && n !== 'all' && spec > n;
  const isOff = (value: number, min: number, max: number): boolean => !Number.isInteger(value) || value < min || value > max;
  return {
    ...(tooMany(r) && { r: `There are only ${n} copies to ask.` }),
    ...(tooMany(w) && { w: `There are only ${n} copies to wait for.` }),
    ...(isOff(historyVersions, 0, HISTORY_VERSIONS_MAX) && { historyVersions: `A whole number from 0 to ${HISTORY_VERSIONS_MAX}.` }),
    ...(isOff(historyDays, 1, HISTORY_DAYS_MAX) && { historyDays: `A whole number from 1 to ${HISTORY_DAYS_MAX.toLocaleString('en')}.` }),
  };
}
