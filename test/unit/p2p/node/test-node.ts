/** A node of one member, driven step by step: what it asks of the world is looked at, not performed. */
import { DEFAULT_CONFIG } from '../../../../p2p/config.ts';
import { admitMember } from '../../../../p2p/membership/admission.ts';
import { foundTeam } from '../../../../p2p/membership/team.ts';
import type { OwnProfile } from '../../../../p2p/node/member-desk.ts';
import { Node } from '../../../../p2p/node/node.ts';
import { fakeSigner } from '../../../sim/fake-signer.ts';

/** @param profile What differs from Ada, the founder, who is up. */
export function testNode(profile: Partial<OwnProfile> = {}): Node {
  const signer = fakeSigner('ada');
  const team = foundTeam({ name: 'T', partitions: 8, founder: 'ada', nonce: new Uint8Array(16) });
  let word = 0;
  return new Node({
    team,
    signer,
    identity: { actor: 'epoch', nextCounter: 1, boots: 1, bootNonce: 'n', isRestored: false, warnings: [] },
    random: { uint32: () => (word += 1) },
    config: DEFAULT_CONFIG,
    profile: {
      name: 'Ada', machine: 'm', zone: undefined, weight: 1,
      admission: admitMember(team, signer, 'ada', 0), firstStatus: 'up', introduced: [], ...profile,
    },
    remembered: [],
  });
}
