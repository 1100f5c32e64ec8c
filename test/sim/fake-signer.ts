/** Signatures that only the simulator believes: a short hash of (member, bytes). */
import type { Signer } from '../../p2p/ports.ts';
import { bytesEqual } from '../../p2p/bytes/bytes.ts';
import { hashText } from './random.ts';

export function fakeSigner(member: string): Signer {
  return {
    member,
    sign: (bytes) => signatureOf(member, bytes),
    verify: (other, bytes, signature) => bytesEqual(signature, signatureOf(other, bytes)),
  };
}

function signatureOf(member: string, bytes: Uint8Array): Uint8Array {
  let hash = hashText(member);
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  const signature = new Uint8Array(8);
  const view = new DataView(signature.buffer);
  view.setUint32(0, hash >>> 0);
  view.setUint32(4, Math.imul(hash, 0x9e3779b1) >>> 0);
  return signature;
}
