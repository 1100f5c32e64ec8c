/** A node of one member, driven step by step: what it asks of the world is looked at, not performed. */
import type { NodeConfig } from '../../../../p2p/config.ts';
import { DEFAULT_CONFIG } from '../../../../p2p/config.ts';
import { admitMember, signRecord } from '../../../../p2p/membership/admission.ts';
import { foundTeam } from '../../../../p2p/membership/team.ts';
import type { OwnProfile } from '../../../../p2p/node/member-desk.ts';
import type { NodeInit } from '../../../../p2p/node/node.ts';
import { Node } from '../../../../p2p/node/node.ts';
import type { StoreIdentity } from '../../../../p2p/ports.ts';
import { fakeSigner } from '../../../sim/fake-signer.ts';

interface Given {
  readonly identity?: Partial<StoreIdentity>;
  readonly remembered?: NodeInit['remembered'];
  /** Members besides ada, all up. */
  readonly others?: readonly string[];
  /** What differs from Ada, the founder, who is up. */
  readonly profile?: Partial<OwnProfile>;
  readonly config?: Partial<NodeConfig>;
}

export function testNode({ identity, remembered = [], others = [], profile = {}, config = {} }: Given = {}): Node {
  const signer = fakeSigner('ada');
  const team = foundTeam({ name: 'T', partitions: 8, founder: 'ada', nonce: new Uint8Array(16) });
  let word = 0;
  const introduced = (others.length === 0 ? [] : ['ada', ...others]).map((member) =>
    signRecord(
      { member, incarnation: 1, status: 'up', name: member, machine: member, zone: undefined, weight: 1, addresses: [], admission: admitMember(team, signer, member, 0) },
      fakeSigner(member),
    ),
  );
  return new Node({
    team,
    signer,
    identity: { actor: 'epoch', nextCounter: 1, boots: 1, bootNonce: 'n', restoredAt: 0, warnings: [], ...identity },
    random: { uint32: () => (word += 1) },
    config: { ...DEFAULT_CONFIG, ...config },
    profile: {
      name: 'Ada', machine: 'm', zone: undefined, weight: 1,
      admission: admitMember(team, signer, 'ada', 0), firstStatus: 'up', introduced, ...profile,
    },
    remembered,
  });
}
