/**
 * A file on its way into the team: looked through first, then imported. It goes to the engine in
 * pieces, the next one when there is room, so that a file of any size costs no more than a piece.
 */
import type { Api, ImportPart, ImportReport } from '../../main/api/contract.ts';
import { hopeless, codeTrouble, type Trouble } from '../transfer/words.ts';
import { CallError, messageOf } from './client.ts';

export type ImportStage = 'choose' | 'checking' | 'preview' | 'importing' | 'done' | 'stopped' | 'failed';
export type ImportApi = Pick<Api, 'startImport' | 'feedImport' | 'stopImport'>;

const PIECE_BYTES = 256 * 1024;

export class FileImport {
  readonly #api: ImportApi;
  #file: File | null = null;
  #isStopping = false;
  stage = $state<ImportStage>('choose');
  name = $state('');
  bytes = $state(0);
  /** Handed on so far. */
  sent = $state(0);
  report = $state.raw<ImportReport | null>(null);
  trouble = $state.raw<Trouble | null>(null);

  constructor(api: ImportApi) {
    this.#api = api;
  }

  get isRunning(): boolean {
    return this.stage === 'checking' || this.stage === 'importing';
  }

  /** Looks a file through; writes nothing. */
  async check(file: File): Promise<void> {
    this.#file = file;
    [this.name, this.bytes] = [file.name, file.size];
    await this.#run('checking', 'preview');
  }

  async checkAgain(): Promise<void> {
    if (this.#file !== null) await this.check(this.#file);
  }

  async importNow(): Promise<void> {
    await this.#run('importing', 'done');
  }

  /** Takes no more of it; what was written stays. */
  stop(): void {
    this.#isStopping = this.isRunning;
  }

  async #run(during: 'checking' | 'importing', after: 'preview' | 'done'): Promise<void> {
    const file = this.#file;
    if (file === null || this.isRunning) return;
    [this.stage, this.sent, this.report, this.trouble, this.#isStopping] = [during, 0, null, null, false];
    try {
      const { transferId } = await this.#api.startImport({ dryRun: during === 'checking' });
      const end = await this.#send(file, transferId);
      this.stage = end === 'whole' ? after : 'stopped';
    } catch (error) {
      this.trouble ??= troubleOf(error);
      this.stage = 'failed';
    }
  }

  async #send(file: File, transferId: string): Promise<'whole' | 'stopped'> {
    for (let part: ImportPart | null = null; ; ) {
      if (this.#isStopping) {
        this.report = await this.#api.stopImport({ transferId });
        return 'stopped';
      }
      const isWhole = part?.isDone === true;
      if (part !== null) this.#take(part, isWhole);
      if (this.trouble !== null) {
        if (!isWhole) await this.#api.stopImport({ transferId }).catch(() => undefined);
        throw new Error(this.trouble.title);
      }
      if (isWhole) return 'whole';
      part = await this.#api.feedImport({ transferId, ...(part === null || part.hasRoom ? await this.#piece(file, transferId) : {}) });
    }
  }

  #take(part: ImportPart, isWhole: boolean): void {
    this.report = part.report;
    this.trouble = hopeless(part.report, isWhole);
  }

  async #piece(file: File, transferId: string): Promise<{ readonly bytes: string; readonly isLast: boolean }> {
    try {
      const piece = new Uint8Array(await file.slice(this.sent, this.sent + PIECE_BYTES).arrayBuffer());
      this.sent += piece.length;
      return { bytes: toBase64(piece), isLast: this.sent >= file.size };
    } catch {
      this.trouble = { title: 'The file cannot be read', text: 'It was moved, changed or locked meanwhile. Choose it again.' };
      await this.#api.stopImport({ transferId }).catch(() => undefined);
      throw new Error(this.trouble.title);
    }
  }
}

function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
}

function troubleOf(error: unknown): Trouble {
  const known = error instanceof CallError ? codeTrouble(error.code) : null;
  return known ?? { title: 'It did not work', text: messageOf(error) };
}
