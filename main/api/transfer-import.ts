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
import type { ApiErrorBody, ImportReport } from './contract.ts';
import type { FileLine } from './json-lines.ts';
import { splitLines } from './json-lines.ts';
import { executePatiently } from './patience.ts';

const FAILURES_MAX = 100;
const LINES_AT_ONCE = 16;
/** A longer line goes alone. */
const BYTES_AT_ONCE = 16 * 1024 * 1024;

/** An import that is under way. */
export interface Importing {
  /** What became of it so far. */
  soFar(): ImportReport;
  /** What became of it, once no line is under way any more: also after the body broke off. */
  settled(): Promise<ImportReport>;
  /** @throws ApiError when the body broke off. */
  readonly done: Promise<ImportReport>;
}

export function importLines(engine: Engine, body: AsyncIterable<Buffer>, dryRun: boolean): Promise<ImportReport> {
  return startImport(engine, body, dryRun).done;
}

export function startImport(engine: Engine, body: AsyncIterable<Buffer>, dryRun: boolean): Importing {
  const run = new ImportRun(engine, dryRun);
  const take = async (): Promise<ImportReport> => {
    for await (const line of splitLines(body, LINE_BYTES_MAX)) await run.take(line);
    return run.settled();
  };
  return { soFar: () => run.soFar(), settled: () => run.settled(), done: take() };
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

  async settled(): Promise<ImportReport> {
    await this.#idle();
    return this.soFar();
  }

  soFar(): ImportReport {
    const failed = this.#failed.toSorted((a, b) => a.line - b.line).slice(0, FAILURES_MAX);
    return { dryRun: this.#dryRun, ...this.#counts, settings: { ...this.#settings }, failed };
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
