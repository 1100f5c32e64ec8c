/** Who opens an encrypted key in tests, and what it is encrypted by. */
import type { KeyOpeners, KeyProtection } from '../../../../p2p/libp2p/device-key.ts';

export const KEYCHAIN = 'keychain';
const SECRET = Uint8Array.from({ length: 32 }, (_, at) => at + 1);
/** As long as what Chromium makes of it on Linux. */
const SEALED = Uint8Array.from({ length: 51 }, (_, at) => 200 - at);

const noMore = (): Promise<never> => Promise.reject(new Error('no more answers'));

/** Knows these passphrases and says each once; has no keychain. */
export function answering(...passphrases: readonly string[]): KeyOpeners {
  const left = [...passphrases];
  return {
    passphrase: () => {
      const next = left.shift();
      return next === undefined ? noMore() : Promise.resolve(next);
    },
    keychain: noMore,
  };
}

/** A keychain that knows the one secret, and is asked once. */
export const withKeychain: KeyOpeners = {
  passphrase: noMore,
  keychain: (sealed, wasWrong) => (Buffer.from(sealed).equals(SEALED) && !wasWrong ? Promise.resolve(SECRET) : noMore()),
};

/** @param by A passphrase, the keychain, or nothing. */
export function openersOf(by: string | null): KeyOpeners {
  return by === KEYCHAIN ? withKeychain : answering(...(by === null ? [] : [by]));
}

export function protectionOf(by: string | null): KeyProtection | null {
  if (by === null) return null;
  return by === KEYCHAIN ? { by, secret: SECRET, sealed: SEALED } : { by: 'passphrase', passphrase: by };
}
