/** I2: all primaries of a key hold the same bytes. Tells of the first difference. */
import { bytesEqual } from '../../../p2p/bytes/bytes.ts';
import { covers } from '../../../p2p/causality/causal-context.ts';
import { EMPTY_OBJECT } from '../../../p2p/causality/key-object.ts';
import { decodeObject } from '../../../p2p/causality/object-codec.ts';
import type { History } from '../history.ts';
import type { Simulator } from '../simulator.ts';

export function findDifference(sim: Simulator, history: History): string | undefined {
  const [first, ...others] = sim.running();
  const core = first?.node?.core;
  if (core === undefined) return 'nobody runs';
  const other = others.find(({ node }) => node?.core.placement.version !== core.placement.version);
  if (other !== undefined) return `${first?.name} and ${other.name} see different rings`;
  if (!sim.network.isWhole) return 'somebody holds on to a dead connection';
  const doubt = findDoubt(sim);
  if (doubt !== undefined) return doubt;
  for (const ref of history.keys.values()) {
    const { n } = core.buckets.settings(ref.bucket);
    const { primaries } = core.placement.preferenceList(ref.partition, n);
    const copies = primaries.map((member) => sim.member(member).disk.objects.get(ref.id)?.bytes);
    const [a] = copies;
    const index = copies.findIndex((b) => (a === undefined ? b !== undefined : b === undefined || !bytesEqual(a, b)));
    if (index >= 0) return `${ref.key} of ${ref.bucket} differs between ${primaries[0]} and ${primaries[index]}`;
    const holder = findUnknown(sim, ref.id, a);
    if (holder !== undefined) return `${holder} has a write of ${ref.key} that its primaries have not`;
  }
  for (const { name, disk } of sim.members.values()) {
    for (const [target, hints] of disk.hints) if (hints.size > 0) return `${name} still has ${hints.size} hints for ${target}`;
  }
  return undefined;
}

/** Who keeps, outside of the primaries, a sibling that they have never seen. */
function findUnknown(sim: Simulator, keyId: string, primary: Uint8Array | undefined): string | undefined {
  const known = primary === undefined ? EMPTY_OBJECT : decodeObject(primary);
  for (const { name, disk } of sim.members.values()) {
    const bytes = disk.objects.get(keyId)?.bytes;
    if (bytes === undefined || (primary !== undefined && bytesEqual(bytes, primary))) continue;
    if (decodeObject(bytes).siblings.some(({ dot }) => !covers(known.context, dot))) return name;
  }
  return undefined;
}

/** With all healed, everybody takes everybody for alive. */
function findDoubt(sim: Simulator): string | undefined {
  for (const { name, node } of sim.members.values()) {
    for (const other of sim.members.keys()) {
      const { detector } = node?.core ?? {};
      const liveness = other === name ? 'alive' : detector?.liveness(other, node?.core.now.nowMs ?? 0);
      if (liveness !== 'alive') return `${name} takes ${other} for ${liveness}`;
    }
  }
  return undefined;
}
