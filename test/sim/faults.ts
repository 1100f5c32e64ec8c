/** What goes wrong during the safety phase. */
import type { SeededRandom } from './random.ts';
import type { Simulator } from './simulator.ts';

const AWAY_MS = 3_000;
const APART_MS = 4_000;
const FULL_MS = 2_000;

export class Faults {
  readonly #sim: Simulator;
  readonly #random: SeededRandom;
  #isOver = false;

  constructor(sim: Simulator) {
    this.#sim = sim;
    this.#random = sim.random.fork('faults');
  }

  start(): void {
    const { crashEveryMs, partitionEveryMs, diskFullEveryMs } = this.#sim.options;
    this.#repeat(crashEveryMs, () => this.#stopOne());
    this.#repeat(partitionEveryMs, () => this.#partition());
    this.#repeat(this.#sim.options.oneWayEveryMs, () => this.#mute());
    this.#repeat(diskFullEveryMs, () => this.#fillDisk());
  }

  /** Everything is whole again and stays so. */
  heal(): void {
    this.#isOver = true;
    this.#sim.trace.add('', 'heal');
    this.#sim.network.heal();
    for (const member of this.#sim.members.values()) member.disk.isFull = false;
    this.#sim.startAll();
  }

  #repeat(everyMs: number | undefined, cause: () => void): void {
    if (everyMs === undefined) return;
    this.#later(this.#random.exponential(everyMs), () => {
      cause();
      this.#repeat(everyMs, cause);
    });
  }

  #stopOne(): void {
    const running = this.#sim.running();
    if (running.length === 0) return;
    const member = this.#random.pick(running);
    if (this.#random.chance(0.3)) member.stop();
    else member.crash();
    this.#later(this.#random.exponential(AWAY_MS), () => member.start());
  }

  #partition(): void {
    const sides = new Map([...this.#sim.members.keys()].map((name) => [name, this.#random.between(0, 1)]));
    this.#sim.trace.add('', `partition ${[...sides].map(([name, side]) => `${name}:${side}`).join(' ')}`);
    this.#sim.network.partition(sides);
    this.#later(this.#random.exponential(APART_MS), () => {
      this.#sim.trace.add('', 'no partition');
      this.#sim.network.partition(new Map());
    });
  }

  #mute(): void {
    const names = [...this.#sim.members.keys()];
    const [from, to] = [this.#random.pick(names), this.#random.pick(names)];
    this.#sim.trace.add(from, `is no longer heard by ${to}`);
    this.#sim.network.mute(from, to);
    this.#later(this.#random.exponential(APART_MS), () => this.#sim.network.unmute());
  }

  #fillDisk(): void {
    const { disk, name } = this.#random.pick([...this.#sim.members.values()]);
    this.#sim.trace.add(name, 'disk full');
    disk.isFull = true;
    this.#later(this.#random.exponential(FULL_MS), () => {
      disk.isFull = false;
    });
  }

  #later(delayMs: number, run: () => void): void {
    this.#sim.queue.after(delayMs, () => {
      if (!this.#isOver) run();
    });
  }
}
