/**
 * A request that found no quorum because the ring has changed under it is tried once more: members
 * who refuse send what they know of the team, and a moment later both sides see the same ring.
 */
import { bytesEqual } from '../bytes/bytes.ts';
import type { Core } from './core.ts';

/** For the newer records to come over and back. */
const RETRY_AFTER_MS = 150;
/** With less than this left a second try has no chance. */
const WORTHWHILE_MS = 100;

export interface Tried {
  readonly request: { readonly timeoutMs: number };
  readonly startedMs: number;
  readonly view: Uint8Array;
  readonly isSecond: boolean;
  readonly isRefused: boolean;
}

/** False when there is no reason for a second try, or no time. @param again Is given the time that is left. */
export function retryLater(core: Core, tried: Tried, again: (timeoutMs: number) => void): boolean {
  const isStale = !bytesEqual(tried.view, core.view());
  const leftMs = Math.floor(tried.startedMs + tried.request.timeoutMs - core.now.nowMs) - RETRY_AFTER_MS;
  if (tried.isSecond || leftMs < WORTHWHILE_MS || !(isStale || tried.isRefused)) return false;
  core.after(RETRY_AFTER_MS, () => again(leftMs));
  return true;
}
