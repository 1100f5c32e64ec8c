/**
 * When a person is told of new conflicts, and in which words. Pure: the caller brings the time.
 *
 *     conflict ──→ gathering ──(GATHER_MS)──→ shown; the next not before QUIET_MS later
 *
 * A device that comes back after a week may bring hundreds at once: they are one notification, and
 * there are never two within `QUIET_MS`. A key that was told of is not told of again until it was
 * resolved.
 */

export const GATHER_MS = 1_500;
export const QUIET_MS = 60_000;
/** Keys remembered as told: beyond it the oldest are forgotten, and may be told of again. */
export const TOLD_MAX = 1_000;
const NAMED_MAX = 3;
const NAME_CHARS_MAX = 60;

export interface ConflictKey {
  readonly bucket: string;
  readonly key: string;
}

export interface ConflictNewsState {
  /** Not told of yet, oldest first. */
  readonly gathered: readonly ConflictKey[];
  /** Told of, oldest first, and not resolved since. */
  readonly told: readonly ConflictKey[];
  readonly dueAt: number | null;
  readonly lastShownAt: number | null;
}

export const NO_NEWS: ConflictNewsState = { gathered: [], told: [], dueAt: null, lastShownAt: null };

export type ConflictNewsEvent =
  | ({ readonly type: 'conflict' | 'resolved' } & ConflictKey)
  | { readonly type: 'timer' };

export interface ConflictNewsStep {
  readonly state: ConflictNewsState;
  /** When to send `timer`; `null` = no need. */
  readonly wakeAt: number | null;
  /** What to tell a person now. */
  readonly show: readonly ConflictKey[];
}

/** @param now Milliseconds, monotonic. */
export function conflictNewsStep(state: ConflictNewsState, event: ConflictNewsEvent, now: number): ConflictNewsStep {
  switch (event.type) {
    case 'conflict':
      return onConflict(state, event, now);
    case 'resolved':
      return onResolved(state, event);
    case 'timer':
      return onTimer(state, now);
  }
}

function onConflict(state: ConflictNewsState, { bucket, key }: ConflictKey, now: number): ConflictNewsStep {
  const one = { bucket, key };
  if (holds(state.told, one) || holds(state.gathered, one)) return quiet(state);
  const gathered = [...state.gathered, one].slice(-TOLD_MAX);
  const quietUntil = state.lastShownAt === null ? now : state.lastShownAt + QUIET_MS;
  const dueAt = state.dueAt ?? Math.max(now + GATHER_MS, quietUntil);
  return quiet({ ...state, gathered, dueAt });
}

function onResolved(state: ConflictNewsState, one: ConflictKey): ConflictNewsStep {
  const others = (keys: readonly ConflictKey[]): readonly ConflictKey[] => keys.filter((key) => !isSame(key, one));
  const gathered = others(state.gathered);
  return quiet({ ...state, gathered, told: others(state.told), dueAt: gathered.length === 0 ? null : state.dueAt });
}

function onTimer(state: ConflictNewsState, now: number): ConflictNewsStep {
  if (state.dueAt === null || now < state.dueAt) return quiet(state);
  const told = [...state.told, ...state.gathered].slice(-TOLD_MAX);
  return { state: { gathered: [], told, dueAt: null, lastShownAt: now }, wakeAt: null, show: state.gathered };
}

function quiet(state: ConflictNewsState): ConflictNewsStep {
  return { state, wakeAt: state.dueAt, show: [] };
}

export interface NotificationWords {
  readonly title: string;
  readonly body: string;
  /** The route that a click opens. */
  readonly route: string;
}

/** One conflict opens itself; several open the inbox. */
export function notificationWords(keys: readonly ConflictKey[], showNames: boolean): NotificationWords {
  const [first] = keys;
  const isOne = first !== undefined && keys.length === 1;
  const route = isOne ? `#/conflicts/${encodeURIComponent(first.bucket)}/${encodeURIComponent(first.key)}` : '#/conflicts';
  const title = isOne ? 'A record was changed by two people' : `${keys.length} records were changed by two people`;
  if (!showNames) return { title, body: 'Open Ringleaf to merge.', route };
  const named = keys.slice(0, NAMED_MAX).map(({ bucket, key }) => shortened(`${bucket} / ${key}`));
  const more = keys.length > NAMED_MAX ? [`and ${keys.length - NAMED_MAX} more`] : [];
  return { title, body: [...named, ...more].join('\n'), route };
}

function shortened(name: string): string {
  const chars = [...name];
  return chars.length <= NAME_CHARS_MAX ? name : `${chars.slice(0, NAME_CHARS_MAX - 1).join('')}…`;
}

function holds(keys: readonly ConflictKey[], one: ConflictKey): boolean {
  return keys.some((key) => isSame(key, one));
}

function isSame(a: ConflictKey, b: ConflictKey): boolean {
  return a.bucket === b.bucket && a.key === b.key;
}

export interface SiblingSeen {
  readonly writtenBy: string;
  /** Milliseconds by the writer's clock. */
  readonly writtenAtMs: number;
}

/** So lately written here that the conflict came of that very writing. */
export const OWN_DOING_MS = 5_000;

/**
 * Whether this device's own writing made the conflict: only its own siblings are compared with its
 * own clock, so nobody else's wrong clock matters.
 */
export function isOwnDoing(siblings: readonly SiblingSeen[], self: string, nowMs: number): boolean {
  const own = siblings.filter(({ writtenBy }) => writtenBy === self);
  if (own.length === siblings.length) return true;
  return own.some(({ writtenAtMs }) => Math.abs(nowMs - writtenAtMs) <= OWN_DOING_MS);
}
