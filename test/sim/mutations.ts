/** What the deliberate defects of `mutants.ts` do to effects, events, messages and nodes. */
import { difference } from '../../p2p/causality/causal-context.ts';
import type { KeyObject } from '../../p2p/causality/key-object.ts';
import { EMPTY_OBJECT } from '../../p2p/causality/key-object.ts';
import { clockHash, decodeObject, encodeObject } from '../../p2p/causality/object-codec.ts';
import type { Effect, Event } from '../../p2p/node/events.ts';
import type { Node } from '../../p2p/node/node.ts';
import type { Copy } from '../../p2p/types.ts';
import type { Message } from '../../p2p/wire/message.ts';

const TEAM = ['ada', 'ben', 'cleo'];

function changeObjects(effect: Effect, change: (object: KeyObject) => KeyObject): Effect {
  if (effect.kind !== 'commit') return effect;
  const batch = effect.batch.map((mutation) => (mutation.kind === 'object' ? { ...mutation, object: changed(mutation.object, change) } : mutation));
  return { ...effect, batch };
}

function changed(bytes: Uint8Array, change: (object: KeyObject) => KeyObject): Uint8Array {
  return encodeObject(change(decodeObject(bytes)));
}

function onlyLast(object: KeyObject): KeyObject {
  return { ...object, siblings: object.siblings.slice(-1) };
}

export function keepOwnSibling(effect: Effect): Effect {
  return changeObjects(effect, onlyLast);
}

export function onlyLastObject(message: Message): Message {
  return message.kind === 'replicate' ? { ...message, object: changed(message.object, onlyLast) } : message;
}

/** A key whose siblings are all deletions is kept as one that never was. */
export function dropDeletions(effect: Effect): Effect {
  return changeObjects(effect, (object) => (object.siblings.every(({ value }) => value === undefined) ? EMPTY_OBJECT : object));
}

export function pruneContext(message: Message): Message {
  if (message.kind !== 'replicate') return message;
  const prune = (object: KeyObject): KeyObject => {
    const upper = new Map<string, number>();
    for (const { dot } of object.siblings) upper.set(dot.actor, Math.max(dot.counter, upper.get(dot.actor) ?? 0));
    return { ...object, context: difference(object.context, difference(object.context, { upper, except: [] })) };
  };
  return { ...message, object: changed(message.object, prune) };
}

/** The bounds of all actors are a little higher than what was seen. */
export function claimAll(message: Message): Message {
  if (message.kind !== 'read-reply' || message.object === undefined) return message;
  const claim = (object: KeyObject): KeyObject => {
    const upper = new Map([...object.context.upper].map(([actor, counter]) => [actor, counter + 2]));
    return { ...object, context: { ...object.context, upper } };
  };
  return { ...message, object: changed(message.object, claim) };
}

export function mergedAcrossKeys(message: Message): Message {
  return message.kind === 'replicate' && message.key !== 'k1' ? { ...message, key: 'k1' } : message;
}

export function arrivalTimes(): (message: Message) => Message {
  let arrivals = 0;
  return (message) => {
    if (message.kind !== 'replicate') return message;
    arrivals += 1;
    const retime = (object: KeyObject): KeyObject => ({ ...object, siblings: object.siblings.map((sibling) => ({ ...sibling, stamp: 2 ** 50 + arrivals })) });
    return { ...message, object: changed(message.object, retime) };
  };
}

export function boast(effect: Effect): Effect {
  if (effect.kind !== 'reply' || effect.outcome.kind !== 'written') return effect;
  const { outcome } = effect;
  const copies = withMissing(outcome.copies);
  return { ...effect, outcome: { ...outcome, copies, acks: outcome.acks + copies.length - outcome.copies.length } };
}

export function boastLater(effect: Effect): Effect {
  if (effect.kind !== 'notify' || effect.notice.kind !== 'copies') return effect;
  return { ...effect, notice: { ...effect.notice, copies: withMissing(effect.notice.copies) } };
}

function withMissing(copies: readonly Copy[]): readonly Copy[] {
  const missing = TEAM.find((name) => !copies.some(({ member }) => member === name));
  return missing === undefined ? copies : [...copies, { member: missing, role: 'primary', durable: true }];
}

export function asPrimaries(effect: Effect): Effect {
  if (effect.kind !== 'reply' || effect.outcome.kind !== 'written') return effect;
  const copies = effect.outcome.copies.map((copy): Copy => ({ ...copy, role: 'primary' }));
  return { ...effect, outcome: { ...effect.outcome, copies } };
}

export function refuseAsDone(event: Event): Event {
  return event.kind === 'store-failed' && event.failure === 'read-only' ? { kind: 'committed', token: event.token } : event;
}

export function isUnaware(event: Event): Event | undefined {
  return event.kind === 'rows-lost' ? undefined : event;
}

export function takeForDamage(event: Event): Event {
  return event.kind === 'store-failed' && event.failure === 'passing' ? { ...event, failure: 'damaged' } : event;
}

export function forgetContext(event: Event): Event {
  if (event.kind !== 'client' || event.command.kind !== 'put') return event;
  const { context: _, ...command } = event.command;
  return { ...event, command };
}

export function isFromDisk(event: Event): Event {
  return event.kind === 'read' ? { ...event, object: undefined } : event;
}

export function blindScrub(event: Event): Event {
  if (event.kind !== 'answered' || event.answer.kind !== 'scan') return event;
  return { ...event, answer: { ...event.answer, damaged: [], unlisted: [], miscounted: [] } };
}

/** Loses one in `every` of the events that match. */
export function everySo(every: number, matches: (event: Event) => boolean): (event: Event) => Event | undefined {
  let count = 0;
  return (event) => {
    if (!matches(event)) return event;
    count += 1;
    return count % every === 0 ? undefined : event;
  };
}

/** Neither what comes in answer to a comparison, nor what its member says of itself. */
export function withoutRecords(message: Message): Message {
  if (message.kind === 'gossip-delta') return { ...message, records: [] };
  return message.kind === 'heartbeat' ? { ...message, record: undefined } : message;
}

export function dropsReplyRows(message: Message): Message {
  return message.kind === 'list-reply' ? { ...message, entries: [] } : message;
}

/** Exchanges of Merkle trees come to nothing. */
export function neverExchanges({ core }: Node): void {
  const request = core.request.bind(core);
  core.request = (to, lane, message, done) => {
    if (!message.kind.startsWith('tree-')) return request(to, lane, message, done);
    core.after(0, () => done(undefined, false));
    return 0;
  };
}

/** What a hint's target is sent counts as received. */
export function keepsHintsUnsafely({ core }: Node): void {
  const request = core.request.bind(core);
  core.request = (to, lane, message, done) => {
    if (lane !== 'bulk' || message.kind !== 'replicate') return request(to, lane, message, done);
    const id = request(to, lane, message, () => undefined);
    core.after(0, () => {
      core.forget(id);
      done({ kind: 'replicate-reply', id, durable: true, isOther: false }, false);
    });
    return id;
  };
}

/** What a peer asked counts as under way for ever. */
export function keepsPeerWork({ core }: Node): void {
  const take = core.peerWork.take.bind(core.peerWork);
  core.peerWork.take = (from, request, work) => {
    take(from, request, () => {
      work((reply) => {
        if (reply !== undefined && request.id !== 0) core.send(from, 'quorum', reply);
      });
    });
  };
}

export function leaksRequests({ core }: Node): void {
  core.forget = () => undefined;
}

export function stopsBeingAlive({ core }: Node): void {
  const { detector } = core;
  const doubted = new Set<string>();
  const liveness = detector.liveness.bind(detector);
  detector.probeFailed = (member) => void doubted.add(member);
  detector.liveness = (member, nowMs) => (doubted.has(member) ? 'suspect' : liveness(member, nowMs));
}

export function neverHedges({ core }: Node): void {
  skipTimers(core, (delayMs) => delayMs === core.config.hedgeAfterMs);
}

export function neverTimesOut({ core }: Node): void {
  skipTimers(core, (delayMs) => delayMs >= 200 && delayMs <= core.config.requestTimeoutMs && delayMs !== core.config.gossipIntervalMs);
}

function skipTimers(core: Node['core'], skips: (delayMs: number) => boolean): void {
  const after = core.after.bind(core);
  core.after = (delayMs, run) => after(delayMs, skips(delayMs) ? () => undefined : run);
}

/** Nothing is replicated to those who are joining. */
export function swallowsWrites({ core }: Node): void {
  const send = core.send.bind(core);
  core.send = (to, lane, message) => {
    if (message.kind !== 'replicate' || core.roster.get(to)?.status !== 'joining') send(to, lane, message);
  };
}

/** Whoever is away is not asked whether a deletion may be forgotten, and need not have signed it. */
export function asksOnlyThoseWhoAreHere({ core, reaper }: Node): void {
  const { proofs } = core.horizon;
  reaper.others = () => core.alivePeers();
  proofs.coverTeam = (epoch) => core.alivePeers().every((member) => proofs.epochOf(member) >= epoch);
}

/** One consent is enough: nothing is sealed, nothing is looked at again, and nobody waits. */
export function sealsNothing({ core, reaper, votes }: Node): void {
  Object.assign(core.config, { reapQuietMs: 0 });
  const askAll = reaper.askAll.bind(reaper);
  reaper.askAll = (phase, epoch, keys, done) => (phase === 'seal' ? done(keys) : askAll(phase, epoch, keys, done));
  votes.mayGo = ({ isHeld }) => isHeld;
}

/** What a key came to hold since the consent goes with the deletion. */
export function dropsWhatever(node: Node): void {
  sealsNothing(node);
  const { core, votes } = node;
  core.onBatch = () => undefined;
  votes.dropKey = (ref, _, done) => {
    core.read(ref, (bytes) => {
      const object = bytes === undefined ? EMPTY_OBJECT : decodeObject(bytes);
      if (bytes === undefined) done(false, true);
      else core.commit([{ kind: 'drop', ref, leafDelta: clockHash(ref, object), keysDelta: 0, conflictsDelta: 0 }], ({ ok }) => done(ok, ok));
    });
  };
}

/** A store is taken for the newest of itself, however old it is, and what it says is believed. */
export function ignoresHorizons({ core: { horizon } }: Node): void {
  const heard = horizon.heard.bind(horizon);
  horizon.heard = (from, told) => heard(from, { ...told, fence: 0, isSure: true });
  horizon.isBefore = () => false;
}
