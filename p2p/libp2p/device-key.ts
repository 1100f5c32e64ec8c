/**
 * The file `identity.key`: plain, or encrypted by a passphrase, or by a secret that this computer's
 * keychain has sealed and that stands, sealed, in the same file (`wrapped-key.ts`). Each change is one
 * file that takes the place of another (`durable-file.ts`): a crash leaves a key that opens as it did
 * before, or as it does after. An attempt to open it writes nothing.
 */
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import type { Ed25519PrivateKey } from '@libp2p/interface';
import { writeDurably } from './durable-file.ts';
import { identityOf, newIdentity } from './identity.ts';
import type { Identity } from './identity.ts';
import { isWrapped, keychainLock, passphraseLock, readWrapped } from './wrapped-key.ts';
import type { KeyLock, Unwrapped, WrappedKey } from './wrapped-key.ts';

/**
 * Who can open an encrypted key. Each is asked for as long as it does not open, and rejects when there
 * is no answer to be had. `wasWrong`: whether the last answer was.
 */
export interface KeyOpeners {
  passphrase(wasWrong: boolean): Promise<string>;
  /** What the keychain has sealed as `sealed`. */
  keychain(sealed: Uint8Array, wasWrong: boolean): Promise<Uint8Array>;
}

/** What a key's file is encrypted by from now on. */
export type KeyProtection =
  | { readonly by: 'passphrase'; readonly passphrase: string }
  /** `sealed`: what the keychain made of `secret`. */
  | { readonly by: 'keychain'; readonly secret: Uint8Array; readonly sealed: Uint8Array };

const KEY_FILE = 'identity.key';
/** Many times what a key takes, encrypted or not. */
const KEY_FILE_BYTES_MAX = 4_096;
/** A file of `writeDurably` that a crash left. */
const LEFT_ASIDE = /^identity\.key\.[0-9a-f]{12}$/;

interface Opened {
  readonly identity: Identity;
  readonly lock: KeyLock | undefined;
}

export class DeviceKey {
  readonly #path: string;
  #identity: Identity;
  #lock: KeyLock | undefined;
  /** The last change: changes come one after another. */
  #changing: Promise<unknown> = Promise.resolve();

  private constructor(path: string, { identity, lock }: Opened) {
    this.#path = path;
    this.#identity = identity;
    this.#lock = lock;
  }

  /**
   * Reads the key of a data directory, or makes one at the first start. Call with the store's lock held.
   * @throws when the file is there but holds no key: a new identity would be another member.
   */
  static async open(dataDir: string, openers: KeyOpeners): Promise<DeviceKey> {
    const path = join(dataDir, KEY_FILE);
    const stored = await readIfThere(path);
    const opened = stored === undefined ? { identity: await madeIn(dataDir, path), lock: undefined } : await openStored(stored, path, openers);
    await clearAside(dataDir);
    return new DeviceKey(path, opened);
  }

  get identity(): Identity {
    return this.#identity;
  }

  /** `null`: by nothing. */
  get protectedBy(): KeyLock['by'] | null {
    return this.#lock?.by ?? null;
  }

  /** Encrypts the file by this from now on; `null`: no longer. */
  protect(protection: KeyProtection | null): Promise<void> {
    return this.#inTurn(async () => {
      const lock = protection === null ? undefined : await lockBy(protection);
      const bytes = bytesOf(this.#identity, lock);
      try {
        await writeDurably(this.#path, bytes);
        this.#lock = lock;
      } catch (error) {
        // It may have taken its place before something failed.
        if (Buffer.from(bytes).equals((await readIfThere(this.#path)) ?? new Uint8Array())) this.#lock = lock;
        throw error;
      }
    });
  }

  /**
   * Makes `identity` that of the data directory, as protected as the former, which is kept beside it.
   * @param why A word of the name under which it is kept. @returns that path.
   */
  replace(identity: Identity, why: string): Promise<string> {
    return this.#inTurn(async () => {
      let n = 1;
      while ((await readIfThere(`${this.#path}.${why}-${n}`)) !== undefined) n += 1;
      const aside = `${this.#path}.${why}-${n}`;
      const former = await readIfThere(this.#path);
      if (former !== undefined) await writeDurably(aside, former);
      await writeDurably(this.#path, bytesOf(identity, this.#lock));
      this.#identity = identity;
      return aside;
    });
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(change);
    this.#changing = done.catch(() => undefined);
    return done;
  }
}

async function madeIn(dataDir: string, path: string): Promise<Identity> {
  const made = await newIdentity();
  await mkdir(dataDir, { recursive: true });
  await writeDurably(path, bytesOf(made, undefined));
  return made;
}

async function openStored(stored: Uint8Array, path: string, openers: KeyOpeners): Promise<Opened> {
  if (!isWrapped(stored)) return { identity: identityOf(decodeKey(stored, path)), lock: undefined };
  const wrapped = readWrapped(stored);
  if (wrapped === undefined) throw noKeyIn(path);
  for (let wasWrong = false; ; wasWrong = true) {
    const unwrapped = await attempt(wrapped, openers, wasWrong);
    if (unwrapped.outcome === 'opened') return { identity: identityOf(decodeKey(unwrapped.plain, path)), lock: unwrapped.lock };
  }
}

async function attempt(wrapped: WrappedKey, openers: KeyOpeners, wasWrong: boolean): Promise<Unwrapped> {
  if (wrapped.by === 'passphrase') return wrapped.open(await openers.passphrase(wasWrong));
  return wrapped.open(await openers.keychain(wrapped.sealed, wasWrong));
}

async function lockBy(protection: KeyProtection): Promise<KeyLock> {
  return protection.by === 'passphrase' ? passphraseLock(protection.passphrase) : keychainLock(protection.secret, protection.sealed);
}

/** What a crash left may be the key as it was before somebody protected it. */
async function clearAside(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (LEFT_ASIDE.test(name)) await rm(join(dataDir, name), { force: true });
  }
}

function bytesOf({ privateKey }: Identity, lock: KeyLock | undefined): Uint8Array {
  const plain = privateKeyToProtobuf(privateKey);
  return lock === undefined ? plain : lock.wrap(plain);
}

function decodeKey(bytes: Uint8Array, path: string): Ed25519PrivateKey {
  try {
    const key = privateKeyFromProtobuf(bytes);
    if (key.type === 'Ed25519') return key;
  } catch {
    // Falls through to the one message below: the cause would only print key material.
  }
  throw noKeyIn(path);
}

function noKeyIn(path: string): Error {
  return new Error(`${path} holds no Ed25519 key. Restore it from a backup, or join anew.`);
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    if ((await stat(path)).size > KEY_FILE_BYTES_MAX) throw noKeyIn(path);
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
