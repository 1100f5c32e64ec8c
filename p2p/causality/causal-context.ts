/**
 * A causal context: exactly which writes of one key were seen.
 *
 * Purpose. A version vector says "all writes of actor a up to n". A write's answer must cover what
 * its writer handed in plus the new write, but not a sibling that the writer never saw, nor what only
 * such a sibling has replaced, although their dots may lie below. So a context is a version vector
 * with exceptions:
 *
 *     upper { a: 8 }, except { (a, 4..5) }   =   every write of a up to 8, but not (a,4) and (a,5)
 *
 *     counter   1  2  3  4  5  6  7  8  9
 *     a         ●  ●  ●  ○  ○  ●  ●  ●  ·        ● seen   ○ exception   · not seen
 *
 * Source: version vectors with exceptions, Malkhi and Terry, "Concise Version Vectors in WinFS"
 * (2005), section 4; dots as in Almeida et al., "Scalable and Accurate Causality Tracking for
 * Eventually Consistent Stores" (2014), section 5.
 *
 * Invariants: `except` is in the order of actors and counters; its ranges lie below their actor's
 * upper bound, apart from each other, none next to another one. So a set of writes has one form.
 * Union and difference are those of sets. Counters of a device may have gaps: a bound says nothing
 * of numbers that were never minted for the key.
 */
import type { ActorId, Dot } from '../types.ts';
import type { Span } from './dot-span.ts';
import { differenceOfSpans, unionOfSpans } from './dot-span.ts';

/** Writes of one actor in a row. */
export interface DotRange extends Span {
  readonly actor: ActorId;
}

export interface CausalContext {
  readonly upper: ReadonlyMap<ActorId, number>;
  readonly except: readonly DotRange[];
}

export const EMPTY_CONTEXT: CausalContext = { upper: new Map(), except: [] };

export function covers(context: CausalContext, dot: Dot): boolean {
  if (dot.counter > (context.upper.get(dot.actor) ?? 0)) return false;
  if (context.except.length === 0) return true;
  return !context.except.some(({ actor, from, to }) => actor === dot.actor && from <= dot.counter && dot.counter <= to);
}

/** The writes that either has seen. */
export function union(a: CausalContext, b: CausalContext): CausalContext {
  if (a.except.length > 0 || b.except.length > 0) return unionOf([a, b]);
  const upper = new Map(a.upper);
  for (const [actor, counter] of b.upper) {
    if (counter > (upper.get(actor) ?? 0)) upper.set(actor, counter);
  }
  return { upper, except: [] };
}

/** The writes that any has seen: in one go, as they may be a thousand. */
export function unionOf(contexts: readonly CausalContext[]): CausalContext {
  const all = new Map<ActorId, Span[]>();
  for (const [actor, spans] of contexts.flatMap(spansByActor)) for (const span of spans) add(all, actor, span);
  return inOneForm([...all].map(([actor, spans]) => [actor, unionOfSpans(spans)]));
}

/** The writes that `context` has seen, and `less` has not. */
export function difference(context: CausalContext, less: CausalContext): CausalContext {
  const gone = new Map(spansByActor(less));
  return inOneForm(spansByActor(context).map(([actor, spans]) => [actor, differenceOfSpans(spans, gone.get(actor) ?? [])]));
}

/** Just this write. */
export function only({ actor, counter }: Dot): CausalContext {
  return inOneForm([[actor, [{ from: counter, to: counter }]]]);
}

/** What the context has seen of the dot's actor, as far as the dot. */
export function upTo({ upper, except }: CausalContext, { actor, counter }: Dot): CausalContext {
  const to = Math.min(counter, upper.get(actor) ?? 0);
  return inOneForm([[actor, differenceOfSpans([{ from: 1, to }], except.filter((range) => range.actor === actor))]]);
}

/** `context` after its holder, which knows each write of the dot's actor to the key, made that write. */
export function withWrite(context: CausalContext, { actor, counter }: Dot): CausalContext {
  const before = context.upper.get(actor) ?? 0;
  if (counter > before) return { upper: new Map(context.upper).set(actor, counter), except: context.except };
  return union(context, only({ actor, counter }));
}

/** By actor, then counter: the canonical order of exceptions. */
export function compareRanges(a: DotRange, b: DotRange): number {
  if (a.actor !== b.actor) return a.actor < b.actor ? -1 : 1;
  return a.from - b.from;
}

/** Entries of the version vector, in canonical order. */
export function upperEntries(context: CausalContext): readonly (readonly [ActorId, number])[] {
  const entries = [...context.upper];
  return entries.length < 2 ? entries : entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

export function contextsEqual(a: CausalContext, b: CausalContext): boolean {
  if (a.upper.size !== b.upper.size || a.except.length !== b.except.length) return false;
  for (const [actor, counter] of a.upper) if (b.upper.get(actor) !== counter) return false;
  return a.except.every(({ actor, from, to }, index) => {
    const other = b.except[index];
    return other?.actor === actor && other.from === from && other.to === to;
  });
}

type SpansOfActor = readonly [ActorId, readonly Span[]];

function spansByActor({ upper, except }: CausalContext): readonly SpansOfActor[] {
  const holes = new Map<ActorId, Span[]>();
  for (const range of except) add(holes, range.actor, range);
  return [...upper].map(([actor, to]) => [actor, differenceOfSpans([{ from: 1, to }], holes.get(actor) ?? [])]);
}

function add(all: Map<ActorId, Span[]>, actor: ActorId, span: Span): void {
  const known = all.get(actor);
  if (known === undefined) all.set(actor, [span]);
  else known.push(span);
}

function inOneForm(seen: readonly SpansOfActor[]): CausalContext {
  const upper = new Map<ActorId, number>();
  const except: DotRange[] = [];
  for (const [actor, spans] of seen) {
    const to = spans.at(-1)?.to;
    if (to === undefined) continue;
    upper.set(actor, to);
    except.push(...differenceOfSpans([{ from: 1, to }], spans).map((span) => ({ actor, ...span })));
  }
  return { upper, except: except.sort(compareRanges) };
}
