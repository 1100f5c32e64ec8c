/**
 * The member records that this member believes: signed, admitted, merged. The only source of the
 * ring. Each record's `status` is worked out here, of all records together.
 */
import { ByteReader, MalformedError } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { Signer } from '../ports.ts';
import type { MemberId, MemberRecord, MemberStatus, Team } from '../types.ts';
import { isAuthentic, outlivesRemoval, removeMember } from './admission.ts';
import { knownAdmissions } from './known-admissions.ts';
import { decodeRecord, encodeRecord, mergeRecords, RECORD_BYTES_MAX, saysAll } from './member-record.ts';

/** Members of a team: the product is for 50; the bound keeps a hostile peer from filling memory. */
export const MEMBERS_MAX = 20_000;
/** Records in one set of credentials: a chain of admissions is short. */
const CREDENTIALS_MAX = 64;
/** Room for a record's signature and its removal, with all whom the removed member is known to have let in. */
const STATEMENTS_BYTES_MAX = 8 * 1_024;

export class Roster {
  readonly team: Team;
  readonly #signer: Signer;
  /** Rises with each record that is taken in. */
  revision = 0;
  /** Called with each record that changes, and what was there before: the fact tree follows. */
  onChange: (before: MemberRecord | undefined, after: MemberRecord) => void = () => undefined;
  readonly #records: Map<MemberId, MemberRecord>;

  /** @param records What is believed already. */
  constructor(team: Team, signer: Signer, records = new Map<MemberId, MemberRecord>()) {
    this.team = team;
    this.#signer = signer;
    this.#records = records;
  }

  get size(): number {
    return this.#records.size;
  }

  get(member: MemberId): MemberRecord | undefined {
    return this.#records.get(member);
  }

  all(): readonly MemberRecord[] {
    return [...this.#records.values()];
  }

  /** The same to go through, without a copy. */
  records(): Iterable<MemberRecord> {
    return this.#records.values();
  }

  /** Those that take part. */
  members(): readonly MemberId[] {
    const members: MemberId[] = [];
    for (const { member, status } of this.records()) if (isActive(status)) members.push(member);
    return members;
  }

  /** May it talk to us? */
  isMember(member: MemberId): boolean {
    return isActive(this.#records.get(member)?.status);
  }

  /** Merges what is authentic; records may stand before those that they need. Returns what is new. */
  offer(records: readonly MemberRecord[]): readonly MemberRecord[] {
    const news = new Set<MemberId>();
    let waiting = records.filter((record) => this.#isNews(record)).flatMap(inParts);
    for (;;) {
      const accepted = waiting.filter((record) => this.#accept(record));
      if (accepted.length === 0) break;
      for (const { member } of accepted) news.add(member);
      waiting = waiting.filter((record) => !accepted.includes(record));
    }
    if (news.size > 0) this.#settle(news);
    return [...news].flatMap((member) => this.#records.get(member) ?? []);
  }

  /**
   * The removal of another member, with this member's signature; it counts once it is offered. Once only:
   * `undefined` when there is one, unless somebody removed it without saying what it knew, and this member may say so.
   * @param wallMs Now. The removal is dated no earlier than what the member is known to have signed, and
   * says whom it is known to have let in, so that those stay in.
   */
  removal(member: MemberId, wallMs: number): MemberRecord | undefined {
    const record = this.#records.get(member);
    if (record === undefined) return undefined;
    const known = knownAdmissions(this.#records, this.team.founder, this.#signer.member, member);
    if (record.removal !== undefined && (known === undefined || record.removal.known !== undefined)) return undefined;
    const signed = this.all().filter(({ admission }) => admission.by === member).map(({ admission }) => admission.at);
    const at = signed.reduce((latest, next) => Math.max(latest, next), wallMs);
    return { ...record, removal: removeMember(this.team, this.#signer, member, at, known), status: 'removed' };
  }

  /** Our record and those of the chain that admitted it, for a peer that has not heard of us. */
  credentials(member: MemberId): Uint8Array {
    const chain: MemberRecord[] = [];
    let record = this.#records.get(member);
    while (record !== undefined && !chain.includes(record) && chain.length < CREDENTIALS_MAX) {
      chain.push(record);
      record = this.#records.get(record.admission.by);
    }
    // A removal is checked by the remover's own chain, which is not shown here: gossip brings it.
    return encodeRecords(chain.map((one) => ({ ...one, removal: undefined })));
  }

  /** Why a removed member is refused, so that it believes it; nothing for anybody else. */
  verdict(member: MemberId): readonly MemberRecord[] {
    if (this.#records.get(member)?.status !== 'removed') return [];
    const shown = new Set<MemberId>([member]);
    for (const next of shown) {
      const record = this.#records.get(next);
      if (record !== undefined && shown.size < CREDENTIALS_MAX) shown.add(record.admission.by).add(record.removal?.by ?? next);
    }
    return [...shown].slice(0, CREDENTIALS_MAX).flatMap((next) => this.#records.get(next) ?? []);
  }

  #isNews(record: MemberRecord): boolean {
    const known = this.#records.get(record.member);
    return known === undefined ? this.#records.size < MEMBERS_MAX : !saysAll(known, record);
  }

  /** Asks again whether it is news: one batch may bring several records of one member. */
  #accept(record: MemberRecord): boolean {
    if (!this.#isNews(record)) return false;
    const isKnown = (member: MemberId): boolean => this.#records.has(member);
    if (!isAuthentic(this.team, record, isKnown, this.#signer)) return false;
    const known = this.#records.get(record.member);
    this.#set(known, known === undefined ? record : mergeRecords(known, record));
    return true;
  }

  #set(before: MemberRecord | undefined, after: MemberRecord): void {
    this.#records.set(after.member, after);
    this.revision += 1;
    this.onChange(before, after);
  }

  /** What each counts as follows from all records, not from the order in which they came. */
  #settle(news: Set<MemberId>): void {
    const records = this.all();
    // Where nobody was removed, no admission can be void.
    const isAnyRemoved = records.some(({ removal }) => removal !== undefined);
    for (const record of records) {
      const isOut = isAnyRemoved && (record.removal !== undefined || !this.#isAdmitted(record));
      const status = isOut ? 'removed' : record.said;
      if (status === record.status) continue;
      this.#set(record, { ...record, status });
      news.add(record.member);
    }
  }

  /** Each admission on the way to the founder outlives the removal of its signer, if there is one. */
  #isAdmitted(record: MemberRecord): boolean {
    const passed = new Set<MemberId>();
    for (let at: MemberRecord | undefined = record; at !== undefined && !passed.has(at.member);) {
      passed.add(at.member);
      const admitter: MemberRecord | undefined = this.#records.get(at.admission.by);
      if (!outlivesRemoval(at.member, at.admission, admitter?.removal) && admitter !== at) return false;
      at = admitter;
    }
    return true;
  }
}

/**
 * The founder may have been removed by somebody whom it let in: each of the two would wait for the
 * other. What a member said of itself needs no removal to be believed, so it goes first.
 */
function inParts(record: MemberRecord): readonly MemberRecord[] {
  return record.removal === undefined ? [record] : [{ ...record, removal: undefined, status: record.said }, record];
}

/** Takes part: what left or was removed does not. */
export function isActive(status: MemberStatus | undefined): boolean {
  return status === 'joining' || status === 'up' || status === 'leaving';
}

export function encodeRecords(records: readonly MemberRecord[]): Uint8Array {
  const writer = new ByteWriter().varint(records.length);
  for (const record of records) writer.bytes(encodeRecord(record));
  return writer.finish();
}

/** @throws MalformedError */
export function decodeRecords(bytes: Uint8Array): readonly MemberRecord[] {
  return readParts(bytes, CREDENTIALS_MAX).map(decodeRecord);
}

/** Records of a whole team: one that cannot be read costs itself, not the others. @throws MalformedError when it is no list. */
export function decodeTeamRecords(bytes: Uint8Array): readonly MemberRecord[] {
  return readParts(bytes, MEMBERS_MAX).flatMap((part) => {
    try {
      return [decodeRecord(part)];
    } catch (error) {
      if (error instanceof MalformedError) return [];
      throw error;
    }
  });
}

function readParts(bytes: Uint8Array, partsMax: number): readonly Uint8Array[] {
  const reader = new ByteReader(bytes);
  const parts: Uint8Array[] = [];
  for (let left = reader.varint(partsMax); left > 0; left -= 1) parts.push(reader.bytes(RECORD_BYTES_MAX + STATEMENTS_BYTES_MAX));
  reader.end();
  return parts;
}
