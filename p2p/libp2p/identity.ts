/**
 * Who this device is: one Ed25519 key, kept in `identity.key`. The peer id of an Ed25519 key holds
 * the public key itself (identity multihash), so a signature is checked with nothing but the id.
 */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import type { Ed25519PrivateKey } from '@libp2p/interface';
import { peerIdFromPrivateKey, peerIdFromString } from '@libp2p/peer-id';
import type { Signer } from '../ports.ts';
import type { MemberId } from '../types.ts';
import { writeDurably } from './durable-file.ts';

export interface Identity {
  readonly privateKey: Ed25519PrivateKey;
  readonly peerId: MemberId;
  readonly signer: Signer;
}

const IDENTITY_FILE = 'identity.key';
/** Verification keys kept parsed; the oldest goes first. */
const KEY_CACHE_MAX = 4_096;
const SEED_BYTES = 32;
const SIGNATURE_BYTES = 64;
/** No Ed25519 peer id is longer; refuses long text before it is decoded. */
const PEER_ID_CHARS_MAX = 64;
/** DER around a raw Ed25519 key: PKCS#8 and SubjectPublicKeyInfo (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * Reads the identity of a data directory, or makes one at the first start.
 * @throws when the file is there but holds no Ed25519 key: a new identity would be another member.
 */
export async function loadIdentity(dataDir: string): Promise<Identity> {
  const path = join(dataDir, IDENTITY_FILE);
  const stored = await readIfThere(path);
  if (stored !== undefined) return identityOf(decodeKey(stored, path));
  const made = await newIdentity();
  await mkdir(dataDir, { recursive: true });
  await writeDurably(path, privateKeyToProtobuf(made.privateKey));
  return made;
}

/** A new identity, not yet kept anywhere. */
export async function newIdentity(): Promise<Identity> {
  return identityOf(await generateKeyPair('Ed25519'));
}

/**
 * Makes `identity` that of the data directory. The former key is kept beside it.
 * @param why A word of the name under which it is kept. @returns that path.
 */
export async function replaceIdentity(dataDir: string, identity: Identity, why: string): Promise<string> {
  const path = join(dataDir, IDENTITY_FILE);
  let n = 1;
  while ((await readIfThere(`${path}.${why}-${n}`)) !== undefined) n += 1;
  const aside = `${path}.${why}-${n}`;
  const former = await readIfThere(path);
  if (former !== undefined) await writeDurably(aside, former);
  await writeDurably(path, privateKeyToProtobuf(identity.privateKey));
  return aside;
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

function decodeKey(bytes: Uint8Array, path: string): Ed25519PrivateKey {
  try {
    const key = privateKeyFromProtobuf(bytes);
    if (key.type === 'Ed25519') return key;
  } catch {
    // Falls through to the one message below: the cause would only print key material.
  }
  throw new Error(`${path} holds no Ed25519 key. Restore it from a backup, or join anew.`);
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
