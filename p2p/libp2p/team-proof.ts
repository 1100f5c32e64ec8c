/**
 * The proof, before anything else is said on a lane, that both ends are of one team. It rests on
 * the nonce that the team was founded with: it is told to who is let in, with the team's records,
 * and to nobody else; an invite, mDNS and the team's id do not show it.
 *
 *     dialler ── nonce ───────────▶ listener
 *     dialler ◀── nonce ‖ proof ─── listener    wrong: an empty frame, and not a word more
 *     dialler ── proof ───────────▶ listener    wrong or empty: the stream is reset
 *
 * A proof is bound to both peer ids, which noise has proven, to who dialled, and to both nonces. So
 * it is of no use anywhere else, and to a stranger it is noise. Who was removed from the team can
 * still make one, and learns nothing that it did not know: what it may is for the hellos to decide.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { MemberId, Team } from '../types.ts';

const NONCE_BYTES = 32;
const PROOF_BYTES = 32;
/** Largest frame of the proof. */
export const PROOF_MAX_BYTES = NONCE_BYTES + PROOF_BYTES;
const NOT_YOURS = new Uint8Array(0);

export interface Ends {
  readonly dialler: MemberId;
  readonly listener: MemberId;
}

type Side = keyof Ends;

export interface Step {
  readonly state: 'going-on' | 'proven' | 'wrong';
  /** To be said now. */
  readonly say: Uint8Array | undefined;
}

/** What members of the team have in common, and nobody else. */
export function teamSecret({ id, nonce }: Pick<Team, 'id' | 'nonce'>): Uint8Array {
  return createHash('sha256').update(new ByteWriter().text('ringleaf team secret 1').text(id).bytes(nonce).finish()).digest();
}

/** One side of one lane. */
export class TeamProof {
  readonly #secret: Uint8Array;
  readonly #ends: Ends;
  readonly #side: Side;
  readonly #nonce: Uint8Array = randomBytes(NONCE_BYTES);
  /** The other side's. */
  #theirs: Uint8Array | undefined;

  constructor(secret: Uint8Array, ends: Ends, side: Side) {
    this.#secret = secret;
    this.#ends = ends;
    this.#side = side;
  }

  /** What this side says first, unasked. */
  get opening(): Uint8Array | undefined {
    return this.#side === 'dialler' ? this.#nonce : undefined;
  }

  /** Takes a frame of the other side. */
  take(frame: Uint8Array): Step {
    if (this.#side === 'dialler') return this.#asDialler(frame);
    return this.#theirs === undefined ? this.#answer(frame) : this.#asListener(frame);
  }

  #answer(nonce: Uint8Array): Step {
    if (nonce.byteLength !== NONCE_BYTES) return { state: 'wrong', say: undefined };
    this.#theirs = nonce.slice();
    return { state: 'going-on', say: Buffer.concat([this.#nonce, this.#proof('listener')]) };
  }

  #asDialler(frame: Uint8Array): Step {
    this.#theirs = frame.slice(0, NONCE_BYTES);
    if (!this.#isProof(frame.subarray(NONCE_BYTES), 'listener')) return { state: 'wrong', say: NOT_YOURS };
    return { state: 'proven', say: this.#proof('dialler') };
  }

  #asListener(frame: Uint8Array): Step {
    return { state: this.#isProof(frame, 'dialler') ? 'proven' : 'wrong', say: undefined };
  }

  #isProof(bytes: Uint8Array, by: Side): boolean {
    return bytes.byteLength === PROOF_BYTES && timingSafeEqual(bytes, this.#proof(by));
  }

  #proof(by: Side): Uint8Array {
    const { dialler, listener } = this.#ends;
    const theirs = this.#theirs ?? new Uint8Array(0);
    const [first, second] = this.#side === 'dialler' ? [this.#nonce, theirs] : [theirs, this.#nonce];
    const said = new ByteWriter().text('ringleaf team proof 1').text(by).text(dialler).text(listener).bytes(first).bytes(second);
    return createHmac('sha256', this.#secret).update(said.finish()).digest();
  }
}
