/**
 * Member records: what each member says of itself, what others say to take it out, and their merge.
 *
 * What a member says forms a chain, ordered by (incarnation, said, signature); a removal stands
 * beside it, and of two the later counts, but one that says what it knew before one that does not. Merge takes the greater of both parts, each by itself:
 *
 *     { up, 7 } ∨ { up, 3, removed by Ben } = { up, 7, removed by Ben }
 *
 * So it is commutative, associative and idempotent, no incarnation undoes a removal, and every
 * member that saw the same records holds the same one, in whatever order they came (Shapiro et al.,
 * "Conflict-free Replicated Data Types", 2011, section 2; incarnations as in SWIM, Das et al., 2002,
 * section 4.2).
 */
import {
  ADDRESS_BYTES_MAX, INCARNATION_MAX, MACHINE_BYTES_MAX, MEMBER_BYTES_MAX, MEMBER_NAME_BYTES_MAX, PERSON_BYTES_MAX, RECORD_ADDRESSES_MAX, WEIGHT_MAX,
  ZONE_BYTES_MAX,
} from '../bounds.ts';
import { ByteReader, MalformedError } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { compareBytes } from '../bytes/bytes.ts';
import { compareText } from '../bytes/text-order.ts';
import type { MemberRecord, OwnStatus, Removal } from '../types.ts';
import { readKnown, writeKnown } from './known-admissions.ts';
import { isPersonName } from './person-name.ts';
import { readStatement, SIGNATURE_BYTES_MAX, writeStatement } from './statement.ts';

/** In the order in which a member goes through them. */
const STATUSES: readonly OwnStatus[] = ['joining', 'up', 'leaving', 'left'];

/** What follows a record's signature. */
const REMOVAL_FORMS = { none: 0, dated: 1, known: 2 } as const;

const SEED_MAX = 0xffff;
export const RECORD_BYTES_MAX = 24 * 1024;

/** What a member is about to sign. */
export type UnsignedRecord = Omit<MemberRecord, 'signature' | 'said' | 'removal' | 'status'> & { readonly status: OwnStatus };

/** The least record that says all that the two say. */
export function mergeRecords(a: MemberRecord, b: MemberRecord): MemberRecord {
  const own = compareSaid(a, b) >= 0 ? a : b;
  const removal = weightierRemoval(a.removal, b.removal);
  return own.removal === removal ? own : { ...own, removal, status: removal === undefined ? own.said : 'removed' };
}

/** Does `known` say all that `offered` says? */
export function saysAll(known: MemberRecord, offered: MemberRecord): boolean {
  return compareSaid(known, offered) >= 0 && weightierRemoval(known.removal, offered.removal) === known.removal;
}

function compareSaid(a: MemberRecord, b: MemberRecord): number {
  return (
    a.incarnation - b.incarnation ||
    STATUSES.indexOf(a.said) - STATUSES.indexOf(b.said) ||
    compareBytes(a.signature, b.signature)
  );
}

/** One that says what it knew counts more than any that does not: who says it owes nothing to the removed member. */
function weightierRemoval(a: Removal | undefined, b: Removal | undefined): Removal | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  const order = Number(a.known !== undefined) - Number(b.known !== undefined) || a.at - b.at || compareText(a.by, b.by) || compareBytes(a.signature, b.signature);
  return order >= 0 ? a : b;
}

/** What the member signs. @throws RangeError when a part is over its bound: nobody would read it. */
export function recordBody(record: Omit<MemberRecord, 'signature' | 'removal' | 'status'>): Uint8Array {
  const writer = new ByteWriter()
    .text('ringleaf-member-1')
    .text(record.member, MEMBER_BYTES_MAX)
    .varint(record.incarnation, INCARNATION_MAX)
    .u8(STATUSES.indexOf(record.said))
    .text(record.name, MEMBER_NAME_BYTES_MAX)
    .text(record.machine, MACHINE_BYTES_MAX)
    .text(record.zone ?? '', ZONE_BYTES_MAX)
    .f64(weightOf(record))
    .varint(record.seed ?? 0, SEED_MAX)
    .varint(record.addresses.length, RECORD_ADDRESSES_MAX);
  for (const address of record.addresses) writer.text(address, ADDRESS_BYTES_MAX);
  writeStatement(writer, record.admission);
  // At the end, and nothing where nobody is named: such a record has the bytes that it had before there were persons.
  if (record.person !== undefined) writer.text(personOf(record.person), PERSON_BYTES_MAX);
  return writer.finish();
}

function personOf(person: string): string {
  if (isPersonName(person)) return person;
  throw new RangeError('not the name of a person');
}

function weightOf({ weight }: Pick<MemberRecord, 'weight'>): number {
  if (isWeight(weight)) return weight;
  throw new RangeError(`not a weight up to ${WEIGHT_MAX}: ${weight}`);
}

function isWeight(weight: number): boolean {
  return weight >= 0 && weight <= WEIGHT_MAX;
}

export function encodeRecord(record: MemberRecord): Uint8Array {
  const writer = new ByteWriter().bytes(recordBody(record)).bytes(record.signature, SIGNATURE_BYTES_MAX);
  return writeRemoval(writer, record.removal).finish();
}

/** Checks form, not signatures. @throws MalformedError */
export function decodeRecord(bytes: Uint8Array): MemberRecord {
  const outer = new ByteReader(bytes);
  const reader = new ByteReader(outer.bytes(RECORD_BYTES_MAX));
  const signature = outer.bytes(SIGNATURE_BYTES_MAX).slice();
  const removal = readRemoval(outer);
  outer.end();
  if (reader.text(32) !== 'ringleaf-member-1') throw new MalformedError('not a member record');
  const member = reader.text(MEMBER_BYTES_MAX);
  const incarnation = reader.varint(INCARNATION_MAX);
  const said = STATUSES[reader.u8()];
  if (said === undefined) throw new MalformedError('a member status is unknown');
  const name = reader.text(MEMBER_NAME_BYTES_MAX);
  const machine = reader.text(MACHINE_BYTES_MAX);
  const zone = reader.text(ZONE_BYTES_MAX) || undefined;
  const weight = reader.f64();
  if (!isWeight(weight)) throw new MalformedError('a weight is out of range');
  const seed = reader.varint(SEED_MAX);
  const addresses: string[] = [];
  for (let left = reader.varint(RECORD_ADDRESSES_MAX); left > 0; left -= 1) addresses.push(reader.text(ADDRESS_BYTES_MAX));
  const admission = readStatement(reader);
  const person = reader.left === 0 ? undefined : reader.text(PERSON_BYTES_MAX);
  if (person !== undefined && !isPersonName(person)) throw new MalformedError('not the name of a person');
  reader.end();
  const status = removal === undefined ? said : 'removed';
  const given = { ...(person !== undefined && { person }), ...(seed > 0 && { seed }) };
  return { member, incarnation, status, said, name, machine, zone, weight, ...given, addresses, admission, signature, removal };
}

function writeRemoval(writer: ByteWriter, removal: Removal | undefined): ByteWriter {
  if (removal === undefined) return writer.u8(REMOVAL_FORMS.none);
  if (removal.known === undefined) return writeStatement(writer.u8(REMOVAL_FORMS.dated), removal);
  return writeKnown(writeStatement(writer.u8(REMOVAL_FORMS.known), removal), removal.known);
}

function readRemoval(reader: ByteReader): Removal | undefined {
  const form = reader.u8();
  if (form === REMOVAL_FORMS.none) return undefined;
  if (form !== REMOVAL_FORMS.dated && form !== REMOVAL_FORMS.known) throw new MalformedError('a removal of an unknown form');
  const removal = readStatement(reader);
  return form === REMOVAL_FORMS.known ? { ...removal, known: readKnown(reader) } : removal;
}
