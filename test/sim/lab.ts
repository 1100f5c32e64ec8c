/** A small team whose members come, go and are wiped by the test's own hand, on the simulator's parts. */
import assert from 'node:assert/strict';
import { classOf } from '../../p2p/antientropy/scope.ts';
import { bytesEqual } from '../../p2p/bytes/bytes.ts';
import type { NodeConfig } from '../../p2p/config.ts';
import { DEFAULT_CONFIG } from '../../p2p/config.ts';
import { encodeLedger } from '../../p2p/handoff/debts-codec.ts';
import { admitMember, signRecord } from '../../p2p/membership/admission.ts';
import { DEFAULT_SETTINGS, encodeBucketRecord } from '../../p2p/membership/bucket-registry.ts';
import { foundTeam } from '../../p2p/membership/team.ts';
import type { Command, Outcome } from '../../p2p/node/commands.ts';
import type { Core } from '../../p2p/node/core.ts';
import { BUCKET_ROW } from '../../p2p/node/member-desk.ts';
import { OWNERSHIP_ROW } from '../../p2p/node/ownership.ts';
import { Placement } from '../../p2p/ring/placement.ts';
import { keyRef } from '../../p2p/ring/position.ts';
import type { BucketSettings, KeyRef, MemberRecord, Team } from '../../p2p/types.ts';
import { decodeMessage } from '../../p2p/wire/codec.ts';
import type { Message } from '../../p2p/wire/message.ts';
import { Disk } from './disk.ts';
import { fakeSigner } from './fake-signer.ts';
import { SimMember } from './member.ts';
import type { Undo } from './network.ts';
import { Network } from './network.ts';
import { QUIET } from './options.ts';
import { EventQueue } from './queue.ts';
import { SeededRandom } from './random.ts';
import { Trace } from './trace.ts';

const NAMES = ['ada', 'ben', 'cleo', 'dan', 'eve', 'fay'];
export const PARTITIONS = 32;
const DISK = { readMs: 1, syncMs: 2 };
const NETWORK = { ...QUIET, latencyMs: 4 };

export interface LabOptions {
  readonly seed?: number;
  /** The team as it has been for long. */
  readonly up: readonly string[];
  readonly buckets?: Readonly<Record<string, BucketSettings['n']>>;
  readonly config?: Partial<NodeConfig>;
}

type PutOptions = Pick<Extract<Command, { readonly kind: 'put' }>, 'w' | 'context'>;

export class Lab {
  readonly queue = new EventQueue();
  readonly network: Network;
  readonly members = new Map<string, SimMember>();
  /** Every key that was written. */
  readonly keys = new Map<string, KeyRef>();
  /** Told of each message as it arrives. */
  onMessage: (from: string, to: string, message: Message) => void = () => undefined;
  readonly #random: SeededRandom;
  readonly #trace: Trace;
  readonly #team: Team;
  readonly #founding: readonly MemberRecord[];
  readonly #buckets: Readonly<Record<string, BucketSettings['n']>>;
  readonly #config: Partial<NodeConfig>;

  constructor({ seed = 1, up, buckets = { notes: 3 }, config = {} }: LabOptions) {
    this.#config = config;
    this.#random = new SeededRandom(seed, 'lab');
    this.#trace = new Trace(this.queue, process.env['TRACE'] === '1' ? 'printed' : 'off');
    this.#buckets = buckets;
    this.#team = foundTeam({ name: 'lab', partitions: PARTITIONS, founder: 'ada', nonce: new Uint8Array(16) });
    this.network = new Network(this.queue, this.#random.fork('network'), NETWORK, {
      isReachable: (name) => this.members.get(name)?.isRunning ?? false,
      // As the transport does: who connects shows why it is a member, before anything else.
      introduce: (to, from) => {
        const bytes = this.members.get(from)?.node?.core.roster.credentials(from);
        if (bytes !== undefined) this.member(to).feed({ kind: 'credentials', from, bytes });
      },
      peer: (name, event) => this.member(name).feed({ kind: 'peer', event }),
      frame: (to, from, frame) => {
        this.onMessage(from, to, decodeMessage(frame));
        this.member(to).receive(from, frame);
      },
    });
    this.#founding = up.map((name) => this.#record(name));
    for (const name of up) this.#add(name, 'up', this.#founding).start();
    this.run(5_000);
  }

  member(name: string): SimMember {
    const member = this.members.get(name);
    if (member === undefined) throw new Error(`there is no ${name}`);
    return member;
  }

  core(name: string): Core {
    const core = this.member(name).node?.core;
    if (core === undefined) throw new Error(`${name} does not run`);
    return core;
  }

  status(name: string): string | undefined {
    return this.core('ada').roster.get(name)?.status;
  }

  /** A new device, let in by an invite. */
  join(name: string): void {
    this.#add(name, 'joining', this.core('ada').roster.all()).start();
  }

  /** The process ends, and the store is gone. */
  wipe(name: string): void {
    const known = this.core(name).roster.all();
    this.member(name).crash();
    this.#add(name, 'joining', known);
  }

  /** The process ends, and the store is put back as it was at the very beginning. */
  restoreOldest(name: string, isNoticed: boolean): void {
    this.member(name).crash();
    const member = this.#add(name, 'up', this.#founding);
    member.disk.isRestored = isNoticed;
    member.start();
  }

  /** Nobody reaches it, until the undo. */
  isolate(name: string): Undo {
    return this.network.block(NAMES.filter((other) => other !== name).map((other) => [name, other]));
  }

  leave(name: string): void {
    this.member(name).node?.members.departures.leave(false);
    this.run(1);
  }

  run(ms: number): void {
    this.queue.runUntil(this.queue.nowMs + ms);
  }

  /** Runs until it holds; fails after `withinMs` of virtual time. */
  until(what: string, holds: () => boolean, withinMs = 60_000): number {
    const startMs = this.queue.nowMs;
    while (!holds()) {
      assert.ok(this.queue.nowMs - startMs < withinMs, `after ${withinMs} ms: ${what}`);
      this.run(50);
    }
    return this.queue.nowMs - startMs;
  }

  ask(name: string, command: Command): Outcome | undefined {
    let answer: { readonly outcome: Outcome | undefined } | undefined;
    this.member(name).execute(command, (outcome) => {
      answer = { outcome };
    });
    for (let turn = 0; answer === undefined && turn < 100_000; turn += 1) this.run(1);
    return answer?.outcome;
  }

  fill(bucket: string, count: number, by = 'ada'): void {
    for (let index = 0; index < count; index += 1) this.put(bucket, `k${index}`, `${index}`, by);
  }

  put(bucket: string, key: string, text: string, by = 'ada', how: PutOptions = {}): Outcome | undefined {
    const ref = keyRef(bucket, key, PARTITIONS);
    this.keys.set(ref.id, ref);
    return this.ask(by, { kind: 'put', bucket, key, value: new TextEncoder().encode(text), contentType: 'text/plain', ...how });
  }

  primaries(ref: KeyRef): readonly string[] {
    const core = this.core('ada');
    return core.placement.preferenceList(ref.partition, core.buckets.settings(ref.bucket).n).primaries;
  }

  holders(ref: KeyRef): readonly string[] {
    return [...this.members.values()].filter(({ disk }) => disk.objects.has(ref.id)).map(({ name }) => name);
  }

  /** What keeps the team from being whole, if anything does: primaries hold equal bytes. */
  difference(): string | undefined {
    for (const ref of this.keys.values()) {
      const copies = this.primaries(ref).map((name) => [name, this.member(name).disk.objects.get(ref.id)?.bytes] as const);
      const [, first] = copies[0] ?? [];
      const other = copies.find(([, bytes]) => first === undefined || bytes === undefined || !bytesEqual(first, bytes));
      if (other !== undefined) return `${ref.id.replace('\0', '/')} is not the same at ${other[0]}`;
    }
    return undefined;
  }

  /** A key that is somewhere where it does not belong. */
  stray(): string | undefined {
    for (const ref of this.keys.values()) {
      const stray = this.holders(ref).find((name) => !this.primaries(ref).includes(name) && this.status(name) === 'up');
      if (stray !== undefined) return `${stray} has ${ref.key}`;
    }
    return undefined;
  }

  #add(name: string, firstStatus: 'up' | 'joining', introduced: readonly MemberRecord[]): SimMember {
    const random = this.#random.fork(name);
    const disk = new Disk(name, this.queue, random.fork('disk'), DISK, {});
    const { admission } = this.#record(name);
    const member = new SimMember({
      name, queue: this.queue, random, disk, trace: this.#trace, tamper: {}, wallOffsetMs: Date.UTC(2026, 0, 1),
      nodeInit: {
        team: this.#team,
        signer: fakeSigner(name),
        config: { ...DEFAULT_CONFIG, exchangeIntervalMs: 3_000, requestTimeoutMaxMs: DEFAULT_CONFIG.requestTimeoutMs, ...this.#config },
        profile: { name, machine: `pc-${name}`, zone: undefined, weight: 1, admission, firstStatus, introduced },
      },
      remembered: firstStatus === 'up' ? this.#remembered() : [],
      send: (to, frame) => this.network.send(name, to, frame),
      broadcast: (frame) => this.network.broadcast(name, frame),
      drop: (peer) => this.network.drop(name, peer),
      stopped: () => this.network.stopped(name),
      notice: () => undefined,
      stepped: () => undefined,
    });
    this.members.set(name, member);
    this.network.add(name);
    return member;
  }

  /** The settings, and that everybody has what it is to have. */
  #remembered(): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
    const current = new Placement(this.#founding, PARTITIONS);
    const classes = new Map(Object.entries(this.#buckets).map(([bucket, n]) => [bucket, classOf(n)]));
    const settings = Object.entries(this.#buckets).map(([bucket, n]) => ({
      name: `${BUCKET_ROW}${bucket}`,
      bytes: encodeBucketRecord({ bucket, version: 1, by: 'ada', settings: { ...DEFAULT_SETTINGS, n } }),
    }));
    return [...settings, { name: OWNERSHIP_ROW, bytes: encodeLedger({ stand: { current, pending: current, classes }, debts: [], isNew: false }) }];
  }

  #record(name: string): MemberRecord {
    const admission = admitMember(this.#team, fakeSigner('ada'), name, 0);
    return signRecord(
      { member: name, incarnation: 1, status: 'up', name, machine: `pc-${name}`, zone: undefined, weight: 1, addresses: [], admission },
      fakeSigner(name),
    );
  }
}
