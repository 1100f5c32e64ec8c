/** What a window is told of exports and imports. */
import type { ApiErrorBody } from './error-code.ts';

export interface ImportReport {
  readonly dryRun: boolean;
  readonly lines: number;
  /** Siblings written (with `dryRun`: that would be). */
  readonly written: number;
  /** Siblings that the team has already. */
  readonly present: number;
  /** Siblings that were replaced since the export: left out. */
  readonly superseded: number;
  /** Buckets whose settings were taken; buckets that have settings of their own and keep them. */
  readonly settings: { readonly written: number; readonly kept: number };
  /** Lines that were not, or not wholly, imported; the first 100 of them. */
  readonly failed: readonly { readonly line: number; readonly error: ApiErrorBody }[];
  readonly failures: number;
}

export interface ExportPart {
  /** A piece of the file, cut anywhere. */
  readonly text: string;
  /** Keys in the file so far, deleted ones too. */
  readonly keys: number;
  readonly isDone: boolean;
}

export interface ImportPart {
  /** So far. */
  readonly report: ImportReport;
  /** False: bytes that were handed on still wait. Ask again without any. */
  readonly hasRoom: boolean;
  readonly isDone: boolean;
}
