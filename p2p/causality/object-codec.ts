/**
 * Objects as bytes: the same on disk and on the wire, so that a replica serves a read without
 * decoding what it stores.
 *
 *     version · clocks (context, dots) · siblings (meta, value) in the order of their dots
 *
 * The clocks stand first: their hash tells whether two replicas hold the same siblings, because a
 * dot names one value for ever.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { CONTENT_TYPE_BYTES_MAX, MEMBER_BYTES_MAX, WRITE_ID_BYTES_MAX } from '../bounds.ts';
import { ByteReader, MalformedError } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { ActorId, Dot, KeyRef } from '../types.ts';
import { readActor, writeActor } from './actor-codec.ts';
import type { CausalContext, DotRange } from './causal-context.ts';
import { compareRanges, covers, upperEntries } from './causal-context.ts';
import { compareDots } from './dot.ts';
import type { KeyObject, StoredSibling } from './key-object.ts';
import { STAMP_MAX } from './stamp.ts';
import { REPLACED_MAX, type ReplacedWrite, WRITE_TAG_BYTES } from './replaced-writes.ts';

const VERSION = 1;
export const HASH_BYTES = 8;
/** Most actors, exceptions or siblings that a decoder accepts. */
const ENTRIES_MAX = 65_536;
/** Largest value that repair and transfer accept, whatever the limit for users' writes. */
const STORED_VALUE_BYTES_MAX = 64 * 1024 * 1024;
const HAS_STAMP = 1;
const HAS_REPLACED = 2;

export function encodeObject(object: KeyObject): Uint8Array {
  const writer = new ByteWriter().u8(VERSION);
  writeClocks(writer, object);
  for (const sibling of object.siblings) writeSibling(writer, sibling);
  return writer.finish();
}

/** @throws MalformedError */
export function decodeObject(bytes: Uint8Array): KeyObject {
  const reader = new ByteReader(bytes);
  readVersion(reader);
  const context = readContext(reader);
  const dots = readDots(reader);
  const siblings = dots.map((dot) => readSibling(reader, dot));
  reader.end();
  mustBeInOrder(dots);
  if (!dots.every((dot) => covers(context, dot))) throw new MalformedError('a sibling is outside the context');
  return { context, siblings };
}

/** 8 bytes over the key and its clocks. Equal hashes = equal siblings. */
export function clockHash(ref: KeyRef, object: KeyObject): Uint8Array {
  const writer = new ByteWriter().text(ref.id);
  writeClocks(writer, object);
  return sha256(writer.finish()).slice(0, HASH_BYTES);
}

export function encodeSibling(sibling: StoredSibling): Uint8Array {
  const writer = new ByteWriter().u8(VERSION);
  writeDot(writer, sibling.dot);
  writeSibling(writer, sibling);
  return writer.finish();
}

/** @throws MalformedError */
export function decodeSibling(bytes: Uint8Array): StoredSibling {
  const reader = new ByteReader(bytes);
  readVersion(reader);
  const sibling = readSibling(reader, readDot(reader));
  reader.end();
  return sibling;
}

export function writeContext(writer: ByteWriter, context: CausalContext): void {
  writer.varint(context.upper.size);
  for (const [actor, counter] of upperEntries(context)) writeDot(writer, { actor, counter });
  writeRanges(writer, context.except);
}

/** @throws MalformedError */
export function readContext(reader: ByteReader): CausalContext {
  const upper = new Map<ActorId, number>();
  const size = reader.varint(ENTRIES_MAX);
  let before = '';
  for (let index = 0; index < size; index += 1) {
    const { actor, counter } = readDot(reader);
    if (actor <= before) throw new MalformedError('actors out of order');
    upper.set(actor, counter);
    before = actor;
  }
  return { upper, except: readRanges(reader, upper) };
}

/** A range of one write as its dot; a longer one as the dot 0, which none is, its first and how many follow that. */
function writeRanges(writer: ByteWriter, ranges: readonly DotRange[]): void {
  writer.varint(ranges.length);
  for (const { actor, from, to } of ranges) {
    writeActor(writer, actor);
    if (from === to) writer.varint(from);
    else writer.varint(0).varint(from).varint(to - from);
  }
}

function readRanges(reader: ByteReader, upper: CausalContext['upper']): readonly DotRange[] {
  const size = reader.varint(ENTRIES_MAX);
  const ranges: DotRange[] = [];
  for (let index = 0; index < size; index += 1) {
    const range = readRange(reader);
    const before = ranges.at(-1);
    if (before !== undefined && compareRanges(before, range) >= 0) throw new MalformedError('exceptions out of order');
    if (before?.actor === range.actor && range.from <= before.to) throw new MalformedError('exceptions overlap');
    if (range.to > (upper.get(range.actor) ?? 0)) throw new MalformedError('an exception is above its bound');
    // Stores of before have each write of a row by itself.
    if (before?.actor === range.actor && range.from === before.to + 1) ranges[ranges.length - 1] = { ...before, to: range.to };
    else ranges.push(range);
  }
  return ranges;
}

function readRange(reader: ByteReader): DotRange {
  const [actor, counter] = [readActor(reader), reader.varint()];
  if (counter > 0) return { actor, from: counter, to: counter };
  const [from, more] = [reader.varint(), reader.varint()];
  if (from === 0 || more === 0 || !Number.isSafeInteger(from + more)) throw new MalformedError('not a range');
  return { actor, from, to: from + more };
}

function writeClocks(writer: ByteWriter, object: KeyObject): void {
  writeContext(writer, object.context);
  writer.varint(object.siblings.length);
  for (const { dot } of object.siblings) writeDot(writer, dot);
}

function writeSibling(writer: ByteWriter, sibling: StoredSibling): void {
  writer.text(sibling.contentType).text(sibling.writtenBy).f64(sibling.writtenAt).text(sibling.writeId);
  writeContext(writer, sibling.seen);
  writer.u8((sibling.stamp === undefined ? 0 : HAS_STAMP) | (sibling.replaced === undefined ? 0 : HAS_REPLACED));
  if (sibling.stamp !== undefined) writer.varint(sibling.stamp, STAMP_MAX);
  if (sibling.replaced !== undefined) writeReplaced(writer, sibling.replaced);
  if (sibling.value === undefined) writer.u8(0);
  else writer.u8(1).bytes(sibling.value);
}

function readSibling(reader: ByteReader, dot: Dot): StoredSibling {
  const contentType = reader.text(CONTENT_TYPE_BYTES_MAX);
  const writtenBy = reader.text(MEMBER_BYTES_MAX);
  const writtenAt = reader.f64();
  const writeId = reader.text(WRITE_ID_BYTES_MAX);
  const seen = readContext(reader);
  const extras = readExtras(reader);
  const value = reader.flag() ? reader.bytes(STORED_VALUE_BYTES_MAX) : undefined;
  if (!Number.isFinite(writtenAt)) throw new MalformedError('a time is not a number');
  return { dot, value, contentType, writtenBy, writtenAt, writeId, seen, ...extras };
}

function writeReplaced(writer: ByteWriter, replaced: readonly ReplacedWrite[]): void {
  writer.varint(replaced.length);
  for (const { tag, dot } of replaced) {
    writer.raw(tag);
    writeDot(writer, dot);
  }
}

function readExtras(reader: ByteReader): Pick<StoredSibling, 'stamp' | 'replaced'> {
  const extras = reader.u8();
  if (extras > (HAS_STAMP | HAS_REPLACED)) throw new MalformedError('a sibling has unknown parts');
  return {
    ...((extras & HAS_STAMP) !== 0 && { stamp: reader.varint(STAMP_MAX) }),
    ...((extras & HAS_REPLACED) !== 0 && { replaced: readReplaced(reader) }),
  };
}

function readReplaced(reader: ByteReader): readonly ReplacedWrite[] {
  const size = reader.varint(REPLACED_MAX);
  if (size === 0) throw new MalformedError('a list of nothing');
  const replaced: ReplacedWrite[] = [];
  for (let index = 0; index < size; index += 1) {
    replaced.push({ tag: reader.raw(WRITE_TAG_BYTES).slice(), dot: readDot(reader) });
  }
  return replaced;
}

function readDots(reader: ByteReader): readonly Dot[] {
  const size = reader.varint(ENTRIES_MAX);
  const dots: Dot[] = [];
  for (let index = 0; index < size; index += 1) dots.push(readDot(reader));
  return dots;
}

function writeDot(writer: ByteWriter, dot: Dot): void {
  writeActor(writer, dot.actor);
  writer.varint(dot.counter);
}

/** Counters begin at 1: a context of nothing would cover a dot of 0. */
function readDot(reader: ByteReader): Dot {
  const [actor, counter] = [readActor(reader), reader.varint()];
  if (counter === 0) throw new MalformedError('a counter is 0');
  return { actor, counter };
}

/** One form for each set of dots: equal clocks have to have equal bytes. */
function mustBeInOrder(dots: readonly Dot[]): void {
  for (let index = 1; index < dots.length; index += 1) {
    const [before, dot] = [dots[index - 1], dots[index]];
    if (before !== undefined && dot !== undefined && compareDots(before, dot) >= 0) throw new MalformedError('dots out of order');
  }
}

function readVersion(reader: ByteReader): void {
  const version = reader.u8();
  if (version !== VERSION) throw new MalformedError(`object version ${version} is unknown`);
}
