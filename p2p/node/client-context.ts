/** Contexts that come from outside: read, and held against what this member knows of itself. */
import type { CausalContext } from '../causality/causal-context.ts';
import { EMPTY_CONTEXT } from '../causality/causal-context.ts';
import { readToken } from '../causality/context-token.ts';
import type { KeyRef } from '../types.ts';
import type { Refusal } from './commands.ts';
import type { DotMint } from './dot-mint.ts';

/** What the token of a client or of a file has seen, or why it cannot be used. None has seen nothing. */
export function contextOf(mint: DotMint, ref: KeyRef, token: string | undefined): CausalContext | Refusal {
  if (token === undefined || token === '') return EMPTY_CONTEXT;
  const reading = readToken(ref, token);
  if (reading.kind === 'mismatch') {
    return { kind: 'bad-request', code: 'CONTEXT_MISMATCH', message: 'the context belongs to another key' };
  }
  if (reading.kind === 'malformed') return { kind: 'bad-request', code: 'BAD_REQUEST', message: 'the context is damaged' };
  if (!mint.mayKnow(reading.context.upper)) {
    return { kind: 'bad-request', code: 'BAD_REQUEST', message: 'the context speaks of writes that were never made' };
  }
  return reading.context;
}

export function isRefused(seen: CausalContext | Refusal): seen is Refusal {
  return 'kind' in seen;
}
