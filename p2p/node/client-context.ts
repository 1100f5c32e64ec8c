/** Contexts that come from outside: read, and held against what this member knows of itself. */
import type { CausalContext } from '../causality/causal-context.ts';
import { EMPTY_CONTEXT } from '../causality/causal-context.ts';
import { readToken } from '../causality/context-token.ts';
import type { KeyRef } from '../types.ts';
import type { Refusal } from './commands.ts';
import type { DotMint } from './dot-mint.ts';

export interface Seen {
  readonly seen: CausalContext;
  /** The latest stamp that was shown of a last-writer-wins bucket, or 0. */
  readonly seenStamp: number;
}

/** What the token of a client or of a file has seen, or why it cannot be used. None has seen nothing. */
export function contextOf(mint: DotMint, ref: KeyRef, token: string | undefined): Seen | Refusal {
  if (token === undefined || token === '') return { seen: EMPTY_CONTEXT, seenStamp: 0 };
  const reading = readToken(ref, token);
  if (reading.kind === 'mismatch') {
    return { kind: 'bad-request', code: 'CONTEXT_MISMATCH', message: 'the context belongs to another key' };
  }
  if (reading.kind === 'malformed') return { kind: 'bad-request', code: 'BAD_REQUEST', message: 'the context is damaged' };
  if (!mint.mayKnow(reading.context.upper)) {
    return { kind: 'bad-request', code: 'BAD_REQUEST', message: 'the context speaks of writes that were never made' };
  }
  return { seen: reading.context, seenStamp: reading.stamp };
}

export function isRefused(seen: Seen | Refusal): seen is Refusal {
  return 'kind' in seen;
}
