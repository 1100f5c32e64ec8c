/**
 * What one seed is like (swarm testing, Groce et al., 2012): each run leaves some kinds of faults
 * and of operations out, because what is always there hides what others would show.
 */
import type { BucketSettings } from '../../p2p/types.ts';
import type { Mix, Swarm } from './options.ts';
import { NAMES, QUIET } from './options.ts';
import { SeededRandom } from './random.ts';
import type { FaultKind } from './step.ts';

/** How likely a kind is on, and the mean time between two. */
const LIKELY: Readonly<Record<FaultKind, { readonly chance: number; readonly everyMs: readonly [number, number] }>> = {
  crash: { chance: 0.3, everyMs: [2_000, 15_000] },
  'power-loss': { chance: 0.35, everyMs: [2_000, 15_000] },
  stop: { chance: 0.2, everyMs: [3_000, 15_000] },
  partition: { chance: 0.3, everyMs: [2_000, 15_000] },
  cut: { chance: 0.2, everyMs: [2_000, 10_000] },
  flap: { chance: 0.12, everyMs: [4_000, 15_000] },
  bridge: { chance: 0.12, everyMs: [4_000, 15_000] },
  majorities: { chance: 0.12, everyMs: [4_000, 15_000] },
  clog: { chance: 0.15, everyMs: [3_000, 12_000] },
  'slow-peer': { chance: 0.1, everyMs: [5_000, 20_000] },
  'slow-disk': { chance: 0.15, everyMs: [4_000, 15_000] },
  'disk-full': { chance: 0.2, everyMs: [5_000, 20_000] },
  pause: { chance: 0.15, everyMs: [4_000, 15_000] },
  suspend: { chance: 0.12, everyMs: [5_000, 20_000] },
  'clock-jump': { chance: 0.15, everyMs: [4_000, 15_000] },
  backup: { chance: 0.12, everyMs: [4_000, 15_000] },
  wipe: { chance: 0.15, everyMs: [4_000, 15_000] },
  clone: { chance: 0.12, everyMs: [4_000, 15_000] },
  flip: { chance: 0.2, everyMs: [3_000, 15_000] },
  'lost-block': { chance: 0.15, everyMs: [3_000, 15_000] },
  'read-errors': { chance: 0.15, everyMs: [4_000, 15_000] },
};

export interface DrawMore {
  /** Kinds that are on whatever is drawn, at this mean time. */
  readonly faults?: Partial<Readonly<Record<FaultKind, number>>>;
  /** Kinds that are off: a seed may be older than they are. */
  readonly without?: readonly FaultKind[];
  readonly settings?: boolean;
  readonly joins?: boolean;
  /** Deletions are reaped within seconds. */
  readonly reaping?: boolean;
}

export function drawSwarm(seed: number, more: DrawMore = {}): Swarm {
  const random = new SeededRandom(seed, 'options');
  const members = random.pick([1, 2, 3, 3, 3, 4, 4, 5, 5, 6]);
  const network = new SeededRandom(seed, 'network options');
  const reaping = drawReaping(new SeededRandom(seed, 'reaping'), more.reaping === true);
  const isReaping = reaping.reapDayMs < QUIET.reapDayMs;
  const lastingCut = drawCut(new SeededRandom(seed, 'lasting cut'), members);
  const maybe = (chance: number, most: number): number => (network.chance(chance) ? network.unit() * most : 0);
  return {
    seed,
    members,
    joiners: drawJoiners(new SeededRandom(seed, 'joiners'), members, more.joins !== false),
    sharedMachine: members > 1 && random.chance(0.15),
    partitions: random.pick([8, 8, 16, 32]),
    buckets: ['notes', 'other'].map((name) => ({ name, settings: drawSettings(random) })),
    keys: random.between(1, 5) * (isReaping ? 3 : 1),
    heat: random.pick([0, 0, 0.5, 0.9]),
    clients: random.between(2, 5),
    thinkMs: random.pick([50, 300, 1_000]),
    mix: drawMix(new SeededRandom(seed, 'mix'), more.settings !== false, isReaping),
    safetyMs: random.pick([5_000, 10_000, 20_000]) * (isReaping ? 2 : 1),
    dotLease: random.pick([2, 8, 1_000]),
    exchangeIntervalMs: random.pick([2_000, 4_000]),
    latencyMs: network.pick([1, 5, 20, 80]),
    loss: maybe(0.3, 0.2),
    duplication: maybe(0.25, 0.2),
    reordering: maybe(0.3, 0.3),
    readMs: random.pick([0, 1, 5]),
    syncMs: random.pick([1, 5, 40]),
    clockSkewMs: random.chance(0.4) ? random.between(1, 86_400_000) : 0,
    ...reaping,
    hintBytesMax: lastingCut === undefined ? drawHintRoom(new SeededRandom(seed, 'hint room')) : QUIET.hintBytesMax,
    lastingCut,
    faults: { ...drawRates(seed, more.without), ...more.faults },
  };
}

function drawRates(seed: number, without: readonly FaultKind[] = []): Swarm['faults'] {
  const rates: Partial<Record<FaultKind, number>> = {};
  for (const [kind, { chance, everyMs: [least, most] }] of Object.entries(LIKELY) as [FaultKind, (typeof LIKELY)[FaultKind]][]) {
    const random = new SeededRandom(seed, `rate ${kind}`);
    if (random.chance(chance) && !without.includes(kind)) rates[kind] = random.between(least, most);
  }
  return rates;
}

/** Where deletions are reaped, there have to be some that nobody writes over. */
function drawMix(random: SeededRandom, hasSettings: boolean, isReaping: boolean): Mix {
  return {
    get: random.pick([1, 3, 5]),
    informed: random.pick([1, 4, 8]),
    blind: random.pick([0, 1, 3]),
    delete: random.pick(isReaping ? [2, 4, 8] : [0, 1, 2]),
    merge: random.pick([0, 1, 2]),
    look: random.pick([0, 0, 1]),
    settings: hasSettings && random.chance(0.15) ? 0.3 : 0,
  };
}

function drawJoiners(random: SeededRandom, members: number, isOn: boolean): number {
  return isOn && random.chance(0.2) ? Math.min(random.between(1, 2), NAMES.length - members) : 0;
}

/** The pause is longer than what is under way while all is well, so that nothing is refused by it. */
function drawReaping(random: SeededRandom, isOn: boolean): Pick<Swarm, 'reapDayMs' | 'reapQuietMs'> {
  const [reapDayMs, reapQuietMs] = [random.pick([1, 10, 50]), random.pick([2_000, 2_000, 4_000])];
  return random.chance(0.4) || isOn ? { reapDayMs, reapQuietMs } : { reapDayMs: QUIET.reapDayMs, reapQuietMs };
}

function drawCut(random: SeededRandom, members: number): string | undefined {
  if (members < 3 || !random.chance(0.15)) return undefined;
  const from = random.between(0, members - 1);
  const to = (from + random.between(1, members - 1)) % members;
  return `${NAMES[from]} ${NAMES[to]}`;
}

/** None, a hint or two, a handful, or more than there will be. Under a lasting cut work hangs on stand-ins that have room. */
function drawHintRoom(random: SeededRandom): number {
  return random.chance(0.2) ? random.pick([0, 300, 1_000]) : QUIET.hintBytesMax;
}

function drawSettings(random: SeededRandom): BucketSettings {
  return {
    n: random.pick([1, 2, 3, 3, 3, 'all'] as const),
    r: random.pick(['one', 'quorum', 'quorum', 'all'] as const),
    w: random.pick(['any', 'one', 'quorum', 'quorum', 'all'] as const),
    sloppy: random.chance(0.7),
    resolution: random.chance(0.15) ? 'lww' : 'siblings',
    historyVersions: 10,
    historyDays: 30,
  };
}
