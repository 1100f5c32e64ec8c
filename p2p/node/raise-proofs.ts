/**
 * What each member has signed of how far it took part in reaping: "my horizon is raised to this". A
 * fence that somebody tells of sets a store aside only where the store's own member has signed that
 * it was there (`horizon.ts`): no other member can make that up, be its key stolen or its program wrong.
 *
 *     hold    a member raises its horizon, then signs, then agrees; the proposer keeps what it signed
 *     seal    the proposer passes all on first: nobody seals without what every other member has signed
 *     later   a member that says less than it has signed is shown what it signed
 *
 * So whoever has a fence can prove it to each member that was there, and keeps that on its disk.
 */
import { ByteReader, MalformedError } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { SIGNATURE_BYTES_MAX } from '../membership/statement.ts';
import type { Lane, Signer } from '../ports.ts';
import type { MemberId, Team } from '../types.ts';
import { PROOFS_IN_MESSAGE } from '../wire/limits.ts';
import type { MessageOf } from '../wire/message.ts';
import type { Core } from './core.ts';

export const RAISED_ROW = 'reaping/raised/';
const PURPOSE = 'ringleaf raised';

export type RaiseProof = MessageOf<'gossip-raised'>['proofs'][number];

/** Says of its signer's store that its horizon is raised to `epoch`. */
export function signRaise({ id }: Pick<Team, 'id'>, signer: Signer, epoch: number): RaiseProof {
  return { member: signer.member, epoch, signature: signer.sign(signedBytes(id, signer.member, epoch)) };
}

export class RaiseProofs {
  readonly #core: Core;
  /** The highest of each member. */
  readonly #proofs = new Map<MemberId, RaiseProof>();
  /** The epoch of our own that each peer was shown. */
  readonly #shown = new Map<MemberId, number>();

  constructor(core: Core) {
    this.#core = core;
  }

  start(remembered: readonly { readonly name: string; readonly bytes: Uint8Array }[]): void {
    for (const { name, bytes } of remembered) {
      const proof = name.startsWith(RAISED_ROW) ? decodeProof(name.slice(RAISED_ROW.length), bytes) : undefined;
      if (proof !== undefined && this.#holds(proof)) this.#proofs.set(proof.member, proof);
    }
  }

  /** 0 = it has signed nothing that is known here. */
  epochOf(member: MemberId): number {
    return this.#proofs.get(member)?.epoch ?? 0;
  }

  /** Has every other member signed that it has raised its horizon so far? */
  coverTeam(epoch: number): boolean {
    return this.#core.peers().every((member) => this.epochOf(member) >= epoch);
  }

  /** Our own, which is durable. */
  sign(epoch: number): void {
    const { self, signer, team } = this.#core;
    if (epoch > this.epochOf(self)) this.#keep(signRaise(team, signer, epoch));
  }

  take(proofs: readonly RaiseProof[]): void {
    for (const { member, epoch, signature } of proofs) {
      const proof = { member, epoch, signature: signature.slice() };
      if (epoch > this.epochOf(member) && this.#core.roster.isMember(member) && this.#holds(proof)) this.#keep(proof);
    }
  }

  /** A peer has told how far it is: it is shown what it lacks. */
  heard(from: MemberId, raised: number, isSure: boolean): void {
    const own = this.epochOf(this.#core.self);
    // Whoever begins anew, or does not know how old its store is, has to get to know all.
    if (!isSure) this.show(from, 'quorum');
    else if (this.epochOf(from) > raised) this.#send(from, 'quorum', [from]);
    if (own <= (this.#shown.get(from) ?? 0)) return;
    this.#shown.set(from, own);
    this.#send(from, 'quorum', [this.#core.self]);
  }

  /** @param lane What is said after it on the same lane comes after it. */
  show(to: MemberId, lane: Lane): void {
    this.#send(to, lane, [...this.#proofs.keys()]);
  }

  showOwn(to: MemberId): void {
    if (to !== this.#core.self) this.#send(to, 'quorum', [this.#core.self]);
  }

  #send(to: MemberId, lane: Lane, members: readonly MemberId[]): void {
    const proofs = members.flatMap((member) => this.#proofs.get(member) ?? []);
    for (let from = 0; from < proofs.length; from += PROOFS_IN_MESSAGE) {
      this.#core.send(to, lane, { kind: 'gossip-raised', proofs: proofs.slice(from, from + PROOFS_IN_MESSAGE) });
    }
  }

  #keep(proof: RaiseProof): void {
    this.#proofs.set(proof.member, proof);
    const bytes = new ByteWriter().varint(proof.epoch).bytes(proof.signature).finish();
    this.#core.commit([{ kind: 'meta', name: `${RAISED_ROW}${proof.member}`, bytes }], () => undefined);
  }

  #holds({ member, epoch, signature }: RaiseProof): boolean {
    const { signer, team } = this.#core;
    return signer.verify(member, signedBytes(team.id, member, epoch), signature);
  }
}

function signedBytes(teamId: string, member: MemberId, epoch: number): Uint8Array {
  return new ByteWriter().text(PURPOSE).text(teamId).text(member).varint(epoch).finish();
}

/** A row that cannot be read says nothing: its member will show it again. */
function decodeProof(member: MemberId, bytes: Uint8Array): RaiseProof | undefined {
  try {
    const reader = new ByteReader(bytes);
    const proof = { member, epoch: reader.varint(), signature: reader.bytes(SIGNATURE_BYTES_MAX).slice() };
    reader.end();
    return proof;
  } catch (error) {
    if (error instanceof MalformedError) return undefined;
    throw error;
  }
}
