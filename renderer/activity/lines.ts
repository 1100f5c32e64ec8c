/**
 * Activity as lines to read: what happened, in words, latest first. Writes of one person into one bucket
 * that follow each other closely are one line, so that an import does not bury the day.
 */
import type { ActivityEntry } from '../../main/api/contract.ts';
import { visible, visibleKey } from '../names/visible.ts';

export type Topic = 'writes' | 'conflicts' | 'members' | 'copies' | 'trouble';

export const TOPICS: readonly { readonly topic: Topic; readonly words: string }[] = [
  { topic: 'writes', words: 'Writes' },
  { topic: 'conflicts', words: 'Conflicts' },
  { topic: 'members', words: 'Members' },
  { topic: 'copies', words: 'Copies' },
  { topic: 'trouble', words: 'Trouble' },
];

export interface KeyLink {
  readonly bucket: string;
  readonly key: string;
  /** Opens the merge view instead of the editor. */
  readonly merges: boolean;
}

export interface Line {
  /** That of its latest entry's oldest part: stays while the line grows. */
  readonly id: number;
  readonly kind: ActivityEntry['kind'];
  readonly topic: Topic;
  /** ISO 8601, of the latest. */
  readonly at: string;
  readonly words: string;
  /** What stands smaller below: what follows from it. Empty when there is nothing to say. */
  readonly detail: string;
  readonly keys: readonly KeyLink[];
}

export interface Names {
  /** What a device is called. */
  readonly nameOf: (member: string) => string;
  /** Who wrote there, and on what device. */
  readonly writerOf: (member: string) => string;
  readonly self: string;
}

/** Writes further apart are lines of their own. */
const TOGETHER_MS = 10 * 60_000;
/** A write that comes so long after it was made was away. */
const LATE_MS = 10 * 60_000;

const TOPIC_OF: Readonly<Record<ActivityEntry['kind'], Topic>> = {
  put: 'writes',
  delete: 'writes',
  conflict: 'conflicts',
  resolved: 'conflicts',
  away: 'members',
  back: 'members',
  status: 'members',
  hints: 'copies',
  repair: 'copies',
  transfer: 'copies',
  dropped: 'copies',
  damaged: 'trouble',
  mended: 'copies',
  reaped: 'copies',
  trouble: 'trouble',
};

/** What is known, with what has come or grown: latest first, no more than `max`. */
export function joinEntries(known: readonly ActivityEntry[], news: readonly ActivityEntry[], max: number): readonly ActivityEntry[] {
  const renewed = new Set(news.map(({ id }) => id));
  return [...news, ...known.filter(({ id }) => !renewed.has(id))].sort((a, b) => b.revision - a.revision).slice(0, max);
}

/** @param entries Latest first. @param sought Words that have to occur. */
export function linesOf(entries: readonly ActivityEntry[], names: Names, topics: ReadonlySet<Topic>, sought = ''): readonly Line[] {
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  return bundles(entries.filter(({ kind }) => topics.size === 0 || topics.has(TOPIC_OF[kind])))
    .map((bundle) => lineOf(bundle, names))
    .filter((line) => {
      const text = `${line.words} ${line.detail} ${line.keys.map(({ bucket, key }) => `${bucket}/${key}`).join(' ')}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
}

type Bundle = readonly [ActivityEntry, ...ActivityEntry[]];

function bundles(entries: readonly ActivityEntry[]): readonly Bundle[] {
  const found: [ActivityEntry, ...ActivityEntry[]][] = [];
  for (const entry of entries) {
    const last = found.at(-1);
    const before = last?.at(-1);
    if (last !== undefined && before !== undefined && belong(before, entry)) last.push(entry);
    else found.push([entry]);
  }
  return found;
}

function belong(later: ActivityEntry, earlier: ActivityEntry): boolean {
  if (TOPIC_OF[later.kind] !== 'writes' || later.kind !== earlier.kind || !('by' in later) || !('by' in earlier)) return false;
  const isSameHand = later.bucket === earlier.bucket && later.by === earlier.by && isLate(later) === isLate(earlier);
  return isSameHand && Date.parse(later.at) - Date.parse(earlier.at) <= TOGETHER_MS;
}

function isLate(entry: ActivityEntry): boolean {
  return 'writtenAt' in entry && Date.parse(entry.at) - Date.parse(entry.writtenAt) > LATE_MS;
}

function lineOf(bundle: Bundle, names: Names): Line {
  const [latest] = bundle;
  const oldest = bundle.at(-1) ?? latest;
  const { kind, at } = latest;
  const keys = bundle.flatMap((entry) => ('key' in entry ? [{ bucket: entry.bucket, key: entry.key, merges: entry.kind === 'conflict' }] : []));
  return { id: oldest.id, kind, topic: TOPIC_OF[kind], at, keys, ...wordsOf(bundle, names) };
}

function wordsOf(bundle: Bundle, names: Names): { readonly words: string; readonly detail: string } {
  const [entry] = bundle;
  switch (entry.kind) {
    case 'put':
    case 'delete':
    case 'conflict':
    case 'resolved':
      return writeWords(entry, bundle, names);
    case 'away':
      return { words: `${memberName(entry.member, names)} went away${times(entry.count)}`, detail: 'What is written for it waits with others.' };
    case 'back':
      return { words: `${memberName(entry.member, names)} is back${times(entry.count)}`, detail: '' };
    case 'status':
      return statusWords(entry, memberName(entry.member, names));
    case 'hints':
      return { words: `${records(entry.keys)} handed to ${memberName(entry.member, names)}`, detail: `Written while ${memberName(entry.member, names)} was away, and kept here until now.` };
    case 'repair':
      return { words: `${records(entry.keys)} mended with ${memberName(entry.member, names)}`, detail: 'The copies were not the same; now they are.' };
    case 'transfer':
      return { words: `${records(entry.keys)} moved with ${memberName(entry.member, names)}`, detail: 'The team has changed, so who keeps what has changed.' };
    case 'dropped':
      return { words: `${records(entry.keys)} let go here`, detail: 'Others keep them now, and have confirmed it.' };
    case 'damaged':
      return { words: `${records(entry.keys)} damaged on this disk`, detail: 'Damage is never shown as a value. It is fetched from other devices.' };
    case 'mended':
      return { words: `${records(entry.keys)} of this disk mended`, detail: 'Damaged here, and written anew from the copies of other devices.' };
    case 'reaped':
      return { words: `${entry.keys === 1 ? '1 deletion' : `${entry.keys.toLocaleString('en')} deletions`} forgotten here`, detail: 'They were old enough, and every device of the team agreed.' };
    case 'trouble':
      return { words: `The disk refused${times(entry.count)}`, detail: entry.message };
  }
}

type Write = Extract<ActivityEntry, { readonly by: string }>;

function writeWords(entry: Write, bundle: Bundle, names: Names): { readonly words: string; readonly detail: string } {
  const who = writerName(entry.by, names, true);
  const keys = new Set(bundle.flatMap((one) => ('key' in one ? [one.key] : []))).size;
  const what = keys === 1 ? visibleKey(entry.bucket, entry.key) : `${records(keys)} in ${visible(entry.bucket)}`;
  const saves = bundle.reduce((sum, { count }) => sum + count, 0);
  const again = saves > keys ? `${saves.toLocaleString('en')} saves.` : '';
  if (entry.kind === 'conflict') return { words: `${what} has versions that were edited apart`, detail: `The latest is from ${writerName(entry.by, names)}. All are kept until somebody merges.` };
  if (entry.kind === 'resolved') return { words: `${who} merged ${what}`, detail: '' };
  if (isLate(entry)) return { words: `${what} ${entry.kind === 'put' ? 'arrived' : 'arrived as deleted'} from ${writerName(entry.by, names)}`, detail: 'Written earlier, while it could not reach this device.' };
  return { words: `${who} ${entry.kind === 'put' ? 'wrote' : 'deleted'} ${what}`, detail: again };
}

function statusWords({ status }: Extract<ActivityEntry, { readonly kind: 'status' }>, who: string): { readonly words: string; readonly detail: string } {
  switch (status) {
    case 'joining':
      return { words: `${who} is joining`, detail: 'It fetches what it is to keep.' };
    case 'up':
      return { words: `${who} is in the team`, detail: 'It has all that it is to keep.' };
    case 'leaving':
      return { words: `${who} is leaving`, detail: 'It hands over what it keeps.' };
    case 'left':
      return { words: `${who} has left the team`, detail: '' };
    case 'removed':
      return { words: `${who} was removed from the team`, detail: '' };
  }
}

function memberName(member: string, { nameOf, self }: Names): string {
  return member === self ? 'this device' : nameOf(member);
}

function writerName(member: string, { writerOf, self }: Names, isSubject = false): string {
  if (member !== self) return member === '' ? 'Somebody' : writerOf(member);
  return isSubject ? 'You' : 'this device';
}

function records(count: number): string {
  return count === 1 ? '1 record' : `${count.toLocaleString('en')} records`;
}

function times(count: number): string {
  return count > 1 ? ` (${count} times)` : '';
}

/** Lines under the day on which they happened: "Today", "Yesterday", "Monday 23 November". */
export function daysOf(lines: readonly Line[], nowMs: number): readonly { readonly day: string; readonly lines: readonly Line[] }[] {
  const days = new Map<string, Line[]>();
  for (const line of lines) {
    const day = dayWords(new Date(line.at), new Date(nowMs));
    const known = days.get(day);
    if (known === undefined) days.set(day, [line]);
    else known.push(line);
  }
  return [...days].map(([day, of]) => ({ day, lines: of }));
}

const LONG_DAY = new Intl.DateTimeFormat('en', { weekday: 'long', day: 'numeric', month: 'long' });

function dayWords(date: Date, now: Date): string {
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  if (date.toDateString() === now.toDateString()) return 'Today';
  return date.toDateString() === yesterday.toDateString() ? 'Yesterday' : LONG_DAY.format(date);
}

/** One entry a line, oldest first: for programs and for whoever is asked for help. */
export function toJsonLines(entries: readonly ActivityEntry[]): string {
  return [...entries].reverse().map((entry) => `${JSON.stringify(entry)}\n`).join('');
}
