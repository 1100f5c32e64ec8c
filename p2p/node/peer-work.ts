/**
 * How much of this member each peer may take up. A request counts from its arrival until it is
 * answered, whatever became of its connection meanwhile; one too many is answered with `overloaded`
 * before it costs anything. Who asked goes elsewhere with what people wait for, and waits a while
 * with repair, hints and transfers (`ask.ts`), which are slowed down by that and never given up.
 *
 *     request ── room? ──yes──► counted ──► worked on ──► answer (or nothing to say) ──► room again
 *                  └──no──► overloaded-reply
 *
 * While people ask for something here, answers that cost a look through many keys wait a moment: a
 * peer that fetches all it is to keep would otherwise ask again as fast as this member can answer.
 *
 * Two accounts a peer, so that its repair takes no room from its people, nor the other way round.
 *
 * Invariants: no account is over its bounds, but for one request that is larger than all the room;
 * an answer gives its room back once, however often it is said.
 */
import type { Lane } from '../ports.ts';
import { LEAVES_PER_PARTITION } from '../ports.ts';
import type { MemberId } from '../types.ts';
import { HASH_BYTES } from '../wire/limits.ts';
import type { Message } from '../wire/message.ts';
import type { Core, ReplyMessage, RequestMessage } from './core.ts';

/** Says the reply, once; without one there is nothing to say. Either way the request is done with. */
export type Answer = (reply?: ReplyMessage) => void;

interface Load {
  requests: number;
  bytes: number;
}

/** What a row of a listing takes of memory, bytes; what an answer about trees, or of keys, may hold; versions of a key. */
const ROW_BYTES = 512;
const TREE_ANSWER_BYTES = 256 * 1024;
const HISTORY_BYTES = 512 * 1024;

/** How long such an answer waits: with 2 × 16 keys under way, at most some 1,200 a second. */
const REST_MS = 25;

export class PeerWork {
  readonly #core: Core;
  /** Only those who have something under way. */
  readonly #loads = new Map<string, Load>();
  readonly #all: Load = { requests: 0, bytes: 0 };

  constructor(core: Core) {
    this.#core = core;
  }

  /** Requests of all peers that are not done with. */
  get underWay(): number {
    return this.#all.requests;
  }

  /** `undefined`: there is no room, and the peer has been told. */
  take(from: MemberId, request: RequestMessage): Answer | undefined {
    const name = `${isUpkeep(request) ? 'upkeep' : 'people'} ${from}`;
    const load = this.#loads.get(name) ?? { requests: 0, bytes: 0 };
    const bytes = weightOf(request);
    if (!this.#hasRoom(load, bytes)) {
      this.#core.emit({ kind: 'trace', event: { kind: 'overloaded', from } });
      if (request.id !== 0) this.#core.send(from, laneOf(request), { kind: 'overloaded-reply', id: request.id });
      return undefined;
    }
    this.#loads.set(name, load);
    add(load, 1, bytes);
    add(this.#all, 1, bytes);
    if (!isUpkeep(request)) this.#core.servePeople();
    let isDone = false;
    const answer: Answer = (reply) => {
      if (isDone) return;
      isDone = true;
      add(load, -1, -bytes);
      add(this.#all, -1, -bytes);
      if (load.requests === 0) this.#loads.delete(name);
      if (reply !== undefined && request.id !== 0) this.#core.send(from, laneOf(request), reply);
    };
    if (!isLook(request)) return answer;
    return (reply) => {
      if (this.#core.servesPeople) this.#core.after(REST_MS, () => answer(reply));
      else answer(reply);
    };
  }

  /** One request always fits, however large, or it would never be taken. */
  #hasRoom({ requests, bytes }: Load, more: number): boolean {
    const { peerRequestsMax, peerBytesMax, peersBytesMax } = this.#core.config;
    if (requests >= peerRequestsMax) return false;
    return requests === 0 || (bytes + more <= peerBytesMax && this.#all.bytes + more <= peersBytesMax);
  }
}

/** Answered within the step: they tell who lives, and how. */
const AT_ONCE: ReadonlySet<Message['kind']> = new Set(['probe', 'about', 'gossip-beat']);

/** What is to be counted. */
export function isRequest(message: Message): message is RequestMessage {
  return 'id' in message && !message.kind.endsWith('-reply') && !AT_ONCE.has(message.kind);
}

/** Repair, hints, transfers and reaping. */
function isUpkeep(request: RequestMessage): boolean {
  if (request.kind === 'replicate') return !request.asPrimary && request.standsFor === undefined;
  return request.kind === 'reap' || isOfTrees(request);
}

/** Costs a look through many keys. */
function isLook({ kind }: RequestMessage): boolean {
  return kind === 'tree-leaves' || kind === 'tree-entries' || kind === 'fetch-keys';
}

function isOfTrees({ kind }: RequestMessage): boolean {
  return kind.startsWith('tree-') || kind === 'fetch-keys';
}

/** Answers that may be long leave room for those that people wait for. */
function laneOf(request: RequestMessage): Lane {
  const isLong = isOfTrees(request) || (request.kind === 'history' && request.seen.length === 0);
  return isLong ? 'bulk' : 'quorum';
}

/** Memory that it takes until it is answered, bytes, roughly: what came with it, or what it asks for. */
function weightOf(request: RequestMessage): number {
  switch (request.kind) {
    case 'replicate':
      return request.object.length;
    case 'forward-put':
      return request.value?.length ?? 0;
    case 'list':
    case 'conflicts':
      return request.limit * ROW_BYTES;
    case 'history':
      return HISTORY_BYTES;
    case 'tree-leaves':
      return request.partitions.length * LEAVES_PER_PARTITION * HASH_BYTES;
    case 'tree-entries':
    case 'fetch-keys':
      return TREE_ANSWER_BYTES;
    default:
      return 0;
  }
}

function add(load: Load, requests: number, bytes: number): void {
  load.requests += requests;
  load.bytes += bytes;
}
