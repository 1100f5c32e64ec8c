/**
 * Contexts as clients carry them: opaque base64url text, bound to one key, guarded against a
 * mangled copy, and sealed by the team.
 *
 *     version · first 8 bytes of the key's position · context · stamp · writes · check · seal
 *
 *     check   first 4 bytes of SHA-256 of what is before: any team can tell a mangled copy
 *     seal    first 8 bytes of an HMAC of the same, under a key that the members of the team share
 *
 * A context says "seen", and what is seen may be dropped. One that claims writes that are still to
 * be made would let them vanish at a merge, wherever somebody makes them before it gets there. Only
 * members can seal, and they seal what they hold, so what a client hands back was seen by somebody.
 *
 * The stamp is the latest that was seen (development versions of before gave 0 in buckets of siblings): the
 * coordinator of the write that follows may not hold what its client has read, and its clock may be late. One
 * above `STAMP_TOLD_MAX` was made up: it is never written, and not read.
 *
 * Writes are the newest with ids that the context covers (`replaced-writes.ts`), some eleven bytes each,
 * eight at most: who coordinates the write that replaces them may never have held them, and has to
 * know them when one of them is tried again. The text depends on what was read alone, on no clock: clients
 * compare it. A token without any is as tokens were before there were writes in them.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { TOKEN_CHARS_MAX } from '../bounds.ts';
import { fromBase64url, toBase64url } from '../bytes/base64url.ts';
import { ByteReader, MalformedError } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { bytesEqual } from '../bytes/bytes.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import type { KeyRef, Team } from '../types.ts';
import type { CausalContext } from './causal-context.ts';
import { covers, upperEntries } from './causal-context.ts';
import { readContext, writeContext } from './object-codec.ts';
import type { ReplacedWrite } from './replaced-writes.ts';
import { REPLACED_MAX, WRITE_TAG_BYTES } from './replaced-writes.ts';
import { STAMP_TOLD_MAX } from './stamp.ts';

const VERSION = 2;
const VERSION_WITH_WRITES = 3;
const KEY_BYTES = 8;
const CHECK_BYTES = 4;
const SEAL_BYTES = 8;
const PURPOSE = utf8Encode('ringleaf context');

export type TokenReading =
  /** `isSealed`: by the team that was asked about. */
  | { readonly kind: 'context'; readonly context: CausalContext; readonly stamp: number; readonly writes: readonly ReplacedWrite[]; readonly isSealed: boolean }
  | { readonly kind: 'malformed' }
  /** It is a token, of another key. */
  | { readonly kind: 'mismatch' };

/** Over the body of a token: SEAL_BYTES. */
export type Seal = (body: Uint8Array) => Uint8Array;

/** Under a key of the team's nonce, which whoever joins is given, and nobody else. */
export function sealOf({ nonce }: Pick<Team, 'nonce'>): Seal {
  const keyed = hmac.create(sha256, hmac(sha256, nonce, PURPOSE));
  return (body) => keyed.clone().update(body).digest().subarray(0, SEAL_BYTES);
}

/** What a token says beside its context. */
export interface TokenExtras {
  readonly stamp?: number;
  /** The newest last; those that the context does not cover are left out. */
  readonly writes?: readonly ReplacedWrite[] | undefined;
}

export function contextToken(ref: KeyRef, context: CausalContext, seal: Seal, { stamp = 0, writes = [] }: TokenExtras = {}): string {
  const covered = writes.filter(({ dot }) => covers(context, dot));
  const token = encodeToken(ref, context, seal, stamp, covered);
  // A context that fills a token goes without: better no retry recognised than no read.
  return token.length <= TOKEN_CHARS_MAX || covered.length === 0 ? token : encodeToken(ref, context, seal, stamp, []);
}

function encodeToken(ref: KeyRef, context: CausalContext, seal: Seal, stamp: number, writes: readonly ReplacedWrite[]): string {
  const writer = new ByteWriter().u8(writes.length === 0 ? VERSION : VERSION_WITH_WRITES).raw(ref.position.subarray(0, KEY_BYTES));
  writeContext(writer, context);
  writer.varint(Math.min(stamp, STAMP_TOLD_MAX));
  if (writes.length > 0) writeWrites(writer, context, writes);
  const body = writer.finish();
  return toBase64url(new ByteWriter().raw(body).raw(checkOf(body)).raw(seal(body)).finish());
}

/** The actor of a covered write is one of the context's, by its number there. */
function writeWrites(writer: ByteWriter, context: CausalContext, writes: readonly ReplacedWrite[]): void {
  const actors = upperEntries(context).map(([actor]) => actor);
  writer.varint(writes.length);
  for (const { tag, dot } of writes) writer.raw(tag).varint(actors.indexOf(dot.actor)).varint(dot.counter);
}

/** @throws MalformedError */
function readWrites(reader: ByteReader, context: CausalContext): readonly ReplacedWrite[] {
  const actors = upperEntries(context).map(([actor]) => actor);
  const writes: ReplacedWrite[] = [];
  for (let left = reader.varint(REPLACED_MAX); left > 0; left -= 1) {
    const tag = reader.raw(WRITE_TAG_BYTES).slice();
    const dot = { actor: actors[reader.varint()] ?? '', counter: reader.varint() };
    if (dot.counter === 0 || !covers(context, dot)) throw new MalformedError('a write that the context does not cover');
    writes.push({ tag, dot });
  }
  if (writes.length === 0) throw new MalformedError('a list of nothing');
  return writes;
}

export function readToken(ref: KeyRef, token: string, seal: Seal): TokenReading {
  const bytes = token.length > TOKEN_CHARS_MAX ? undefined : fromBase64url(token);
  if (bytes === undefined || bytes.length < 1 + KEY_BYTES + CHECK_BYTES + SEAL_BYTES) return { kind: 'malformed' };
  const body = bytes.subarray(0, bytes.length - CHECK_BYTES - SEAL_BYTES);
  const [check, sealed] = [bytes.subarray(body.length, body.length + CHECK_BYTES), bytes.subarray(body.length + CHECK_BYTES)];
  if (!bytesEqual(check, checkOf(body))) return { kind: 'malformed' };
  const reader = new ByteReader(body);
  const version = reader.u8();
  if (version !== VERSION && version !== VERSION_WITH_WRITES) return { kind: 'malformed' };
  if (!bytesEqual(reader.raw(KEY_BYTES), ref.position.subarray(0, KEY_BYTES))) return { kind: 'mismatch' };
  try {
    const context = readContext(reader);
    const stamp = reader.varint(STAMP_TOLD_MAX);
    const writes = version === VERSION ? [] : readWrites(reader, context);
    reader.end();
    return { kind: 'context', context, stamp, writes, isSealed: bytesEqual(sealed, seal(body)) };
  } catch {
    return { kind: 'malformed' };
  }
}

function checkOf(body: Uint8Array): Uint8Array {
  return sha256(body).subarray(0, CHECK_BYTES);
}
