/**
 * Admission: a member is let in by the signature of one that is in already, back to the founder,
 * whom the team's id names. Nothing that gossip merely claims counts.
 *
 *     team id ── founder ──signs──► Ada ──signs──► Ben
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { Signer } from '../ports.ts';
import type { Admission, MemberId, MemberRecord, Team } from '../types.ts';
import type { UnsignedRecord } from './member-record.ts';
import { recordBody } from './member-record.ts';

/** @param at Wall ms. */
export function admitMember(team: Team, signer: Signer, member: MemberId, at: number): Admission {
  return { by: signer.member, at, signature: signer.sign(admissionBody(team, member, at)) };
}

export function signRecord(record: UnsignedRecord, signer: Signer): MemberRecord {
  return { ...record, signature: signer.sign(recordBody(record)) };
}

/** The record is its member's own, and `admitter` (its own record, or none for the founder) let it in. */
export function isAuthentic(
  team: Team,
  record: MemberRecord,
  isAdmitter: (member: MemberId) => boolean,
  signer: Signer,
): boolean {
  const { admission, member } = record;
  const isFounding = member === team.founder && admission.by === member;
  const mayAdmit = isFounding || (admission.by !== member && isAdmitter(admission.by));
  return (
    mayAdmit &&
    signer.verify(admission.by, admissionBody(team, member, admission.at), admission.signature) &&
    signer.verify(member, recordBody(record), record.signature)
  );
}

function admissionBody(team: Team, member: MemberId, at: number): Uint8Array {
  return new ByteWriter().text('ringleaf-admission-1').text(team.id).text(member).f64(at).finish();
}
