/** Times in words. Writers' clocks may be off, so the near future is "just now" as well. */

/** As `Intl.RelativeTimeFormat` has them, narrow: to make one takes as long as all rows of a list. */
const STEPS: readonly (readonly [unit: string, seconds: number, last?: string, next?: string])[] = [
  ['y', 365 * 86_400, 'last yr.', 'next yr.'],
  ['mo', 30 * 86_400, 'last mo.', 'next mo.'],
  ['w', 7 * 86_400, 'last wk.', 'next wk.'],
  ['d', 86_400, 'yesterday', 'tomorrow'],
  ['h', 3_600],
  ['m', 60],
];
const NOW_S = 45;

/** Made at the first use, for the same reason. */
let exact: Intl.DateTimeFormat | undefined;

export function relativeTime(atMs: number, nowMs: number): string {
  if (Number.isNaN(atMs)) return 'unknown time';
  const seconds = (atMs - nowMs) / 1000;
  if (Math.abs(seconds) < NOW_S) return 'just now';
  const [unit, size, last, next] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? ['m', 60];
  const count = Math.round(seconds / size);
  if (count < 0) return (count === -1 ? last : undefined) ?? `${-count}${unit} ago`;
  return (count === 1 ? next : undefined) ?? `in ${count}${unit}`;
}

export function exactTime(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  exact ??= new Intl.DateTimeFormat('en', { dateStyle: 'full', timeStyle: 'medium' });
  return exact.format(date);
}

/** "4 s", "3 min", for silences. */
export function spanWords(ms: number): string {
  if (ms < 1_000) return 'under 1 s';
  if (ms < 60_000) return `${Math.round(ms / 1_000)} s`;
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 86_400_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}
