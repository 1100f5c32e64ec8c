/**
 * What one run is like, drawn from its seed (swarm testing, Groce et al., 2012): each run leaves
 * some kinds of faults out, because faults that are always there hide what others would show.
 */
import type { BucketSettings } from '../../p2p/types.ts';
import { SeededRandom } from './random.ts';

export interface SimOptions {
  readonly seed: number;
  readonly members: number;
  /** Members that stand on one machine with the first. */
  readonly sharedMachine: boolean;
  readonly partitions: number;
  readonly buckets: readonly { readonly name: string; readonly settings: BucketSettings }[];
  readonly keys: number;
  readonly clients: number;
  readonly thinkMs: number;
  readonly safetyMs: number;
  readonly dotLease: number;
  readonly exchangeIntervalMs: number;
  readonly network: NetworkOptions;
  readonly disk: DiskOptions;
  /** Mean time between faults of a kind, `undefined` = never. */
  readonly crashEveryMs: number | undefined;
  readonly partitionEveryMs: number | undefined;
  readonly diskFullEveryMs: number | undefined;
  readonly oneWayEveryMs: number | undefined;
  readonly clockSkewMs: number;
}

export interface NetworkOptions {
  readonly latencyMs: number;
  readonly loss: number;
  readonly duplication: number;
  /** Share of frames that may be overtaken. */
  readonly reordering: number;
}

export interface DiskOptions {
  readonly readMs: number;
  readonly syncMs: number;
}

export function drawOptions(seed: number): SimOptions {
  const random = new SeededRandom(seed, 'options');
  const maybe = <T>(probability: number, value: T, otherwise: T): T => (random.chance(probability) ? value : otherwise);
  const members = random.pick([1, 2, 3, 3, 4, 5, 5, 6]);
  const latencyMs = random.pick([1, 5, 20, 80]);
  return {
    seed,
    members,
    sharedMachine: members > 1 && random.chance(0.2),
    partitions: random.pick([8, 16, 32, 64]),
    buckets: [
      { name: 'notes', settings: drawSettings(random) },
      { name: 'other', settings: drawSettings(random) },
    ],
    keys: random.between(1, 5),
    clients: random.between(2, 5),
    thinkMs: random.pick([50, 300, 1_000]),
    safetyMs: random.pick([5_000, 15_000, 30_000]),
    dotLease: random.pick([2, 8, 1_000]),
    exchangeIntervalMs: random.pick([2_000, 6_000]),
    network: {
      latencyMs,
      loss: maybe(0.4, random.unit() * 0.2, 0),
      duplication: maybe(0.3, random.unit() * 0.2, 0),
      reordering: maybe(0.4, random.unit() * 0.3, 0),
    },
    disk: { readMs: random.pick([0, 1, 5]), syncMs: random.pick([1, 5, 40]) },
    crashEveryMs: maybe(0.6, random.between(2_000, 15_000), undefined),
    partitionEveryMs: members > 1 ? maybe(0.6, random.between(2_000, 15_000), undefined) : undefined,
    diskFullEveryMs: maybe(0.25, random.between(5_000, 20_000), undefined),
    clockSkewMs: maybe(0.5, random.between(1, 86_400_000), 0),
    oneWayEveryMs: drawOneWay(new SeededRandom(seed, 'one-way'), members),
  };
}

/** From a generator of its own: added later, it leaves older seeds as they were. */
function drawOneWay(random: SeededRandom, members: number): number | undefined {
  return members > 1 && random.chance(0.2) ? random.between(2_000, 10_000) : undefined;
}

function drawSettings(random: SeededRandom): BucketSettings {
  return {
    n: random.pick([1, 2, 3, 3, 3, 'all'] as const),
    r: random.pick(['one', 'quorum', 'quorum', 'all'] as const),
    w: random.pick(['any', 'one', 'quorum', 'quorum', 'all'] as const),
    sloppy: random.chance(0.7),
    resolution: random.chance(0.1) ? 'lww' : 'siblings',
  };
}
