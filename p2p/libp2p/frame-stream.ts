/** A short conversation of frames over one stream, with a deadline: for the join protocol. */
import type { Stream } from '@libp2p/interface';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';

/** Frames that may wait to be read; a peer that says more out of turn is cut off. */
const UNREAD_FRAMES_MAX = 4;

export class FrameStream {
  readonly #writer: FrameWriter;
  readonly #unread: Uint8Array[] = [];
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(stream: Stream, maxBytes: number) {
    this.#writer = new FrameWriter(stream);
    const reader = new FrameReader(maxBytes);
    const end = (): void => {
      this.#ended = true;
      this.#wake?.();
    };
    stream.addEventListener('close', end);
    stream.addEventListener('remoteCloseWrite', end);
    stream.addEventListener('message', (event) => {
      try {
        reader.push(event.data, (payload) => this.#unread.push(payload));
        if (this.#unread.length > UNREAD_FRAMES_MAX) throw new Error('too many frames');
        this.#wake?.();
      } catch (error) {
        stream.abort(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  send(payload: Uint8Array): void {
    this.#writer.send(payload);
  }

  /** The next frame; undefined when the stream ended or the signal fired first. */
  async read(signal: AbortSignal): Promise<Uint8Array | undefined> {
    while (this.#unread.length === 0 && !this.#ended && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener('abort', () => {
          resolve();
        }, { once: true });
      });
    }
    return this.#unread.shift();
  }
}
