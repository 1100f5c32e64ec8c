/**
 * A causal context: exactly which writes of one key were seen.
 *
 * Purpose. A version vector says "all writes of actor a up to n". A write's answer must cover what
 * its writer handed in plus the new write, but not a sibling that the writer never saw, although
 * that sibling's dot may lie below. So a context is a version vector with exceptions:
 *
 *     upper { a: 7 }, except { (a,5) }   =   every write of a up to 7, but not (a,5)
 *
 *     counter   1  2  3  4  5  6  7  8
 *     a         ●  ●  ●  ●  ○  ●  ●  ·        ● seen   ○ exception   · not seen
 *
 * Source: version vectors with exceptions, Malkhi and Terry, "Concise Version Vectors in WinFS"
 * (2005), section 4; dots as in Almeida et al., "Scalable and Accurate Causality Tracking for
 * Eventually Consistent Stores" (2014), section 5.
 *
 * Invariants: `except` is sorted, has no dot twice, and each lies at or below its actor's upper
 * bound. Union is exact set union, so it is commutative, associative and idempotent. Counters of
 * a device may have gaps: a bound says nothing of numbers that were never minted for the key.
 */
import type { ActorId, Dot } from '../types.ts';
import { compareDots, sameDot } from './dot.ts';

export interface CausalContext {
  readonly upper: ReadonlyMap<ActorId, number>;
  readonly except: readonly Dot[];
}

export const EMPTY_CONTEXT: CausalContext = { upper: new Map(), except: [] };

export function covers(context: CausalContext, dot: Dot): boolean {
  if (dot.counter > (context.upper.get(dot.actor) ?? 0)) return false;
  return context.except.length === 0 || !context.except.some((exception) => sameDot(exception, dot));
}

/** The writes that either has seen. */
export function union(a: CausalContext, b: CausalContext): CausalContext {
  const upper = new Map(a.upper);
  for (const [actor, counter] of b.upper) {
    if (counter > (upper.get(actor) ?? 0)) upper.set(actor, counter);
  }
  const except = [
    ...a.except.filter((dot) => !covers(b, dot)),
    ...b.except.filter((dot) => !covers(a, dot) && !a.except.some((other) => sameDot(other, dot))),
  ].sort(compareDots);
  return { upper, except };
}

/**
 * `context` after its holder made the write `dot`, when `unseen` are the live writes of the key
 * that it has not seen. Earlier writes of the actor that are dead already were replaced by live
 * ones, so claiming them hides nothing.
 */
export function withWrite(context: CausalContext, dot: Dot, unseen: readonly Dot[]): CausalContext {
  const before = context.upper.get(dot.actor) ?? 0;
  const skipped = unseen.filter(
    (other) => other.actor === dot.actor && other.counter < dot.counter && !covers(context, other),
  );
  const kept = context.except.filter((exception) => !sameDot(exception, dot));
  const added = skipped.filter((other) => !kept.some((exception) => sameDot(exception, other)));
  const upper = new Map(context.upper).set(dot.actor, Math.max(before, dot.counter));
  return { upper, except: [...kept, ...added].sort(compareDots) };
}

/** `context` as if these writes had not been seen, in the one form that the set then has. */
export function without(context: CausalContext, dots: readonly Dot[]): CausalContext {
  const removed = dots.filter((dot) => covers(context, dot));
  if (removed.length === 0) return context;
  const holes = new Map<ActorId, Set<number>>();
  for (const { actor, counter } of [...context.except, ...removed]) {
    holes.set(actor, (holes.get(actor) ?? new Set()).add(counter));
  }
  const upper = new Map(context.upper);
  for (const [actor, counters] of holes) {
    let bound = upper.get(actor) ?? 0;
    while (counters.delete(bound)) bound -= 1;
    if (bound === 0) upper.delete(actor);
    else upper.set(actor, bound);
  }
  const except = [...holes].flatMap(([actor, counters]) => [...counters].map((counter): Dot => ({ actor, counter })));
  return { upper, except: except.sort(compareDots) };
}

/** Entries of the version vector, in canonical order. */
export function upperEntries(context: CausalContext): readonly (readonly [ActorId, number])[] {
  const entries = [...context.upper];
  return entries.length < 2 ? entries : entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

export function contextsEqual(a: CausalContext, b: CausalContext): boolean {
  if (a.upper.size !== b.upper.size || a.except.length !== b.except.length) return false;
  for (const [actor, counter] of a.upper) if (b.upper.get(actor) !== counter) return false;
  return a.except.every((dot, index) => {
    const other = b.except[index];
    return other !== undefined && sameDot(dot, other);
  });
}
