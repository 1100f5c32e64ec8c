/**
 * Sets of counters of one actor, as spans: sorted, apart from each other, none of them next to
 * another one. So each set has one form, and a million counters in a row cost as much as one.
 */
export interface Span {
  readonly from: number;
  /** Included. */
  readonly to: number;
}

/** The set of all of these, in whatever order. */
export function unionOfSpans(spans: readonly Span[]): readonly Span[] {
  const joined: Span[] = [];
  for (const span of [...spans].sort((one, other) => one.from - other.from)) {
    const last = joined.at(-1);
    if (last === undefined || span.from > last.to + 1) joined.push(span);
    else if (span.to > last.to) joined[joined.length - 1] = { from: last.from, to: span.to };
  }
  return joined;
}

/** What `all` has, and `less` has not. */
export function differenceOfSpans(all: readonly Span[], less: readonly Span[]): readonly Span[] {
  const left: Span[] = [];
  let next = 0;
  for (const { from, to } of all) {
    let start = from;
    while (next < less.length && (less[next]?.to ?? 0) < start) next += 1;
    for (let at = next; start <= to; at += 1) {
      const hole = less[at];
      if (hole === undefined || hole.from > to) {
        left.push({ from: start, to });
        break;
      }
      if (hole.from > start) left.push({ from: start, to: hole.from - 1 });
      start = hole.to + 1;
    }
  }
  return left;
}
