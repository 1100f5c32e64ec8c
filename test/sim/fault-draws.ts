/** How faults of each kind are drawn: whom they hit, for how long, how hard. */
import type { Swarm } from './options.ts';
import { NAMES } from './options.ts';
import { SeededRandom } from './random.ts';
import type { FaultKind, FaultStep } from './step.ts';
import { FAULT_KINDS } from './step.ts';

type Drawn = Pick<FaultStep, 'who'> & { readonly forMs?: number; readonly amount?: number };
type Draw = (random: SeededRandom, names: readonly string[]) => Drawn;

const DAY_MS = 86_400_000;
const HELD_MS = 3_000;

const one: Draw = (random, names) => ({ who: [random.pick(names)] });
const two: Draw = (random, names) => ({ who: shuffled(random, names).slice(0, 2) });

const DRAWS: Readonly<Record<FaultKind, Draw>> = {
  crash: one,
  'power-loss': one,
  stop: one,
  wipe: one,
  clone: one,
  backup: (random, names) => ({ ...one(random, names), amount: random.between(500, 6_000), forMs: random.between(6_500, 10_000) }),
  partition: (random, names) => {
    const order = shuffled(random, names);
    const cut = random.between(1, order.length - 1);
    return { who: [...order.slice(0, cut), '/', ...order.slice(cut)] };
  },
  bridge: (random, names) => {
    const [middle = '', left = '', ...right] = shuffled(random, names);
    return { who: [left, '/', middle, '/', ...right] };
  },
  majorities: (random, names) => ({ who: shuffled(random, names) }),
  cut: two,
  clog: two,
  flap: (random, names) => ({ ...two(random, names), amount: random.between(50, 3_000) }),
  'slow-peer': (random, names) => ({ ...one(random, names), amount: random.pick([1, 200, 5_000]) }),
  'slow-disk': (random, names) => ({ ...one(random, names), amount: random.pick([10, 50, 200]) }),
  'disk-full': one,
  flip: (random, names) => ({ ...one(random, names), amount: random.between(1, 3) }),
  'lost-block': (random, names) => ({ ...one(random, names), amount: random.between(1, 6) }),
  'read-errors': (random, names) => ({ ...one(random, names), amount: random.pick([0.3, 1]) }),
  pause: one,
  suspend: (random, names) => ({ ...one(random, names), amount: random.between(-30, 30) * DAY_MS }),
  'clock-jump': (random, names) => ({ ...one(random, names), amount: random.between(-30, 30) * DAY_MS }),
};

/** Kinds that need at least so many members. */
const MEMBERS_MIN: Partial<Readonly<Record<FaultKind, number>>> = {
  partition: 2, cut: 2, clog: 2, flap: 2, wipe: 2, clone: 2, backup: 2, flip: 2, 'lost-block': 2, bridge: 3, majorities: 5,
};

/** Every kind from a generator of its own: switching one off leaves the others as they were. */
export function drawFaults(swarm: Swarm): readonly FaultStep[] {
  const names = NAMES.slice(0, swarm.members);
  return FAULT_KINDS.flatMap((kind) => {
    const everyMs = swarm.faults[kind];
    if (everyMs === undefined || names.length < (MEMBERS_MIN[kind] ?? 1)) return [];
    const random = new SeededRandom(swarm.seed, `fault ${kind}`);
    const steps: FaultStep[] = [];
    for (let atMs = random.exponential(everyMs); atMs < swarm.safetyMs; atMs += random.exponential(everyMs)) {
      const { who, forMs, amount } = DRAWS[kind](random, names);
      const heldMs = Math.ceil(random.exponential(HELD_MS)) + 1;
      steps.push({ type: 'fault', atMs: Math.floor(atMs), kind, who, forMs: forMs ?? heldMs, amount });
    }
    return steps;
  });
}

function shuffled(random: SeededRandom, names: readonly string[]): readonly string[] {
  const left = [...names];
  return names.map(() => left.splice(Math.floor(random.unit() * left.length), 1)[0] ?? '');
}
