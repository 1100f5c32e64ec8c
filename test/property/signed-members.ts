/** Members whose signatures are hashes, for the laws of rosters: what they sign, and what a roster makes of it. */
import { createHash } from 'node:crypto';
import { admitMember, removeMember, signRecord } from '../../p2p/membership/admission.ts';
import { knownAdmissions } from '../../p2p/membership/known-admissions.ts';
import type { UnsignedRecord } from '../../p2p/membership/member-record.ts';
import { Roster } from '../../p2p/membership/roster.ts';
import { foundTeam } from '../../p2p/membership/team.ts';
import type { Signer } from '../../p2p/ports.ts';
import type { KnownAdmissions, MemberRecord, OwnStatus } from '../../p2p/types.ts';

export const NAMES = ['founder', 'ada', 'ben', 'cleo', 'dan'];

/** A signature is a hash that only code with the member's name makes: enough to be forged wrongly. */
export function signerOf(member: string): Signer {
  const sign = (by: string, body: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(`${by}'s secret`).update(body).digest());
  return { member, sign: (body) => sign(member, body), verify: (by, body, signature) => Buffer.compare(sign(by, body), signature) === 0 };
}

export const team = foundTeam({ name: 'team', partitions: 8, founder: 'founder', nonce: new Uint8Array(16) });

/** `index` was admitted by one of those before it, so that all chains lead to the founder. */
export function recordOf(index: number, incarnation: number, status: OwnStatus, name = 'n'): MemberRecord {
  const member = NAMES[index] ?? '';
  const by = NAMES[Math.max(0, index - (index % 2) - 1)] ?? '';
  const admission = admitMember(team, signerOf(by), member, 7);
  const record: UnsignedRecord = { member, incarnation, status, name, machine: member, zone: undefined, weight: 1, addresses: [], admission };
  return signRecord(record, signerOf(member));
}

export function removed(record: MemberRecord, by: string, at = 8, known?: KnownAdmissions): MemberRecord {
  return { ...record, status: 'removed', removal: removeMember(team, signerOf(by), record.member, at, known) };
}

/** What `by` says that it knew, where it may say so: `letIn` is whom it knew the member to have let in. */
export function knownTo(by: string, member: string, letIn: readonly string[]): KnownAdmissions | undefined {
  const own = [0, 1, 2, 3, 4].map((index) => recordOf(index, 1, 'up'));
  const admitted = letIn.map((name) => resigned({ ...recordOf(1, 1, 'up'), member: name, admission: admitMember(team, signerOf(member), name, 7) }));
  return knownAdmissions(new Map([...own.filter(({ admission }) => admission.by !== member), ...admitted].map((record) => [record.member, record])), 'founder', by, member);
}

/** Signs anew what a test has changed. */
export function resigned(record: MemberRecord, by = record.member): MemberRecord {
  return signRecord({ ...record, status: record.said }, signerOf(by));
}

/** Let in by `by`, whatever the names say. */
export function letIn(member: string, by: string, at: number, incarnation = 1): MemberRecord {
  return resigned({ ...recordOf(1, incarnation, 'up'), member, machine: member, admission: admitMember(team, signerOf(by), member, at) });
}

export function stateOf(roster: Roster): ReadonlyMap<string, MemberRecord> {
  return new Map(roster.all().map((record) => [record.member, record]));
}

/** Offers in batches; records whose admitter is not known yet come again, as gossip brings them. */
export function learn(records: readonly MemberRecord[], batch: number): Roster {
  const roster = new Roster(team, signerOf('ada'));
  const round = (): number => {
    let news = 0;
    for (let at = 0; at < records.length; at += batch) news += roster.offer(records.slice(at, at + batch)).length;
    return news;
  };
  while (round() > 0);
  return roster;
}

/** @returns What is news by it. */
export function remove(roster: Roster, member: string, wallMs: number): readonly MemberRecord[] {
  const removal = roster.removal(member, wallMs);
  return removal === undefined ? [] : roster.offer([removal]);
}
