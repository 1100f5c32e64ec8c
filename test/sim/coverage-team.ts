/**
 * A team whose only business is coverage queries: real nodes and the real codec over stores that
 * count what they read. Members can be stale, silent or away; nothing repairs them but reads.
 */
import { DEFAULT_CONFIG } from '../../p2p/config.ts';
import { encodeLedger } from '../../p2p/handoff/debts-codec.ts';
import { admitMember, signRecord } from '../../p2p/membership/admission.ts';
import { encodeBucketRecord } from '../../p2p/membership/bucket-registry.ts';
import { foundTeam } from '../../p2p/membership/team.ts';
import type { Command, Outcome } from '../../p2p/node/commands.ts';
import type { Effect, Event } from '../../p2p/node/events.ts';
import { BUCKET_ROW } from '../../p2p/node/member-desk.ts';
import { Node } from '../../p2p/node/node.ts';
import { OWNERSHIP_ROW } from '../../p2p/node/ownership.ts';
import { Placement } from '../../p2p/ring/placement.ts';
import type { BucketSettings, MemberRecord } from '../../p2p/types.ts';
import { decodeMessage, encodeMessage } from '../../p2p/wire/codec.ts';
import type { MessageKind } from '../../p2p/wire/message.ts';
import { fakeSigner } from './fake-signer.ts';
import { EventQueue } from './queue.ts';
import type { Row } from './row-store.ts';
import { RowStore } from './row-store.ts';

const HOP_MS = 1;
const FOUNDER = 'm1';
/** Messages that a coverage query sends, its reads included. */
const COUNTED: ReadonlySet<MessageKind> = new Set([
  'list', 'list-reply', 'conflicts', 'conflicts-reply', 'buckets', 'buckets-reply', 'read', 'read-reply',
]);
const ANSWER_WITHIN_MS = 10_000;
const DEFAULT_SETTINGS: BucketSettings = { n: 3, r: 'quorum', w: 'quorum', sloppy: true, resolution: 'siblings', historyVersions: 0, historyDays: 30 };

export interface TeamInit {
  readonly members: number;
  readonly partitions: number;
  /** Of buckets that differ from the default. */
  readonly settings?: Readonly<Record<string, Partial<BucketSettings>>>;
}

export interface Cost {
  /** Rows read in all stores. */
  readonly rows: number;
  /** Of the member that read most. */
  readonly rowsMost: number;
  readonly frames: number;
  readonly bytes: number;
  /** Members that were asked over the network. */
  readonly asked: number;
  readonly tookMs: number;
}

export interface Answered {
  readonly outcome: Outcome;
  readonly cost: Cost;
}

export class CoverageTeam {
  readonly names: readonly string[];
  readonly placement: Placement;
  readonly stores = new Map<string, RowStore>();
  /** Called for each frame that is under way, before it arrives. */
  onFrame: (from: string, to: string, kind: MessageKind) => void = () => undefined;
  readonly #nodes = new Map<string, Node>();
  readonly #queue = new EventQueue();
  readonly #silent = new Set<string>();
  readonly #asked = new Set<string>();
  readonly #replies = new Map<number, Outcome>();
  #frames = 0;
  #bytes = 0;
  #token = 0;

  constructor({ members, partitions, settings = {} }: TeamInit) {
    this.names = Array.from({ length: members }, (_, index) => `m${index + 1}`);
    const team = foundTeam({ name: 'T', partitions, founder: FOUNDER, nonce: new Uint8Array(16) });
    const records = this.names.map((name): MemberRecord => {
      const admission = admitMember(team, fakeSigner(FOUNDER), name, 0);
      return signRecord({ member: name, incarnation: 1, status: 'up', name, machine: name, zone: undefined, weight: 1, addresses: [], admission }, fakeSigner(name));
    });
    this.placement = new Placement(records, partitions);
    const classes = new Map(Object.entries(settings).flatMap(([bucket, { n }]) => (n === undefined ? [] : [[bucket, n === 'all' ? 0 : n] as const])));
    const ledger = encodeLedger({ stand: { current: this.placement, pending: this.placement, classes }, debts: [], isNew: false });
    const buckets = Object.entries(settings).map(([bucket, changed]) => ({
      name: `${BUCKET_ROW}${bucket}`,
      bytes: encodeBucketRecord({ bucket, version: 1, by: FOUNDER, settings: { ...DEFAULT_SETTINGS, ...changed } }),
    }));
    for (const [index, name] of this.names.entries()) {
      this.stores.set(name, new RowStore());
      this.#nodes.set(name, new Node({
        team, signer: fakeSigner(name), random: { uint32: () => 7 },
        config: { ...DEFAULT_CONFIG, exchangeIntervalMs: 3_600_000, historySweepIntervalMs: 3_600_000 },
        identity: { actor: name, nextCounter: 1, boots: 1, bootNonce: name, restoredAt: 0, warnings: [] },
        profile: { name, machine: name, zone: undefined, weight: 1, admission: records[index]!.admission, firstStatus: 'up', introduced: records },
        remembered: [...buckets, { name: OWNERSHIP_ROW, bytes: ledger }],
      }));
    }
    for (const name of this.names) this.#perform(name, this.node(name).start(this.#now()));
    for (const name of this.names) for (const other of this.names) if (other !== name) this.node(name).core.detector.connected(other, this.#queue.nowMs);
  }

  node(name: string): Node {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`there is no ${name}`);
    return node;
  }

  store(name: string): RowStore {
    const store = this.stores.get(name);
    if (store === undefined) throw new Error(`there is no ${name}`);
    return store;
  }

  ownersOf({ ref }: Row): readonly string[] {
    return this.placement.preferenceList(ref.partition, this.node(FOUNDER).core.buckets.settings(ref.bucket).n).primaries;
  }

  /** On every disk that it belongs on. */
  put(row: Row): void {
    for (const owner of this.ownersOf(row)) this.store(owner).put(row);
  }

  /** It is connected, and answers nothing. */
  silence(name: string): void {
    this.#silent.add(name);
  }

  /** Everybody knows that it is not there. */
  takeAway(name: string): void {
    this.silence(name);
    for (const other of this.names) {
      if (other === name) continue;
      this.#feed(other, { kind: 'peer', event: { kind: 'disconnected', member: name } });
      this.#feed(other, { kind: 'peer', event: { kind: 'dial-failed', member: name, reason: 'away' } });
    }
  }

  ask(name: string, command: Command): Answered {
    for (const store of this.stores.values()) store.rowsRead = 0;
    [this.#frames, this.#bytes] = [0, 0];
    this.#asked.clear();
    this.#token += 1;
    const [token, startMs] = [this.#token, this.#queue.nowMs];
    this.#feed(name, { kind: 'client', token, command });
    while (!this.#replies.has(token) && this.#queue.nowMs - startMs < ANSWER_WITHIN_MS) this.#queue.runUntil(this.#queue.nowMs + HOP_MS);
    const outcome = this.#replies.get(token);
    if (outcome === undefined) throw new Error(`${command.kind} was not answered`);
    const rows = [...this.stores.values()].map(({ rowsRead }) => rowsRead);
    const cost = {
      rows: rows.reduce((sum, count) => sum + count, 0),
      rowsMost: Math.max(...rows),
      frames: this.#frames, bytes: this.#bytes, asked: this.#asked.size, tookMs: this.#queue.nowMs - startMs,
    };
    return { outcome, cost };
  }

  #feed(name: string, event: Event): void {
    this.#perform(name, this.node(name).step(event, this.#now()));
  }

  #perform(name: string, effects: readonly Effect[]): void {
    for (const effect of effects) this.#performOne(name, effect);
  }

  #performOne(name: string, effect: Effect): void {
    const store = this.store(name);
    switch (effect.kind) {
      case 'send':
        return this.#send(name, effect);
      case 'read':
        return this.#soon(name, { kind: 'read', token: effect.token, object: store.get(effect.ref)?.object });
      case 'query':
        return this.#soon(name, { kind: 'answered', token: effect.token, answer: store.answer(effect.query) });
      case 'commit':
        store.commit(effect.batch);
        return this.#soon(name, { kind: 'committed', token: effect.token });
      case 'lease':
        return this.#soon(name, { kind: 'leased', through: effect.through });
      case 'reply':
        this.#replies.set(effect.token, effect.outcome);
        return undefined;
      case 'wake-at':
        return this.#queue.at(effect.atMs, () => this.#feed(name, { kind: 'wake' }));
      default:
        return undefined;
    }
  }

  #send(from: string, { to, message }: Extract<Effect, { readonly kind: 'send' }>): void {
    if (!this.#nodes.has(to)) return;
    const frame = encodeMessage(message);
    if (COUNTED.has(message.kind)) {
      this.#frames += 1;
      this.#bytes += frame.length;
      if (!message.kind.endsWith('-reply')) this.#asked.add(to);
    }
    if (this.#silent.has(from) || this.#silent.has(to)) return;
    this.#queue.after(HOP_MS, () => {
      this.onFrame(from, to, message.kind);
      this.#feed(to, { kind: 'message', from, message: decodeMessage(frame) });
    });
  }

  #soon(name: string, event: Event): void {
    this.#queue.after(0, () => this.#feed(name, event));
  }

  #now(): { readonly nowMs: number; readonly wallMs: number } {
    return { nowMs: this.#queue.nowMs, wallMs: this.#queue.nowMs };
  }
}
