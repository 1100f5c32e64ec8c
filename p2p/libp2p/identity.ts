/**
 * Who this device is: one Ed25519 key, kept in `identity.key` (`device-key.ts`). The peer id of an
 * Ed25519 key holds the public key itself (identity multihash), so a signature is checked with nothing
 * but the id.
 */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { generateKeyPair } from '@libp2p/crypto/keys';
import type { Ed25519PrivateKey } from '@libp2p/interface';
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id';
import type { Signer } from '../ports.ts';
import type { MemberId } from '../types.ts';

export interface Identity {
  readonly privateKey: Ed25519PrivateKey;
  readonly peerId: MemberId;
  readonly signer: Signer;
}

/** Verification keys kept parsed; the oldest goes first. */
const KEY_CACHE_MAX = 4_096;
const SEED_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** No Ed25519 peer id is longer; refuses long text before it is decoded. */
const PEER_ID_CHARS_MAX = 64;
/** DER around a raw Ed25519 key: PKCS#8 and SubjectPublicKeyInfo (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** A new identity, not yet kept anywhere. */
export async function newIdentity(): Promise<Identity> {
  return identityOf(await generateKeyPair('Ed25519'));
}

/** The identity of a key that is already in memory. */
export function identityOf(privateKey: Ed25519PrivateKey): Identity {
  const peerId = peerIdFromPrivateKey(privateKey).toString();
  return { privateKey, peerId, signer: createSigner(privateKey, peerId) };
}

/** The raw public key inside an Ed25519 peer id; undefined for any other text. */
export function publicKeyOf(member: MemberId): Uint8Array | undefined {
  if (member.length > PEER_ID_CHARS_MAX) return undefined;
  try {
    const id = peerIdFromString(member);
    // One member has one spelling: an id in another base would be a second member.
    return id.type === 'Ed25519' && id.toString() === member ? id.publicKey.raw : undefined;
  } catch {
    return undefined;
  }
}

function createSigner(privateKey: Ed25519PrivateKey, member: MemberId): Signer {
  const seed = privateKey.raw.subarray(0, SEED_BYTES);
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  const own = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const keys = new Map<MemberId, KeyObject>();
  return {
    member,
    sign: (bytes) => new Uint8Array(sign(null, bytes, own)),
    verify: (signedBy, bytes, signature) => {
      if (signature.byteLength !== SIGNATURE_BYTES) return false;
      const key = verificationKey(keys, signedBy);
      return key !== undefined && verify(null, bytes, key, signature);
    },
  };
}

function verificationKey(cache: Map<MemberId, KeyObject>, member: MemberId): KeyObject | undefined {
  const cached = cache.get(member);
  if (cached !== undefined) return cached;
  const raw = publicKeyOf(member);
  if (raw === undefined) return undefined;
  const der = Buffer.concat([SPKI_PREFIX, raw]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  const oldest = cache.keys().next();
  if (cache.size >= KEY_CACHE_MAX && oldest.done !== true) cache.delete(oldest.value);
  cache.set(member, key);
  return key;
}
