/**
 * How much of this member each peer may take up. A request counts from its arrival until it is
 * answered and this disk owes nothing of it (`rooms.ts`), whatever became of its connection meanwhile;
 * one too many is answered with `overloaded` before it costs anything. Who asked goes elsewhere with
 * what people wait for, and waits a while with repair, hints and transfers (`ask.ts`), which are
 * slowed down by that and never given up.
 *
 *     request ── room? ──yes──► counted ──► worked on ──► answer (or nothing to say) ──► room again
 *                  └──no──► overloaded-reply    └ in turns, if its answer may be large: `answer-turns.ts`
 *
 * While people ask for something here, answers that cost a look through many keys wait a moment: a
 * peer that fetches all it is to keep would otherwise ask again as fast as this member can answer.
 *
 * Two accounts a peer, so that its repair takes no room from its people, nor the other way round.
 *
 * Invariants: no account is over its bounds, but for one request that is larger than all the room;
 * an answer gives its room back once, however often it is said.
 */
import { MalformedError } from '../bytes/byte-reader.ts';
import type { Lane } from '../ports.ts';
import { LEAVES_PER_PARTITION } from '../ports.ts';
import type { MemberId } from '../types.ts';
import { HASH_BYTES, HISTORY_REPLY_BYTES } from '../wire/limits.ts';
import type { Message } from '../wire/message.ts';
import type { Turn } from './answer-turns.ts';
import { AnswerTurns, OBJECTS_AT_ONCE } from './answer-turns.ts';
import type { Core, ReplyMessage, RequestMessage } from './core.ts';
import type { Load } from './rooms.ts';
import { Room } from './rooms.ts';

/** Says the reply, once; without one there is nothing to say. Either way the request is done with. */
export type Answer = (reply?: ReplyMessage) => void;

/** What a row of a listing takes of memory, bytes; what an answer about trees, or of keys, may hold. */
const ROW_BYTES = 512;
const TREE_ANSWER_BYTES = 256 * 1024;

/** How long such an answer waits: with 2 × 16 keys under way, at most some 1,200 a second. */
const REST_MS = 25;

export class PeerWork {
  readonly #core: Core;
  /** Only those who have something under way. */
  readonly #loads = new Map<string, Load>();
  readonly #all: Load = { requests: 0, bytes: 0 };
  readonly #turns: AnswerTurns;

  constructor(core: Core) {
    this.#core = core;
    this.#turns = new AnswerTurns(core);
  }

  /** Requests of all peers that are not done with. */
  get underWay(): number {
    return this.#all.requests;
  }

  /** @param work Calls what it is given, now or in a later step. It does not run where there is no room, and the peer is told. */
  take(from: MemberId, request: RequestMessage, work: (answer: Answer) => void): void {
    const name = `${isUpkeep(request) ? 'upkeep' : 'people'} ${from}`;
    const load = this.#loads.get(name) ?? { requests: 0, bytes: 0 };
    const bytes = weightOf(request);
    if (!this.#hasRoom(load, bytes)) {
      this.#core.emit({ kind: 'trace', event: { kind: 'overloaded', from } });
      if (request.id !== 0) this.#core.send(from, laneOf(request), { kind: 'overloaded-reply', id: request.id });
      return;
    }
    this.#loads.set(name, load);
    const room = new Room(bytes, [load, this.#all], () => {
      if (load.requests === 0) this.#loads.delete(name);
    });
    if (!isUpkeep(request)) this.#core.servePeople();
    let turn: Turn | undefined;
    let isDone = false;
    const say: Answer = (reply) => {
      if (isDone) return;
      isDone = true;
      if (reply !== undefined && request.id !== 0) this.#core.send(from, laneOf(request), reply);
      room.release();
      turn?.end();
    };
    const rested: Answer = (reply) => {
      turn?.is(objectBytesIn(reply));
      if (this.#core.servesPeople) this.#core.after(REST_MS, () => say(reply));
      else say(reply);
    };
    const run = (): void => this.#run(from, room, () => work(isLook(request) ? rested : say), say);
    const answerBytes = answerBytesOf(request, this.#core.config.objectBytesMax);
    if (answerBytes === 0) run();
    else {
      this.#turns.take(name, answerBytes, (given) => {
        turn = given;
        run();
      });
    }
  }

  #run(from: MemberId, room: Room, work: () => void, giveUp: () => void): void {
    try {
      this.#core.rooms.within(room, work);
    } catch (error) {
      giveUp();
      if (!(error instanceof MalformedError)) throw error;
      this.#core.emit({ kind: 'trace', event: { kind: 'rejected', from, reason: error.message } });
    }
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
    case 'tree-leaves':
      return request.partitions.length * LEAVES_PER_PARTITION * HASH_BYTES;
    case 'tree-entries':
    case 'fetch-keys':
      return TREE_ANSWER_BYTES;
    default:
      return 0;
  }
}

/** Objects that its answer may hold, bytes, roughly; 0 where it holds none. Larger ones come about where parts of a team meet. */
function answerBytesOf({ kind }: RequestMessage, objectBytesMax: number): number {
  if (kind === 'history') return HISTORY_REPLY_BYTES;
  return objectBytesMax * (kind === 'read' ? 1 : kind === 'fetch-keys' ? OBJECTS_AT_ONCE : 0);
}

function objectBytesIn(reply: ReplyMessage | undefined): number {
  return reply?.kind === 'fetch-keys-reply' ? reply.objects.reduce((sum, { object }) => sum + object.length, 0) : 0;
}
