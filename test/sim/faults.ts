/**
 * What each kind of fault does, and how it is undone. Faults never take the last copy of anything:
 * a team that loses every disk that held a write has nothing to be blamed for.
 */
import type { SimMember } from './member.ts';
import type { Undo } from './network.ts';
import { isForgotten, isHeldElsewhere, isOwnedElsewhere } from './other-copies.ts';
import type { Simulator } from './simulator.ts';
import type { FaultKind, FaultStep } from './step.ts';

type Cause = (sim: Simulator, step: FaultStep) => Undo;
type Pair = readonly [string, string];

const NOTHING: Undo = () => undefined;
/** A hung process loses its connections after this: its peers' pings are not answered. */
const PING_TIMEOUT_MS = 4_000;
const FLAP_MS = 500;

const CAUSES: Readonly<Record<FaultKind, Cause>> = {
  crash: (sim, step) => down(sim, step, (member) => member.crash()),
  'power-loss': (sim, step) => down(sim, step, (member) => member.losePower()),
  stop: (sim, step) => down(sim, step, (member) => member.stop()),
  wipe: (sim, step) => down(sim, step, (member) => {
    if (isHeldElsewhere(sim, member)) member.restore(undefined);
  }),
  backup: oldBackup,
  clone: (sim, { who: [name = ''] }) => {
    sim.startClone(name);
    return () => sim.endClone(name);
  },
  partition: (sim, { who }) => sim.network.block(across(groupsOf(who))),
  /** A – B, B – C, and not A – C. */
  bridge: (sim, { who }) => {
    const [left = [], , right = []] = groupsOf(who);
    return sim.network.block(across([left, right]));
  },
  majorities: (sim, { who }) => sim.network.block(distant(who)),
  cut: (sim, { who: [from = '', to = ''] }) => sim.network.mute(from, to),
  clog: (sim, { who: [from = '', to = ''] }) => sim.network.clog(from, to),
  'slow-peer': (sim, { who: [name = ''], amount = 1 }) => sim.network.slow(name, amount),
  flap,
  'slow-disk': (sim, { who: [name = ''], amount = 20 }) => {
    const { disk } = sim.member(name);
    disk.slowness = amount;
    return () => void (disk.slowness = 1);
  },
  'disk-full': (sim, { who: [name = ''] }) => {
    const { disk } = sim.member(name);
    disk.isFull = true;
    return () => void (disk.isFull = false);
  },
  'read-errors': (sim, { who: [name = ''], amount = 1 }) => {
    const { disk } = sim.member(name);
    disk.readErrors = amount;
    return () => void (disk.readErrors = 0);
  },
  flip: (sim, { who: [name = ''], amount = 1 }) => {
    const member = sim.member(name);
    const keys = [...member.disk.objects.keys()];
    const random = sim.random.fork('flip');
    for (let turn = 0; turn < amount && keys.length > 0; turn += 1) {
      const key = random.pick(keys);
      // What others have forgotten, a backup may have brought back: nobody could mend it.
      if (isOwnedElsewhere(sim, member, key) && !isForgotten(sim, member, key)) member.disk.flip(key);
    }
    return NOTHING;
  },
  'lost-block': (sim, { who: [name = ''], amount = 1 }) => {
    const member = sim.member(name);
    const random = sim.random.fork(`lost-block ${sim.queue.nowMs}`);
    const { keyIds } = member.disk;
    member.feed({ kind: 'rows-lost' });
    for (let turn = 0; turn < amount && keyIds.length > 0; turn += 1) {
      const key = random.pick(keyIds);
      if (!member.disk.objects.has(key) || isOwnedElsewhere(sim, member, key)) member.disk.lose(key, random);
    }
    return NOTHING;
  },
  pause: (sim, { who: [name = ''] }) => {
    const member = sim.member(name);
    member.freeze();
    sim.queue.after(PING_TIMEOUT_MS, () => {
      if (member.isFrozen) sim.network.lost(name);
    });
    return () => member.thaw(false);
  },
  suspend: (sim, { who: [name = ''], amount = 0 }) => {
    const member = sim.member(name);
    member.freeze();
    sim.network.lost(name);
    return () => {
      member.jump(amount);
      member.thaw(true);
    };
  },
  'clock-jump': (sim, { who: [name = ''], amount = 0 }) => {
    sim.member(name).jump(amount);
    return NOTHING;
  },
};

/** Faults that are in force, and since when there are none. */
export class Faults {
  active = 0;
  /** Counts beginnings and ends. */
  changes = 0;
  lastChangeMs = 0;
  readonly #sim: Simulator;
  readonly #undo = new Set<Undo>();
  #isOver = false;

  constructor(sim: Simulator) {
    this.#sim = sim;
  }

  begin(step: FaultStep): void {
    if (this.#isOver || step.who.some((name) => name !== '/' && !this.#sim.members.has(name))) return;
    this.#sim.trace.add(step.who[0] ?? '', `suffers ${step.kind} ${step.who.join(' ')}`);
    this.#change(1);
    const undo = CAUSES[step.kind](this.#sim, step);
    this.#undo.add(undo);
    if (step.forMs !== undefined) this.#sim.queue.after(step.forMs, () => this.#end(undo));
  }

  /** Something else changed that takes time to settle. */
  noticeChange(): void {
    this.#change(0);
  }

  /** Everything that was begun ends; more may follow. */
  mend(): void {
    for (const undo of this.#undo) this.#end(undo);
  }

  /** Everything is whole again and stays so. */
  heal(): void {
    this.#isOver = true;
    this.#sim.trace.add('', 'heal');
    this.mend();
    this.#sim.network.heal();
    this.#sim.startAll();
  }

  #end(undo: Undo): void {
    if (!this.#undo.delete(undo)) return;
    this.#change(-1);
    undo();
  }

  #change(by: number): void {
    this.active += by;
    this.changes += 1;
    this.lastChangeMs = this.#sim.queue.nowMs;
  }
}

function down(sim: Simulator, { who: [name = ''] }: FaultStep, end: (member: SimMember) => void): Undo {
  const member = sim.member(name);
  end(member);
  return () => member.start();
}

/** `amount` ms after a copy of the disk was taken, the copy comes back. */
function oldBackup(sim: Simulator, { who: [name = ''], amount = 0 }: FaultStep): Undo {
  const member = sim.member(name);
  const image = member.disk.image();
  let isOver = false;
  sim.queue.after(amount, () => {
    if (!isOver && isHeldElsewhere(sim, member)) member.restore(image);
  });
  return () => {
    isOver = true;
    member.start();
  };
}

function flap(sim: Simulator, { who: [a = '', b = ''], amount = FLAP_MS }: FaultStep): Undo {
  let undo: Undo | undefined;
  let isOver = false;
  const turn = (): void => {
    if (isOver) return;
    if (undefined === undo) undo = sim.network.block([[a, b]]);
    else {
      undo();
      undo = undefined;
    }
    sim.queue.after(amount, turn);
  };
  turn();
  return () => {
    isOver = true;
    undo?.();
  };
}

/** Groups of members that stand between slashes. */
function groupsOf(who: readonly string[]): readonly (readonly string[])[] {
  const groups: string[][] = [[]];
  for (const name of who) {
    if (name === '/') groups.push([]);
    else groups.at(-1)?.push(name);
  }
  return groups;
}

function across(groups: readonly (readonly string[])[]): readonly Pair[] {
  return groups.flatMap((group, index) =>
    group.flatMap((a) => groups.slice(index + 1).flatMap((other) => other.map((b): Pair => [a, b]))),
  );
}

/** In a circle, each reaches just a majority, and no two the same one (Kingsbury's majorities ring). */
function distant(circle: readonly string[]): readonly Pair[] {
  const reach = Math.ceil(Math.floor(circle.length / 2) / 2);
  return circle.flatMap((a, i) =>
    circle.slice(i + 1).flatMap((b, ahead): readonly Pair[] => {
      const distance = Math.min(ahead + 1, circle.length - ahead - 1);
      return distance > reach ? [[a, b]] : [];
    }),
  );
}
