/**
 * Contexts as clients carry them: opaque base64url text, bound to one key and guarded against a
 * mangled copy.
 *
 *     version · first 8 bytes of the key's position · context · stamp · first 4 bytes of SHA-256 of all that
 *
 * The stamp is the latest that was seen of a last-writer-wins bucket, 0 elsewhere: the coordinator
 * of the write that follows may not hold what its client has read, and its clock may be late.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { fromBase64url, toBase64url } from '../bytes/base64url.ts';
import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { bytesEqual } from '../bytes/bytes.ts';
import type { KeyRef } from '../types.ts';
import type { CausalContext } from './causal-context.ts';
import { readContext, writeContext } from './object-codec.ts';

const VERSION = 1;
const KEY_BYTES = 8;
const CHECK_BYTES = 4;
/** A token longer than this is refused unread. */
export const TOKEN_CHARS_MAX = 64 * 1024;

export type TokenReading =
  | { readonly kind: 'context'; readonly context: CausalContext; readonly stamp: number }
  | { readonly kind: 'malformed' }
  /** It is a token, of another key. */
  | { readonly kind: 'mismatch' };

export function contextToken(ref: KeyRef, context: CausalContext, stamp = 0): string {
  const writer = new ByteWriter().u8(VERSION).raw(ref.position.subarray(0, KEY_BYTES));
  writeContext(writer, context);
  const body = writer.varint(stamp).finish();
  return toBase64url(new ByteWriter().raw(body).raw(checkOf(body)).finish());
}

export function readToken(ref: KeyRef, token: string): TokenReading {
  const bytes = token.length > TOKEN_CHARS_MAX ? undefined : fromBase64url(token);
  if (bytes === undefined || bytes.length < 1 + KEY_BYTES + CHECK_BYTES) return { kind: 'malformed' };
  const body = bytes.subarray(0, bytes.length - CHECK_BYTES);
  if (!bytesEqual(bytes.subarray(body.length), checkOf(body))) return { kind: 'malformed' };
  const reader = new ByteReader(body);
  if (reader.u8() !== VERSION) return { kind: 'malformed' };
  if (!bytesEqual(reader.raw(KEY_BYTES), ref.position.subarray(0, KEY_BYTES))) return { kind: 'mismatch' };
  try {
    const context = readContext(reader);
    const stamp = reader.varint();
    reader.end();
    return { kind: 'context', context, stamp };
  } catch {
    return { kind: 'malformed' };
  }
}

function checkOf(body: Uint8Array): Uint8Array {
  return sha256(body).subarray(0, CHECK_BYTES);
}
