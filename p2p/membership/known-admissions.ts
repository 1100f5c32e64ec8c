/**
 * What a removal says of the admissions that the removed member had made, as far as its signer knew
 * them. The key of a removed member may be in other hands, and dates are whatever those hands write;
 * what was known at the removal they cannot change.
 *
 *     founder ──► Ben ──removes──► Ada, who is known to have let in { Cleo, Dan }
 *         └─────► Ada ──lets in──► Cleo, Dan, and Eve, dated back
 *
 * Eve could take Ada out as well, and name herself. So this counts only of a signer that does not owe
 * its own place to the removed member, and the signer shows that it does not: the path holds the
 * admissions from it up to the founder, and the removed member signed none of them. All of it is in
 * the removal, so two removals can be compared without anything else, and merge in any order.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import type { ByteReader } from '../bytes/byte-reader.ts';
import { MalformedError } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import { bytesEqual, compareBytes } from '../bytes/bytes.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import type { Admission, KnownAdmissions, MemberId, MemberRecord } from '../types.ts';
import { readStatement, writeStatement } from './statement.ts';

/** 2^128 keys to try for another one that is in the list. */
const HASH_BYTES = 16;
/** Who has let in more is judged by dates: the removal has to fit beside a record. */
export const ADMITTED_MAX = 256;
/** So far from the founder; whoever is farther away removes by dates. */
export const PATH_MAX = 8;

/** What `signer` knows, or `undefined` where that is too much, or it owes its place to `removed`. */
export function knownAdmissions(
  records: ReadonlyMap<MemberId, MemberRecord>,
  founder: MemberId,
  signer: MemberId,
  removed: MemberId,
): KnownAdmissions | undefined {
  const path: Admission[] = [];
  for (let at = signer; at !== founder;) {
    const admission = records.get(at)?.admission;
    if (admission === undefined || admission.by === removed || path.length === PATH_MAX) return undefined;
    path.push(admission);
    at = admission.by;
  }
  const letIn = [...records.values()].filter(({ admission, member }) => admission.by === removed && member !== removed);
  if (signer === removed || removed === founder || letIn.length > ADMITTED_MAX) return undefined;
  return { admitted: letIn.map(({ member }) => memberHash(member)).sort(compareBytes), path };
}

/** Does the path lead from `signer` to the founder, past `removed`? @param isSignedIn Did `admission.by` sign it? */
export function isPathPast(
  { path }: KnownAdmissions,
  ends: { readonly signer: MemberId; readonly founder: MemberId; readonly removed: MemberId },
  isSignedIn: (member: MemberId, admission: Admission) => boolean,
): boolean {
  let at = ends.signer;
  for (const admission of path) {
    if (admission.by === ends.removed || !isSignedIn(at, admission)) return false;
    at = admission.by;
  }
  return at === ends.founder && at !== ends.removed;
}

export function isAmong({ admitted }: KnownAdmissions, member: MemberId): boolean {
  const hash = memberHash(member);
  return admitted.some((one) => bytesEqual(one, hash));
}

/** @throws RangeError for more than is read, or in another order. */
export function writeKnown(writer: ByteWriter, { admitted, path }: KnownAdmissions): ByteWriter {
  writer.varint(admitted.length, ADMITTED_MAX);
  if (!admitted.every((hash, index) => comesAfter(admitted[index - 1], hash))) throw new RangeError('known admissions are not in order');
  for (const hash of admitted) writer.raw(hash);
  writer.varint(path.length, PATH_MAX);
  for (const admission of path) writeStatement(writer, admission);
  return writer;
}

/** Checks form, not signatures. @throws MalformedError */
export function readKnown(reader: ByteReader): KnownAdmissions {
  const admitted: Uint8Array[] = [];
  for (let left = reader.varint(ADMITTED_MAX); left > 0; left -= 1) {
    const hash = reader.raw(HASH_BYTES).slice();
    if (!comesAfter(admitted.at(-1), hash)) throw new MalformedError('known admissions are not in order');
    admitted.push(hash);
  }
  const path: Admission[] = [];
  for (let left = reader.varint(PATH_MAX); left > 0; left -= 1) path.push(readStatement(reader));
  return { admitted, path };
}

function comesAfter(last: Uint8Array | undefined, hash: Uint8Array): boolean {
  return last === undefined || compareBytes(last, hash) < 0;
}

function memberHash(member: MemberId): Uint8Array {
  return sha256(utf8Encode(member)).slice(0, HASH_BYTES);
}
