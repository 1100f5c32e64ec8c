import { KEYCHAIN_SEALED_BYTES_MAX, KEYCHAIN_SECRET_BYTES } from '../../p2p/bounds.ts';
import { KEYCHAIN_FORGOT, type KeychainAnswer, type KeychainAsk } from '../member/keychain-messages.ts';
import type { KeychainStanding } from './contract.ts';

/** The parts of Electron's `safeStorage` that are used here. */
export interface SafeStorage {
  /** May ask the person whose keychain it is. */
  isEncryptionAvailable(): boolean;
  /** On Linux only. Asks nobody. */
  getSelectedStorageBackend(): string;
  encryptString(text: string): Buffer;
  decryptString(sealed: Buffer): string;
}

/** What the keychains of Linux are called, by the backends that Electron finds. Any other is none. */
const ON_LINUX: ReadonlyMap<string, string> = new Map([
  ['gnome_libsecret', 'the keyring of this session'],
  ['kwallet', 'KWallet'],
  ['kwallet5', 'KWallet'],
  ['kwallet6', 'KWallet'],
]);
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ['darwin', 'the keychain of macOS'],
  ['win32', 'the data protection of Windows'],
]);
/** Chromium's mark of what it encrypted on Linux under a password that stands in its source. */
const NO_PROTECTION = 'v10';

type Done = { readonly bytes: Uint8Array } | { readonly refusal: string };

/**
 * This computer's keychain by Electron's `safeStorage`, whose own fallback on Linux (`basic_text`) is no
 * protection and is never used. Nothing is asked of the keychain before somebody has chosen it: some
 * ask their person at the first look.
 */
export class SystemKeychain {
  readonly #platform: string;
  readonly #storage: SafeStorage;

  constructor(platform: string, storage: SafeStorage) {
    this.#platform = platform;
    this.#storage = storage;
  }

  /** What can be known of it without asking it. */
  get standing(): KeychainStanding {
    const name = this.#platform === 'linux' ? ON_LINUX.get(this.#storage.getSelectedStorageBackend()) : ELSEWHERE.get(this.#platform);
    if (name !== undefined) return { isUsable: true, words: name };
    return { isUsable: false, words: 'No keychain was found in this desktop session.' };
  }

  answer({ id, verb, bytes }: KeychainAsk): KeychainAnswer {
    try {
      const { standing } = this;
      if (!standing.isUsable) return { type: 'keychain', id, refusal: standing.words };
      if (!this.#storage.isEncryptionAvailable()) {
        return { type: 'keychain', id, refusal: `No access was given to ${standing.words}: it does not run, is locked, or somebody said no.` };
      }
      const done = verb === 'seal' ? this.#seal(bytes) : this.#open(bytes);
      return { type: 'keychain', id, ...done };
    } catch {
      // What was thrown may say what was to be sealed.
      return { type: 'keychain', id, refusal: verb === 'open' ? KEYCHAIN_FORGOT : 'It took nothing. Try again, or choose a passphrase.' };
    }
  }

  /** Only what comes back is kept: a keychain that forgets at once shall cost nothing. */
  #seal(secret: Uint8Array): Done {
    const sealed = new Uint8Array(this.#storage.encryptString(textOf(secret)));
    const isFeigned = this.#platform === 'linux' && Buffer.from(sealed).subarray(0, NO_PROTECTION.length).toString('latin1') === NO_PROTECTION;
    const isWhole = sealed.byteLength > 0 && sealed.byteLength <= KEYCHAIN_SEALED_BYTES_MAX && this.#storage.decryptString(Buffer.from(sealed)) === textOf(secret);
    return isFeigned || !isWhole ? { refusal: 'It did not keep what it was given. Choose a passphrase.' } : { bytes: sealed };
  }

  #open(sealed: Uint8Array): Done {
    const secret = new Uint8Array(Buffer.from(this.#storage.decryptString(Buffer.from(sealed)), 'base64url'));
    return secret.byteLength === KEYCHAIN_SECRET_BYTES ? { bytes: secret } : { refusal: KEYCHAIN_FORGOT };
  }
}

function textOf(secret: Uint8Array): string {
  return Buffer.from(secret).toString('base64url');
}
