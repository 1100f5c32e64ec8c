/**
 * What two times themselves say about a writer's clock. Nothing here trusts a clock: a version
 * cannot be made in the reader's future, nor before the version it descends from.
 */
import type { Author } from './siblings.ts';

export interface ClockEvidence {
  /** `ahead`: dated in this device's future. `before-base`: dated before what it was made from. */
  readonly kind: 'ahead' | 'before-base';
  /** The clocks are apart by at least this. */
  readonly byMs: number;
}

/** Below this it is the way of a message, or the rounding of a clock. */
const SLACK_MS = 5_000;

/** `undefined`: nothing speaks against the clock. */
export function clockEvidence(author: Author, base: Author | undefined, nowMs: number): ClockEvidence | undefined {
  const atMs = Date.parse(author.at);
  const aheadMs = atMs - nowMs;
  if (aheadMs > SLACK_MS) return { kind: 'ahead', byMs: aheadMs };
  const beforeMs = base === undefined ? 0 : Date.parse(base.at) - atMs;
  return beforeMs > SLACK_MS ? { kind: 'before-base', byMs: beforeMs } : undefined;
}
