/** I2: all primaries of a key hold the same bytes. Tells of the first difference. */
import { bytesEqual } from '../../../p2p/bytes/bytes.ts';
import { covers } from '../../../p2p/causality/causal-context.ts';
import { EMPTY_OBJECT } from '../../../p2p/causality/key-object.ts';
import { decodeObject } from '../../../p2p/causality/object-codec.ts';
import type { History } from '../history.ts';
import type { SimMember } from '../member.ts';
import type { Simulator } from '../simulator.ts';

export function findDifference(sim: Simulator, history: History): string | undefined {
  const [first, ...others] = sim.running();
  const core = first?.node?.core;
  if (core === undefined) return 'nobody runs';
  const other = others.find(({ node }) => node?.core.placement.version !== core.placement.version);
  if (other !== undefined) return `${first?.name} and ${other.name} see different rings`;
  if (!sim.network.isWhole) return 'somebody holds on to a dead connection';
  const doubt = findDoubt(sim) ?? findOtherSettings(sim, history) ?? findDebt(sim);
  if (doubt !== undefined) return doubt;
  const writer = sim.running().find(({ disk }) => !disk.isIdle);
  if (writer !== undefined) return `${writer.name} is still writing`;
  for (const ref of history.keys.values()) {
    const { n } = core.buckets.settings(ref.bucket);
    const { primaries } = core.placement.preferenceList(ref.partition, n);
    const copies = primaries.map((member) => copyOf(sim.member(member), ref.id));
    const [a] = copies;
    const index = copies.findIndex((b) => (a === undefined ? b !== undefined : b === undefined || !bytesEqual(a, b)));
    if (index >= 0) return `${ref.key} of ${ref.bucket} differs between ${primaries[0]} and ${primaries[index]}`;
    const holder = findUnknown(sim, ref.id, a);
    if (holder !== undefined) return `${holder} has a write of ${ref.key} that its primaries have not`;
  }
  for (const { name, disk } of sim.members.values()) {
    for (const [target, hints] of disk.hints) if (hints.size > 0) return `${name} still has ${hints.size} hints for ${target}`;
    if (disk.damaged.size > 0) return `${name} still has ${disk.damaged.size} damaged records`;
  }
  return undefined;
}

function copyOf({ disk }: SimMember, keyId: string): Uint8Array | undefined {
  return disk.damaged.has(keyId) ? undefined : disk.objects.get(keyId)?.bytes;
}

/** Who keeps, outside of the primaries, a sibling that they have never seen. */
function findUnknown(sim: Simulator, keyId: string, primary: Uint8Array | undefined): string | undefined {
  const known = primary === undefined ? EMPTY_OBJECT : decodeObject(primary);
  for (const member of sim.members.values()) {
    const bytes = copyOf(member, keyId);
    if (bytes === undefined || (primary !== undefined && bytesEqual(bytes, primary))) continue;
    const held = decodeObject(bytes);
    if (held.siblings.some(({ dot }) => !covers(known.context, dot))) return member.name;
  }
  return undefined;
}

/** With all healed, everybody takes everybody for alive, and all who joined are in. */
function findDoubt(sim: Simulator): string | undefined {
  for (const { name, node } of sim.members.values()) {
    if (node?.core.life.isCopied === true) return `${name} takes itself for one of two`;
    for (const other of sim.members.keys()) {
      const core = node?.core;
      const liveness = other === name ? 'alive' : core?.detector.liveness(other, core.now.nowMs);
      if (liveness !== 'alive') return `${name} takes ${other} for ${liveness}`;
      const status = core?.roster.get(other)?.status;
      if (status !== 'up') return `${other} is ${status} to ${name}`;
    }
  }
  return undefined;
}

/** Who has not fetched yet what it is to keep refuses reads of it. */
function findDebt(sim: Simulator): string | undefined {
  const debtor = sim.running().find(({ node }) => node?.ownership.isSettled === false);
  return debtor === undefined ? undefined : `${debtor.name} still owes ${debtor.node?.ownership.owed} partitions`;
}

function findOtherSettings(sim: Simulator, history: History): string | undefined {
  const [first, ...others] = sim.running();
  for (const bucket of history.settings.keys()) {
    const settings = JSON.stringify(first?.node?.core.buckets.settings(bucket));
    const other = others.find(({ node }) => JSON.stringify(node?.core.buckets.settings(bucket)) !== settings);
    if (other !== undefined) return `${first?.name} and ${other.name} have different settings of ${bucket}`;
  }
  return undefined;
}
