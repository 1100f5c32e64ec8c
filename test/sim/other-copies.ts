/** What of a disk is on others as well: a fault never takes the last copy of anything. */
import { covers } from '../../p2p/causality/causal-context.ts';
import { decodeObject } from '../../p2p/causality/object-codec.ts';
import type { KeyRef } from '../../p2p/types.ts';
import type { SimMember } from './member.ts';
import type { Simulator } from './simulator.ts';

/**
 * All that the disk knows is on disks that keep it when this one is lost. Who only stands in, and is connected to its
 * owner, may be about to let a copy go on that owner's word: the end of the connection comes too late to stop it.
 */
export function isHeldElsewhere(sim: Simulator, member: SimMember): boolean {
  return [...member.disk.objects].every(([keyId, { ref }]) => {
    const keeping = [...sim.members.values()].filter((other) => staysOwner(sim, other, ref) || !isConnected(other, member));
    return isCopied(sim, member, keyId, keeping);
  });
}

/** A copy that a stand-in still has does not count: it goes as soon as the owner's tree says that it has the same. */
export function isOwnedElsewhere(sim: Simulator, member: SimMember, keyId: string): boolean {
  const ref = member.disk.objects.get(keyId)?.ref;
  if (ref === undefined) return false;
  return isCopied(sim, member, keyId, [...sim.members.values()].filter((other) => staysOwner(sim, other, ref)));
}

/** It is of a deletion that the team has forgotten. */
export function isForgotten(sim: Simulator, member: SimMember, keyId: string): boolean {
  const bytes = member.disk.objects.get(keyId)?.bytes;
  return bytes !== undefined && decodeObject(bytes).siblings.some(({ dot }) => sim.isForgotten(keyId, dot));
}

/** All that this disk knows of the key is also on disks of these, undamaged, or was deleted and forgotten. One that may have to be set aside does not count. */
function isCopied(sim: Simulator, member: SimMember, keyId: string, among: readonly SimMember[]): boolean {
  const others = among.filter((other) => other !== member && !sim.mayFallBehind(other));
  const stored = member.disk.objects.get(keyId);
  if (member.disk.damaged.has(keyId) || stored === undefined) return true;
  const copies = others.filter(({ disk }) => !disk.damaged.has(keyId)).flatMap(({ disk }) => disk.objects.get(keyId)?.bytes ?? []).map(decodeObject);
  return decodeObject(stored.bytes).siblings.every(({ dot }) => sim.isForgotten(keyId, dot) || copies.some(({ context }) => covers(context, dot)));
}

/** By the ring that is to come, whoever is asked: who owns a key until a change is through gives it away then. */
function staysOwner(sim: Simulator, { name }: SimMember, { bucket, partition }: KeyRef): boolean {
  const cores = sim.running().flatMap(({ node }) => node?.core ?? []);
  return cores.length > 0 && cores.every(({ buckets, pendingPlacement }) => pendingPlacement.isPrimary(name, partition, buckets.settings(bucket).n));
}

function isConnected(a: SimMember, b: SimMember): boolean {
  return a.node?.core.detector.isConnected(b.name) ?? false;
}
