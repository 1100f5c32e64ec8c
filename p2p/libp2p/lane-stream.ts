/**
 * One lane of one connection: a long-lived stream, both ways, opened by the side that dialled.
 *
 *     the proof that both are of one team, see `team-proof.ts`
 *     dialler ── hello ──▶ listener     admitted? otherwise the stream is reset, without a word
 *     dialler ◀── hello ── listener     admitted? otherwise reset
 *     dialler ── empty ──▶ listener     "ready": the listener now knows that it was accepted
 *     frames both ways
 *
 * Some are told why, so that their owner is not left to wonder: a member that was removed sees a
 * refusal in place of the hello, a member that runs twice in place of the hello or of "ready".
 *
 * So neither side believes in a lane that the other has refused, and no frame precedes the hellos.
 *
 * A socket may bring tens of thousands of small frames at once. A lane hands over some of them, and
 * the rest after everybody else's; meanwhile it is paused, so that its sender comes to wait.
 */
import type { Stream, StreamMessageEvent } from '@libp2p/interface';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter } from './frame-writer.ts';
import { decodeHello, REFUSAL_VERSION } from './hello.ts';
import type { Hello } from './hello.ts';
import { LaneRoom } from './lane-room.ts';
import { FRAME_BYTES, FRAME_TIME_MAX_MS } from '../wire/limits.ts';
import { FRAMES_A_TURN_MAX, HELLO_MAX_BYTES, LANE_UNREAD_MAX_BYTES, READ_SLICE_BYTES } from './limits.ts';
import { PROOF_MAX_BYTES } from './team-proof.ts';
import type { Step, TeamProof } from './team-proof.ts';

export interface LaneEvents {
  /** The other side is not of this team. */
  stranger(): void;
  /** Whether this side accepts what the other showed. */
  accepts(hello: Hello): Verdict;
  /** What to say to a member that this side refuses. */
  refusal(verdict: Told): Uint8Array;
  /** The other side refused and says why. */
  refused(refusal: Hello): void;
  ready(hello: Hello): void;
  frame(payload: Uint8Array): void;
  /** At most once, for any end, refusals included. */
  closed(reason: string): void;
}

/** Refusals that are told: the member was removed, or is not the only one that runs under its key. */
export type Told = 'removed' | 'copy';
export type Verdict = 'yes' | 'no' | Told;

const READY = new Uint8Array(0);

export class LaneStream {
  readonly writer: FrameWriter;
  readonly #stream: Stream;
  readonly #dialled: boolean;
  readonly #proof: TeamProof;
  readonly #ownHello: () => Uint8Array;
  readonly #events: LaneEvents;
  readonly #reader: FrameReader;
  #step: 'proof' | 'hello' | 'ready-frame' | 'open' | 'refusing' | 'closed' = 'proof';
  #theirs: Hello | undefined;
  /** Has come and was not looked through; the last is next. */
  #unread: Uint8Array[] = [];
  #frames = 0;
  /** The frame that was coming at the last look, since when, and how much of it had come. */
  #coming: { readonly frame: number | undefined; readonly sinceMs: number; readonly bytes: number } = { frame: undefined, sinceMs: 0, bytes: 0 };
  /** What had left at the last look, if some was still to leave then. */
  #leaving: number | undefined;

  constructor(stream: Stream, proof: TeamProof, ownHello: () => Uint8Array, events: LaneEvents, room = new LaneRoom()) {
    this.#stream = stream;
    this.#reader = new FrameReader(PROOF_MAX_BYTES, room.coming);
    this.#proof = proof;
    this.#dialled = proof.opening !== undefined;
    this.#ownHello = ownHello;
    this.#events = events;
    this.writer = new FrameWriter(stream, room);
    stream.maxReadBufferLength = LANE_UNREAD_MAX_BYTES;
    stream.addEventListener('close', (event) => {
      this.#end(event.error?.message ?? 'the stream closed');
    });
    stream.addEventListener('remoteCloseWrite', () => {
      this.close('the peer closed the lane');
    });
    stream.addEventListener('message', (event) => {
      this.#onMessage(event);
    });
    if (proof.opening !== undefined) this.writer.send(proof.opening);
  }

  get skippedFrames(): number {
    return this.#reader.skippedFrames;
  }

  close(reason: string): void {
    this.#stream.abort(new Error(reason));
    this.#end(reason);
  }

  /**
   * To be called now and again: sends what waits, and ends with a frame that does not get whole.
   * True when a frame that is coming, or what waits to leave, was so at the last look already, and has got on since.
   */
  tick(nowMs: number): boolean {
    this.writer.flush();
    const hasCome = this.#lookAtComing(nowMs);
    const { leftBytes, queuedBytes } = this.writer;
    const hasLeft = this.#leaving !== undefined && leftBytes > this.#leaving;
    this.#leaving = queuedBytes > 0 || this.#stream.writeBufferLength > 0 ? leftBytes : undefined;
    return hasCome || hasLeft;
  }

  #lookAtComing(nowMs: number): boolean {
    const { underWay: frame, comeBytes: bytes } = this.#reader;
    const { frame: known, sinceMs, bytes: before } = this.#coming;
    const isSame = frame === known;
    this.#coming = { frame, sinceMs: isSame ? sinceMs : nowMs, bytes };
    if (isSame && frame !== undefined && nowMs - sinceMs > FRAME_TIME_MAX_MS) this.close('a frame did not get whole in time');
    return isSame && bytes > before;
  }

  #onMessage(event: StreamMessageEvent): void {
    const parts = event.data instanceof Uint8Array ? [event.data] : [...event.data];
    this.#unread.unshift(...parts.reverse());
    if (this.#stream.readStatus !== 'paused') this.#takeTurn();
  }

  #takeTurn(): void {
    this.#frames = 0;
    try {
      for (let part = this.#unread.pop(); part !== undefined && this.#step !== 'closed'; part = this.#unread.pop()) {
        if (part.byteLength > READ_SLICE_BYTES) this.#unread.push(part.subarray(READ_SLICE_BYTES));
        this.#reader.push(part.subarray(0, READ_SLICE_BYTES), (payload) => {
          this.#frames += 1;
          this.#onPayload(payload);
        });
        if (this.#frames >= FRAMES_A_TURN_MAX && this.#unread.length > 0) break;
      }
    } catch (error) {
      this.close(error instanceof Error ? error.message : String(error));
    }
    if (this.#unread.length > 0) this.#waitForTurn();
    else if (this.#stream.readStatus === 'paused') this.#stream.resume();
  }

  #waitForTurn(): void {
    if (this.#stream.readStatus === 'readable') this.#stream.pause();
    setImmediate(() => {
      if (this.#step === 'closed') this.#unread = [];
      else this.#takeTurn();
    });
  }

  #onPayload(payload: Uint8Array): void {
    switch (this.#step) {
      case 'open':
        this.#events.frame(payload);
        return;
      case 'proof':
        this.#onProof(this.#proof.take(payload));
        return;
      case 'hello':
        this.#onHello(decodeHello(payload));
        return;
      case 'ready-frame':
        if (payload.byteLength === READY.byteLength) this.#open();
        else if (!this.#isRefusal(decodeHello(payload))) this.close('neither ready nor a refusal');
        return;
      case 'refusing':
      case 'closed':
        return;
    }
  }

  #onProof({ state, say }: Step): void {
    if (say !== undefined) this.writer.send(say);
    if (state === 'wrong') this.#turnAway();
    if (state !== 'proven') return;
    this.#step = 'hello';
    this.#reader.setMaxBytes(HELLO_MAX_BYTES);
    if (this.#dialled) this.writer.send(this.#ownHello());
  }

  /** A listener hangs up when it has read that it is not believed; if not, the deadline does. */
  #turnAway(): void {
    this.#events.stranger();
    if (this.#dialled) this.#step = 'refusing';
    else this.close('not of this team');
  }

  #onHello(hello: Hello | undefined): void {
    if (this.#dialled && this.#isRefusal(hello)) return;
    const verdict = hello === undefined ? 'no' : this.#events.accepts(hello);
    if (verdict !== 'yes') {
      this.#refuse(verdict);
      return;
    }
    this.#theirs = hello;
    if (this.#dialled) {
      this.writer.send(READY);
      this.#open();
      return;
    }
    this.#step = 'ready-frame';
    this.writer.send(this.#ownHello());
  }

  /** Who is told hangs up when it has read this; if not, the deadline of the connection does. */
  #refuse(verdict: Exclude<Verdict, 'yes'>): void {
    if (verdict === 'no' || (verdict === 'removed' && this.#dialled)) {
      this.close('the hello was refused');
      return;
    }
    this.#step = 'refusing';
    this.writer.send(this.#events.refusal(verdict));
  }

  #isRefusal(hello: Hello | undefined): boolean {
    if (hello?.version !== REFUSAL_VERSION) return false;
    this.#events.refused(hello);
    this.close('refused by the other side');
    return true;
  }

  #open(): void {
    this.#step = 'open';
    this.#reader.setMaxBytes(FRAME_BYTES);
    if (this.#theirs !== undefined) this.#events.ready(this.#theirs);
  }

  #end(reason: string): void {
    if (this.#step === 'closed') return;
    this.#step = 'closed';
    this.#reader.end();
    this.writer.end();
    this.#events.closed(reason);
  }
}
