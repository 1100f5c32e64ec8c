/**
 * I5 of lists: `partial` tells the truth. A partition none of whose owners ran, from before the
 * question until after the answer, was not answered for, and has to be named. That nothing is named
 * without need is looked at where everybody is well (`progress.ts`, `looks.ts`).
 */
import type { Placement } from '../../../p2p/ring/placement.ts';
import type { BucketName, MemberId, PartitionId } from '../../../p2p/types.ts';
import type { SimMember } from '../member.ts';
import type { Simulator } from '../simulator.ts';
import { demand } from '../violation.ts';

type Verdict = (partial: readonly PartitionId[]) => void;

/** Judges the page that `member` is asked for now. */
export function watchPartial(sim: Simulator, member: SimMember, bucket: BucketName | undefined): Verdict {
  const before = stateOf(sim, member, bucket);
  return (partial) => {
    const after = stateOf(sim, member, bucket);
    if (before === undefined || after === undefined || after.placement !== before.placement || after.n !== before.n || after.copied !== before.copied) return;
    const isGone = (name: MemberId): boolean => before.boots.get(name) !== undefined && before.boots.get(name) === after.boots.get(name);
    for (let partition = 0; partition < sim.options.partitions; partition += 1) {
      const { primaries } = after.placement.preferenceList(partition, after.n);
      if (primaries.length === 0 || !primaries.every(isGone)) continue;
      demand(partial.includes(partition), 'I5', () => `${member.name} lists all of partition ${partition}, and none of ${primaries.join(', ')} runs`);
    }
  };
}

interface State {
  readonly placement: Placement;
  readonly n: number | 'all';
  /** How often those who do not run now have been started. */
  readonly boots: ReadonlyMap<MemberId, number>;
  /** Folders that were copied so far. */
  readonly copied: number;
}

/** Of all buckets at once it is not looked at: they differ in who owns what. Nor where a copied folder runs: it answers in the name of a member that does not. */
function stateOf(sim: Simulator, { node }: SimMember, bucket: BucketName | undefined): State | undefined {
  if (node === undefined || bucket === undefined || node.core.out !== undefined || sim.clones.size > 0) return undefined;
  const { placement, buckets } = node.core;
  const gone = [...sim.members].filter(([, { isRunning }]) => !isRunning).map(([name, { boots }]) => [name, boots] as const);
  return { placement, n: buckets.settings(bucket).n, boots: new Map(gone), copied: sim.copied };
}
