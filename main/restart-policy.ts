/**
 * When the member process is started, stopped, killed and started again; and when the desktop gives
 * up and says why. Pure: the caller brings the time, which never runs backwards.
 *
 *                 ready               exited
 *   off ─start→ starting ──→ running ───────→ waiting ─timer→ starting
 *                  │ failed     │ stop            │ too many, or hopeless
 *                  ▼            ▼                 ▼
 *               ending       stopping ─exited→ stopped      safe ─start→ starting
 *
 * A start has no deadline: a store that rebuilds its trees may take minutes, and killing it would
 * only make it begin again.
 */

/** The member is asked to stop once and has this long to flush. */
export const STOP_DEADLINE_MS = 8_000;
/** The first wait; it doubles with each crash that is still remembered. */
export const BACKOFF_FIRST_MS = 250;
export const BACKOFF_MAX_MS = 10_000;
/** So many crashes in the window are a loop: starting again will not help. */
export const CRASHES_MAX = 5;
export const CRASH_WINDOW_MS = 120_000;
/** Bad use, and a data folder that cannot be opened: the same again would fail the same. */
const HOPELESS_EXIT_CODES: readonly number[] = [1, 5];

export interface Failure {
  readonly exitCode: number;
  readonly message: string;
}

interface Past {
  /** Times of the crashes in the window, oldest first. */
  readonly crashes: readonly number[];
  /** What the member said itself before its last end. */
  readonly failure: Failure | null;
}

export type RestartState = Past &
  (
    | { readonly phase: 'off' | 'starting' | 'running' | 'safe' | 'stopped' }
    | { readonly phase: 'waiting' | 'ending' | 'stopping'; readonly until: number }
  );

export type RestartEvent =
  | { readonly type: 'start' | 'ready' | 'timer' | 'stop' }
  | { readonly type: 'failed'; readonly failure: Failure }
  | { readonly type: 'exited'; readonly code: number | null };

export type RestartEffect =
  | { readonly type: 'spawn' | 'ask-stop' | 'kill' | 'stopped' }
  | { readonly type: 'wake-at'; readonly at: number }
  | { readonly type: 'safe-mode'; readonly reason: string };

export interface RestartStep {
  readonly state: RestartState;
  readonly effects: readonly RestartEffect[];
}

export const RESTART_INITIAL: RestartState = { phase: 'off', crashes: [], failure: null };

export function restartStep(state: RestartState, event: RestartEvent, now: number): RestartStep {
  switch (event.type) {
    case 'start':
      return onStart(state);
    case 'ready':
      return state.phase === 'starting' ? to({ ...past(state), phase: 'running' }) : to(state);
    case 'failed':
      return onFailed(state, event.failure, now);
    case 'exited':
      return onExited(state, event.code, now);
    case 'timer':
      return onTimer(state, now);
    case 'stop':
      return onStop(state, now);
  }
}

/** A person who starts it again from safe mode gets all attempts anew. */
function onStart(state: RestartState): RestartStep {
  if (state.phase !== 'off' && state.phase !== 'safe') return to(state);
  return to({ phase: 'starting', crashes: [], failure: null }, { type: 'spawn' });
}

function onFailed(state: RestartState, failure: Failure, now: number): RestartStep {
  if (state.phase === 'stopping') return to({ ...state, failure });
  if (state.phase !== 'starting' && state.phase !== 'running') return to(state);
  const until = now + STOP_DEADLINE_MS;
  return to({ phase: 'ending', crashes: state.crashes, failure, until }, { type: 'wake-at', at: until });
}

function onExited(state: RestartState, code: number | null, now: number): RestartStep {
  if (state.phase === 'stopping') return to({ ...past(state), phase: 'stopped' }, { type: 'stopped' });
  if (state.phase !== 'starting' && state.phase !== 'running' && state.phase !== 'ending') return to(state);
  const crashes = [...state.crashes.filter((at) => now - at < CRASH_WINDOW_MS), now];
  const failure = state.failure ?? { exitCode: code ?? -1, message: endedWith(code) };
  if (HOPELESS_EXIT_CODES.includes(failure.exitCode)) {
    return to({ phase: 'safe', crashes, failure }, { type: 'safe-mode', reason: failure.message });
  }
  if (crashes.length >= CRASHES_MAX) {
    const reason = `It stopped ${crashes.length} times in ${CRASH_WINDOW_MS / 60_000} minutes. Last: ${failure.message}`;
    return to({ phase: 'safe', crashes, failure }, { type: 'safe-mode', reason });
  }
  const until = now + backoffMs(crashes.length);
  return to({ phase: 'waiting', crashes, failure: null, until }, { type: 'wake-at', at: until });
}

function onTimer(state: RestartState, now: number): RestartStep {
  if (state.phase !== 'waiting' && state.phase !== 'ending' && state.phase !== 'stopping') return to(state);
  if (now < state.until) return to(state, { type: 'wake-at', at: state.until });
  if (state.phase === 'waiting') return to({ ...past(state), phase: 'starting' }, { type: 'spawn' });
  return to(state, { type: 'kill' });
}

function onStop(state: RestartState, now: number): RestartStep {
  switch (state.phase) {
    case 'starting':
    case 'running':
    case 'ending': {
      const until = now + STOP_DEADLINE_MS;
      return to({ ...past(state), phase: 'stopping', until }, { type: 'ask-stop' }, { type: 'wake-at', at: until });
    }
    case 'off':
    case 'waiting':
    case 'safe':
      return to({ ...past(state), phase: 'stopped' }, { type: 'stopped' });
    case 'stopping':
    case 'stopped':
      return to(state);
  }
}

export function backoffMs(crashes: number): number {
  return Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** (crashes - 1));
}

function endedWith(code: number | null): string {
  return code === null ? 'it was killed' : `it ended by itself with code ${code}`;
}

function past(state: RestartState): Past {
  return { crashes: state.crashes, failure: state.failure };
}

function to(state: RestartState, ...effects: readonly RestartEffect[]): RestartStep {
  return { state, effects };
}
