/** A team of three in which nothing is wrong, to change one thing of at a time. */
import type { DialFact, DoctorFacts, MemberFact, NetworkFacts } from '../../../../main/doctor/facts.ts';

export const memberFact = (memberId: string, over: Partial<MemberFact> = {}): MemberFact => ({
  memberId, name: memberId.toUpperCase(), self: false, machine: `pc-${memberId}`, status: 'up', liveness: 'alive', lastHeardMs: 200,
  addresses: [`/ip4/192.168.1.${memberId.length + 10}/tcp/4001/p2p/${memberId}`], roundTripMs: 0.8, clockOffsetMs: 40, release: '0.1.0', ...over,
});

export const dialFact = (member: string | null, outcome: DialFact['outcome'], over: Partial<DialFact> = {}): DialFact => ({
  member, addresses: ['/ip4/192.168.1.20/tcp/4001'], byHand: false, outcome, failures: outcome === 'reached' ? 0 : 3, agoMs: 2_000, ...over,
});

export const WELL: DoctorFacts = {
  release: '0.1.0',
  team: { standing: 'up', removedBy: null },
  quarantine: null,
  interfaces: [{ name: 'lo', address: '127.0.0.1', prefix: 8, internal: true }, { name: 'wlan0', address: '192.168.1.5', prefix: 24, internal: false }],
  listen: ['/ip4/192.168.1.5/tcp/4001/p2p/ada'],
  keptAddresses: [],
  members: [memberFact('ada', { self: true, lastHeardMs: null, roundTripMs: null, clockOffsetMs: null }), memberFact('ben'), memberFact('cleo')],
  network: {
    sinceMs: 600_000,
    mdns: { on: true, heard: 2, lastAgoMs: 3_000 },
    dials: [dialFact('ben', 'reached'), dialFact('cleo', 'reached')],
    refusals: [],
    otherTeams: { devices: 0, lastAgoMs: null },
  },
  disk: { readOnly: null, corruptRecords: 0, refusedRecords: 0, freeBytes: 50_000_000_000 },
  sync: { owed: 0, keysMoved: 12 },
};

export function changed(over: Partial<DoctorFacts> = {}, network: Partial<NetworkFacts> = {}): DoctorFacts {
  return { ...WELL, ...over, network: WELL.network === null ? null : { ...WELL.network, ...network } };
}

const GONE = { liveness: 'down', lastHeardMs: 300_000, roundTripMs: null } as const;

/** The same team with some of the others away; dials to them ended so. */
export function apart(away: readonly string[], outcome?: DialFact['outcome'], over: Partial<MemberFact> = {}, network: Partial<NetworkFacts> = {}): DoctorFacts {
  const members = WELL.members.map((member) => (away.includes(member.memberId) ? { ...member, ...GONE, ...over } : member));
  return changed({ members }, { ...(outcome !== undefined && { dials: away.map((member) => dialFact(member, outcome)) }), ...network });
}
