/**
 * The words of a member: what two people read to each other to know that both speak of the same
 * device. Six words of the English list of BIP-39, 66 bits of SHA-256 over the member id, which is
 * the device's public key. To make a key with the words of another takes some 2⁶⁶ attempts.
 */
import { createHash } from 'node:crypto';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import type { MemberId } from '../../p2p/index.ts';

const WORDS = 6;
const BITS_PER_WORD = 11;
/** These words are of nothing else that is hashed. */
const DOMAIN = 'ringleaf member words 1\0';

export function memberWords(member: MemberId): readonly string[] {
  const digest = createHash('sha256').update(DOMAIN).update(member).digest();
  let bits = digest.readBigUInt64BE(0) << 8n | BigInt(digest.readUInt8(8));
  bits >>= BigInt(72 - WORDS * BITS_PER_WORD);
  const words: string[] = [];
  for (let at = 0; at < WORDS; at += 1) {
    words.unshift(wordlist[Number(bits & 2_047n)] ?? '');
    bits >>= BigInt(BITS_PER_WORD);
  }
  return words;
}
