/**
 * Contexts that come from outside: read, and held against what this member knows of itself.
 *
 * A client hands back what a member of this team has sealed. A file may come from another team, so
 * it may hold contexts that nobody here has sealed: whether honest or made up, their actors are
 * given other names, the same at every import. They then claim nothing of any write of this team.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { toBase64url } from '../bytes/base64url.ts';
import { utf8Encode } from '../bytes/utf8.ts';
import type { CausalContext } from '../causality/causal-context.ts';
import { compareRanges, EMPTY_CONTEXT } from '../causality/causal-context.ts';
import { readToken } from '../causality/context-token.ts';
import type { ReplacedWrite } from '../causality/replaced-writes.ts';
import type { ActorId, Dot, KeyRef } from '../types.ts';
import type { Refusal } from './commands.ts';
import type { Core } from './core.ts';
import type { DotMint } from './dot-mint.ts';

/** As many as an actor's own. */
const ACTOR_BYTES = 8;
const PURPOSE = 'ringleaf foreign actor';

export interface Seen {
  readonly seen: CausalContext;
  /** The latest stamp that was shown, or 0. */
  readonly seenStamp: number;
  /** The newest writes with ids that `seen` covers, as its token tells. */
  readonly seenWrites: readonly ReplacedWrite[];
}

export interface SeenInFile extends Seen {
  /** A dot of the file as it is known here. */
  readonly known: (dot: Dot) => Dot;
}

interface Reader {
  readonly core: Core;
  readonly mint: DotMint;
}

const NOTHING: Seen = { seen: EMPTY_CONTEXT, seenStamp: 0, seenWrites: [] };

/** What the token of a client has seen, or why it cannot be used. None has seen nothing. */
export function contextOf(reader: Reader, ref: KeyRef, token: string | undefined): Seen | Refusal {
  if (token === undefined || token === '') return NOTHING;
  const reading = sealedOrNot(reader, ref, token);
  if ('kind' in reading) return reading;
  return reading.isSealed ? reading : refused('the context was not given out by a member of this team');
}

/** The same for a token in a file. */
export function contextInFile(reader: Reader, ref: KeyRef, token: string): SeenInFile | Refusal {
  const reading = token === '' ? { ...NOTHING, isSealed: true } : sealedOrNot(reader, ref, token);
  if ('kind' in reading) return reading;
  const { seen, seenStamp, seenWrites, isSealed } = reading;
  if (isSealed) return { seen, seenStamp, seenWrites, known: (dot) => dot };
  const upper = new Map([...seen.upper].map(([actor, counter]) => [foreign(actor), counter]));
  const except = seen.except.map((range) => ({ ...range, actor: foreign(range.actor) })).sort(compareRanges);
  return { seen: { upper, except }, seenStamp, seenWrites: [], known: ({ actor, counter }) => ({ actor: foreign(actor), counter }) };
}

export function isRefused(seen: Seen | Refusal): seen is Refusal {
  return 'kind' in seen;
}

function sealedOrNot({ core, mint }: Reader, ref: KeyRef, token: string): (Seen & { readonly isSealed: boolean }) | Refusal {
  const reading = readToken(ref, token, core.seal);
  if (reading.kind === 'mismatch') {
    return { kind: 'bad-request', code: 'CONTEXT_MISMATCH', message: 'the context belongs to another key' };
  }
  if (reading.kind === 'malformed') return refused('the context is damaged');
  const { context, stamp, writes, isSealed } = reading;
  if (isSealed && !mint.mayKnow(context.upper)) return refused('the context speaks of writes that were never made');
  return { seen: context, seenStamp: stamp, seenWrites: writes, isSealed };
}

function foreign(actor: ActorId): ActorId {
  return toBase64url(sha256(utf8Encode(`${PURPOSE}\0${actor}`)).subarray(0, ACTOR_BYTES));
}

function refused(message: string): Refusal {
  return { kind: 'bad-request', code: 'BAD_REQUEST', message };
}
