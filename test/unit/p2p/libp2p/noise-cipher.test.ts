/** The quick cipher has to be the stock one, byte for byte: a peer may run either. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultCrypto } from '@libp2p/noise/crypto';
import { Uint8ArrayList } from 'uint8arraylist';
import { noiseCipher } from '../../../../p2p/libp2p/noise-cipher.ts';

const cipher = noiseCipher();
const key = new Uint8Array(32).map((_, index) => index * 7);
const nonce = new Uint8Array(12).fill(3);
const ad = new Uint8Array([1, 2, 3]);

const plain = (bytes: Uint8Array | Uint8ArrayList): Uint8Array => Uint8Array.from(bytes.subarray());

for (const length of [0, 1, 255, 256, 1_023, 5_000, 65_519]) {
  const text = new Uint8Array(length).map((_, index) => index * 31);

  test(`${length} bytes: what one seals the other opens, whole or in pieces`, () => {
    const pieces = new Uint8ArrayList(text.subarray(0, length >> 1), text.subarray(length >> 1));
    const sealed = plain(cipher.chaCha20Poly1305Encrypt(text, nonce, ad, key));
    assert.deepEqual(plain(cipher.chaCha20Poly1305Encrypt(pieces, nonce, ad, key)), sealed);
    assert.deepEqual(plain(defaultCrypto.chaCha20Poly1305Encrypt(text, nonce, ad, key)), sealed);
    assert.deepEqual(plain(cipher.chaCha20Poly1305Decrypt(sealed.slice(), nonce, ad, key)), text);
    assert.deepEqual(plain(defaultCrypto.chaCha20Poly1305Decrypt(sealed.slice(), nonce, ad, key)), text);
  });

  test(`${length} bytes: one flipped bit is refused`, () => {
    const sealed = plain(cipher.chaCha20Poly1305Encrypt(text, nonce, ad, key));
    sealed[length >> 1] = (sealed[length >> 1] ?? 0) ^ 1;
    assert.throws(() => cipher.chaCha20Poly1305Decrypt(sealed, nonce, ad, key));
  });
}
