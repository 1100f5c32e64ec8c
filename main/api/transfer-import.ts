/**
 * Import: a causal write a key, never a rollback (TRAPS 26); `p2p/causality/import-plan.ts` says
 * what becomes of each sibling. Lines of different keys are imported at the same time, those of one
 * key in turn; settings before what follows them, because keys are placed by them.
 */
import type { Outcome } from '../../p2p/index.ts';
import type { Engine } from '../member/engine.ts';
import { expect } from './answers.ts';
import { errorBody } from './api-error.ts';
import type { ImportCommand } from './backup-line.ts';
import { importCommand, LINE_BYTES_MAX } from './backup-line.ts';
import type { ApiErrorBody } from './contract.ts';
import type { FileLine } from './json-lines.ts';
import { splitLines } from './json-lines.ts';
import { executePatiently } from './patience.ts';

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
  /** Lines that were not, or not wholly, imported; the first `FAILURES_MAX` of them. */
  readonly failed: readonly { readonly line: number; readonly error: ApiErrorBody }[];
  readonly failures: number;
}

const FAILURES_MAX = 100;
const LINES_AT_ONCE = 16;
/** A longer line goes alone. */
const BYTES_AT_ONCE = 16 * 1024 * 1024;

export async function importLines(engine: Engine, body: AsyncIterable<Buffer>, dryRun: boolean): Promise<ImportReport> {
  const run = new ImportRun(engine, dryRun);
  for await (const line of splitLines(body, LINE_BYTES_MAX)) await run.take(line);
  return run.report();
}

class ImportRun {
  readonly #engine: Engine;
  readonly #dryRun: boolean;
  readonly #failed: { line: number; error: ApiErrorBody }[] = [];
  readonly #counts = { lines: 0, written: 0, present: 0, superseded: 0, failures: 0 };
  readonly #settings = { written: 0, kept: 0 };
  /** By bucket and key. */
  readonly #underWay = new Map<string, Promise<void>>();
  #bytes = 0;

  constructor(engine: Engine, dryRun: boolean) {
    this.#engine = engine;
    this.#dryRun = dryRun;
  }

  /** Resolves when there is room for the next line. */
  async take(line: FileLine): Promise<void> {
    this.#counts.lines += 1;
    let command: ImportCommand;
    try {
      command = importCommand(line, this.#dryRun);
    } catch (error) {
      this.#fail(line, error);
      return;
    }
    if (command.kind === 'import-bucket') {
      await this.#idle();
      await this.#carryOut(line, command);
      return;
    }
    const id = `${command.bucket}\0${command.key}`;
    await this.#underWay.get(id);
    const bytes = line.bytes?.length ?? 0;
    this.#bytes += bytes;
    const done = this.#carryOut(line, command).finally(() => {
      this.#bytes -= bytes;
      this.#underWay.delete(id);
    });
    this.#underWay.set(id, done);
    while (this.#underWay.size >= LINES_AT_ONCE || (this.#bytes > BYTES_AT_ONCE && this.#underWay.size > 0)) {
      await Promise.race(this.#underWay.values());
    }
  }

  async report(): Promise<ImportReport> {
    await this.#idle();
    const failed = this.#failed.sort((a, b) => a.line - b.line).slice(0, FAILURES_MAX);
    return { dryRun: this.#dryRun, ...this.#counts, settings: this.#settings, failed };
  }

  async #idle(): Promise<void> {
    await Promise.all(this.#underWay.values());
  }

  /** Never rejects: what goes wrong is the line's own. */
  async #carryOut(line: FileLine, command: ImportCommand): Promise<void> {
    try {
      this.#count(command, await executePatiently(this.#engine, command));
    } catch (error) {
      this.#fail(line, error);
    }
  }

  #count({ kind }: ImportCommand, outcome: Outcome): void {
    if (kind === 'import-bucket') {
      this.#settings[expect(outcome, 'bucket-imported').isTaken ? 'written' : 'kept'] += 1;
      return;
    }
    const { written, present, superseded } = expect(outcome, 'imported');
    this.#counts.written += written;
    this.#counts.present += present;
    this.#counts.superseded += superseded;
  }

  #fail({ number }: FileLine, error: unknown): void {
    this.#counts.failures += 1;
    // Lines end in any order: a few more than are told are kept.
    if (this.#failed.length < FAILURES_MAX + LINES_AT_ONCE) this.#failed.push({ line: number, error: errorBody(error) });
  }
}
