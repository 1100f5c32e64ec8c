/** A whole team on virtual time: members, disks and the network between them, from one seed. */
import { classOf } from '../../p2p/antientropy/scope.ts';
import { DEFAULT_CONFIG } from '../../p2p/config.ts';
import { encodeLedger } from '../../p2p/handoff/debts-codec.ts';
import { admitMember, signRecord } from '../../p2p/membership/admission.ts';
import { encodeBucketRecord } from '../../p2p/membership/bucket-registry.ts';
import { foundTeam } from '../../p2p/membership/team.ts';
import { BUCKET_ROW } from '../../p2p/node/member-desk.ts';
import { OWNERSHIP_ROW } from '../../p2p/node/ownership.ts';
import { Placement } from '../../p2p/ring/placement.ts';
import type { Notice } from '../../p2p/node/commands.ts';
import type { KeyRef, MemberRecord, Team } from '../../p2p/types.ts';
import { Disk } from './disk.ts';
import { fakeSigner } from './fake-signer.ts';
import { SimMember } from './member.ts';
import { Network } from './network.ts';
import type { SimOptions } from './options.ts';
import { EventQueue } from './queue.ts';
import { SeededRandom } from './random.ts';
import type { Tamper } from './tamper.ts';
import { Trace } from './trace.ts';

const NAMES = ['ada', 'ben', 'cleo', 'dan', 'eve', 'fay'] as const;
const START_OF_TIME_MS = Date.UTC(2026, 0, 1);

export interface Watch {
  readonly object: (member: string, ref: KeyRef, bytes: Uint8Array) => void;
  readonly notice: (member: string, notice: Notice) => void;
}

export class Simulator {
  readonly options: SimOptions;
  readonly queue = new EventQueue();
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly network: Network;
  readonly team: Team;
  readonly members = new Map<string, SimMember>();
  readonly machines = new Map<string, string>();

  constructor(options: SimOptions, watch: Watch, tamper: Tamper = {}, print = false) {
    this.options = options;
    this.random = new SeededRandom(options.seed, 'simulator');
    this.trace = new Trace(this.queue, print);
    const names = NAMES.slice(0, options.members);
    const founder = NAMES[0];
    this.team = foundTeam({ name: 'sim', partitions: options.partitions, founder, nonce: new Uint8Array(16) });
    this.network = new Network(names, this.queue, this.random.fork('network'), options.network, {
      isRunning: (member) => this.member(member).isRunning,
      peer: (member, event) => this.member(member).feed({ kind: 'peer', event }),
      frame: (to, from, frame) => this.member(to).receive(from, frame),
    });
    for (const [index, name] of names.entries()) this.machines.set(name, options.sharedMachine && index === 1 ? 'pc-ada' : `pc-${name}`);
    const records = names.map((name) => this.#record(name));
    for (const name of names) this.#add(name, records, watch, tamper);
  }

  member(name: string): SimMember {
    const member = this.members.get(name);
    if (member === undefined) throw new Error(`there is no ${name}`);
    return member;
  }

  running(): readonly SimMember[] {
    return [...this.members.values()].filter(({ isRunning }) => isRunning);
  }

  startAll(): void {
    for (const member of this.members.values()) member.start();
  }

  run(ms: number): void {
    this.queue.runUntil(this.queue.nowMs + ms);
  }

  #add(name: string, records: readonly MemberRecord[], watch: Watch, tamper: Tamper): void {
    const { options } = this;
    const random = this.random.fork(name);
    const disk = new Disk(name, this.queue, random.fork('disk'), options.disk, tamper.disk ?? {});
    disk.onObject = (ref, bytes) => watch.object(name, ref, bytes);
    const own = records.find(({ member }) => member === name);
    if (own === undefined) throw new Error(`${name} has no record`);
    this.members.set(
      name,
      new SimMember({
        name,
        queue: this.queue,
        random,
        disk,
        trace: this.trace,
        tamper,
        wallOffsetMs: START_OF_TIME_MS + random.between(-options.clockSkewMs, options.clockSkewMs),
        nodeInit: {
          team: this.team,
          signer: fakeSigner(name),
          config: {
            ...DEFAULT_CONFIG,
            dotLease: options.dotLease,
            exchangeIntervalMs: options.exchangeIntervalMs,
          },
          profile: { name, machine: own.machine, zone: undefined, weight: 1, admission: own.admission, firstStatus: 'up', introduced: records },
        },
        remembered: [
          ...options.buckets.map(({ name: bucket, settings }) => ({
            name: `${BUCKET_ROW}${bucket}`,
            bytes: encodeBucketRecord({ bucket, version: 1, by: this.team.founder, settings }),
          })),
          { name: OWNERSHIP_ROW, bytes: this.#completeLedger(records) },
        ],
        send: (to, frame) => this.network.send(name, to, frame),
        broadcast: (frame) => this.network.broadcast(name, frame),
        stopped: () => this.network.stopped(name),
        notice: (notice) => watch.notice(name, notice),
      }),
    );
  }

  /** The team has been whole before the story begins: nobody has anything to fetch. */
  #completeLedger(records: readonly MemberRecord[]): Uint8Array {
    const current = new Placement(records, this.options.partitions);
    const classes = new Map(this.options.buckets.map(({ name, settings }) => [name, classOf(settings.n)]));
    return encodeLedger({ stand: { current, pending: current, classes }, debts: [], isNew: false });
  }

  #record(name: string): MemberRecord {
    const admission = admitMember(this.team, fakeSigner(this.team.founder), name, 0);
    const machine = this.machines.get(name) ?? name;
    return signRecord(
      { member: name, incarnation: 1, status: 'up', name, machine, zone: undefined, weight: 1, addresses: [], admission },
      fakeSigner(name),
    );
  }
}
