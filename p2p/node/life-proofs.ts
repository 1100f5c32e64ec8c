/**
 * Which lives (openings of a store) there were of a member, signed by that member's key. Heartbeats name the life
 * that they are of, and anybody can say one of anybody. So a member that hears of a later life of itself
 * believes it of whoever can show it, signed: a copy of its folder has the key, nobody else has (`own-life.ts`).
 *
 *     connected   a member shows the life that it lives, and again when it goes on above another
 *     news        of a life of its own that it does not know: it asks whoever told it
 *                 who told it has it, or asks those that it is connected to, one of which has met that life
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { Signer } from '../ports.ts';
import type { MemberId, Team } from '../types.ts';
import type { MessageOf } from '../wire/message.ts';
import type { Core } from './core.ts';

const PURPOSE = 'ringleaf life';
/** Of each member; the oldest goes. */
const LIVES_KEPT = 4;
/** Questions are passed on no more often than this. */
const PASS_ON_EVERY_MS = 2_000;

export interface LifeProof {
  readonly member: MemberId;
  /** Its boot nonce. */
  readonly life: string;
  /** Its heartbeats are below those of the next number. */
  readonly number: number;
  readonly signature: Uint8Array;
}

export function signLife({ id }: Pick<Team, 'id'>, signer: Signer, life: string, number: number): LifeProof {
  return { member: signer.member, life, number, signature: signer.sign(signedBytes(id, { member: signer.member, life, number })) };
}

export class LifeProofs {
  readonly #core: Core;
  readonly #proven: (life: string) => void;
  readonly #proofs = new Map<MemberId, Map<string, LifeProof>>();
  #own: LifeProof | undefined;
  #passedOnMs = Number.NEGATIVE_INFINITY;

  /** @param proven Told of each other life of this member that is proven. */
  constructor(core: Core, proven: (life: string) => void) {
    this.#core = core;
    this.#proven = proven;
  }

  /** Has this member's own key signed that there is this life, and that it got so far? */
  isProven(life: string, number: number): boolean {
    return (this.#find(this.#core.self, life)?.number ?? -1) >= number;
  }

  /** To somebody who has come. @param number Of the life that this member lives. */
  show(to: MemberId, number: number): void {
    const { identity, signer, team } = this.#core;
    if (this.#own?.number !== number) this.#own = signLife(team, signer, identity.bootNonce, number);
    this.#core.send(to, 'quorum', { kind: 'gossip-life', ...this.#own, isPassedOn: false });
  }

  /** To all who are here: it is above another life now. */
  showAll(number: number): void {
    for (const member of this.#core.peers()) if (this.#core.detector.isConnected(member)) this.show(member, number);
  }

  ask(of: MemberId, life: string, number: number): void {
    this.#core.send(of, 'quorum', { kind: 'gossip-life', member: this.#core.self, life, number, isPassedOn: false, signature: undefined });
  }

  heard(from: MemberId, { member, life, number, isPassedOn, signature }: MessageOf<'gossip-life'>): void {
    if (signature !== undefined) {
      this.#take({ member, life, number, signature: signature.slice() });
      return;
    }
    const proof = this.#find(member, life);
    if (proof !== undefined && proof.number >= number) this.#core.send(from, 'quorum', { kind: 'gossip-life', ...proof, isPassedOn });
    else if (!isPassedOn) this.#passOn(from, { member, life, number });
  }

  #passOn(asking: MemberId, question: Omit<LifeProof, 'signature'>): void {
    const { detector, now } = this.#core;
    if (now.nowMs - this.#passedOnMs < PASS_ON_EVERY_MS) return;
    this.#passedOnMs = now.nowMs;
    const others = this.#core.peers().filter((member) => member !== asking && detector.isConnected(member));
    for (const member of others) this.#core.send(member, 'quorum', { kind: 'gossip-life', ...question, isPassedOn: true, signature: undefined });
  }

  #take(proof: LifeProof): void {
    const { identity, roster, self, signer, team } = this.#core;
    const { member, life, number } = proof;
    const isOwn = member === self && life === identity.bootNonce;
    if (isOwn || !roster.isMember(member) || number <= (this.#find(member, life)?.number ?? -1)) return;
    if (!signer.verify(member, signedBytes(team.id, proof), proof.signature)) return;
    const ofMember = this.#proofs.get(member) ?? new Map<string, LifeProof>();
    ofMember.delete(life);
    const [oldest] = ofMember.keys();
    if (ofMember.size >= LIVES_KEPT && oldest !== undefined) ofMember.delete(oldest);
    this.#proofs.set(member, ofMember.set(life, proof));
    if (member === self) this.#proven(life);
  }

  #find(member: MemberId, life: string): LifeProof | undefined {
    return this.#proofs.get(member)?.get(life);
  }
}

function signedBytes(teamId: string, { member, life, number }: Omit<LifeProof, 'signature'>): Uint8Array {
  return new ByteWriter().text(PURPOSE).text(teamId).text(member).text(life).varint(number).finish();
}
