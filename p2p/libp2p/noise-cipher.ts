/**
 * Noise's cipher over node:crypto, with what a frame costs kept down: the key is made into a
 * KeyObject once a connection instead of once a frame, and a frame of many pieces is joined first,
 * so that it is one call into OpenSSL and one buffer on the socket. Where node:crypto lacks
 * ChaCha20-Poly1305 (Electron's BoringSSL) noise's own choice stays.
 */
import type { KeyObject } from 'node:crypto';
import { createCipheriv, createDecipheriv, createSecretKey, getCiphers } from 'node:crypto';
import type { ICryptoInterface } from '@libp2p/noise';
import { defaultCrypto } from '@libp2p/noise/crypto';
import type { Uint8ArrayList } from 'uint8arraylist';

const CIPHER = 'chacha20-poly1305';
const TAG_BYTES = 16;
/** Below this noise's own WebAssembly is the quicker one. */
const NODE_FROM_BYTES = 256;

const keys = new WeakMap<Uint8Array, KeyObject>();

export function noiseCipher(): ICryptoInterface {
  if (!getCiphers().includes(CIPHER)) return defaultCrypto;
  return { ...defaultCrypto, chaCha20Poly1305Encrypt: encrypt, chaCha20Poly1305Decrypt: decrypt };
}

function encrypt(plaintext: Uint8Array | Uint8ArrayList, nonce: Uint8Array, ad: Uint8Array, key: Uint8Array): Uint8Array | Uint8ArrayList {
  if (plaintext.byteLength < NODE_FROM_BYTES) return defaultCrypto.chaCha20Poly1305Encrypt(plaintext, nonce, ad, key);
  const text = plaintext.subarray();
  const cipher = createCipheriv(CIPHER, keyOf(key), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(ad, { plaintextLength: text.byteLength });
  const encrypted = cipher.update(text);
  cipher.final();
  return Buffer.concat([encrypted, cipher.getAuthTag()], encrypted.byteLength + TAG_BYTES);
}

/** @throws when the tag does not hold. */
function decrypt(
  ciphertext: Uint8Array | Uint8ArrayList,
  nonce: Uint8Array,
  ad: Uint8Array,
  key: Uint8Array,
  dst?: Uint8Array,
): Uint8Array | Uint8ArrayList {
  if (ciphertext.byteLength < NODE_FROM_BYTES) return defaultCrypto.chaCha20Poly1305Decrypt(ciphertext, nonce, ad, key, dst);
  const sealed = ciphertext.subarray();
  const length = sealed.byteLength - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, keyOf(key), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(ad, { plaintextLength: length });
  decipher.setAuthTag(sealed.subarray(length));
  const text = decipher.update(sealed.subarray(0, length));
  decipher.final();
  return text;
}

function keyOf(bytes: Uint8Array): KeyObject {
  const known = keys.get(bytes);
  if (known !== undefined) return known;
  const key = createSecretKey(bytes);
  keys.set(bytes, key);
  return key;
}
