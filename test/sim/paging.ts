/** Lists and conflicts page by page, as the window and an export ask for them. */
import { compareText } from '../../p2p/bytes/text-order.ts';
import type { Command, ConflictsOutcome, ListOutcome, Outcome, RowName } from '../../p2p/node/commands.ts';
import type { IndexEntry } from '../../p2p/ports.ts';
import type { PartitionId } from '../../p2p/types.ts';
import { demand } from './violation.ts';

export type PagedCommand = Extract<Command, { readonly kind: 'list' | 'conflicts' }>;

export interface PagedRow extends RowName {
  readonly entry: IndexEntry;
}

export interface Page {
  readonly rows: readonly PagedRow[];
  readonly partial: readonly PartitionId[];
}

export interface Paging {
  /** Asks for one page. */
  readonly ask: (command: PagedCommand, done: (outcome: Outcome | undefined) => void) => void;
  readonly onPage?: (page: Page) => void;
  /** All rows, or the outcome that is no page. */
  readonly done: (rows: readonly PagedRow[] | undefined, outcome: Outcome | undefined) => void;
}

const PAGES_MAX = 1_000;

/** To the end; each row once, in order, and each page a step forward. */
export function pageThrough(command: PagedCommand, paging: Paging): void {
  const shown: PagedRow[] = [];
  let at: RowName | undefined;
  let pages = 0;
  const next = (): void => paging.ask(from(command, at), (outcome) => {
    if (outcome?.kind !== 'listed' && outcome?.kind !== 'conflicts') {
      paging.done(undefined, outcome);
      return;
    }
    pages += 1;
    const rows = rowsOf(command, outcome);
    demand(rows.length <= command.limit, 'I8', () => `${rows.length} rows in a page of ${command.limit}`);
    for (const row of rows) {
      const last = at;
      demand(last === undefined || compareNames(last, row) < 0, 'I4', () => `${command.kind} shows ${nameText(row)} after ${last && nameText(last)}`);
      at = row;
      shown.push(row);
    }
    paging.onPage?.({ rows, partial: outcome.partial });
    const end = endOf(command, outcome);
    if (end === undefined) {
      paging.done(shown, outcome);
      return;
    }
    const last = at;
    demand(last === undefined || compareNames(last, end) <= 0, 'I4', () => `${command.kind} goes on at ${nameText(end)}, before ${last && nameText(last)}`);
    demand(pages < PAGES_MAX, 'replies', () => `${command.kind} has no end`);
    at = end;
    next();
  });
  next();
}

function from(command: PagedCommand, after: RowName | undefined): PagedCommand {
  if (after === undefined) return command;
  return command.kind === 'list' ? { ...command, after: after.key } : { ...command, after: { bucket: after.bucket, key: after.key } };
}

function rowsOf(command: PagedCommand, outcome: ListOutcome | ConflictsOutcome): readonly PagedRow[] {
  if (outcome.kind === 'conflicts') return outcome.entries.map(({ bucket, entry }) => ({ bucket, key: entry.key, entry }));
  return outcome.entries.map((entry) => ({ bucket: command.bucket ?? '', key: entry.key, entry }));
}

function endOf(command: PagedCommand, outcome: ListOutcome | ConflictsOutcome): RowName | undefined {
  if (outcome.kind === 'conflicts') return outcome.next;
  return outcome.next === undefined ? undefined : { bucket: command.bucket ?? '', key: outcome.next };
}

function compareNames(a: RowName, b: RowName): number {
  return compareText(a.bucket, b.bucket) || compareText(a.key, b.key);
}

function nameText({ bucket, key }: RowName): string {
  return `${bucket}/${key}`;
}
