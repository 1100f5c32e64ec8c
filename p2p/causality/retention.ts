/**
 * Which earlier versions of a key a store keeps: the newest, so many as are asked for; of what is
 * older a few landmarks; none that was replaced too long ago; and always the base of a conflict as
 * long as it is open.
 *
 *     replaced   v1 ── v2 ── v3 ── v4        siblings s1, s2, which both have seen v1 and v2
 *                       ▲
 *                       the latest that all siblings come from: kept whatever count and age say
 *
 * Nobody can know, while two devices are apart, which version their conflict will have for a base.
 * Landmarks, one from each span of ages, every span four times the one before, make it likely that
 * both sides still hold a common version however often each saved meanwhile:
 *
 *     age        … 21 min ──────────── 5 min ── 1 min ── now
 *     kept          L │ L              │ L      │ n n n n n     L landmark, n one of the newest
 *
 * Versions stand in the order in which this device saw them replaced. That order agrees with
 * causality, because a version is replaced before its successor is, and it needs nobody's clock.
 */
import type { Dot } from '../types.ts';
import type { CausalContext } from './causal-context.ts';
import { covers } from './causal-context.ts';

/** What a store remembers of an earlier version beside its bytes. */
export interface VersionMark {
  readonly dot: Dot;
  /** Wall ms of this device when the version was replaced here. */
  readonly keptAt: number;
}

export interface Retention {
  /** Newest versions to keep, beside landmarks; 0 = none but the base. */
  readonly versions: number;
  /** Wall ms of this device: what was replaced before is dropped. */
  readonly keptSince: number;
  /** What the writers of each sibling had seen; empty when there is no conflict. */
  readonly siblings: readonly CausalContext[];
}

const FIRST_SPAN_MS = 60_000;
const SPAN_GROWTH = 4;

/** As many spans as ten years have: more landmarks no key can have. */
export const LANDMARKS_MAX = 13;

/**
 * @param marks Oldest first.
 * @param nowMs Wall ms of this device, from which ages are taken.
 * @returns Those that are kept, in the same order.
 */
export function retained<Mark extends VersionMark>(marks: readonly Mark[], retention: Retention, nowMs: number): readonly Mark[] {
  const { versions, keptSince, siblings } = retention;
  const base = siblings.length === 0 ? undefined : marks.findLast(({ dot }) => siblings.every((seen) => covers(seen, dot)));
  const first = Math.max(0, marks.length - versions);
  const spans = new Set<number>();
  const isLandmark = ({ keptAt }: Mark): boolean => versions > 0 && spans.size < spans.add(spanOf(nowMs - keptAt)).size;
  return marks.filter((mark, index) => mark === base || (mark.keptAt >= keptSince && (index >= first || isLandmark(mark))));
}

/** Spans start at 0, 1, 5, 21, … minutes. A clock that was set back makes what is newer no older than now. */
function spanOf(ageMs: number): number {
  const spans = (Math.max(0, ageMs) / FIRST_SPAN_MS) * (SPAN_GROWTH - 1) + 1;
  return Math.min(LANDMARKS_MAX - 1, Math.floor(Math.log(spans) / Math.log(SPAN_GROWTH)));
}
