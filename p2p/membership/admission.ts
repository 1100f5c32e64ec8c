/**
 * Admission: a member is let in by the signature of one that is in already, back to the founder,
 * whom the team's id names. Removal: any other member's signature takes it out. Nothing that gossip
 * merely claims counts.
 *
 *     team id ── founder ──signs──► Ada ──signs──► Ben ──signs──► Ada is out
 *
 * A removal counts whether or not its signer was removed too. Asked the other way, who is out would
 * hang on which of two removals was first, and two members that remove each other while apart could
 * not be agreed on; so both are out, everywhere, and somebody who is still in invites whom they want.
 *
 * What a removed member admits after its removal is void: see `outlivesRemoval`.
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { Signer } from '../ports.ts';
import type { Admission, MemberId, MemberRecord, Removal, Team } from '../types.ts';
import type { UnsignedRecord } from './member-record.ts';
import { recordBody } from './member-record.ts';

/** @param at Wall ms. */
export function admitMember(team: Team, signer: Signer, member: MemberId, at: number): Admission {
  return { by: signer.member, at, signature: signer.sign(admissionBody(team, member, at)) };
}

/** @param at Wall ms; not before any admission by `member` that is to go on counting. */
export function removeMember(team: Team, signer: Signer, member: MemberId, at: number): Removal {
  return { by: signer.member, at, signature: signer.sign(removalBody(team, member, at)) };
}

export function signRecord(record: UnsignedRecord, signer: Signer): MemberRecord {
  const body = { ...record, said: record.status };
  return { ...body, signature: signer.sign(recordBody(body)), removal: undefined };
}

/** Did `admission.by` sign this member in? Who that is, is another question. */
export function isSignedIn(team: Team, member: MemberId, admission: Admission, signer: Signer): boolean {
  return signer.verify(admission.by, admissionBody(team, member, admission.at), admission.signature);
}

/** The record is its member's own, one of the team let it in, and one of the team removed it, if any. */
export function isAuthentic(
  team: Team,
  record: MemberRecord,
  isKnown: (member: MemberId) => boolean,
  signer: Signer,
): boolean {
  const { admission, member, removal } = record;
  const isFounding = member === team.founder && admission.by === member;
  const mayAdmit = isFounding || (admission.by !== member && isKnown(admission.by));
  return (
    mayAdmit &&
    isSignedIn(team, member, admission, signer) &&
    signer.verify(member, recordBody(record), record.signature) &&
    (removal === undefined || isRemoval(team, member, removal, isKnown, signer))
  );
}

/**
 * An admission dated after its signer's removal is void, on every member alike. Dates are the
 * signers' own: a thief of a device can lie in them, a device that was away and does not know cannot.
 */
export function outlivesRemoval(admission: Admission, removal: Removal | undefined): boolean {
  return removal === undefined || admission.at <= removal.at;
}

/** Leaving is one's own to say, and is another thing: nobody removes itself. */
function isRemoval(team: Team, member: MemberId, removal: Removal, isKnown: (member: MemberId) => boolean, signer: Signer): boolean {
  return removal.by !== member && isKnown(removal.by) && signer.verify(removal.by, removalBody(team, member, removal.at), removal.signature);
}

function admissionBody(team: Team, member: MemberId, at: number): Uint8Array {
  return new ByteWriter().text('ringleaf-admission-1').text(team.id).text(member).f64(at).finish();
}

function removalBody(team: Team, member: MemberId, at: number): Uint8Array {
  return new ByteWriter().text('ringleaf-removal-1').text(team.id).text(member).f64(at).finish();
}
