/**
 * How the desktop quits. Pure: the caller brings the time and what the member says.
 *
 * Nothing is lost by quitting at once: what waits here is on disk and is handed over at the next
 * start. But until then the others lack it, so quitting gives it a bounded time, and shows why.
 *
 *     asked ──it is safe, and nothing can be handed over now──→ quit
 *       │ something waits
 *       ▼
 *     draining ──(SILENT_MS)──→ shown ──handed over, deadline, "Quit anyway"──→ quit
 *                                 └── "Keep Ringleaf open" ──→ back to work
 */

/** So long a person sees nothing but the window: most hand-overs take less. */
export const SILENT_MS = 700;
export const QUIT_DEADLINE_MS = 20_000;
/** After "Wait": for as long as a person may want to look at it. */
export const WAIT_DEADLINE_MS = 10 * 60_000;
/** A SIGTERM comes with a deadline of its own, which nobody tells. */
export const SIGTERM_DEADLINE_MS = 4_000;
/** A member that does not say what waits is not waited for longer than this. */
export const ANSWER_MAX_MS = 2_000;

/** What still keeps this device, as the member's `closing` says it. */
export interface Waiting {
  /** Writes that are being copied at this moment. */
  readonly underWay: number;
  /** Enough other machines have what was written here, or nobody else could. */
  readonly isSafe: boolean;
  /** The disk refuses: waiting changes nothing. */
  readonly isReadOnly: boolean;
  /** Copies kept for other members, and whether one for whom any is kept is here to take it. */
  readonly hints: number;
  readonly reachable: boolean;
  readonly words: string;
  readonly detail: string;
}

export interface QuitRun {
  readonly askedAt: number;
  readonly deadlineAt: number;
  /** The time that it was given, as it is told: a countdown would draw the page anew each second. */
  readonly limitMs: number;
  /** A person looks on: show what is waited for. */
  readonly visible: boolean;
}

export type QuitMove =
  | { readonly kind: 'quit' }
  | { readonly kind: 'wait' }
  | { readonly kind: 'show'; readonly words: string; readonly detail: string };

/** @param now Milliseconds, monotonic. @param visible `false` for a SIGTERM or the end of the session. */
export function beginQuit(now: number, visible: boolean): QuitRun {
  const limitMs = visible ? QUIT_DEADLINE_MS : SIGTERM_DEADLINE_MS;
  return { askedAt: now, deadlineAt: now + limitMs, limitMs, visible };
}

/** A person said "Wait". */
export function waitOn(run: QuitRun, now: number): QuitRun {
  return { ...run, deadlineAt: now + WAIT_DEADLINE_MS, limitMs: WAIT_DEADLINE_MS };
}

export function quitMove(run: QuitRun, waiting: Waiting | null, now: number): QuitMove {
  if (now >= run.deadlineAt) return { kind: 'quit' };
  const elapsedMs = now - run.askedAt;
  if (waiting === null) return elapsedMs >= ANSWER_MAX_MS ? { kind: 'quit' } : { kind: 'wait' };
  if (isDone(run, waiting)) return { kind: 'quit' };
  if (!run.visible || elapsedMs < SILENT_MS) return { kind: 'wait' };
  return { kind: 'show', words: waiting.words, detail: `${waiting.detail} ${limitWords(run.limitMs)}` };
}

/** What nobody is here to take is not waited for without a person who could turn something on. */
function isDone({ visible }: QuitRun, { underWay, isSafe, isReadOnly, hints, reachable }: Waiting): boolean {
  if (underWay > 0) return false;
  const nothingGoes = hints === 0 || !reachable;
  return isReadOnly || (nothingGoes && (isSafe || !visible));
}

function limitWords(limitMs: number): string {
  const limitS = limitMs / 1_000;
  const limit = limitS > 90 ? `${Math.round(limitS / 60)} minutes` : `${limitS} seconds`;
  return `Ringleaf quits by itself within ${limit}; what is left is kept here, and handed over at the next start.`;
}
