/**
 * A device's key, encrypted with AES-256-GCM: under a key that scrypt (RFC 7914) makes of a
 * passphrase, or under a random secret that the keychain of this computer has sealed. All before the
 * ciphertext is authenticated with it.
 *
 *     "RINGKEY" │ version │ 1 │ log2 N │ r │ p │ salt 16 │ nonce 12 │ ciphertext │ tag 16 │ check 8
 *     "RINGKEY" │ version │ 2 │ length 2 │ sealed secret │ nonce 12 │ ciphertext │ tag 16 │ check 8
 *
 * The check is of all bytes before it: it tells a damaged file from a wrong passphrase, and from a
 * keychain that has forgotten. It keeps nobody out, which is what the tag is for. What stands in a
 * file is hostile: lengths and costs are looked at before anything is computed from them.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from 'node:crypto';
import { KEYCHAIN_SEALED_BYTES_MAX, KEYCHAIN_SECRET_BYTES } from '../bounds.ts';

/** What scrypt costs: 128 · N · r bytes of memory, and time with it. */
export interface ScryptCost {
  readonly log2N: number;
  readonly r: number;
  readonly p: number;
}

/** Encrypts as was said before, without whoever said it being asked again. */
export interface KeyLock {
  readonly by: 'passphrase' | 'keychain';
  wrap(plain: Uint8Array): Uint8Array;
}

export type Unwrapped =
  | { readonly outcome: 'opened'; readonly plain: Uint8Array; readonly lock: KeyLock }
  /** Not by this passphrase or secret. */
  | { readonly outcome: 'wrong' };

/** An encrypted key as it stands in a file. */
export type WrappedKey =
  | { readonly by: 'passphrase'; readonly open: (passphrase: string) => Promise<Unwrapped> }
  | {
      readonly by: 'keychain';
      /** What the keychain made of the secret. */
      readonly sealed: Uint8Array;
      readonly open: (secret: Uint8Array) => Unwrapped;
    };

/** A file that is longer is none of these. */
export const WRAPPED_BYTES_MAX = 1_024;

/** 128 MiB and some half a second: what OWASP asks for at least, and more than a person notices at a start. */
const COST: ScryptCost = { log2N: 17, r: 8, p: 1 };
/** A file may ask for no more: 512 MiB at the most. */
const COST_MAX: ScryptCost = { log2N: 18, r: 16, p: 4 };
const LOG2_N_MIN = 10;

const MAGIC = Buffer.from('RINGKEY', 'latin1');
const VERSION = 1;
const BY_PASSPHRASE = 1;
const BY_KEYCHAIN = 2;
const BY_AT = MAGIC.length + 1;
const SAYS_AT = BY_AT + 1;
const SALT_AT = SAYS_AT + 3;
const SALT_BYTES = 16;
const SEALED_AT = SAYS_AT + 2;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CHECK_BYTES = 8;
const KEY_BYTES = 32;

/** Whether these bytes claim to be an encrypted key. A plain one begins otherwise. */
export function isWrapped(bytes: Uint8Array): boolean {
  return MAGIC.equals(bytes.subarray(0, MAGIC.length));
}

/** `undefined`: it can be opened by nothing. The file is damaged, or of a later version. */
export function readWrapped(bytes: Uint8Array): WrappedKey | undefined {
  const { byteLength } = bytes;
  if (!isWrapped(bytes) || byteLength < SAYS_AT + CHECK_BYTES || byteLength > WRAPPED_BYTES_MAX) return undefined;
  const said = bytes.subarray(0, byteLength - CHECK_BYTES);
  if (!checkOf(said).equals(bytes.subarray(byteLength - CHECK_BYTES)) || said[MAGIC.length] !== VERSION) return undefined;
  if (said[BY_AT] === BY_PASSPHRASE) return ofPassphrase(said);
  return said[BY_AT] === BY_KEYCHAIN ? ofKeychain(said) : undefined;
}

/** @param cost Less than usual only in tests, which have no half seconds to spend. */
export async function passphraseLock(passphrase: string, cost: ScryptCost = COST): Promise<KeyLock> {
  const salt = randomBytes(SALT_BYTES);
  return passphraseLockOf(await derive(passphrase, salt, cost), salt, cost);
}

/** @param sealed What the keychain made of `secret`. */
export function keychainLock(secret: Uint8Array, sealed: Uint8Array): KeyLock {
  if (secret.byteLength !== KEYCHAIN_SECRET_BYTES) throw new RangeError('the secret of a keychain is of another length');
  if (sealed.byteLength === 0 || sealed.byteLength > KEYCHAIN_SEALED_BYTES_MAX) throw new RangeError('what the keychain sealed is of no such length');
  const length = Buffer.alloc(2);
  length.writeUInt16BE(sealed.byteLength);
  return lockOf('keychain', secret, Buffer.concat([MAGIC, Buffer.from([VERSION, BY_KEYCHAIN]), length, sealed]));
}

function ofPassphrase(said: Uint8Array): WrappedKey | undefined {
  const nonceAt = SALT_AT + SALT_BYTES;
  const [log2N = 0, r = 0, p = 0] = said.subarray(SAYS_AT, SALT_AT);
  const isWithin = log2N >= LOG2_N_MIN && log2N <= COST_MAX.log2N && r >= 1 && r <= COST_MAX.r && p >= 1 && p <= COST_MAX.p;
  if (!isWithin || !hasRoom(said, nonceAt)) return undefined;
  const cost = { log2N, r, p };
  const salt = Buffer.from(said.subarray(SALT_AT, nonceAt));
  return {
    by: 'passphrase',
    open: async (passphrase) => {
      const key = await derive(passphrase, salt, cost);
      return opened(said, nonceAt, key, () => passphraseLockOf(key, salt, cost));
    },
  };
}

function ofKeychain(said: Uint8Array): WrappedKey | undefined {
  const [high = 0, low = 0] = said.subarray(SAYS_AT, SEALED_AT);
  const sealedBytes = high * 256 + low;
  const nonceAt = SEALED_AT + sealedBytes;
  if (sealedBytes === 0 || sealedBytes > KEYCHAIN_SEALED_BYTES_MAX || !hasRoom(said, nonceAt)) return undefined;
  const sealed = new Uint8Array(said.subarray(SEALED_AT, nonceAt));
  return {
    by: 'keychain',
    sealed,
    open: (secret) => (secret.byteLength === KEYCHAIN_SECRET_BYTES ? opened(said, nonceAt, secret, () => keychainLock(secret, sealed)) : { outcome: 'wrong' }),
  };
}

function hasRoom(said: Uint8Array, nonceAt: number): boolean {
  return said.byteLength >= nonceAt + NONCE_BYTES + TAG_BYTES;
}

function opened(said: Uint8Array, nonceAt: number, key: Uint8Array, lock: () => KeyLock): Unwrapped {
  const [sealedAt, tagAt] = [nonceAt + NONCE_BYTES, said.byteLength - TAG_BYTES];
  const decipher = createDecipheriv('aes-256-gcm', key, said.subarray(nonceAt, sealedAt), { authTagLength: TAG_BYTES });
  decipher.setAAD(said.subarray(0, sealedAt));
  decipher.setAuthTag(said.subarray(tagAt));
  try {
    const plain = Buffer.concat([decipher.update(said.subarray(sealedAt, tagAt)), decipher.final()]);
    return { outcome: 'opened', plain: new Uint8Array(plain), lock: lock() };
  } catch {
    return { outcome: 'wrong' };
  }
}

function passphraseLockOf(key: Uint8Array, salt: Buffer, { log2N, r, p }: ScryptCost): KeyLock {
  return lockOf('passphrase', key, Buffer.concat([MAGIC, Buffer.from([VERSION, BY_PASSPHRASE, log2N, r, p]), salt]));
}

function lockOf(by: KeyLock['by'], key: Uint8Array, says: Buffer): KeyLock {
  return {
    by,
    wrap(plain) {
      // A nonce of its own each time: one key encrypts a few files in its life, never two alike.
      const nonce = randomBytes(NONCE_BYTES);
      const head = Buffer.concat([says, nonce]);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(head);
      const said = Buffer.concat([head, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
      return new Uint8Array(Buffer.concat([said, checkOf(said)]));
    },
  };
}

/** The same passphrase typed on another keyboard is the same bytes: NFKC, as RFC 8265 has it. */
async function derive(passphrase: string, salt: Buffer, { log2N, r, p }: ScryptCost): Promise<Buffer> {
  const N = 2 ** log2N;
  const options = { N, r, p, maxmem: 128 * r * (N + p + 2) + 1_048_576 };
  const secret = Buffer.from(passphrase.normalize('NFKC'), 'utf8');
  return await new Promise((resolve, reject) => {
    scrypt(secret, salt, KEY_BYTES, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

function checkOf(said: Uint8Array): Buffer {
  return createHash('sha256').update(said).digest().subarray(0, CHECK_BYTES);
}
