/** What an export or an import came to, in words, and what to do where it came to nothing. */
import type { ErrorCode, ImportReport } from '../../main/api/contract.ts';

export interface Trouble {
  readonly title: string;
  /** What it means, and what to do. */
  readonly text: string;
}

export interface Figure {
  readonly id: 'written' | 'present' | 'superseded' | 'settings' | 'settings-kept' | 'failures';
  readonly count: number;
  readonly words: string;
}

/** So many lines of which none is any good say enough: nobody waits for a whole film to fail. */
const HOPELESS_AFTER = 20;
const NAME_CHARS_MAX = 60;

const UNREACHABLE = 'An import is compared with what most of the devices have that keep the records. Bring more of them on, or wait until they are back, and check the file again.';

/** Why nothing more can come of this file, or `null` while something may. */
export function hopeless(report: ImportReport, isWhole: boolean): Trouble | null {
  const good = report.written + report.present + report.superseded + report.settings.written + report.settings.kept;
  if (isWhole && report.lines === 0) return { title: 'The file is empty', text: 'There is no line in it. Choose another file.' };
  if (good > 0 || report.failures === 0 || (!isWhole && report.failures < HOPELESS_AFTER)) return null;
  const [first, ...more] = new Set(report.failed.map(({ error }) => error.code));
  if (first === undefined || more.length > 0) return null;
  if (first === 'BAD_REQUEST' || first === 'VALUE_TOO_LARGE') return noExport(report.failures);
  return codeTrouble(first) ?? { title: 'None of it can be imported', text: report.failed[0]?.error.message ?? '' };
}

function noExport(lines: number): Trouble {
  const none = lines === 1 ? 'Its only line is no record' : `None of its first ${lines.toLocaleString('en')} lines is a record`;
  return { title: 'This is no export of Ringleaf', text: `${none}. Choose a file that was made with Export, or by “ringleaf export”.` };
}

/** What is known of a failure by its code. */
export function codeTrouble(code: ErrorCode | 'ENGINE_UNREACHABLE' | 'ENGINE_SILENT'): Trouble | null {
  switch (code) {
    case 'QUORUM_UNREACHABLE':
      return { title: 'Too few devices are reachable', text: UNREACHABLE };
    case 'ENGINE_UNREACHABLE':
    case 'ENGINE_SILENT':
      return { title: 'The engine on this device went away', text: 'What was written until then stays. Once it is back, check the file again: what is there already is left as it is.' };
    case 'NOT_FOUND':
      return { title: 'It was given up', text: 'The engine has started anew, or heard nothing for a minute. Check the file again: what is there already is left as it is.' };
    case 'OVERLOADED':
      return { title: 'There is too much going on', text: 'Other exports or imports are under way on this device. Try again when they are done.' };
    case 'NO_TEAM':
      return { title: 'This device is in no team', text: 'What it has can be exported. To write records, join a team first.' };
    case 'STORE_READ_ONLY':
      return { title: 'The disk takes no writes', text: 'Make room on it, or see what is wrong with it, and check the file again.' };
    default:
      return null;
  }
}

/** The system did not take the file. */
export function notWritten(path: string): Trouble {
  return { title: 'The file could not be written', text: `Nothing of it is at ${path}. That folder may be closed to you, or its disk full or gone: save it somewhere else.` };
}

/** The numbers of a report; those that are nothing are left out, but for the first two. */
export function figuresOf(report: ImportReport): readonly Figure[] {
  const { written, present, superseded, settings, failures, dryRun } = report;
  const figures: readonly Figure[] = [
    { id: 'written', count: written, words: dryRun ? 'would be written' : 'written' },
    { id: 'present', count: present, words: 'there already' },
    { id: 'superseded', count: superseded, words: 'replaced since the export: left out' },
    { id: 'settings', count: settings.written, words: dryRun ? 'buckets would get their settings' : 'buckets got their settings' },
    { id: 'settings-kept', count: settings.kept, words: 'buckets keep settings of their own' },
    { id: 'failures', count: failures, words: failures === 1 ? 'line cannot be used' : 'lines cannot be used' },
  ];
  return figures.filter(({ id, count }) => count > 0 || id === 'written' || id === 'present');
}

/** What an import of this file would change. */
export function changesOf(report: ImportReport): number {
  return report.written + report.settings.written;
}

/** "1,204 lines". */
export function linesWords(lines: number): string {
  return `${lines.toLocaleString('en')} ${lines === 1 ? 'line' : 'lines'}`;
}

/** A name that any file system takes. @param day ISO 8601, its first ten characters count. */
export function exportName(bucket: string | null, day: string): string {
  const of = (bucket ?? 'team').normalize('NFC').replace(/[^\p{L}\p{N}_-]+/gu, '-').slice(0, NAME_CHARS_MAX);
  return `ringleaf-${of}-${day.slice(0, 10)}.jsonl`;
}
