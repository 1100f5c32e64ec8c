/**
 * A bucket or the whole team on its way into a file. Its pieces become blobs at once, which the
 * browser keeps, on disk where they are many; the page holds no more than the piece that came last.
 */
import type { Api } from '../../main/api/contract.ts';
import type { SaveOutcome } from '../components/save-file.ts';
import { codeTrouble, exportName, notWritten, type Trouble } from '../transfer/words.ts';
import { CallError, messageOf } from './client.ts';

/** `saving`: it is whole, and somebody is asked where to. `unsaved`: it is whole, and stands nowhere. */
export type ExportStage = 'choose' | 'exporting' | 'saving' | 'done' | 'unsaved' | 'stopped' | 'failed';

export interface ExportPorts {
  readonly api: Pick<Api, 'startExport' | 'nextExport' | 'stopExport'>;
  readonly save: (name: string, file: Blob) => Promise<SaveOutcome>;
  /** ISO 8601. */
  readonly now: () => string;
}

const TYPE = 'application/x-ndjson';

export class FileExport {
  readonly #ports: ExportPorts;
  #isStopping = false;
  #file: Blob | null = null;
  stage = $state<ExportStage>('choose');
  name = $state('');
  keys = $state(0);
  bytes = $state(0);
  /** Where it stands; empty where only the browser knows. */
  path = $state('');
  trouble = $state.raw<Trouble | null>(null);

  constructor(ports: ExportPorts) {
    this.#ports = ports;
  }

  /** @param bucket `null`: all of them. */
  async run(bucket: string | null): Promise<void> {
    if (this.isRunning) return;
    [this.stage, this.keys, this.bytes, this.path, this.trouble, this.#isStopping, this.#file] = ['exporting', 0, 0, '', null, false, null];
    this.name = exportName(bucket, this.#ports.now());
    try {
      const { transferId } = await this.#ports.api.startExport(bucket === null ? {} : { bucket });
      this.#file = await this.#fetch(transferId);
      if (this.#file === null) this.stage = 'stopped';
    } catch (error) {
      this.trouble = troubleOf(error);
      this.stage = 'failed';
    }
    await this.save();
  }

  get isRunning(): boolean {
    return this.stage === 'exporting' || this.stage === 'saving';
  }

  stop(): void {
    this.#isStopping = this.stage === 'exporting';
  }

  /** Also once more: somebody may have said no, or the place was none. */
  async save(): Promise<void> {
    if (this.#file === null || this.stage === 'saving') return;
    [this.stage, this.trouble] = ['saving', null];
    const saved = await this.#ports.save(this.name, this.#file);
    if (saved.outcome === 'failed') this.trouble = notWritten(saved.path);
    if (saved.outcome === 'saved') this.path = saved.path;
    const isSomewhere = saved.outcome === 'given' || (this.trouble === null && this.path !== '');
    this.stage = isSomewhere ? 'done' : 'unsaved';
  }

  async #fetch(transferId: string): Promise<Blob | null> {
    const pieces: Blob[] = [];
    for (let isDone = false; !isDone; ) {
      if (this.#isStopping) {
        await this.#ports.api.stopExport({ transferId });
        return null;
      }
      const part = await this.#ports.api.nextExport({ transferId });
      const piece = new Blob([part.text]);
      pieces.push(piece);
      this.keys = part.keys;
      this.bytes += piece.size;
      ({ isDone } = part);
    }
    return new Blob(pieces, { type: TYPE });
  }
}

function troubleOf(error: unknown): Trouble {
  if (!(error instanceof CallError)) return { title: 'It did not work', text: messageOf(error) };
  switch (error.code) {
    case 'QUORUM_UNREACHABLE':
      return { title: 'Too few devices are reachable', text: 'An export has everything or is none, and some records cannot be read whole now. Bring more devices on, or wait until they are back, and export again.' };
    case 'ENGINE_UNREACHABLE':
    case 'ENGINE_SILENT':
      return { title: 'The engine on this device went away', text: 'Nothing was saved: half an export must not look like a whole one. Export again once it is back.' };
    case 'NOT_FOUND':
      return { title: 'It was given up', text: 'The engine has started anew, or was not asked for a minute. Export again.' };
    default:
      return codeTrouble(error.code) ?? { title: 'It did not work', text: error.message };
  }
}
