/**
 * Answers to peers that hold whole objects or histories are made in turns, so that what all of them
 * take of memory is bounded, however large the objects are and however many are asked for at once.
 * How much one takes is not known before the disk has answered: what it may take is set aside first.
 *
 *     read, history, fetch ── room for what it may hold? ──yes──► made ──► what it holds ──► sent
 *                                         └──no──► waits, in the order of its peer
 *
 * Who waits holds nothing but its question, and counts in `peer-work.ts` meanwhile.
 *
 * Invariant: no peer, and not all together, have more set aside than their bound, but for one
 * answer that is larger than all the room.
 */
import type { MemberId } from '../types.ts';

/** Whole objects of one answer that are read at a time: each is in memory, whether it fits into the answer or not. */
export const OBJECTS_AT_ONCE = 4;

export interface TurnBounds {
  /** Of one peer, bytes. */
  readonly peerBytesMax: number;
  /** Of all together. */
  readonly peersBytesMax: number;
}

/** A place among the answers that are being made. */
export interface Turn {
  /** What the answer holds is known now. */
  is(bytes: number): void;
  end(): void;
}

interface Waiting {
  readonly bytes: number;
  readonly work: (turn: Turn) => void;
}

interface Peer {
  bytes: number;
  answers: number;
  readonly waiting: Waiting[];
}

export class AnswerTurns {
  readonly #of: { readonly config: TurnBounds };
  /** Only those who have something made, or wait. Whoever had a turn last stands last. */
  readonly #peers = new Map<MemberId, Peer>();
  #bytes = 0;
  #answers = 0;
  #isGiving = false;

  constructor(of: { readonly config: TurnBounds }) {
    this.#of = of;
  }

  /** @param bytes What the answer may hold. @param work Runs now, or in a later turn. */
  take(from: MemberId, bytes: number, work: (turn: Turn) => void): void {
    const peer = this.#peers.get(from) ?? { bytes: 0, answers: 0, waiting: [] };
    this.#peers.set(from, peer);
    peer.waiting.push({ bytes, work });
    this.#give();
  }

  /** One after the other: an answer that is made at once gives its room to the next from here. */
  #give(): void {
    if (this.#isGiving) return;
    this.#isGiving = true;
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) next();
    } finally {
      this.#isGiving = false;
    }
  }

  #next(): (() => void) | undefined {
    const { peerBytesMax, peersBytesMax } = this.#of.config;
    for (const [from, peer] of this.#peers) {
      const [first] = peer.waiting;
      if (first === undefined || !this.#fits(peer.answers, peer.bytes + first.bytes, peerBytesMax)) continue;
      // Not the next peer in its place, or a large answer would never be made.
      if (!this.#fits(this.#answers, this.#bytes + first.bytes, peersBytesMax)) return undefined;
      peer.waiting.shift();
      this.#peers.delete(from);
      this.#peers.set(from, peer);
      return () => first.work(this.#begin(from, peer, first.bytes));
    }
    return undefined;
  }

  #fits(answers: number, bytes: number, bytesMax: number): boolean {
    return answers === 0 || bytes <= bytesMax;
  }

  #begin(from: MemberId, peer: Peer, expected: number): Turn {
    let bytes = 0;
    let isOver = false;
    const grow = (by: number): void => {
      bytes += by;
      peer.bytes += by;
      this.#bytes += by;
    };
    grow(expected);
    peer.answers += 1;
    this.#answers += 1;
    return {
      is: (known) => {
        if (isOver) return;
        grow(known - bytes);
        this.#give();
      },
      end: () => {
        if (isOver) return;
        isOver = true;
        grow(-bytes);
        peer.answers -= 1;
        this.#answers -= 1;
        if (peer.answers === 0 && peer.waiting.length === 0 && this.#peers.get(from) === peer) this.#peers.delete(from);
        this.#give();
      },
    };
  }
}
