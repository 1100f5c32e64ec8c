/** One conflict at a glance: who wrote, and whether it merges by itself. */
import type { ConflictRow, ReadResult } from '../../main/api/contract.ts';
import { writersShort, writersWords } from '../names/writer.ts';
import { mergeModel, mergesByItself, type MergeModel } from './merge-model.ts';
import { outcomeOf, type Plan } from './outcome.ts';

export interface Look {
  readonly row: ConflictRow;
  readonly read: ReadResult;
  readonly model: MergeModel;
  /** In short, and in full. */
  readonly authors: string;
  readonly authorsFull: string;
  /** Newest write, ISO 8601. */
  readonly newestAt: string;
  /** Decisions that need a person. */
  readonly questions: number;
  /** Places that the rules settle. */
  readonly settled: number;
  /** What saving would write, when nothing needs a person. */
  readonly plan: Plan | null;
}

export function lookAt(row: ConflictRow, read: ReadResult): Look {
  const model = mergeModel(read);
  const outcome = outcomeOf(model, {});
  const authors = model.columns.flatMap((column) => column.authors);
  return {
    row,
    read,
    model,
    authors: writersShort(authors),
    authorsFull: writersWords(authors),
    newestAt: authors.map((author) => author.at).sort().at(-1) ?? row.writtenAt,
    questions: outcome.ready ? 0 : outcome.open.length,
    settled: model.decisions.filter(({ verdict }) => verdict.state === 'auto').length,
    plan: outcome.ready && mergesByItself(model) ? outcome.plan : null,
  };
}

/** Tells a row from what it was before somebody wrote. */
export function rowId({ bucket, key, siblings, writtenAt }: ConflictRow): string {
  return JSON.stringify([bucket, key, siblings, writtenAt]);
}
