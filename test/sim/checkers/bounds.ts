/**
 * I8: queues and memory stay within their bounds, and what is done with is let go: once a team is
 * at rest, each of its queues is found empty now and again.
 */
import type { NodeLoad } from '../../../p2p/node/node.ts';
import type { SimMember } from '../member.ts';
import type { Simulator } from '../simulator.ts';
import { demand } from '../violation.ts';

/** Each a few times what 2,000 seeds came to at most (`sweep` prints it). */
export const BOUNDS: Readonly<Record<keyof NodeLoad | 'effects' | 'inFlight', number>> = {
  requests: 600,
  peerRequests: 600,
  storeOperations: 600,
  timers: 2_000,
  lockedKeys: 60,
  queuedMutations: 900,
  clientRequests: 300,
  effects: 500,
  inFlight: 4_000,
};

type Bound = keyof typeof BOUNDS;

const LOOK_EVERY_MS = 250;
const LOOKS_AT_REST = 40;
/** Timers are always under way: the next heartbeat, the next exchange. */
const AT_REST: readonly (keyof NodeLoad)[] = ['requests', 'peerRequests', 'storeOperations', 'lockedKeys', 'queuedMutations', 'clientRequests'];

export class Bounds {
  /** The most that was seen of each. */
  readonly peaks: Record<Bound, number> = { requests: 0, peerRequests: 0, storeOperations: 0, timers: 0, lockedKeys: 0, queuedMutations: 0, clientRequests: 0, effects: 0, inFlight: 0 };
  readonly #sim: Simulator;

  constructor(sim: Simulator) {
    this.#sim = sim;
  }

  start(): void {
    this.#look();
  }

  stepped(process: string, effects: number): void {
    if (effects > this.peaks.effects) this.#peak(process, 'effects', effects);
  }

  #look(): void {
    for (const [name, member] of this.#sim.members) {
      this.#peak(name, 'inFlight', this.#sim.network.inFlight(name));
      for (const [bound, count] of loadOf(member)) this.#peak(name, bound, count);
    }
    this.#sim.queue.after(LOOK_EVERY_MS, () => this.#look());
  }

  #peak(process: string, bound: Bound, count: number): void {
    if (count > this.peaks[bound]) this.peaks[bound] = count;
    demand(count <= BOUNDS[bound], 'I8', () => `${process} has ${count} ${bound}, over the bound of ${BOUNDS[bound]}`);
  }
}

/** Nobody asks for anything: what is found under way at every look is never let go. */
export function checkAtRest(sim: Simulator): void {
  const busy = new Map<string, number>();
  for (let look = 0; look < LOOKS_AT_REST; look += 1) {
    for (const [name, member] of sim.members) {
      for (const [bound, count] of loadOf(member)) {
        const key = `${name} ${bound}`;
        if (AT_REST.includes(bound)) busy.set(key, Math.min(count, busy.get(key) ?? count));
      }
    }
    if ([...busy.values()].every((count) => count === 0)) return;
    sim.run(LOOK_EVERY_MS);
  }
  for (const [key, count] of busy) demand(count === 0, 'I8', () => `at rest, ${key} never fall below ${count}`);
}

function loadOf({ node }: SimMember): readonly (readonly [keyof NodeLoad, number])[] {
  return node === undefined ? [] : (Object.entries(node.load()) as [keyof NodeLoad, number][]);
}
