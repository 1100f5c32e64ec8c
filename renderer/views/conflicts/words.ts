/** Words for the states of a merge. */
import type { MemberInfo } from '../../../main/api/contract.ts';
import { clockWords as offsetWords } from '../../doctor/words.ts';
import type { Cell, Decision, Verdict } from '../../merge/decision.ts';
import { spanWords } from '../../components/time.ts';
import type { ClockEvidence } from '../../merge/clock-evidence.ts';
import type { Column } from '../../merge/siblings.ts';
import { writersShort } from '../../names/writer.ts';
import type { Choice } from '../../merge/resolution.ts';
import { columnByDot } from '../../merge/siblings.ts';

const WEEK_MS = 6 * 86_400_000;
const YEAR_MS = 300 * 86_400_000;
const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const thisWeek = new Intl.DateTimeFormat('en-GB', { weekday: 'short', ...CLOCK });
const thisYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', ...CLOCK });
const longAgo = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', ...CLOCK });

export function verdictWords(verdict: Verdict, columns: readonly Column[]): string {
  if (verdict.state === 'auto') {
    const authors = verdict.by.flatMap((index) => columns[index]?.authors ?? []);
    if (verdict.rule === 'one-changed') return `only ${writersShort(authors)} changed it`;
    const alone = new Set(authors.map((author) => author.memberId)).size === 1;
    return alone ? `${writersShort(authors)} changed it, ${verdict.by.length} times alike` : `${writersShort(authors)} changed it alike`;
  }
  switch (verdict.why) {
    case 'changed-differently':
      return 'changed differently';
    case 'edited-removed':
      return 'edited and removed';
    case 'edited-deleted':
      return 'edited and deleted';
    case 'no-base':
      return 'common version unknown';
  }
}

export function choiceWords(choice: Choice, columns: readonly Column[]): string {
  switch (choice.take) {
    case 'base':
      return 'taken from Base';
    case 'sibling':
      return `taken from ${columns[columnByDot(columns, choice.dot)]?.label ?? 'a sibling'}`;
    case 'sum':
      return 'base plus all changes';
    case 'both':
      return 'both kept';
    case 'absent':
      return 'left out';
    case 'edit':
      return 'edited here';
    case 'all':
      return 'each under its own key';
  }
}

/** `10 + 2 + 5`: the changes as they are added up. */
export function sumWords({ base, cells, sum }: Decision): string {
  const from = base?.is === 'value' && typeof base.value === 'number' ? base.value : 0;
  const changes = cells.flatMap((cell) => (cell.is === 'value' && typeof cell.value === 'number' ? [cell.value - from] : []));
  const terms = changes.filter((change) => change !== 0).map((change) => `${change < 0 ? '−' : '+'} ${round(Math.abs(change))}`);
  const added = terms.length > 3 ? `with ${terms.length} changes` : terms.join(' ');
  return `${from} ${added} = ${sum ?? ''}`;
}

/** A value as people read it: strings bare, the rest as JSON. */
export function showCell(cell: Cell): string {
  if (cell.is !== 'value') return '';
  if (typeof cell.value === 'string') return cell.value;
  const short = JSON.stringify(cell.value);
  return short.length <= 60 ? short : JSON.stringify(cell.value, null, 2);
}

export function bytesWords(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KiB`;
}

/** "Tue 14:02" within a week, "3 Mar, 14:02" within a year, else with the year. */
export function whenWords(at: string, nowMs: number): string {
  const date = new Date(at);
  const ageMs = Math.abs(nowMs - date.getTime());
  if (Number.isNaN(ageMs)) return 'unknown time';
  return (ageMs < WEEK_MS ? thisWeek : ageMs < YEAR_MS ? thisYear : longAgo).format(date);
}

/** What the times say about a writer's clock. */
export function clockWords({ kind, byMs }: ClockEvidence): string {
  const by = spanWords(byMs);
  return kind === 'ahead' ? `clock at least ${by} ahead` : `dated ${by} before the common version`;
}

/** Below this it is the way of the question, or the rounding of a clock. */
const OFF_MS = 5_000;

/** The writer's clock is known to be wrong by more than anybody would overlook. */
export function isOff(writer: Pick<MemberInfo, 'clockOffsetMs'> | undefined): boolean {
  return Math.abs(writer?.clockOffsetMs ?? 0) > OFF_MS;
}

/** How far the writer's clock is off, as it was last asked for. */
export function ownClockWords(writer: Pick<MemberInfo, 'clockOffsetMs' | 'self'> | undefined): string {
  if (writer?.self === true) return 'own clock';
  const offsetMs = writer?.clockOffsetMs ?? null;
  if (offsetMs === null) return 'clock not known';
  return isOff(writer) ? `clock ${offsetWords(offsetMs)} now` : 'clock agrees';
}

function round(value: number): number {
  return Number(value.toPrecision(12));
}
