/** Member records sent to a peer outside the digests' turn. */
import { memberFactName } from '../membership/fact-tree.ts';
import { encodeRecord } from '../membership/member-record.ts';
import type { MemberId, MemberRecord } from '../types.ts';
import { RECORDS_IN_DELTA } from '../wire/limits.ts';
import type { Core } from './core.ts';

/** @param wantedMembers Those whose records the peer is to send back as it knows them. */
export function sendRecords(core: Core, to: MemberId, records: readonly MemberRecord[], wantedMembers: readonly MemberId[] = []): void {
  core.send(to, 'quorum', {
    kind: 'gossip-delta',
    root: core.facts.root(),
    records: records.slice(0, RECORDS_IN_DELTA).map(encodeRecord),
    buckets: [],
    wanted: wantedMembers.map(memberFactName),
  });
}
