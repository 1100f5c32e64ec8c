/**
 * Connections between members and frames on them. The network joins whoever can reach each other,
 * tells both sides of it late and not at the same moment, and cuts without a word: a frame under
 * way when a connection breaks is lost.
 */
import type { PeerEvent } from '../../p2p/ports.ts';
import type { MemberId } from '../../p2p/types.ts';
import type { NetworkOptions } from './options.ts';
import type { EventQueue } from './queue.ts';
import type { SeededRandom } from './random.ts';

export interface Ports {
  readonly isRunning: (member: MemberId) => boolean;
  readonly peer: (member: MemberId, event: PeerEvent) => void;
  readonly frame: (to: MemberId, from: MemberId, frame: Uint8Array) => void;
}

/** One connection of a pair, from its making to its end. */
interface Connection {
  readonly sides: readonly [MemberId, MemberId];
  /** Who has been told of it, and not yet of its end. */
  readonly told: Set<MemberId>;
  /** Arrival of the last frame in each direction: those in order come after it. */
  readonly lastArrivalMs: Map<MemberId, number>;
  isOpen: boolean;
}

const DIAL_MS = 1_000;

export class Network {
  readonly #members: readonly MemberId[];
  readonly #queue: EventQueue;
  readonly #random: SeededRandom;
  readonly #ports: Ports;
  readonly #connections = new Map<string, Connection>();
  /** `from to` of the directions that lose everything. */
  readonly #muted = new Set<string>();
  /** The side of the partition that each member is on. */
  readonly #side = new Map<MemberId, number>();
  #options: NetworkOptions;

  constructor(members: readonly MemberId[], queue: EventQueue, random: SeededRandom, options: NetworkOptions, ports: Ports) {
    this.#members = members;
    this.#queue = queue;
    this.#random = random;
    this.#options = options;
    this.#ports = ports;
    queue.after(0, () => this.#dialAll());
  }

  /** Members that are given different numbers no longer reach each other. */
  partition(sides: ReadonlyMap<MemberId, number>): void {
    for (const member of this.#members) this.#side.set(member, sides.get(member) ?? 0);
    for (const connection of this.#connections.values()) {
      const [a, b] = connection.sides;
      if (!this.#reaches(a, b)) this.#break(connection, 5_000);
    }
  }

  /** Frames from one to the other vanish, and neither side's connection ends. */
  mute(from: MemberId, to: MemberId): void {
    this.#muted.add(`${from} ${to}`);
  }

  unmute(): void {
    this.#muted.clear();
  }

  /** No partition, no loss, no duplication, no reordering any more. */
  heal(): void {
    this.partition(new Map());
    this.unmute();
    this.#options = { latencyMs: this.#options.latencyMs, loss: 0, duplication: 0, reordering: 0 };
  }

  /** A process is gone: its peers notice soon, or only after a while. */
  stopped(member: MemberId): void {
    for (const connection of this.#connections.values()) {
      if (!connection.sides.includes(member)) continue;
      connection.told.delete(member);
      this.#break(connection, this.#random.chance(0.7) ? 20 : 5_000);
    }
  }

  /** Nobody still believes in a connection that is gone. */
  get isWhole(): boolean {
    return [...this.#connections.values()].every(({ isOpen, told }) => isOpen && told.size === 2);
  }

  send(from: MemberId, to: MemberId, frame: Uint8Array): void {
    const connection = this.#connections.get(pairOf(from, to));
    if (connection === undefined || !connection.isOpen || !connection.told.has(from)) return;
    if (this.#muted.has(`${from} ${to}`)) return;
    const { loss, duplication } = this.#options;
    if (this.#random.chance(loss)) return;
    this.#deliver(connection, from, to, frame);
    if (this.#random.chance(duplication)) this.#deliver(connection, from, to, frame);
  }

  broadcast(from: MemberId, frame: Uint8Array): void {
    for (const to of this.#members) if (to !== from) this.send(from, to, frame);
  }

  #deliver(connection: Connection, from: MemberId, to: MemberId, frame: Uint8Array): void {
    const { latencyMs, reordering } = this.#options;
    const arrivalMs = this.#queue.nowMs + latencyMs * 0.5 + this.#random.exponential(latencyMs * 0.5);
    const isOvertaken = this.#random.chance(reordering);
    const inOrderMs = Math.max(arrivalMs, connection.lastArrivalMs.get(to) ?? 0);
    if (!isOvertaken) connection.lastArrivalMs.set(to, inOrderMs);
    const atMs = isOvertaken ? arrivalMs + this.#random.exponential(latencyMs * 4) : inOrderMs;
    this.#queue.at(atMs, () => {
      if (connection.isOpen && connection.told.has(to)) this.#ports.frame(to, from, frame);
    });
  }

  /** Every pair tries now and again. */
  #dialAll(): void {
    for (const [index, a] of this.#members.entries()) {
      for (const b of this.#members.slice(index + 1)) this.#dial(a, b);
    }
    this.#queue.after(DIAL_MS, () => this.#dialAll());
  }

  #dial(a: MemberId, b: MemberId): void {
    const known = this.#connections.get(pairOf(a, b));
    const isBusy = known !== undefined && (known.isOpen || known.told.size > 0);
    if (isBusy) return;
    const areRunning = this.#ports.isRunning(a) && this.#ports.isRunning(b);
    if (areRunning && this.#reaches(a, b)) this.#connect(a, b);
    else if (this.#random.chance(0.2)) {
      for (const [from, to] of [[a, b], [b, a]] as const) {
        if (this.#ports.isRunning(from)) this.#ports.peer(from, { kind: 'dial-failed', member: to, reason: 'timed out' });
      }
    }
  }

  #connect(a: MemberId, b: MemberId): void {
    const connection: Connection = { sides: [a, b], told: new Set(), lastArrivalMs: new Map(), isOpen: true };
    this.#connections.set(pairOf(a, b), connection);
    for (const [side, other] of [[a, b], [b, a]] as const) {
      const atMs = this.#queue.nowMs + this.#random.exponential(this.#options.latencyMs * 2);
      connection.lastArrivalMs.set(side, atMs);
      this.#queue.at(atMs, () => {
        if (!connection.isOpen) return;
        connection.told.add(side);
        this.#ports.peer(side, { kind: 'connected', member: other, address: `/sim/${other}` });
      });
    }
  }

  #break(connection: Connection, meanMs: number): void {
    if (!connection.isOpen) return;
    connection.isOpen = false;
    const [a, b] = connection.sides;
    for (const [side, other] of [[a, b], [b, a]] as const) {
      if (!connection.told.has(side)) continue;
      this.#queue.after(this.#random.exponential(meanMs), () => {
        if (connection.told.delete(side)) this.#ports.peer(side, { kind: 'disconnected', member: other });
      });
    }
  }

  #reaches(a: MemberId, b: MemberId): boolean {
    return (this.#side.get(a) ?? 0) === (this.#side.get(b) ?? 0);
  }
}

function pairOf(a: MemberId, b: MemberId): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
