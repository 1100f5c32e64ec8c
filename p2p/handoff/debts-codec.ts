/**
 * What a member stands for and owes, as one small row of its store:
 *
 *     version · isNew · rings (members each) · current, pending (number of a ring) · classes · debts
 *     debt = scope · number of its source ring · class of the source · a bit a partition
 */
import { COPIES_MAX } from '../bounds.ts';
import { ByteReader, MalformedError } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import { Placement } from '../ring/placement.ts';
import type { RingMember } from '../ring/ring-member.ts';
import type { PartitionId } from '../types.ts';
import type { Debt, Stand } from './debts.ts';

export interface Ledger {
  readonly stand: Stand;
  readonly debts: readonly Debt[];
  /** The store began empty and never had everything. */
  readonly isNew: boolean;
}

const VERSION = 1;
const TEXT_BYTES_MAX = 1024;
const RINGS_MAX = 65_536;
const MEMBERS_MAX = 20_000;
const BUCKETS_MAX = 10_000;
const DEBTS_MAX = 65_536;
const BITMAP_BYTES_MAX = 8 * 1024;

export function encodeLedger({ stand, debts, isNew }: Ledger): Uint8Array {
  const rings = [...new Set([stand.current, stand.pending, ...debts.map(({ source }) => source)])];
  const writer = new ByteWriter().u8(VERSION).u8(Number(isNew)).varint(rings.length);
  for (const { members } of rings) {
    writer.varint(members.length);
    for (const { member, machine, zone, weight, seed } of members) {
      writer.text(member).text(machine).text(zone ?? '').f64(weight).varint(seed ?? 0);
    }
  }
  writer.varint(rings.indexOf(stand.current)).varint(rings.indexOf(stand.pending)).varint(stand.classes.size);
  for (const [bucket, n] of stand.classes) writer.text(bucket).varint(n);
  writer.varint(debts.length);
  for (const { scope, source, sourceClass, partitions } of debts) {
    writer.varint(scope.n).text(scope.bucket ?? '').varint(rings.indexOf(source)).varint(sourceClass).bytes(bitmapOf(partitions));
  }
  return writer.finish();
}

/** @param partitions Q of the team. @throws MalformedError */
export function decodeLedger(bytes: Uint8Array, partitions: number): Ledger {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VERSION) throw new MalformedError('a ledger of another version');
  const isNew = reader.flag();
  const rings = times(reader.varint(RINGS_MAX), () => new Placement(times(reader.varint(MEMBERS_MAX), () => readMember(reader)), partitions));
  const ring = (): Placement => {
    const found = rings[reader.varint()];
    if (found === undefined) throw new MalformedError('a ring is not there');
    return found;
  };
  const [current, pending] = [ring(), ring()];
  const classes = new Map(times(reader.varint(BUCKETS_MAX), () => [reader.text(TEXT_BYTES_MAX), reader.varint(COPIES_MAX)] as const));
  const debts = times(reader.varint(DEBTS_MAX), (): Debt => {
    const scope = { n: reader.varint(COPIES_MAX), bucket: reader.text(TEXT_BYTES_MAX) || undefined };
    return { scope, source: ring(), sourceClass: reader.varint(COPIES_MAX), partitions: partitionsOf(reader.bytes(BITMAP_BYTES_MAX), partitions) };
  });
  reader.end();
  return { stand: { current, pending, classes }, debts, isNew };
}

function readMember(reader: ByteReader): RingMember {
  const [member, machine] = [reader.text(TEXT_BYTES_MAX), reader.text(TEXT_BYTES_MAX)];
  return { member, machine, zone: reader.text(TEXT_BYTES_MAX) || undefined, weight: reader.f64(), seed: reader.varint() };
}

function bitmapOf(partitions: ReadonlySet<PartitionId>): Uint8Array {
  const bitmap = new Uint8Array(((Math.max(-1, ...partitions) + 8) >> 3) || 0);
  for (const partition of partitions) bitmap[partition >> 3] = (bitmap[partition >> 3] ?? 0) | (1 << (partition & 7));
  return bitmap;
}

function partitionsOf(bitmap: Uint8Array, count: number): ReadonlySet<PartitionId> {
  const partitions = new Set<PartitionId>();
  for (let partition = 0; partition < Math.min(count, bitmap.length * 8); partition += 1) {
    if ((((bitmap[partition >> 3] ?? 0) >> (partition & 7)) & 1) === 1) partitions.add(partition);
  }
  return partitions;
}

function times<T>(count: number, make: () => T): T[] {
  const made: T[] = [];
  for (let left = count; left > 0; left -= 1) made.push(make());
  return made;
}
