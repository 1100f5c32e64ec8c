/**
 * Exports and imports as calls, for windows: a browser has a WebSocket and the desktop a MessagePort,
 * and neither carries a stream. So the page asks for each piece of a file, or hands it on and is told
 * when there is room for the next: neither side ever holds more than a few pieces.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine } from '../member/engine.ts';
import { ApiError } from './api-error.ts';
import { ByteFeed } from './byte-feed.ts';
import type { CallName, ExportPart, ImportPart, ImportReport, Result } from './contract.ts';
import type { Checked } from './params.ts';
import { exportLines, type ExportLine } from './transfer-export.ts';
import { startImport, type Importing } from './transfer-import.ts';

type TransferCall = Extract<CallName, 'startExport' | 'nextExport' | 'stopExport' | 'startImport' | 'feedImport' | 'stopImport'>;
export type TransferCalls = { readonly [C in TransferCall]: (params: Checked<C>) => Result<C> | Promise<Result<C>> };

/** As many as a door of HTTP carries: an import may hold a line of 136 MiB. */
export const WINDOW_TRANSFERS_MAX = 4;
/** A page that is gone asks no more. */
export const FORGOTTEN_AFTER_MS = 60_000;
const PART_CHARS = 256 * 1024;
const FEED_BYTES = 1024 * 1024;
/** So often a person is told how far it is. */
const PART_MS = 500;
const ID_BYTES = 16;

export function transferCalls(engineOf: () => Engine): TransferCalls {
  const exports = new Open<ExportTransfer>();
  const imports = new Open<ImportTransfer>();
  const add = <T extends Transfer>(open: Open<T>, transfer: T): { readonly transferId: string } => {
    if (exports.size + imports.size >= WINDOW_TRANSFERS_MAX) {
      throw new ApiError('OVERLOADED', 'Too many exports and imports at once; try again.');
    }
    return { transferId: open.add(transfer) };
  };
  return {
    startExport: ({ bucket }) => add(exports, new ExportTransfer(engineOf(), bucket)),
    nextExport: ({ transferId }) => exports.use(transferId, (transfer) => transfer.next()),
    async stopExport({ transferId }) {
      await exports.take(transferId).stop();
      return {};
    },
    startImport: ({ dryRun }) => add(imports, new ImportTransfer(engineOf(), dryRun)),
    feedImport: ({ transferId, bytes, isLast = false }) => imports.use(transferId, (transfer) => transfer.feed(bytes, isLast)),
    stopImport: ({ transferId }) => imports.take(transferId).stop(),
  };
}

interface Transfer {
  stop(): Promise<unknown>;
}

/** The transfers of one kind, by their id; who is not asked for long is stopped. */
class Open<T extends Transfer> {
  readonly #all = new Map<string, { readonly transfer: T; readonly timer: NodeJS.Timeout; isBusy: boolean }>();

  get size(): number {
    return this.#all.size;
  }

  add(transfer: T): string {
    const id = randomBytes(ID_BYTES).toString('hex');
    const timer = setTimeout(() => {
      if (this.#all.get(id)?.isBusy === true) timer.refresh();
      else void this.take(id).stop();
    }, FORGOTTEN_AFTER_MS);
    timer.unref();
    this.#all.set(id, { transfer, timer, isBusy: false });
    return id;
  }

  /** One question at a time; what is done or has failed is over. */
  async use<P extends { readonly isDone: boolean }>(id: string, ask: (transfer: T) => Promise<P>): Promise<P> {
    const found = this.#all.get(id);
    if (found === undefined) throw gone();
    if (found.isBusy) throw new ApiError('BAD_REQUEST', 'One piece at a time.');
    found.isBusy = true;
    try {
      const part = await ask(found.transfer);
      if (part.isDone) this.#forget(id);
      return part;
    } catch (error) {
      this.#forget(id);
      // Not waited for: lines that are under way may take their time.
      found.transfer.stop().catch(() => undefined);
      throw error;
    } finally {
      found.isBusy = false;
      found.timer.refresh();
    }
  }

  /** @throws ApiError `NOT_FOUND`. */
  take(id: string): T {
    const found = this.#all.get(id);
    if (found === undefined) throw gone();
    this.#forget(id);
    return found.transfer;
  }

  #forget(id: string): void {
    clearTimeout(this.#all.get(id)?.timer);
    this.#all.delete(id);
  }
}

class ExportTransfer implements Transfer {
  readonly #lines: AsyncGenerator<ExportLine, void>;
  /** Read, and not handed over yet. */
  #text = '';
  #keys = 0;
  #isRead = false;

  constructor(engine: Engine, bucket: string | undefined) {
    this.#lines = exportLines(engine, bucket);
  }

  async next(): Promise<ExportPart> {
    const untilMs = performance.now() + PART_MS;
    while (!this.#isRead && this.#text.length < PART_CHARS && performance.now() < untilMs) {
      const line = await this.#lines.next();
      if (line.done === true) this.#isRead = true;
      else {
        this.#text += line.value.text;
        if (line.value.kind === 'key') this.#keys += 1;
      }
    }
    const cut = cutAt(this.#text, PART_CHARS);
    const text = this.#text.slice(0, cut);
    this.#text = this.#text.slice(cut);
    return { text, keys: this.#keys, isDone: this.#isRead && this.#text === '' };
  }

  async stop(): Promise<void> {
    await this.#lines.return();
  }
}

class ImportTransfer implements Transfer {
  readonly #feed = new ByteFeed(FEED_BYTES);
  readonly #importing: Importing;
  #isOver = false;

  constructor(engine: Engine, dryRun: boolean) {
    this.#importing = startImport(engine, this.#feed, dryRun);
    // Whoever broke it off asks what became of it, not why it ended.
    void this.#importing.done.catch(() => undefined).then(() => {
      this.#isOver = true;
      this.#feed.break();
    });
  }

  async feed(bytes: Uint8Array | undefined, isLast: boolean): Promise<ImportPart> {
    if (bytes !== undefined && !this.#feed.hasRoom) throw new ApiError('BAD_REQUEST', 'Hand on bytes when there is room for them.');
    if (bytes !== undefined) this.#feed.push(bytes);
    if (isLast) this.#feed.end();
    const late = new AbortController();
    const isLate = sleep(PART_MS, true, { signal: late.signal }).catch(() => true);
    while (!this.#feed.hasRoom && !this.#isOver) {
      if (await Promise.race([isLate, this.#feed.changed().then(() => false)])) break;
    }
    late.abort();
    return { report: this.#importing.soFar(), hasRoom: this.#feed.hasRoom, isDone: this.#isOver };
  }

  async stop(): Promise<ImportReport> {
    this.#feed.break();
    await this.#importing.done.catch(() => undefined);
    return this.#importing.settled();
  }
}

/** Not between the two halves of a character. */
function cutAt(text: string, most: number): number {
  if (text.length <= most) return text.length;
  const next = text.charCodeAt(most);
  return next >= 0xdc00 && next <= 0xdfff ? most - 1 : most;
}

function gone(): ApiError {
  return new ApiError('NOT_FOUND', 'This export or import is over.');
}
