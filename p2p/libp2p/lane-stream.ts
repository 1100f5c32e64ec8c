/**
 * One lane of one connection: a long-lived stream, both ways, opened by the side that dialled.
 *
 *     dialler ── hello ──▶ listener     admitted? otherwise the stream is reset, without a word
 *     dialler ◀── hello ── listener     admitted? otherwise reset
 *     dialler ── empty ──▶ listener     "ready": the listener now knows that it was accepted
 *     frames both ways
 *
 * A member that was removed gets one word more: the dialler sees `refusal` in place of the hello, so
 * that its owner is not left to wonder.
 *
 * So neither side believes in a lane that the other has refused, and no frame precedes the hellos.
 */
import type { Stream, StreamMessageEvent } from '@libp2p/interface';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import { decodeHello, REFUSAL_VERSION } from './hello.ts';
import type { Hello } from './hello.ts';
import { FRAME_MAX_BYTES, HELLO_MAX_BYTES } from './limits.ts';

export interface LaneEvents {
  /** Whether this side accepts what the other showed. */
  accepts(hello: Hello): boolean;
  /** What to say to whom this side refuses; mostly nothing. */
  refusal(): Uint8Array | undefined;
  /** The other side refused and says why. */
  refused(hello: Hello): void;
  ready(hello: Hello): void;
  frame(payload: Uint8Array): void;
  /** At most once, for any end, refusals included. */
  closed(reason: string): void;
}

const READY = new Uint8Array(0);

export class LaneStream {
  readonly writer: FrameWriter;
  readonly #stream: Stream;
  readonly #dialled: boolean;
  readonly #ownHello: () => Uint8Array;
  readonly #events: LaneEvents;
  readonly #reader = new FrameReader(HELLO_MAX_BYTES);
  #step: 'hello' | 'ready-frame' | 'open' | 'refusing' | 'closed' = 'hello';
  #theirs: Hello | undefined;

  constructor(stream: Stream, dialled: boolean, ownHello: () => Uint8Array, events: LaneEvents) {
    this.#stream = stream;
    this.#dialled = dialled;
    this.#ownHello = ownHello;
    this.#events = events;
    this.writer = new FrameWriter(stream);
    stream.addEventListener('close', (event) => {
      this.#end(event.error?.message ?? 'the stream closed');
    });
    stream.addEventListener('remoteCloseWrite', () => {
      this.close('the peer closed the lane');
    });
    stream.addEventListener('message', (event) => {
      this.#onMessage(event);
    });
    if (dialled) this.writer.send(ownHello());
  }

  close(reason: string): void {
    this.#stream.abort(new Error(reason));
    this.#end(reason);
  }

  #onMessage(event: StreamMessageEvent): void {
    try {
      this.#reader.push(event.data, (payload) => {
        this.#onPayload(payload);
      });
    } catch (error) {
      this.close(error instanceof Error ? error.message : String(error));
    }
  }

  #onPayload(payload: Uint8Array): void {
    switch (this.#step) {
      case 'open':
        this.#events.frame(payload);
        return;
      case 'hello':
        this.#onHello(decodeHello(payload));
        return;
      case 'ready-frame':
        this.#open();
        return;
      case 'refusing':
      case 'closed':
        return;
    }
  }

  #onHello(hello: Hello | undefined): void {
    if (hello === undefined || !this.#isAccepted(hello)) {
      if (this.#step === 'hello') this.close('the hello was refused');
      return;
    }
    this.#theirs = hello;
    if (this.#dialled) {
      this.writer.send(READY);
      this.#open();
      return;
    }
    this.#step = 'ready-frame';
    this.#reader.setMaxBytes(READY.byteLength);
    this.writer.send(this.#ownHello());
  }

  /** When false and the step is `refusing`, the other side or the deadline of the connection ends it. */
  #isAccepted(hello: Hello): boolean {
    if (hello.version === REFUSAL_VERSION) {
      if (this.#dialled) this.#events.refused(hello);
      return false;
    }
    if (this.#events.accepts(hello)) return true;
    const refusal = this.#dialled ? undefined : this.#events.refusal();
    if (refusal === undefined) return false;
    this.#step = 'refusing';
    this.writer.send(refusal);
    return false;
  }

  #open(): void {
    this.#step = 'open';
    this.#reader.setMaxBytes(FRAME_MAX_BYTES);
    if (this.#theirs !== undefined) this.#events.ready(this.#theirs);
  }

  #end(reason: string): void {
    if (this.#step === 'closed') return;
    this.#step = 'closed';
    this.#events.closed(reason);
  }
}
