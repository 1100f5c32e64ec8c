/**
 * Connections between processes and frames on them. The network joins whoever can reach each other,
 * tells both sides of it late and not at the same moment, and cuts without a word: a frame under
 * way when a connection breaks is lost, and one that is larger than a network takes never leaves.
 *
 * A process has a name of its own, an address so to say; its identity is what its peers know it by.
 * They differ only for a clone, `ada'`, which speaks as `ada`.
 */
import type { PeerEvent } from '../../p2p/ports.ts';
import type { MemberId } from '../../p2p/types.ts';
import { FRAME_BYTES } from '../../p2p/wire/limits.ts';
import { Counts } from './counts.ts';
import type { SimOptions } from './options.ts';
import type { EventQueue } from './queue.ts';
import type { SeededRandom } from './random.ts';

export interface Ports {
  /** A process that takes connections now. */
  readonly isReachable: (process: string) => boolean;
  /** Shows `to` who `from` is, before either hears of the connection. */
  readonly introduce: (to: string, from: string) => void;
  readonly peer: (process: string, event: PeerEvent) => void;
  readonly frame: (to: string, from: MemberId, frame: Uint8Array) => void;
}

/** One direction of a connection. */
interface Lane {
  readonly from: string;
  readonly to: string;
  /** Arrival of the last frame: those in order come after it. */
  lastArrivalMs: number;
  /** What a clogged or slow link has not yet let through. */
  held: Uint8Array[];
  /** Of what is large, the first is on its way. */
  large: Uint8Array[];
  isPumping: boolean;
}

/** One connection of a pair, from its making to its end. */
interface Connection {
  readonly lanes: readonly [Lane, Lane];
  /** Who has been told of it, and not yet of its end. */
  readonly told: Set<string>;
  isOpen: boolean;
}

export type Undo = () => void;

const DIAL_MS = 1_000;
/** Mean time until a side notices that its connection is gone. */
const NOTICED_MS = 2_000;
/** Mean latency of a network that is well: no reply takes so long that its sender is doubted. */
const WELL_MS = 20;
/** A frame that comes later than this may come too late for whoever waits. */
const LATE_MS = 1_000;
/** Frames of as much go in pieces: no other waits for them. */
const LARGE_BYTES = 1024 * 1024;
/** While one is on its way, both sides are told so often that it gets on. */
const MOVING_EVERY_MS = 1_000;
/** A link that holds more than this back has lost its connection. */
const HELD_MAX = 5_000;

export class Network {
  readonly #queue: EventQueue;
  readonly #random: SeededRandom;
  readonly #ports: Ports;
  readonly #processes: string[] = [];
  readonly #connections = new Map<string, Connection>();
  /** How many faults block a pair, mute or clog a direction. */
  readonly #blocked = new Counts();
  readonly #muted = new Counts();
  readonly #clogged = new Counts();
  /** Bytes a second of a process's links. */
  readonly #rates = new Map<string, number>();
  /** Frames on their way, by who sent them. */
  readonly #inFlight = new Counts();
  /** How many were that late, though nothing was the matter. */
  lateFrames = 0;
  #loss: number;
  #duplication: number;
  #reordering: number;
  #latencyMs: number;

  constructor(queue: EventQueue, random: SeededRandom, options: SimOptions, ports: Ports) {
    this.#queue = queue;
    this.#random = random;
    this.#ports = ports;
    this.#latencyMs = options.latencyMs;
    this.#loss = options.loss;
    this.#duplication = options.duplication;
    this.#reordering = options.reordering;
    queue.after(0, () => this.#dialAll());
  }

  get isLossless(): boolean {
    return this.#loss === 0;
  }

  add(process: string): void {
    if (!this.#processes.includes(process)) this.#processes.push(process);
  }

  remove(process: string): void {
    this.stopped(process);
    this.#processes.splice(this.#processes.indexOf(process), 1);
  }

  /** These pairs no longer reach each other. */
  block(pairs: readonly (readonly [string, string])[]): Undo {
    const names = pairs.map(([a, b]) => pairOf(a, b));
    for (const name of names) {
      this.#blocked.add(name);
      const connection = this.#connections.get(name);
      if (connection !== undefined) this.#break(connection, NOTICED_MS);
    }
    return once(() => {
      for (const name of names) this.#blocked.drop(name);
    });
  }

  /** One side gives up the connection; the other notices soon. */
  drop(from: string, to: MemberId): void {
    for (const process of [to, cloneOf(to)]) {
      const connection = this.#connections.get(pairOf(from, process));
      if (connection !== undefined && this.#carries(connection, from)) return this.#break(connection, 20);
    }
  }

  /** Frames from one to the other vanish, and neither side's connection ends; a new one would need both ways. */
  mute(from: string, to: string): Undo {
    this.#muted.add(`${from} ${to}`);
    return once(() => this.#muted.drop(`${from} ${to}`));
  }

  /** Frames from one to the other wait, and then all come. */
  clog(from: string, to: string): Undo {
    this.#clogged.add(`${from} ${to}`);
    return once(() => {
      this.#clogged.drop(`${from} ${to}`);
      this.#pumpAll();
    });
  }

  /** All that this process sends and is sent goes at this many bytes a second. */
  slow(process: string, bytesPerSecond: number): Undo {
    this.#rates.set(process, bytesPerSecond);
    return once(() => {
      this.#rates.delete(process);
      this.#pumpAll();
    });
  }

  /** Nothing is blocked, lost, held, doubled, overtaken or slow any more. */
  heal(): void {
    this.#latencyMs = Math.min(this.#latencyMs, WELL_MS);
    for (const counts of [this.#blocked, this.#muted, this.#clogged]) counts.clear();
    this.#rates.clear();
    this.#loss = this.#duplication = this.#reordering = 0;
    this.#pumpAll();
  }

  /** A process is gone: its peers notice soon, or only after a while. */
  stopped(process: string): void {
    for (const connection of this.#of(process)) {
      connection.told.delete(process);
      this.#break(connection, this.#random.chance(0.7) ? 20 : NOTICED_MS);
    }
  }

  /** The connections of a process that goes on are gone. */
  lost(process: string): void {
    for (const connection of this.#of(process)) this.#break(connection, 1_000);
  }

  /** Everybody is connected, and nobody believes in a connection that is gone. */
  get isWhole(): boolean {
    return [...this.#connections.values()].every(({ isOpen, told, lanes }) => (isOpen && told.size === 2) || !lanes.every(({ from }) => this.#processes.includes(from)));
  }

  inFlight(from: string): number {
    return this.#inFlight.of(from);
  }

  send(from: string, to: MemberId, frame: Uint8Array): void {
    const connection = this.#connections.get(pairOf(from, to));
    if (connection !== undefined && this.#carries(connection, from)) this.#transmit(connection, from, frame);
    else this.#sendToClone(from, to, frame);
  }

  broadcast(from: string, frame: Uint8Array): void {
    const own = identityOf(from);
    for (const to of this.#processes) if (identityOf(to) === to && to !== own) this.send(from, to, frame);
  }

  /** Whoever has lost the original, or never met it, talks to the clone. */
  #sendToClone(from: string, to: MemberId, frame: Uint8Array): void {
    const connection = this.#connections.get(pairOf(from, cloneOf(to)));
    if (connection !== undefined && this.#carries(connection, from)) this.#transmit(connection, from, frame);
  }

  #carries(connection: Connection, from: string): boolean {
    return connection.isOpen && connection.told.has(from);
  }

  #transmit(connection: Connection, from: string, frame: Uint8Array): void {
    if (frame.length > FRAME_BYTES) return;
    const lane = connection.lanes[0].from === from ? connection.lanes[0] : connection.lanes[1];
    if (this.#muted.has(`${from} ${lane.to}`) || (this.#loss > 0 && this.#random.chance(this.#loss))) return;
    const copies = this.#duplication > 0 && this.#random.chance(this.#duplication) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      this.#inFlight.add(from);
      if (frame.length >= LARGE_BYTES && this.#rateOf(from, lane.to) !== undefined) this.#holdLarge(connection, lane, frame);
      else if (lane.held.length > 0 || this.#isHeld(lane)) this.#hold(connection, lane, frame);
      else this.#deliver(connection, lane, frame);
    }
  }

  #deliver(connection: Connection, lane: Lane, frame: Uint8Array): void {
    const arrivalMs = this.#queue.nowMs + this.#latencyMs * 0.5 + this.#random.exponential(this.#latencyMs * 0.5);
    const isOvertaken = this.#reordering > 0 && this.#random.chance(this.#reordering);
    const inOrderMs = Math.max(arrivalMs, lane.lastArrivalMs);
    if (!isOvertaken) lane.lastArrivalMs = inOrderMs;
    const atMs = isOvertaken ? arrivalMs + this.#random.exponential(this.#latencyMs * 4) : inOrderMs;
    if (atMs - this.#queue.nowMs > LATE_MS) this.lateFrames += 1;
    this.#queue.at(atMs, () => {
      this.#inFlight.drop(lane.from);
      if (connection.isOpen && connection.told.has(lane.to)) this.#ports.frame(lane.to, identityOf(lane.from), frame);
    });
  }

  #isHeld({ from, to }: Lane): boolean {
    return this.#clogged.has(`${from} ${to}`) || this.#rateOf(from, to) !== undefined;
  }

  #rateOf(from: string, to: string): number | undefined {
    return this.#rates.size === 0 ? undefined : (this.#rates.get(from) ?? this.#rates.get(to));
  }

  #hold(connection: Connection, lane: Lane, frame: Uint8Array): void {
    lane.held.push(frame);
    if (lane.held.length > HELD_MAX) this.#break(connection, 1_000);
    else this.#pump(connection, lane);
  }

  #pumpAll(): void {
    for (const connection of this.#connections.values()) for (const lane of connection.lanes) this.#pump(connection, lane);
  }

  #pump(connection: Connection, lane: Lane): void {
    if (lane.isPumping || !connection.isOpen || this.#clogged.has(`${lane.from} ${lane.to}`)) return;
    const rate = this.#rateOf(lane.from, lane.to);
    if (rate === undefined) {
      for (const frame of lane.held.splice(0)) this.#deliver(connection, lane, frame);
      return;
    }
    const [frame] = lane.held;
    if (frame === undefined) return;
    lane.isPumping = true;
    const delayMs = Math.min(5_000, (frame.length / rate) * 1_000);
    this.#queue.after(delayMs, () => {
      lane.isPumping = false;
      const next = connection.isOpen ? lane.held.shift() : undefined;
      if (next !== undefined) this.#deliver(connection, lane, next);
      this.#pump(connection, lane);
    });
  }

  #holdLarge(connection: Connection, lane: Lane, frame: Uint8Array): void {
    lane.large.push(frame);
    if (lane.large.length > 1) return;
    this.#carryLarge(connection, lane, 0);
  }

  /** A step of it, as both sides see it get on. */
  #carryLarge(connection: Connection, lane: Lane, carried: number): void {
    const [frame] = lane.large;
    if (frame === undefined) return;
    const rate = this.#rateOf(lane.from, lane.to) ?? Infinity;
    if (carried >= frame.length) {
      lane.large.shift();
      this.#deliver(connection, lane, frame);
      this.#carryLarge(connection, lane, 0);
      return;
    }
    this.#queue.after(Math.min(MOVING_EVERY_MS, (1_000 * (frame.length - carried)) / rate), () => {
      if (!connection.isOpen) return;
      this.#tellOfMoving(connection, lane);
      this.#carryLarge(connection, lane, carried + (rate * MOVING_EVERY_MS) / 1_000);
    });
  }

  #tellOfMoving(connection: Connection, lane: Lane): void {
    for (const [to, member] of [[lane.from, lane.to], [lane.to, lane.from]] as const) {
      if (connection.told.has(to)) this.#ports.peer(to, { kind: 'moving', member: identityOf(member) });
    }
  }

  /** Every pair tries now and again. */
  #dialAll(): void {
    for (const [index, a] of this.#processes.entries()) {
      for (const b of this.#processes.slice(index + 1)) if (identityOf(a) !== identityOf(b)) this.#dial(a, b);
    }
    this.#queue.after(DIAL_MS, () => this.#dialAll());
  }

  #dial(a: string, b: string): void {
    const known = this.#connections.get(pairOf(a, b));
    const isBusy = known !== undefined && (known.isOpen || known.told.size > 0);
    if (isBusy) return;
    const [canA, canB] = [this.#ports.isReachable(a), this.#ports.isReachable(b)];
    if (canA && canB && !this.#blocked.has(pairOf(a, b)) && !this.#isMuted(a, b)) this.#connect(a, b);
    else if (this.#random.chance(0.2)) {
      if (canA) this.#ports.peer(a, { kind: 'dial-failed', member: identityOf(b), reason: 'timed out' });
      if (canB) this.#ports.peer(b, { kind: 'dial-failed', member: identityOf(a), reason: 'timed out' });
    }
  }

  #connect(a: string, b: string): void {
    const connection: Connection = { lanes: [laneOf(a, b), laneOf(b, a)], told: new Set(), isOpen: true };
    this.#connections.set(pairOf(a, b), connection);
    for (const lane of connection.lanes) {
      const atMs = this.#queue.nowMs + this.#random.exponential(this.#latencyMs * 2);
      lane.lastArrivalMs = atMs;
      this.#queue.at(atMs, () => {
        if (!connection.isOpen) return;
        connection.told.add(lane.to);
        this.#ports.introduce(lane.to, lane.from);
        this.#ports.peer(lane.to, { kind: 'connected', member: identityOf(lane.from), address: `/sim/${lane.from}` });
      });
    }
  }

  #break(connection: Connection, meanMs: number): void {
    if (!connection.isOpen) return;
    connection.isOpen = false;
    for (const lane of connection.lanes) {
      for (const _ of [...lane.held.splice(0), ...lane.large.splice(0)]) this.#inFlight.drop(lane.from);
      if (!connection.told.has(lane.to)) continue;
      this.#queue.after(this.#random.exponential(meanMs), () => {
        if (connection.told.delete(lane.to) && !this.#hasOther(lane)) this.#ports.peer(lane.to, { kind: 'disconnected', member: identityOf(lane.from) });
      });
    }
  }

  /** Still connected to another process of the same member. */
  #hasOther({ from, to }: Lane): boolean {
    const member = identityOf(from);
    const other = this.#connections.get(pairOf(to, from === member ? cloneOf(member) : member));
    return other !== undefined && this.#carries(other, to);
  }

  #isMuted(a: string, b: string): boolean {
    return this.#muted.has(`${a} ${b}`) || this.#muted.has(`${b} ${a}`);
  }

  #of(process: string): readonly Connection[] {
    return [...this.#connections.values()].filter(({ lanes }) => lanes.some(({ from }) => from === process));
  }
}

export function cloneOf(member: MemberId): string {
  return `${member}'`;
}

export function identityOf(process: string): MemberId {
  return process.endsWith("'") ? process.slice(0, -1) : process;
}

function laneOf(from: string, to: string): Lane {
  return { from, to, lastArrivalMs: 0, held: [], large: [], isPumping: false };
}

function pairOf(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

function once(run: () => void): Undo {
  let isDone = false;
  return () => {
    if (!isDone) run();
    isDone = true;
  };
}
