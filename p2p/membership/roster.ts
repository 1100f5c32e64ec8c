/**
 * The member records that this member believes: signed, admitted, merged. The only source of the
 * ring.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteWriter } from '../bytes/byte-writer.ts';
import type { Signer } from '../ports.ts';
import type { MemberId, MemberRecord, Team } from '../types.ts';
import { isAuthentic } from './admission.ts';
import { compareRecords, decodeRecord, encodeRecord, RECORD_BYTES_MAX } from './member-record.ts';

/** Members of a team: the product is for 50; the bound keeps a hostile peer from filling memory. */
export const MEMBERS_MAX = 20_000;
/** Records in one set of credentials: a chain of admissions is short. */
const CREDENTIALS_MAX = 64;

export class Roster {
  readonly team: Team;
  readonly #signer: Signer;
  readonly #records = new Map<MemberId, MemberRecord>();

  constructor(team: Team, signer: Signer) {
    this.team = team;
    this.#signer = signer;
  }

  get(member: MemberId): MemberRecord | undefined {
    return this.#records.get(member);
  }

  all(): readonly MemberRecord[] {
    return [...this.#records.values()];
  }

  /** May it talk to us? */
  isMember(member: MemberId): boolean {
    const status = this.#records.get(member)?.status;
    return status === 'joining' || status === 'up' || status === 'leaving';
  }

  /** Merges what is authentic; records may stand before those that admit them. Returns what is new. */
  offer(records: readonly MemberRecord[]): readonly MemberRecord[] {
    const news: MemberRecord[] = [];
    let waiting = records.filter((record) => this.#isNews(record));
    for (;;) {
      const accepted = waiting.filter((record) => this.#accept(record));
      if (accepted.length === 0) return news;
      news.push(...accepted);
      waiting = waiting.filter((record) => !accepted.includes(record));
    }
  }

  /** Our record and those of the chain that admitted it, for a peer that has not heard of us. */
  credentials(member: MemberId): Uint8Array {
    const chain: MemberRecord[] = [];
    let record = this.#records.get(member);
    while (record !== undefined && !chain.includes(record) && chain.length < CREDENTIALS_MAX) {
      chain.push(record);
      record = this.#records.get(record.admission.by);
    }
    return encodeRecords(chain);
  }

  #isNews(record: MemberRecord): boolean {
    const known = this.#records.get(record.member);
    if (known === undefined) return this.#records.size < MEMBERS_MAX;
    return compareRecords(record, known) > 0;
  }

  /** Asks again whether it is news: one batch may bring several records of one member. */
  #accept(record: MemberRecord): boolean {
    if (!this.#isNews(record)) return false;
    const isAdmitter = (member: MemberId): boolean => this.#records.has(member);
    if (!isAuthentic(this.team, record, isAdmitter, this.#signer)) return false;
    this.#records.set(record.member, record);
    return true;
  }
}

export function encodeRecords(records: readonly MemberRecord[]): Uint8Array {
  const writer = new ByteWriter().varint(records.length);
  for (const record of records) writer.bytes(encodeRecord(record));
  return writer.finish();
}

/** @throws MalformedError */
export function decodeRecords(bytes: Uint8Array, recordsMax = CREDENTIALS_MAX): readonly MemberRecord[] {
  const reader = new ByteReader(bytes);
  const records: MemberRecord[] = [];
  for (let left = reader.varint(recordsMax); left > 0; left -= 1) {
    records.push(decodeRecord(reader.bytes(RECORD_BYTES_MAX + 256)));
  }
  reader.end();
  return records;
}
