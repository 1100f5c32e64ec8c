/** Times in words. Writers' clocks may be off, so the near future is "just now" as well. */

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];
const NOW_S = 45;

/** Made at the first use: making them takes longer than all else that a window does before it shows something. */
let relative: Intl.RelativeTimeFormat | undefined;
let exact: Intl.DateTimeFormat | undefined;

export function relativeTime(atMs: number, nowMs: number): string {
  if (Number.isNaN(atMs)) return 'unknown time';
  const seconds = (atMs - nowMs) / 1000;
  if (Math.abs(seconds) < NOW_S) return 'just now';
  const [unit, size] = STEPS.find(([, length]) => Math.abs(seconds) >= length) ?? ['minute', 60];
  relative ??= new Intl.RelativeTimeFormat('en', { numeric: 'auto', style: 'narrow' });
  return relative.format(Math.round(seconds / size), unit);
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
