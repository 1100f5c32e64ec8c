/**
 * Actors as bytes. A context has one for each opening of a store in which its key was written, so
 * their size is what a key costs that is written for years. The usual name, base64url of 8 bytes,
 * is written as those; any other as text. Each name has one form.
 *
 *     0 · 8 bytes          "AAECAwQFBgc"
 *     length ≥ 1 · UTF-8   any other name
 */
import { ACTOR_BYTES_MAX } from '../bounds.ts';
import { fromBase64url, toBase64url } from '../bytes/base64url.ts';
import type { ByteReader } from '../bytes/byte-reader.ts';
import { MalformedError } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import { utf8Decode } from '../bytes/utf8.ts';
import type { ActorId } from '../types.ts';

const PACKED_BYTES = 8;
const PACKED_CHARS = 11;
/** Names of this process's time: each object on the hot path names the same few. */
const KNOWN_MAX = 4_096;
const known = new Map<ActorId, Uint8Array>();

export function writeActor(writer: ByteWriter, actor: ActorId): void {
  const packed = actor.length === PACKED_CHARS ? packedOf(actor) : undefined;
  if (packed === undefined) writer.text(actor, ACTOR_BYTES_MAX);
  else writer.u8(0).raw(packed);
}

/** @throws MalformedError */
export function readActor(reader: ByteReader): ActorId {
  const length = reader.varint(ACTOR_BYTES_MAX);
  if (length === 0) return toBase64url(reader.raw(PACKED_BYTES));
  const actor = textOf(reader.raw(length));
  if (actor.length === PACKED_CHARS && packedOf(actor) !== undefined) throw new MalformedError('an actor is longer than it needs to be');
  return actor;
}

function packedOf(actor: ActorId): Uint8Array | undefined {
  const before = known.get(actor);
  if (before !== undefined) return before;
  const bytes = fromBase64url(actor);
  if (bytes?.length !== PACKED_BYTES) return undefined;
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(actor, bytes);
  return bytes;
}

function textOf(bytes: Uint8Array): string {
  try {
    return utf8Decode(bytes);
  } catch {
    throw new MalformedError('text is not UTF-8');
  }
}
