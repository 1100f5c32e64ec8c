/**
 * A bucket or the whole team on its way into a file. Its pieces become blobs at once, which the
 * browser keeps, on disk where they are many; the page holds no more than the piece that came last.
 */
import type { Api } from '../../main/api/contract.ts';
import { codeTrouble, exportName, type Trouble } from '../transfer/words.ts';
import { CallError, messageOf } from './client.ts';

export type ExportStage = 'choose' | 'exporting' | 'done' | 'stopped' | 'failed';

export interface ExportPorts {
  readonly api: Pick<Api, 'startExport' | 'nextExport' | 'stopExport'>;
  readonly save: (name: string, file: Blob) => void;
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
  trouble = $state.raw<Trouble | null>(null);

  constructor(ports: ExportPorts) {
    this.#ports = ports;
  }

  /** @param bucket `null`: all of them. */
  async run(bucket: string | null): Promise<void> {
    if (this.stage === 'exporting') return;
    [this.stage, this.keys, this.bytes, this.trouble, this.#isStopping, this.#file] = ['exporting', 0, 0, null, false, null];
    this.name = exportName(bucket, this.#ports.now());
    try {
      const { transferId } = await this.#ports.api.startExport(bucket === null ? {} : { bucket });
      this.#file = await this.#fetch(transferId);
      this.stage = this.#file === null ? 'stopped' : 'done';
      this.saveAgain();
    } catch (error) {
      this.trouble = troubleOf(error);
      this.stage = 'failed';
    }
  }

  stop(): void {
    this.#isStopping = this.stage === 'exporting';
  }

  /** The system may have asked where to, and somebody may have said no. */
  saveAgain(): void {
    if (this.#file !== null) this.#ports.save(this.name, this.#file);
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
