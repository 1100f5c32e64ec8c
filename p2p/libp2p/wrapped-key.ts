/**
 * A device's key, encrypted by a passphrase: scrypt (RFC 7914) makes a key of the passphrase, and
 * AES-256-GCM encrypts with it. All before the ciphertext is authenticated with it.
 *
 *     "RINGKEY" │ version │ wrapped by │ log2 N │ r │ p │ salt 16 │ nonce 12 │ ciphertext │ tag 16 │ check 8
 *
 * The check is of all bytes before it: it tells a damaged file from a wrong passphrase. It keeps
 * nobody out, which is what the tag is for. What stands in a file is hostile: lengths and costs are
 * looked at before anything is computed from them.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from 'node:crypto';

/** What scrypt costs: 128 · N · r bytes of memory, and time with it. */
export interface ScryptCost {
  readonly log2N: number;
  readonly r: number;
  readonly p: number;
}

/** Encrypts under a passphrase that was given before, without keeping it. */
export interface PassphraseLock {
  wrap(plain: Uint8Array): Uint8Array;
}

export type Unwrapped =
  | { readonly outcome: 'opened'; readonly plain: Uint8Array; readonly lock: PassphraseLock }
  /** Not by this passphrase. */
  | { readonly outcome: 'wrong' }
  /** By no passphrase: the file is damaged, or of a later version. */
  | { readonly outcome: 'unreadable' };

/** 128 MiB and some half a second: what OWASP asks for at least, and more than a person notices at a start. */
const COST: ScryptCost = { log2N: 17, r: 8, p: 1 };
/** A file may ask for no more: 512 MiB at the most. */
const COST_MAX: ScryptCost = { log2N: 18, r: 16, p: 4 };
const LOG2_N_MIN = 10;

const MAGIC = Buffer.from('RINGKEY', 'latin1');
const VERSION = 1;
const BY_PASSPHRASE = 1;
const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CHECK_BYTES = 8;
const KEY_BYTES = 32;
const SALT_AT = MAGIC.length + 5;
const NONCE_AT = SALT_AT + SALT_BYTES;
const SEALED_AT = NONCE_AT + NONCE_BYTES;
const FILE_BYTES_MIN = SEALED_AT + TAG_BYTES + CHECK_BYTES;
const FILE_BYTES_MAX = 1_024;

/** Whether these bytes claim to be an encrypted key. A plain one begins otherwise. */
export function isWrapped(bytes: Uint8Array): boolean {
  return MAGIC.equals(bytes.subarray(0, MAGIC.length));
}

/** @param cost Less than usual only in tests, which have no half seconds to spend. */
export async function passphraseLock(passphrase: string, cost: ScryptCost = COST): Promise<PassphraseLock> {
  const salt = randomBytes(SALT_BYTES);
  return lockOf(await derive(passphrase, salt, cost), salt, cost);
}

export async function unwrap(bytes: Uint8Array, passphrase: string): Promise<Unwrapped> {
  const cost = costOf(bytes);
  if (cost === undefined) return { outcome: 'unreadable' };
  const salt = Buffer.from(bytes.subarray(SALT_AT, NONCE_AT));
  const key = await derive(passphrase, salt, cost);
  const tagAt = bytes.byteLength - CHECK_BYTES - TAG_BYTES;
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(NONCE_AT, SEALED_AT), { authTagLength: TAG_BYTES });
  decipher.setAAD(bytes.subarray(0, SEALED_AT));
  decipher.setAuthTag(bytes.subarray(tagAt, tagAt + TAG_BYTES));
  try {
    const plain = Buffer.concat([decipher.update(bytes.subarray(SEALED_AT, tagAt)), decipher.final()]);
    return { outcome: 'opened', plain: new Uint8Array(plain), lock: lockOf(key, salt, cost) };
  } catch {
    return { outcome: 'wrong' };
  }
}

/** Of a file that can be opened at all; `undefined` for any other. */
function costOf(bytes: Uint8Array): ScryptCost | undefined {
  const { byteLength } = bytes;
  if (!isWrapped(bytes) || byteLength < FILE_BYTES_MIN || byteLength > FILE_BYTES_MAX) return undefined;
  const said = bytes.subarray(0, byteLength - CHECK_BYTES);
  if (!checkOf(said).equals(bytes.subarray(byteLength - CHECK_BYTES))) return undefined;
  const [version, by, log2N = 0, r = 0, p = 0] = bytes.subarray(MAGIC.length, SALT_AT);
  const isWithin = log2N >= LOG2_N_MIN && log2N <= COST_MAX.log2N && r >= 1 && r <= COST_MAX.r && p >= 1 && p <= COST_MAX.p;
  return version === VERSION && by === BY_PASSPHRASE && isWithin ? { log2N, r, p } : undefined;
}

function lockOf(key: Buffer, salt: Buffer, cost: ScryptCost): PassphraseLock {
  const { log2N, r, p } = cost;
  return {
    wrap(plain) {
      // A nonce of its own each time: one key encrypts a few files in its life, never two alike.
      const nonce = randomBytes(NONCE_BYTES);
      const head = Buffer.concat([MAGIC, Buffer.from([VERSION, BY_PASSPHRASE, log2N, r, p]), salt, nonce]);
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
