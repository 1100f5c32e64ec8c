/** The proof that a joiner holds an invite's secret, bound to both ends and to one conversation. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { MemberId } from '../types.ts';

export const JOIN_NONCE_BYTES = 32;
export const JOIN_PROOF_BYTES = 32;
const DOMAIN = 'ringleaf join proof 1';

export interface JoinTranscript {
  readonly teamId: string;
  readonly joiner: MemberId;
  readonly inviter: MemberId;
  readonly nonce: Uint8Array;
}

/** HMAC-SHA256 over length-prefixed parts, so that no two transcripts share their bytes. */
export function joinProof(secret: Uint8Array, transcript: JoinTranscript): Uint8Array {
  const { teamId, joiner, inviter, nonce } = transcript;
  const said = new ByteWriter().text(DOMAIN).text(teamId).text(joiner).text(inviter).bytes(nonce);
  return new Uint8Array(createHmac('sha256', secret).update(said.finish()).digest());
}

export function isJoinProof(proof: Uint8Array, secret: Uint8Array, transcript: JoinTranscript): boolean {
  return proof.byteLength === JOIN_PROOF_BYTES && timingSafeEqual(proof, joinProof(secret, transcript));
}
