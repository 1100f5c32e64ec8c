/**
 * A write whose key is kept elsewhere: handed once to a primary, which becomes its coordinator. If
 * none answers, this member stands in for them (sloppy), under the same write id, so a write that
 * did arrive is not made twice.
 */
import { contextToken } from '../causality/context-token.ts';
import { NO_RETRY } from '../causality/replaced-writes.ts';
import { quorumSize } from '../quorum/quorum-size.ts';
import type { MemberId } from '../types.ts';
import type { MessageOf } from '../wire/message.ts';
import type { Refusal, WriteOutcome } from './commands.ts';
import type { Core } from './core.ts';
import type { PutCoordinator } from './put-coordinator.ts';
import type { PutRequest } from './put-request.ts';
import { isStrict } from './put-request.ts';
import { retryLater } from './retry-later.ts';

/** Part of a request's remaining time that one primary gets to answer, before the next is tried. */
const SHARE_OF_TIME = 0.4;

/** A write on its way to a coordinator. */
interface Forwarding {
  readonly core: Core;
  readonly puts: PutCoordinator;
  readonly request: PutRequest;
  /** Of `request.seen`. */
  readonly context: string | undefined;
  readonly startedMs: number;
  /** Who keeps what, as this member saw it at the beginning. */
  readonly view: Uint8Array;
  /** The write has failed once already, on a view of the ring that was old. */
  readonly isSecond: boolean;
  /** Somebody said that it is not the one to ask, or has nothing of it. */
  isRefused: boolean;
}

/** Coordinates the write here, if this member keeps the key, or hands it on. @param context Of `request.seen`. */
export function routePut(core: Core, puts: PutCoordinator, context: string | undefined, request: PutRequest, isSecond = false): void {
  const primaries = primariesOf(core, request);
  if (primaries.includes(core.self)) {
    puts.coordinate(request);
    return;
  }
  const handedOn = { ...request, writeId: retryable(request.writeId) };
  forwardPut({ core, puts, request: handedOn, context, startedMs: core.now.nowMs, view: core.view(), isSecond, isRefused: false }, primaries);
}

function forwardPut(forwarding: Forwarding, primaries: readonly MemberId[]): void {
  const { core, puts, request, context } = forwarding;
  const leftMs = Math.max(0, Math.floor(forwarding.startedMs + request.timeoutMs - core.now.nowMs));
  const isSloppy = !isStrict(request);
  const alive = primaries.filter((member) => core.liveness(member) === 'alive');
  // A strict write has nobody else: those in doubt are tried too, last.
  const doubted = isSloppy ? [] : primaries.filter((member) => core.liveness(member) === 'suspect');
  const [next, ...others] = [...alive, ...doubted];
  if (next === undefined) {
    if (isSloppy) puts.coordinate({ ...request, timeoutMs: leftMs });
    else nobody(forwarding);
    return;
  }
  const { ref, value, contentType, w, sloppy, writeId, writtenBy } = request;
  const shareMs = Math.ceil(leftMs * SHARE_OF_TIME);
  const timer = core.after(shareMs, () => {
    core.forget(id);
    core.prober.probe(next);
    forwardPut(forwarding, others);
  });
  const imported = request.imported && { ...request.imported, seen: contextToken(ref, request.imported.seen, core.seal) };
  const message = {
    kind: 'forward-put', bucket: ref.bucket, key: ref.key, value, contentType, context, w: String(w), sloppy, timeoutMs: shareMs, writeId, writtenBy, imported,
  } as const;
  const id = core.request(next, 'quorum', message, (reply) => {
    core.timers.cancel(timer);
    const answer = reply?.kind === 'forward-put-reply' ? reply : undefined;
    forwarding.isRefused ||= answer !== undefined && isRefusal(answer);
    // A primary whose disk is full, or that is none, says nothing of the others.
    const isFinal = answer !== undefined && !isRefusal(answer) && (answer.outcome !== 'read-only' || others.length === 0);
    if (isFinal) request.respond(outcomeOf(answer, core.self, w === 'any'));
    else forwardPut(forwarding, others);
  });
}

/** It has written nothing itself, be it that it keeps no copy of the key by its own view. */
function isRefusal({ outcome, acks }: MessageOf<'forward-put-reply'>): boolean {
  return outcome === 'unreachable' && acks === 0;
}

/** No primary took a strict write. Those who are none have sent what they know of the team: once more, by that. */
function nobody(forwarding: Forwarding): void {
  const { core, puts, request, context } = forwarding;
  const again = (timeoutMs: number): void => routePut(core, puts, context, { ...request, timeoutMs }, true);
  if (retryLater(core, forwarding, again)) return;
  const needed = quorumSize(request.w, primariesOf(core, request).length);
  request.respond({ kind: 'unreachable', needed, acks: 0, durable: 0 });
}

function primariesOf(core: Core, { ref }: PutRequest): readonly MemberId[] {
  return core.placement.preferenceList(ref.partition, core.buckets.settings(ref.bucket).n).primaries;
}

/** The id of a write whose client gave none. */
export function newWriteId({ random }: Core): string {
  return `${NO_RETRY}${random.uint32().toString(36)}-${random.uint32().toString(36)}-${random.uint32().toString(36)}`;
}

/** A write that is handed on may be made at two coordinators. */
function retryable(writeId: string): string {
  return writeId.startsWith(NO_RETRY) ? writeId.slice(NO_RETRY.length) : writeId;
}

export function replyOf(id: number, outcome: WriteOutcome | Refusal): MessageOf<'forward-put-reply'> {
  const reply = { kind: 'forward-put-reply', id, context: '', copies: [], needed: 0, acks: 0, siblings: 0, message: '' } as const;
  switch (outcome.kind) {
    case 'written': {
      const { context, copies, needed, acks, siblings } = outcome;
      return { ...reply, outcome: 'written', context, copies, needed, acks, siblings };
    }
    case 'unreachable':
      return { ...reply, outcome: 'unreachable', needed: outcome.needed, acks: outcome.acks };
    case 'bad-request':
      return { ...reply, outcome: outcome.code === 'CONTEXT_MISMATCH' ? 'context-mismatch' : 'bad-request', message: outcome.message };
    case 'too-large':
      return { ...reply, outcome: 'too-large', message: outcome.message };
    case 'read-only':
    case 'quarantined':
    case 'overloaded':
      return { ...reply, outcome: 'read-only', message: outcome.message };
  }
}

export function outcomeOf(reply: MessageOf<'forward-put-reply'>, self: MemberId, isAny: boolean): WriteOutcome | Refusal {
  const { context, copies, needed, acks, siblings, message } = reply;
  switch (reply.outcome) {
    case 'written': {
      const hereOnly = isAny && !copies.some(({ role, member }) => role === 'primary' && member !== self);
      return { kind: 'written', context, copies, needed, acks, siblings, hereOnly };
    }
    case 'unreachable':
      return { kind: 'unreachable', needed, acks, durable: acks };
    case 'context-mismatch':
      return { kind: 'bad-request', code: 'CONTEXT_MISMATCH', message };
    case 'bad-request':
      return { kind: 'bad-request', code: 'BAD_REQUEST', message };
    case 'too-large':
      return { kind: 'too-large', message };
    case 'read-only':
      return { kind: 'read-only', message };
  }
}
