/**
 *     npm run sim -- merkle [n …]
 *
 * What an exchange of two members costs: bytes by the real codec, and round trips, for n keys of
 * which k differ. The stores are light ones (`light-store.ts`): no disk, but the same answers.
 */
import { admitMember, signRecord } from '../../p2p/membership/admission.ts';
import { foundTeam } from '../../p2p/membership/team.ts';
import { DEFAULT_CONFIG } from '../../p2p/config.ts';
import { encodeLedger } from '../../p2p/handoff/debts-codec.ts';
import type { Effect, Event } from '../../p2p/node/events.ts';
import { Node } from '../../p2p/node/node.ts';
import { OWNERSHIP_ROW } from '../../p2p/node/ownership.ts';
import { Placement } from '../../p2p/ring/placement.ts';
import type { MemberRecord } from '../../p2p/types.ts';
import { decodeMessage, encodeMessage } from '../../p2p/wire/codec.ts';
import { fakeSigner } from './fake-signer.ts';
import { LightStore, ManyKeys } from './light-store.ts';
import { EventQueue } from './queue.ts';

const PARTITIONS = 1_024;
const HOP_MS = 1;
const NAMES = ['ada', 'ben'] as const;
const DIFFERING = [0, 1, 10, 1_000];

export interface ExchangeCost {
  readonly n: number;
  readonly k: number;
  /** Comparing: everything but the objects. */
  readonly treeBytes: number;
  /** Frames that carry objects. */
  readonly objectBytes: number;
  readonly frames: number;
  readonly roundTrips: number;
  readonly repaired: number;
  /** Comparing again finds nothing. */
  readonly isSameAfter: boolean;
}

export function printMerkleReport(counts: readonly number[]): void {
  console.log('n keys     k differ  compared, bytes  objects, bytes  frames  round trips');
  for (const n of counts) {
    const keys = new ManyKeys(n, PARTITIONS);
    for (const k of DIFFERING) {
      const cost = exchangeCost(keys, k);
      console.log([String(n).padEnd(10), String(k).padStart(8), String(cost.treeBytes).padStart(16), String(cost.objectBytes).padStart(15), String(cost.frames).padStart(7), String(cost.roundTrips).padStart(12)].join(' '));
      if (cost.repaired !== k || !cost.isSameAfter) throw new Error(`${cost.repaired} of ${k} keys were repaired`);
    }
  }
}

/** ada has n keys; ben has newer versions of k of them; ada repairs. */
export function exchangeCost(keys: ManyKeys, k: number): ExchangeCost {
  const pair = new Pair(keys);
  for (let index = 0; index < k; index += 1) pair.stores.ben.rewrite(Math.floor((index * keys.count) / k));
  pair.connect();
  const first = pair.repair();
  const { treeBytes, objectBytes, frames, tookMs } = pair;
  const again = pair.repair();
  return { n: keys.count, k, treeBytes, objectBytes, frames, roundTrips: tookMs / (2 * HOP_MS), repaired: first, isSameAfter: again === 0 };
}

class Pair {
  readonly stores: { readonly ada: LightStore; readonly ben: LightStore };
  treeBytes = 0;
  objectBytes = 0;
  frames = 0;
  tookMs = 0;
  readonly #queue = new EventQueue();
  readonly #nodes: ReadonlyMap<string, Node>;
  #repaired: number | undefined;

  constructor(keys: ManyKeys) {
    this.stores = { ada: new LightStore(keys), ben: new LightStore(keys) };
    const team = foundTeam({ name: 'T', partitions: keys.partitions, founder: 'ada', nonce: new Uint8Array(16) });
    const records = NAMES.map((name): MemberRecord => {
      const admission = admitMember(team, fakeSigner('ada'), name, 0);
      return signRecord({ member: name, incarnation: 1, status: 'up', name, machine: name, zone: undefined, weight: 1, addresses: [], admission }, fakeSigner(name));
    });
    const current = new Placement(records, keys.partitions);
    const ledger = encodeLedger({ stand: { current, pending: current, classes: new Map() }, debts: [], isNew: false });
    this.#nodes = new Map(
      NAMES.map((name, index) => [
        name,
        new Node({
          team, signer: fakeSigner(name), config: DEFAULT_CONFIG, random: { uint32: () => 7 },
          identity: { actor: name, nextCounter: 1, boots: 1, bootNonce: name, restoredAt: 0, warnings: [] },
          profile: { name, machine: name, zone: undefined, weight: 1, admission: records[index]!.admission, firstStatus: 'up', introduced: records },
          remembered: [{ name: OWNERSHIP_ROW, bytes: ledger }],
        }),
      ]),
    );
    for (const name of NAMES) this.#perform(name, this.#node(name).start(this.#now()));
  }

  /** Without telling the nodes by an event: they would begin an exchange of their own. */
  connect(): void {
    for (const name of NAMES) this.#node(name).core.detector.connected(name === 'ada' ? 'ben' : 'ada', this.#queue.nowMs);
  }

  /** @returns keys repaired. */
  repair(): number {
    [this.treeBytes, this.objectBytes, this.frames, this.#repaired] = [0, 0, 0, undefined];
    const startMs = this.#queue.nowMs;
    this.#feed('ada', { kind: 'client', token: 1, command: { kind: 'repair' } });
    while (this.#repaired === undefined) this.#queue.runUntil(this.#queue.nowMs + HOP_MS);
    this.tookMs = this.#queue.nowMs - startMs;
    return this.#repaired;
  }

  #node(name: string): Node {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`there is no ${name}`);
    return node;
  }

  #feed(name: string, event: Event): void {
    this.#perform(name, this.#node(name).step(event, this.#now()));
  }

  #perform(name: (typeof NAMES)[number] | string, effects: readonly Effect[]): void {
    const store = name === 'ada' ? this.stores.ada : this.stores.ben;
    for (const effect of effects) {
      if (effect.kind === 'send') this.#send(name, effect);
      else if (effect.kind === 'read') this.#soon(name, { kind: 'read', token: effect.token, object: store.read(effect.ref) });
      else if (effect.kind === 'query') this.#soon(name, { kind: 'answered', token: effect.token, answer: store.answer(effect.query) });
      else if (effect.kind === 'commit') {
        store.commit(effect.batch);
        this.#soon(name, { kind: 'committed', token: effect.token });
      } else if (effect.kind === 'reply' && effect.outcome.kind === 'repaired') this.#repaired = effect.outcome.repaired;
    }
  }

  #send(from: string, { to, message }: Extract<Effect, { readonly kind: 'send' }>): void {
    const frame = encodeMessage(message);
    const isObject = message.kind === 'fetch-keys-reply' || message.kind === 'replicate';
    if (isObject) this.objectBytes += frame.length;
    else this.treeBytes += frame.length;
    this.frames += 1;
    this.#queue.after(HOP_MS, () => this.#feed(to, { kind: 'message', from, message: decodeMessage(frame) }));
  }

  #soon(name: string, event: Event): void {
    this.#queue.after(0, () => this.#feed(name, event));
  }

  #now(): { readonly nowMs: number; readonly wallMs: number } {
    return { nowMs: this.#queue.nowMs, wallMs: this.#queue.nowMs };
  }
}
