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
 * What a removed member admits after its removal, or was not known to have admitted at its removal, is
 * void: see `outlivesRemoval`.
 */
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { Signer } from '../ports.ts';
import type { Admission, KnownAdmissions, MemberId, MemberRecord, Removal, Team } from '../types.ts';
import { isAmong, isPathPast, writeKnown } from './known-admissions.ts';
import type { UnsignedRecord } from './member-record.ts';
import { recordBody } from './member-record.ts';

/** @param at Wall ms. */
export function admitMember(team: Team, signer: Signer, member: MemberId, at: number): Admission {
  return { by: signer.member, at, signature: signer.sign(admissionBody(team, member, at)) };
}

/** @param at Wall ms; not before any admission by `member` that is to go on counting. */
export function removeMember(team: Team, signer: Signer, member: MemberId, at: number, known?: KnownAdmissions): Removal {
  const signature = signer.sign(removalBody(team, member, at, known));
  return { by: signer.member, at, signature, ...(known && { known }) };
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
 * Does what a member let in stay, after its removal? What was dated after it does not. Dates are the
 * signers' own, and a thief of a device lies in them; so where the removal says whom the member was
 * known to have let in, nobody else was.
 */
export function outlivesRemoval(member: MemberId, admission: Admission, removal: Removal | undefined): boolean {
  if (removal === undefined) return true;
  return admission.at <= removal.at && (removal.known === undefined || isAmong(removal.known, member));
}

/** Leaving is one's own to say, and is another thing: nobody removes itself. */
function isRemoval(team: Team, member: MemberId, removal: Removal, isKnown: (member: MemberId) => boolean, signer: Signer): boolean {
  const { by, at, known, signature } = removal;
  if (by === member || !isKnown(by) || !signer.verify(by, removalBody(team, member, at, known), signature)) return false;
  const ends = { signer: by, founder: team.founder, removed: member };
  return known === undefined || isPathPast(known, ends, (who, admission) => isSignedIn(team, who, admission, signer));
}

function admissionBody(team: Team, member: MemberId, at: number): Uint8Array {
  return new ByteWriter().text('ringleaf-admission-1').text(team.id).text(member).f64(at).finish();
}

function removalBody(team: Team, member: MemberId, at: number, known: KnownAdmissions | undefined): Uint8Array {
  const writer = new ByteWriter().text(known === undefined ? 'ringleaf-removal-1' : 'ringleaf-removal-2').text(team.id).text(member).f64(at);
  return (known === undefined ? writer : writeKnown(writer, known)).finish();
}
