/**
 * Messages as frames: `u8 version · u8 kind · fields`. The numbers of kinds are for ever; a kind
 * that a newer version added is counted and dropped by an older one.
 */
import { ByteReader, MalformedError } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { invariant } from '../bytes/invariant.ts';
import type { Message, MessageKind } from './message.ts';
import { schemas } from './message.ts';
import type { Schema } from './schema.ts';

export const WIRE_VERSION = 1;

const NUMBERS: Readonly<Record<MessageKind, number>> = {
  read: 1,
  'read-reply': 2,
  replicate: 3,
  'replicate-reply': 4,
  'overloaded-reply': 60,
  'hints-full-reply': 62,
  'forward-put': 5,
  'forward-put-reply': 6,
  buckets: 9,
  'buckets-reply': 10,
  heartbeat: 13,
  'gossip-beat': 14,
  'gossip-delta': 15,
  'tree-roots': 16,
  'tree-roots-reply': 17,
  'tree-leaves': 18,
  'tree-leaves-reply': 19,
  'tree-top': 40,
  'tree-top-reply': 41,
  'tree-entries': 42,
  'tree-entries-reply': 43,
  'fetch-keys': 44,
  'fetch-keys-reply': 45,
  history: 46,
  'history-reply': 47,
  list: 50,
  'list-reply': 51,
  conflicts: 52,
  'conflicts-reply': 53,
  merging: 61,
  'gossip-beat-reply': 30,
  'gossip-ranges': 31,
  'gossip-briefs': 32,
  probe: 33,
  'probe-reply': 34,
  about: 35,
  'about-reply': 36,
  reap: 48,
  'reap-reply': 49,
  'gossip-raised': 63,
  'gossip-life': 64,
};

const KINDS = new Map(Object.entries(NUMBERS).map(([kind, number]) => [number, kind as MessageKind]));
invariant(KINDS.size === Object.keys(NUMBERS).length, 'two kinds of message have one number');

export function encodeMessage(message: Message): Uint8Array {
  const writer = new ByteWriter().u8(WIRE_VERSION).u8(NUMBERS[message.kind]);
  schemaOf(message.kind).write(writer, message);
  return writer.finish();
}

/** @throws MalformedError for anything but a whole message of a known version and kind. */
export function decodeMessage(frame: Uint8Array): Message {
  const reader = new ByteReader(frame);
  const version = reader.u8();
  if (version !== WIRE_VERSION) throw new MalformedError(`wire version ${version} is unknown`);
  const number = reader.u8();
  const kind = KINDS.get(number);
  if (kind === undefined) throw new MalformedError(`message kind ${number} is unknown`);
  const fields = schemaOf(kind).read(reader) as Omit<Message, 'kind'>;
  reader.end();
  return { ...fields, kind } as Message;
}

function schemaOf(kind: MessageKind): Schema<unknown> {
  return schemas[kind] as Schema<unknown>;
}
