/**
 * The plan of a run, drawn from its seed before it starts: who does what when, and what goes wrong.
 * A plan is data, so a failing one can be cut down step by step (`shrink.ts`) and printed.
 */
import type { BucketSettings } from '../../p2p/types.ts';
import { drawFaults } from './fault-draws.ts';
import type { Mix, Swarm } from './options.ts';
import { NAMES } from './options.ts';
import { SeededRandom } from './random.ts';
import type { ChurnStep, Operation, Plan, Step, Verb } from './step.ts';

const OPERATIONS_MAX = 60;

export function drawPlan(swarm: Swarm): Plan {
  const names = NAMES.slice(0, swarm.members + swarm.joiners);
  const ids = { next: 0 };
  const steps: Step[] = [...drawFaults(swarm), ...drawJoins(swarm)];
  for (let client = 1; client <= swarm.clients; client += 1) {
    const random = new SeededRandom(swarm.seed, `client ${client}`);
    const namings = new SeededRandom(swarm.seed, `ids of client ${client}`);
    const count = Math.min(OPERATIONS_MAX, Math.floor(swarm.safetyMs / swarm.thinkMs) + 1);
    let atMs = 0;
    for (let turn = 0; turn < count; turn += 1) {
      atMs += random.exponential(swarm.thinkMs);
      if (atMs >= swarm.safetyMs) break;
      ids.next += 1;
      steps.push(drawOperation(swarm, random, { atMs: Math.floor(atMs), names, client: `c${client}`, value: `w${ids.next}`, hasId: namings.chance(0.7) }));
    }
  }
  return { options: optionsOf(swarm), steps: steps.sort((a, b) => a.atMs - b.atMs) };
}

interface Turn {
  readonly atMs: number;
  readonly names: readonly string[];
  readonly client: string;
  readonly value: string;
  readonly hasId: boolean;
}

function drawOperation(swarm: Swarm, random: SeededRandom, { atMs, names, client, value, hasId }: Turn): Operation {
  const bucket = random.pick(swarm.buckets);
  const key = random.chance(swarm.heat) ? 'k1' : `k${random.between(1, swarm.keys)}`;
  const kind = pickWeighted(random, swarm.mix);
  const verb = verbOf(random, kind);
  const isWrite = verb === 'put' || verb === 'delete' || verb === 'merge';
  const quorum = random.pick(['one', 'quorum', 'quorum', 'all'] as const);
  const w = random.chance(0.6) ? bucket.settings.w : random.chance(0.3) ? 'any' : quorum;
  const keepsKey = isWrite || verb === 'get';
  return {
    type: 'operation', atMs, verb, key, member: random.pick(names), bucket: bucket.name, value: isWrite ? value : '',
    as: keepsKey ? client : undefined,
    seen: kind === 'informed' || kind === 'delete' ? client : undefined,
    w: isWrite ? w : undefined,
    r: verb === 'get' && random.chance(0.3) ? quorum : undefined,
    timeoutMs: keepsKey && random.chance(0.3) ? random.pick([200, 1_000, 3_000]) : undefined,
    sloppy: keepsKey && random.chance(0.2) ? random.chance(0.5) : undefined,
    retries: isWrite ? random.pick([0, 1, 2]) : 0,
    hasId: hasId || !isWrite,
    settings: verb === 'set-bucket' ? drawChange(random) : undefined,
  };
}

function verbOf(random: SeededRandom, kind: keyof Mix): Verb {
  switch (kind) {
    case 'informed':
    case 'blind':
      return 'put';
    case 'settings':
      return 'set-bucket';
    case 'look':
      return random.pick(['list', 'conflicts', 'buckets', 'where'] as const);
    default:
      return kind;
  }
}

function drawChange(random: SeededRandom): Partial<BucketSettings> {
  const dice = random.unit();
  if (dice < 0.2) return { resolution: dice < 0.1 ? 'lww' : 'siblings' };
  return { n: random.pick([1, 2, 3, 4, 'all'] as const) };
}

function drawJoins(swarm: Swarm): readonly ChurnStep[] {
  const random = new SeededRandom(swarm.seed, 'joins');
  return NAMES.slice(swarm.members, swarm.members + swarm.joiners).map((member) => ({
    type: 'churn', atMs: random.between(500, swarm.safetyMs), kind: 'join', member,
  }));
}

function pickWeighted(random: SeededRandom, mix: Mix): keyof Mix {
  const weights = Object.entries(mix) as [keyof Mix, number][];
  let dice = random.unit() * weights.reduce((sum, [, weight]) => sum + weight, 0);
  return weights.find(([, weight]) => (dice -= weight) < 0)?.[0] ?? 'get';
}

function optionsOf(swarm: Swarm): Plan['options'] {
  const { keys: _keys, clients: _clients, thinkMs: _think, heat: _heat, mix: _mix, faults: _faults, ...options } = swarm;
  return options;
}
