/** A whole team on virtual time: members, disks and the network between them, from one seed. */
import { classOf } from '../../p2p/antientropy/scope.ts';
import { ByteReader } from '../../p2p/bytes/byte-reader.ts';
import type { CausalContext } from '../../p2p/causality/causal-context.ts';
import { covers } from '../../p2p/causality/causal-context.ts';
import type { KeyObject } from '../../p2p/causality/key-object.ts';
import { liveSiblings } from '../../p2p/causality/key-object.ts';
import { decodeObject } from '../../p2p/causality/object-codec.ts';
import type { NodeConfig } from '../../p2p/config.ts';
import { DEFAULT_CONFIG } from '../../p2p/config.ts';
import { encodeLedger } from '../../p2p/handoff/debts-codec.ts';
import { admitMember, signRecord } from '../../p2p/membership/admission.ts';
import { encodeBucketRecord } from '../../p2p/membership/bucket-registry.ts';
import { foundTeam } from '../../p2p/membership/team.ts';
import { HORIZON_ROW } from '../../p2p/node/horizon.ts';
import { BUCKET_ROW } from '../../p2p/node/member-desk.ts';
import { OWNERSHIP_ROW } from '../../p2p/node/ownership.ts';
import { Placement } from '../../p2p/ring/placement.ts';
import type { Notice } from '../../p2p/node/commands.ts';
import type { Dot, KeyRef, MemberRecord, OwnStatus, Team } from '../../p2p/types.ts';
import { Disk } from './disk.ts';
import { fakeSigner } from './fake-signer.ts';
import { SimMember } from './member.ts';
import { cloneOf, identityOf, Network } from './network.ts';
import type { SimOptions } from './options.ts';
import { NAMES } from './options.ts';
import { EventQueue } from './queue.ts';
import { SeededRandom } from './random.ts';
import type { Tamper } from './tamper.ts';
import type { TraceMode } from './trace.ts';
import { Trace } from './trace.ts';

/** A disk of a few keys is looked at every few seconds. */
const SCRUB = { scrubIntervalMs: 500, scrubRestMs: 5_000 };
const REAP_EVERY_MS = 500;
const START_OF_TIME_MS = Date.UTC(2026, 0, 1);

interface MetaRow {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Watch {
  readonly object: (process: string, ref: KeyRef, bytes: Uint8Array, isHint: boolean) => void;
  /** A disk lost a record, or all. */
  readonly loss: (process: string, keyId: string | undefined) => void;
  /** A disk gave up a key that others keep, or a deletion that everybody forgets. */
  readonly drop: (process: string, keyId: string, object: KeyObject) => void;
  /** A folder goes away for good, and with it what it knew of the key that is nowhere else. */
  readonly takenAway: (keyId: string, known: CausalContext, isElsewhere: (dot: Dot) => boolean) => void;
  readonly notice: (process: string, notice: Notice) => void;
  readonly stepped: (process: string, effects: number) => void;
}

/** For those who look at the team themselves. */
export const UNWATCHED: Watch = {
  object: () => undefined, loss: () => undefined, drop: () => undefined, takenAway: () => undefined, notice: () => undefined, stepped: () => undefined,
};

export class Simulator {
  readonly options: SimOptions;
  readonly queue = new EventQueue();
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly network: Network;
  readonly team: Team;
  /** Those who have joined, whether they run or not. */
  readonly members = new Map<string, SimMember>();
  /** Copied data folders that were started beside the original. */
  readonly clones = new Map<string, SimMember>();
  readonly machines = new Map<string, string>();
  /** What deletions had seen that some member has forgotten, and when it did, by key. */
  readonly forgotten = new Map<string, { readonly atMs: number; readonly context: CausalContext }[]>();
  readonly #founders: readonly MemberRecord[];
  #clones = 0;
  readonly #watch: Watch;
  readonly #tamper: Tamper;

  constructor(options: SimOptions, watch: Watch, tamper: Tamper = {}, mode: TraceMode = 'off') {
    this.options = options;
    this.#watch = watch;
    this.#tamper = tamper;
    this.random = new SeededRandom(options.seed, 'simulator');
    this.trace = new Trace(this.queue, mode);
    this.team = foundTeam({ name: 'sim', partitions: options.partitions, founder: NAMES[0], nonce: new Uint8Array(16).fill(options.team ?? 0) });
    this.network = new Network(this.queue, this.random.fork('network'), options, {
      isReachable: (process) => this.#isReachable(process),
      introduce: (to, from) => this.#introduce(to, from),
      peer: (process, event) => this.process(process)?.feed({ kind: 'peer', event }),
      frame: (to, from, frame) => this.process(to)?.receive(from, frame),
    });
    const names = NAMES.slice(0, options.members);
    for (const [index, name] of NAMES.entries()) this.machines.set(name, options.sharedMachine && index === 1 ? `pc-${NAMES[0]}` : `pc-${name}`);
    this.#founders = names.map((name) => this.#record(name));
    for (const name of names) this.members.set(name, this.#make(name, 'up'));
  }

  member(name: string): SimMember {
    const member = this.members.get(name);
    if (member === undefined) throw new Error(`there is no ${name}`);
    return member;
  }

  process(name: string): SimMember | undefined {
    return this.members.get(name) ?? this.clones.get(name);
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

  join(name: string): void {
    if (this.members.has(name)) return;
    const member = this.#make(name, 'joining');
    this.members.set(name, member);
    member.start();
  }

  /** Some member has run twice. */
  get hadClones(): boolean {
    return this.#clones > 0;
  }

  /** Folders that were copied so far. */
  get copied(): number {
    return this.#clones;
  }

  /** The data folder of a member is copied and started as well, on a machine beside it. */
  startClone(name: string): void {
    const process = cloneOf(name);
    if (this.clones.has(process)) return;
    const original = this.member(name);
    this.#clones += 1;
    const clone = this.#make(process, 'up', `${process}${this.#clones}.`);
    clone.disk.restore(original.disk.image());
    this.clones.set(process, clone);
    clone.start();
  }

  /**
   * One of the two folders goes on: the member's own, unless the team has gone on with the copy, and would
   * have the other set aside. To take both away would be to take the last copy of what they held; what only the
   * one that goes has goes with it.
   */
  endClone(name: string): void {
    const process = cloneOf(name);
    const clone = this.clones.get(process);
    if (clone === undefined) return;
    clone.crash();
    const member = this.member(name);
    const keepsCopy = this.isBehind(member) && !this.isBehind(clone);
    this.#takeAway(keepsCopy ? member.disk : clone.disk, [keepsCopy ? clone.disk : member.disk]);
    this.clones.delete(process);
    this.network.remove(process);
    if (!keepsCopy) return;
    // First its own disk is lost: what comes in its place may be older, and is nothing that comes back.
    member.restore(clone.disk.image());
    for (const { ref, bytes } of clone.disk.objects.values()) this.#watch.object(name, ref, bytes, false);
    member.start();
  }

  /** What only this disk has; what the team has forgotten is nobody's to have. */
  #takeAway(taken: Disk, inItsPlace: readonly Disk[]): void {
    const others = [...inItsPlace, ...[...this.members.values()].map(({ disk }) => disk).filter((disk) => disk !== taken)];
    for (const { ref, bytes } of taken.copies()) {
      const copies = others.flatMap((disk) => disk.copies(ref.id)).map((copy) => decodeObject(copy.bytes));
      const isElsewhere = (dot: Dot): boolean => this.isForgotten(ref.id, dot) || copies.some(({ context }) => covers(context, dot));
      this.#watch.takenAway(ref.id, decodeObject(bytes).context, isElsewhere);
    }
  }

  /** Is the disk from before something that the team has forgotten since? It will be set aside. */
  isBehind({ disk }: SimMember): boolean {
    const fences = [...this.members.values()].map((member) => horizonOf(member.disk).fence);
    return horizonOf(disk).raised < Math.max(...fences);
  }

  /** A reaping that others have raised their horizon for may still be sealed: then this disk turns out to be from before it. */
  mayFallBehind({ disk }: SimMember): boolean {
    const raised = [...this.members.values()].map((member) => horizonOf(member.disk).raised);
    return horizonOf(disk).raised < Math.max(...raised);
  }

  isProcessBehind(process: string): boolean {
    const member = this.process(process);
    return member !== undefined && this.isBehind(member);
  }

  /** Was the deletion of this write, or this deletion, forgotten by then? */
  isForgotten(keyId: string, dot: Dot, byMs = Infinity): boolean {
    return this.forgotten.get(keyId)?.some(({ atMs, context }) => atMs <= byMs && covers(context, dot)) === true;
  }

  #dropped(process: string, keyId: string, object: KeyObject): void {
    const isReaped = this.process(process)?.forgetting.has(keyId) === true && liveSiblings(object).length === 0;
    if (isReaped) this.forgotten.set(keyId, [...(this.forgotten.get(keyId) ?? []), { atMs: this.queue.nowMs, context: object.context }]);
    this.#watch.drop(process, keyId, object);
  }

  #isReachable(process: string): boolean {
    const member = this.process(process);
    return member !== undefined && member.isRunning && !member.isFrozen;
  }

  /** What a new connection shows first: who somebody is, and who let them in. */
  #introduce(to: string, from: string): void {
    const roster = this.process(from)?.node?.core.roster;
    const identity = identityOf(from);
    if (roster !== undefined) this.process(to)?.feed({ kind: 'credentials', from: identity, bytes: roster.credentials(identity) });
  }

  /** @param diskName No two disks share one: actors and lives are named after it. */
  #make(process: string, firstStatus: OwnStatus, diskName = process): SimMember {
    const { options } = this;
    const name = identityOf(process);
    const random = this.random.fork(diskName);
    const disk = new Disk(diskName, this.queue, random.fork('disk'), options, this.#tamper.disk ?? {});
    disk.onObject = (ref, bytes, isHint) => this.#watch.object(process, ref, bytes, isHint);
    disk.onLoss = (keyId) => this.#watch.loss(process, keyId);
    disk.onDrop = (keyId, bytes) => this.#dropped(process, keyId, decodeObject(bytes));
    const { machine, admission } = this.#record(name);
    this.network.add(process);
    return new SimMember({
      name: process,
      queue: this.queue,
      random,
      disk,
      trace: this.trace,
      tamper: this.#tamper,
      wallOffsetMs: START_OF_TIME_MS + random.between(-options.clockSkewMs, options.clockSkewMs),
      nodeInit: {
        team: this.team,
        signer: fakeSigner(name),
        config: { ...DEFAULT_CONFIG, dotLease: options.dotLease, exchangeIntervalMs: options.exchangeIntervalMs, hintBytesMax: options.hintBytesMax, requestTimeoutMaxMs: DEFAULT_CONFIG.requestTimeoutMs, ...SCRUB, ...reapingOf(options) },
        profile: { name, machine, zone: undefined, weight: 1, admission, firstStatus, introduced: this.#founders },
      },
      remembered: [...this.#settings(), ...(firstStatus === 'up' ? [this.#wholeLedger()] : [])],
      send: (to, frame) => this.network.send(process, to, frame),
      broadcast: (frame) => this.network.broadcast(process, frame),
      drop: (peer) => this.network.drop(process, peer),
      stopped: () => this.network.stopped(process),
      // A copy may have agreed to forget something in the name of both; the folder that is set aside keeps what it has.
      settingAside: () => {
        if (this.hadClones) this.#takeAway(disk, []);
      },
      notice: (notice) => this.#watch.notice(process, notice),
      stepped: (effects) => this.#watch.stepped(process, effects),
    });
  }

  #settings(): readonly MetaRow[] {
    return this.options.buckets.map(({ name: bucket, settings }) => ({
      name: `${BUCKET_ROW}${bucket}`,
      bytes: encodeBucketRecord({ bucket, version: 1, by: this.team.founder, settings }),
    }));
  }

  /** The founders have been a team for long: each has everything that it is to keep. */
  #wholeLedger(): MetaRow {
    const current = new Placement(this.#founders, this.options.partitions);
    const classes = new Map(this.options.buckets.map(({ name, settings }) => [name, classOf(settings.n)]));
    return { name: OWNERSHIP_ROW, bytes: encodeLedger({ stand: { current, pending: current, classes }, debts: [], isNew: false }) };
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

function horizonOf(disk: Disk): { readonly raised: number; readonly fence: number } {
  const [row] = disk.meta(HORIZON_ROW);
  if (row === undefined) return { raised: 0, fence: 0 };
  const reader = new ByteReader(row.bytes);
  return { raised: reader.varint(), fence: reader.varint() };
}

/** Looked for often where days are short. */
function reapingOf({ reapDayMs, reapQuietMs }: SimOptions): Partial<NodeConfig> {
  const isShort = reapDayMs < DEFAULT_CONFIG.dayMs;
  return { dayMs: reapDayMs, reapQuietMs, reapIntervalMs: isShort ? REAP_EVERY_MS : DEFAULT_CONFIG.reapIntervalMs };
}
