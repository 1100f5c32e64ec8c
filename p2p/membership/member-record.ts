/**
 * Member records: what each member says of itself, and their merge.
 *
 * Records of one member form a chain, ordered by (removed, incarnation, status, signature); merge
 * takes the greater. So it is commutative, associative and idempotent, and every member that saw
 * the same records holds the same one, in whatever order they came (Shapiro et al., "Conflict-free
 * Replicated Data Types", 2011, section 2; incarnations as in SWIM, Das et al., 2002, section 4.2).
 */
import { ByteReader, MalformedError } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { compareBytes } from '../bytes/bytes.ts';
import { MEMBER_BYTES_MAX } from '../causality/object-codec.ts';
import type { MemberRecord, MemberStatus } from '../types.ts';

/** In the order in which a member goes through them. */
const STATUSES: readonly MemberStatus[] = ['joining', 'up', 'leaving', 'left', 'removed'];

export const MEMBER_NAME_BYTES_MAX = 128;
const MACHINE_BYTES_MAX = 128;
const ZONE_BYTES_MAX = 128;
const ADDRESSES_MAX = 32;
const ADDRESS_BYTES_MAX = 512;
const SIGNATURE_BYTES_MAX = 128;
const WEIGHT_MAX = 64;
const SEED_MAX = 0xffff;
export const RECORD_BYTES_MAX = 24 * 1024;

export type UnsignedRecord = Omit<MemberRecord, 'signature'>;

/** The greater of two records of one member. */
export function mergeRecords(a: MemberRecord, b: MemberRecord): MemberRecord {
  return compareRecords(a, b) >= 0 ? a : b;
}

/** Positive when `a` says more than `b`. */
export function compareRecords(a: MemberRecord, b: MemberRecord): number {
  return (
    Number(a.status === 'removed') - Number(b.status === 'removed') ||
    a.incarnation - b.incarnation ||
    STATUSES.indexOf(a.status) - STATUSES.indexOf(b.status) ||
    compareBytes(a.signature, b.signature)
  );
}

/** What the member signs. */
export function recordBody(record: UnsignedRecord): Uint8Array {
  const writer = new ByteWriter()
    .text('ringleaf-member-1')
    .text(record.member)
    .varint(record.incarnation)
    .u8(STATUSES.indexOf(record.status))
    .text(record.name)
    .text(record.machine)
    .text(record.zone ?? '')
    .f64(record.weight)
    .varint(record.seed ?? 0)
    .varint(record.addresses.length);
  for (const address of record.addresses) writer.text(address);
  return writer.text(record.admission.by).f64(record.admission.at).bytes(record.admission.signature).finish();
}

export function encodeRecord(record: MemberRecord): Uint8Array {
  return new ByteWriter().bytes(recordBody(record)).bytes(record.signature).finish();
}

/** Checks form, not signatures. @throws MalformedError */
export function decodeRecord(bytes: Uint8Array): MemberRecord {
  const outer = new ByteReader(bytes);
  const reader = new ByteReader(outer.bytes(RECORD_BYTES_MAX));
  const signature = outer.bytes(SIGNATURE_BYTES_MAX).slice();
  outer.end();
  if (reader.text(32) !== 'ringleaf-member-1') throw new MalformedError('not a member record');
  const member = reader.text(MEMBER_BYTES_MAX);
  const incarnation = reader.varint();
  const status = STATUSES[reader.u8()];
  if (status === undefined) throw new MalformedError('a member status is unknown');
  const name = reader.text(MEMBER_NAME_BYTES_MAX);
  const machine = reader.text(MACHINE_BYTES_MAX);
  const zone = reader.text(ZONE_BYTES_MAX) || undefined;
  const weight = reader.f64();
  if (!(weight >= 0 && weight <= WEIGHT_MAX)) throw new MalformedError('a weight is out of range');
  const seed = reader.varint(SEED_MAX);
  const addresses: string[] = [];
  for (let left = reader.varint(ADDRESSES_MAX); left > 0; left -= 1) addresses.push(reader.text(ADDRESS_BYTES_MAX));
  const by = reader.text(MEMBER_BYTES_MAX);
  const at = reader.f64();
  if (!Number.isFinite(at)) throw new MalformedError('a time is not a number');
  const admission = { by, at, signature: reader.bytes(SIGNATURE_BYTES_MAX).slice() };
  reader.end();
  return { member, incarnation, status, name, machine, zone, weight, ...(seed > 0 && { seed }), addresses, admission, signature };
}
